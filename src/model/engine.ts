import * as l10n from '@vscode/l10n';
import { ExplainError } from '../protocol/failure.ts';
import type { Answer, InspectRequest } from '../protocol/inspection.ts';
import type { ExplainProgress, ExplainRequest, ExplainStage } from '../protocol/modelWire.ts';
import type {
  Overview,
  OverviewRequest,
  PartnersRequest,
  Peaks,
  PeaksRequest,
  Quantity,
  RunId,
  RunSummary,
  Slice,
  SliceRequest,
  TokenPartners,
} from '../protocol/run.ts';
import { type AttentionReader, WholeReader } from './runtime/attentionReader.ts';
import { AttentionStore, type OpenRun } from './runtime/attentionStore.ts';
import { explainText } from './explainText.ts';
import { nextTurn } from './runtime/graphSession.ts';
import { Inspector } from './inspect/inspector.ts';
import { LanguageModel } from './runtime/languageModel.ts';
import { TileGraphs } from './longContext/tileGraph.ts';
import { readLinks } from './explain/readLinks.ts';
import { type ChosenHeads, readPartners } from './explain/readPartners.ts';

export interface EngineOptions {
  readonly cacheFolder: string;
  readonly threads: number;
}

/** What is asked of the engine for a text; `ExplainRequest` without its wire's progress name. */
export type ExplainOptions = Omit<ExplainRequest, 'progress'>;

/** Told of every stage as it begins, and of passes as they end. */
export type ProgressListener = (progress: ExplainProgress) => void;

