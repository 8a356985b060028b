import type { CancellationToken } from 'vscode-jsonrpc/browser';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { RowQuestion, RowSteps } from '../../../src/protocol/inspection.ts';
import type { HeadSelection, Overview, Quantity, RunSummary } from '../../../src/protocol/run.ts';
import type { CellPlace } from '../../shared/matrix/frame.ts';
import type { PanelHost } from './host.ts';
import type { Loaded } from '../../shared/loaded.ts';
import { LatestRequest } from '../../shared/latestRequest.ts';
import { SliceCache } from '../../shared/matrix/sliceCache.ts';
import { Weights } from '../../shared/matrix/weights.ts';

export interface HeadWeight extends HeadId {
  readonly weight: number;
}

/** All numbers of one run, asked for as they are needed and kept as long as they are of use. */
export class RunNumbers {
  private readonly slices: SliceCache;
  private readonly pictures = new LatestRequest<Overview>();
  private readonly cells = new LatestRequest<readonly HeadWeight[]>();
  private readonly rows = new LatestRequest<RowSteps>();

  constructor(
    private readonly host: PanelHost,
    private readonly summary: RunSummary,
  ) {
    this.slices = new SliceCache(host);
  }

  weights(heads: HeadSelection, quantity: Quantity): Weights {
    return new Weights(this.slices, { run: this.summary.run, heads, quantity }, this.summary.tokens.length);
  }

  /** Pictures of all heads, at most `resolution` cells on a side. */
  overview(quantity: Quantity, resolution: number): Loaded<Overview> {
    const request = { run: this.summary.run, quantity, resolution };
    return this.pictures.get(`${quantity} ${resolution}`, (token) => this.host.overview(request, token)).value;
  }

  /** The weight of one cell in every head, strongest first. Each head is asked by itself. */
  headWeights(cell: CellPlace): Loaded<readonly HeadWeight[]> {
    return this.cells.get(`${cell.query} ${cell.key}`, async (token) => {
      const { layers, heads } = this.summary.model;
      const places = Array.from({ length: layers * heads }, (_, place) => ({
        layer: Math.floor(place / heads),
        head: place % heads,
      }));
      const weights = await Promise.all(places.map((place) => this.weightIn(place, cell, token)));
      return weights.sort((a, b) => b.weight - a.weight);
    }).value;
  }

  /** Everything that happens in one head between the vectors of one query and its output. */
  steps({ layer, head, query }: RowQuestion): Loaded<RowSteps> {
    const question = { kind: 'row', layer, head, query } as const;
    return this.rows.get(`${layer} ${head} ${query}`, (token) => this.host.inspect(this.summary.run, question, token))
      .value;
  }

  /** Cancels what is under way; what still comes is dropped. */
  dispose(): void {
    this.slices.dispose();
    this.pictures.cancel();
    this.cells.cancel();
    this.rows.cancel();
  }

  private async weightIn(place: HeadId, { query, key }: CellPlace, token: CancellationToken): Promise<HeadWeight> {
    const request = {
      run: this.summary.run,
      heads: { kind: 'head', ...place },
      quantity: 'weight',
      rows: { start: query, end: query + 1 },
      columns: { start: key, end: key + 1 },
      resolution: { rows: 1, columns: 1 },
      pooling: 'max',
    } as const;
    const { data } = await this.host.slice(request, token);
    return { ...place, weight: data[0]! };
  }
}
