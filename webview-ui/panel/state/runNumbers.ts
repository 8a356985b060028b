import { signal } from '@preact/signals';
import type { CancellationToken } from 'vscode-jsonrpc/browser';
import { selectionKey } from '../../../src/attention/headKinds.ts';
import type {
  Answer,
  HeadDistances,
  HeadRoles,
  Links,
  LinearWeights,
  Question,
  RowQuestion,
  RowSteps,
} from '../../../src/protocol/inspection.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { HeadSelection, Overview, Pooling, Quantity, RunSummary } from '../../../src/protocol/run.ts';
import type { CellPlace } from '../../shared/matrix/frame.ts';
import { Timings } from '../cost/timings.ts';
import { EffectLists } from '../effect/effectList.ts';
import type { PanelHost } from './host.ts';
import { LOADING, type Loaded } from '../../shared/loaded.ts';
import { headAt } from '../../shared/headSelection.ts';
import { LatestRequest } from '../../shared/latestRequest.ts';
import { SliceCache } from '../../shared/matrix/sliceCache.ts';
import { Weights } from '../../shared/matrix/weights.ts';

export interface HeadValue extends HeadId {
  readonly value: number;
}

/** All numbers of one run, asked for as they are needed and kept as long as they are of use. */
export class RunNumbers {
  private readonly slices: SliceCache;
  private readonly pictures = new LatestRequest<Overview>();
  private readonly cells = new LatestRequest<readonly HeadValue[]>();
  private readonly modelRoles = new LatestRequest<HeadRoles>();
  private readonly headDistances = new LatestRequest<HeadDistances>();
  private readonly strongest = new LatestRequest<Links>();
  private readonly rows = new LatestRequest<RowSteps>();
  private readonly matrices = new LatestRequest<LinearWeights>();
  readonly picturesPainted = signal(false);
  readonly timings: Timings;
  readonly effects: EffectLists;

  constructor(
    private readonly host: PanelHost,
    private readonly summary: RunSummary,
  ) {
    this.slices = new SliceCache(host);
    this.timings = new Timings((tokens, token) => this.inspect({ kind: 'timing', tokens }, token));
    this.effects = new EffectLists((question, token) => this.inspect({ kind: 'effects', ...question }, token));
  }

  weights(heads: HeadSelection, quantity: Quantity): Weights {
    return new Weights(this.slices, { run: this.summary.run, heads, quantity }, this.summary.tokens.length);
  }

  /** Pictures of all heads, `block` tokens to a cell. */
  overview(quantity: Quantity, block: number, pooling: Pooling): Loaded<Overview> {
    const request = { run: this.summary.run, quantity, block, pooling };
    return this.pictures.get(`${quantity} ${block} ${pooling}`, (token) => this.host.overview(request, token)).value;
  }

  /** One cell in every head, strongest first. */
  headValues({ query, key }: CellPlace, quantity: Quantity): Loaded<readonly HeadValue[]> {
    return this.cells.get(`${quantity} ${query} ${key}`, async (token) => {
      const { heads, values } = await this.inspect({ kind: 'pair', query, key, quantity }, token);
      return Array.from(values, (value, place) => ({ ...headAt(place, heads), value })).sort(
        (a, b) => b.value - a.value,
      );
    }).value;
  }

  /** Everything that happens in one head between the vectors of one query and its output. */
  steps({ layer, head, query }: RowQuestion): Loaded<RowSteps> {
    const question = { kind: 'row', layer, head, query } as const;
    return this.rows.get(`${layer} ${head} ${query}`, (token) => this.inspect(question, token)).value;
  }

  /**
   * What each head does on the standard probes: a property of the model. They run the model, so nothing is asked before
   * the pictures of the heads are painted.
   */
  roles(): Loaded<HeadRoles> {
    if (!this.picturesPainted.value) return LOADING;
    return this.modelRoles.get('', (token) => this.inspect({ kind: 'roles' }, token)).value;
  }

  /** How far each head is from the mean of all on this text. */
  distances(): Loaded<HeadDistances> {
    return this.headDistances.get('', (token) => this.inspect({ kind: 'distances' }, token)).value;
  }

  /** Where the matrix of the chosen heads has most to show. */
  links(heads: HeadSelection, quantity: Quantity): Loaded<Links> {
    const question = { kind: 'links', heads, quantity } as const;
    return this.strongest.get(`${quantity} ${selectionKey(heads)}`, (token) => this.inspect(question, token)).value;
  }

  /** The size of the model's matrices. */
  linearWeights(): Loaded<LinearWeights> {
    return this.matrices.get('', (token) => this.inspect({ kind: 'linearWeights' }, token)).value;
  }

  /** Cancels what is under way; what still comes is dropped. */
  dispose(): void {
    this.slices.dispose();
    this.pictures.cancel();
    this.cells.cancel();
    this.rows.cancel();
    this.modelRoles.cancel();
    this.headDistances.cancel();
    this.strongest.cancel();
    this.matrices.cancel();
    this.timings.cancel();
    this.effects.cancel();
  }

  private inspect<Q extends Question>(question: Q, token: CancellationToken): Promise<Answer<Q['kind']>> {
    return this.host.inspect(this.summary.run, question, token);
  }
}