/** Runs models and keeps the attention of open runs. One run at a time; reading slices needs no model. */
export class Engine {
  private readonly store = new AttentionStore();
  private loaded: { readonly model: LanguageModel; readonly inspector: Inspector } | undefined;
  /** Norms of open runs that were asked for: reading them again waits for nothing. */
  private readonly valueWeighted = new WeakMap<OpenRun, AttentionReader>();
  private readonly graphs: TileGraphs;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EngineOptions) {
    this.graphs = new TileGraphs(options.threads);
  }

  /**
   * Explains a text: tokenizes it, runs the model, checks and keeps its attention.
   * A text beyond the model's context or the memory budget is cut at a token boundary and the cut is reported.
   *
   * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
   */
  explain(options: ExplainOptions, onProgress: ProgressListener, signal: AbortSignal): Promise<RunSummary> {
    return this.inTurn(() => this.explainNow(options, onProgress, signal));
  }

  async slice(request: SliceRequest, signal: AbortSignal): Promise<Slice> {
    const { reader, heads } = await this.chosen(request, signal);
    return reader.slice({ ...request, heads }, signal);
  }

  async overview({ run, quantity, block, pooling }: OverviewRequest, signal: AbortSignal): Promise<Overview> {
    return (await this.reader(run, quantity, signal)).overview(block, pooling, signal);
  }

  async peaks(request: PeaksRequest, signal: AbortSignal): Promise<Peaks> {
    const { reader, heads } = await this.chosen(request, signal);
    return reader.peaks(heads, signal);
  }

  async partners(request: PartnersRequest, signal: AbortSignal): Promise<TokenPartners> {
    const chosen = await this.chosen(request, signal);
    return readPartners(chosen, await this.reader(request.run, request.quantity, signal), request, signal);
  }

  /** Answers a question about an open run from tensors of its graph. One question or run at a time. */
  async inspect({ run: id, question }: InspectRequest, signal: AbortSignal): Promise<Answer> {
    if (question.kind === 'pair') {
      const reader = await this.reader(id, question.quantity, signal);
      const { layers, heads } = reader;
      const [rows, columns] = [question.query, question.key].map((token) => ({ start: token, end: token + 1 }));
      return { kind: 'pair', layers, heads, values: await reader.stack(rows!, columns!, signal) };
    }
    if (question.kind === 'links') {
      return { kind: 'links', ...(await readLinks(await this.chosen({ run: id, ...question }, signal), signal)) };
    }
    if (question.kind === 'distances') {
      const { reader } = this.store.get(id);
      const { layers, heads } = reader;
      return { kind: 'distances', layers, heads, distances: await reader.distances(signal) };
    }
    return this.inTurn(async () => {
      signal.throwIfAborted();
      const run = this.store.get(id);
      const inspector = await this.inspectorOf(run, signal);
      return inspector.answer(run, question, signal);
    });
  }

  /** ‖v_j·W_Oʰ‖₂ of every token in every head of an open run: [layers, heads, tokens]. */
  valueNorms(id: RunId, signal: AbortSignal): Promise<Float32Array> {
    return this.inTurn(async () => {
      const run = this.store.get(id);
      const inspector = await this.inspectorOf(run, signal);
      return inspector.valueNorms(run, signal);
    });
  }

  release(run: RunId): void {
    const released = this.store.release(run);
    this.loaded?.inspector.release(released);
    void released?.dispose();
  }

  /** Frees the model. */
  dispose(): Promise<void> {
    return this.inTurn(async () => {
      await this.unload();
      await this.graphs.dispose();
    });
  }

  /** The matrices of an open run. */
  async reader(id: RunId, quantity: Quantity, signal: AbortSignal): Promise<AttentionReader> {
    const run = this.store.get(id);
    if (quantity === 'weight') return run.reader;
    const known = this.valueWeighted.get(run);
    if (known !== undefined) return known;
    const weighted = run.weighted(await this.valueNorms(id, signal));
    this.valueWeighted.set(run, weighted);
    return weighted;
  }

  /** Where to read a selection of heads, and as which heads: a rollout is the only head of a source of its own. */
  private async chosen(
    { run, heads, quantity }: Pick<SliceRequest, 'run' | 'heads' | 'quantity'>,
    signal: AbortSignal,
  ): Promise<ChosenHeads> {
    if (heads.kind !== 'rollout') return { reader: await this.reader(run, quantity, signal), heads };
    if (quantity !== 'weight') throw new RangeError('Only weights can be rolled out.');
    const { rollouts } = this.store.get(run);
    if (!('through' in rollouts)) throw new ExplainError(rollouts);
    const source = await rollouts.through(heads.layer, signal);
    return { reader: new WholeReader(source), heads: { kind: 'head', layer: 0, head: 0 } };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async explainNow(
    options: ExplainOptions,
    onProgress: ProgressListener,
    signal: AbortSignal,
  ): Promise<RunSummary> {
    // Between the stages the process reads its messages: a cancelled request stops at the next one.
    const begin = async (stage: ExplainStage): Promise<void> => {
      onProgress({ stage });
      await new Promise(setImmediate);
      signal.throwIfAborted();
    };
    const { model } = await this.load(options.modelFolder, begin);
    const { run, summary } = await explainText(
      model,
      { ...options, precision: options.precision ?? 'single', specialTokens: options.specialTokens ?? 'text' },
      {
        ...this.options,
        graphs: this.graphs,
        roomFor: (bytes) => this.roomFor(bytes, options),
        begin,
        onPasses: (passes) => onProgress({ stage: 'running', passes }),
        signal,
      },
    );
    return { ...summary, run: this.store.add(run) };
  }

  /** @throws ExplainError `modelFile` when another model stands in the place of the one that made the run. */
  private async inspectorOf(run: OpenRun, signal: AbortSignal): Promise<Inspector> {
    const { model, inspector } = await this.load(run.modelFolder, () => nextTurn(signal));
    if (model.keptFolder === run.keptFolder) return inspector;
    throw new ExplainError({
      code: 'modelFile',
      message: l10n.t(
        'The files of the model “{0}” have changed since this text was explained.',
        model.description.name,
      ),
      advice: l10n.t('Run Explain Attention again.'),
    });
  }

  /** Bytes that a new run may take; where they are too few, the runs that may be given up are. */
  private roomFor(bytes: number, { memoryBudget, spare = [] }: ExplainOptions): number {
    for (const run of spare) if (memoryBudget - this.store.bytes < bytes) this.release(run);
    return Math.max(0, memoryBudget - this.store.bytes);
  }

  private async load(modelFolder: string, begin: (stage: ExplainStage) => Promise<void>) {
    const { loaded } = this;
    if (loaded?.model.description.folder === modelFolder && !(await loaded.model.isReplaced())) return loaded;
    await this.unload();
    await begin('tapping');
    const model = await LanguageModel.load({ ...this.options, modelFolder, onTapped: () => begin('loading') });
    this.loaded = { model, inspector: new Inspector(model, this.options) };
    return this.loaded;
  }

  private async unload(): Promise<void> {
    const { loaded } = this;
    this.loaded = undefined;
    await loaded?.inspector.dispose();
    await loaded?.model.dispose();
  }
}
