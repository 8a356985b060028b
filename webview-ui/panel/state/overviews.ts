import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { CancellationTokenSource } from 'vscode-jsonrpc/browser';
import type { Overview, OverviewRequest } from '../../../src/protocol/run.ts';
import { failureOf, LOADING, type Loaded, type PanelHost } from './host.ts';

/** Keeps the pictures of the heads of one run. */
export class Overviews {
  private key = '';
  private overview: Signal<Loaded<Overview>> = signal<Loaded<Overview>>(LOADING);
  private cancellation = new CancellationTokenSource();

  constructor(private readonly host: Pick<PanelHost, 'overview'>) {}

  get(request: OverviewRequest): ReadonlySignal<Loaded<Overview>> {
    const key = `${request.run} ${request.resolution}`;
    if (key !== this.key) {
      this.cancellation.cancel();
      this.key = key;
      this.overview = signal<Loaded<Overview>>(LOADING);
      this.cancellation = new CancellationTokenSource();
      void this.load(request, this.overview, this.cancellation);
    }
    return this.overview;
  }

  forgetFailures(): void {
    if (this.overview.peek().kind === 'failed') this.key = '';
  }

  private async load(
    request: OverviewRequest,
    into: Signal<Loaded<Overview>>,
    { token }: CancellationTokenSource,
  ): Promise<void> {
    try {
      into.value = { kind: 'ready', value: await this.host.overview(request, token) };
    } catch (error) {
      if (!token.isCancellationRequested) into.value = { kind: 'failed', failure: failureOf(error) };
    }
  }
}
