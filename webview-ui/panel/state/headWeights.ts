import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/browser';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { RunId } from '../../../src/protocol/run.ts';
import type { CellPlace } from '../layout/frame.ts';
import type { HeadGrid } from '../layout/headSelection.ts';
import { failureOf, LOADING, type Loaded, type PanelHost } from './host.ts';

export interface HeadWeight extends HeadId {
  readonly weight: number;
}

/** Each head is asked by itself: beyond this number the answer would come too late to be of use. */
export const MOST_HEADS = 400;

/** The weight of one cell in every head, strongest first. */
export class HeadWeights {
  private key = '';
  private weights: Signal<Loaded<readonly HeadWeight[]>> = signal<Loaded<readonly HeadWeight[]>>(LOADING);
  private cancellation = new CancellationTokenSource();

  constructor(private readonly host: Pick<PanelHost, 'slice'>) {}

  get(run: RunId, grid: HeadGrid, cell: CellPlace): ReadonlySignal<Loaded<readonly HeadWeight[]>> {
    const key = `${run} ${cell.query} ${cell.key}`;
    if (key !== this.key) {
      this.cancellation.cancel();
      this.key = key;
      this.weights = signal<Loaded<readonly HeadWeight[]>>(LOADING);
      this.cancellation = new CancellationTokenSource();
      void this.load(run, grid, cell, this.weights, this.cancellation.token);
    }
    return this.weights;
  }

  forgetFailures(): void {
    if (this.weights.peek().kind === 'failed') this.key = '';
  }

  private async load(
    run: RunId,
    grid: HeadGrid,
    { query, key }: CellPlace,
    into: Signal<Loaded<readonly HeadWeight[]>>,
    token: CancellationToken,
  ): Promise<void> {
    const weightIn = async ({ layer, head }: HeadId): Promise<HeadWeight> => {
      const { data } = await this.host.slice(
        {
          run,
          heads: { kind: 'head', layer, head },
          quantity: 'weight',
          rows: { start: query, end: query + 1 },
          columns: { start: key, end: key + 1 },
          resolution: { rows: 1, columns: 1 },
          pooling: 'max',
        },
        token,
      );
      return { layer, head, weight: data[0]! };
    };
    try {
      const heads = Array.from({ length: grid.layers * grid.heads }, (_, place) =>
        weightIn({ layer: Math.floor(place / grid.heads), head: place % grid.heads }),
      );
      const weights = await Promise.all(heads);
      into.value = { kind: 'ready', value: weights.sort((a, b) => b.weight - a.weight) };
    } catch (error) {
      if (!token.isCancellationRequested) into.value = { kind: 'failed', failure: failureOf(error) };
    }
  }
}
