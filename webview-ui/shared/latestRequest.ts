import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/browser';
import { failureOf, LOADING, type Loaded } from './loaded.ts';

/** Keeps the answer to the newest request of a kind; a request with another key cancels the one before. */
export class LatestRequest<T> {
  private key: string | undefined;
  private answer: Signal<Loaded<T>> = signal<Loaded<T>>(LOADING);
  private cancellation = new CancellationTokenSource();

  get(key: string, load: (token: CancellationToken) => Promise<T>): ReadonlySignal<Loaded<T>> {
    if (key !== this.key) {
      this.cancel();
      this.key = key;
      this.answer = signal<Loaded<T>>(LOADING);
      this.cancellation = new CancellationTokenSource();
      void this.load(load, this.answer, this.cancellation.token);
    }
    return this.answer;
  }

  cancel(): void {
    this.cancellation.cancel();
  }

  private async load(
    load: (token: CancellationToken) => Promise<T>,
    into: Signal<Loaded<T>>,
    token: CancellationToken,
  ): Promise<void> {
    try {
      into.value = { kind: 'ready', value: await load(token) };
    } catch (error) {
      if (!token.isCancellationRequested) into.value = { kind: 'failed', failure: failureOf(error) };
    }
  }
}
