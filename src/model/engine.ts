import { headDistances } from '../attention/distances.ts';
import { checkInvariants, rowSumTolerance } from '../attention/invariants.ts';
import { pairValues } from '../attention/pair.ts';
import { type ChosenHeads, partnersOf } from '../attention/partners.ts';
import { overviewOf, peaksOf, sliceOf } from '../attention/slice.ts';
import type { AttentionSource } from '../attention/source.ts';
import { ValueWeighted } from '../attention/valueWeighted.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { Answer, InspectRequest } from '../protocol/inspection.ts';
import type { SelfCheck } from '../protocol/model.ts';
import type { ExplainProgress, ExplainRequest, ExplainStage } from '../protocol/modelWire.ts';
import type {
  Cut,
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
import { AttentionStore, type OpenRun, tokensWithin } from './attentionStore.ts';
import { nextTurn } from './graphSession.ts';
import { Inspector } from './inspection/inspector.ts';
import { LanguageModel, selfCheckFailure } from './languageModel.ts';
import { Rollouts } from './rollouts.ts';

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
  private readonly valueWeighted = new WeakMap<OpenRun, AttentionSource>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EngineOptions) {}

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
    const { source, heads } = await this.chosen(request, signal);
    return sliceOf(source, { ...request, heads });
  }

  async overview({ run, quantity, block }: OverviewRequest, signal: AbortSignal): Promise<Overview> {
    return overviewOf(await this.source(run, quantity, signal), block);
  }

  async peaks(request: PeaksRequest, signal: AbortSignal): Promise<Peaks> {
    const { source, heads } = await this.chosen(request, signal);
    return peaksOf(source, heads);
  }

  async partners(request: PartnersRequest, signal: AbortSignal): Promise<TokenPartners> {
    const chosen = await this.chosen(request, signal);
    return partnersOf(chosen, await this.source(request.run, request.quantity, signal), request);
  }

  /** Answers a question about an open run from tensors of its graph. One question or run at a time. */
  async inspect({ run: id, question }: InspectRequest, signal: AbortSignal): Promise<Answer> {
    if (question.kind === 'pair') {
      const source = await this.source(id, question.quantity, signal);
      const { layers, heads } = source;
      return { kind: 'pair', layers, heads, values: pairValues(source, question.query, question.key) };
    }
    return this.inTurn(async () => {
      signal.throwIfAborted();
      const run = this.store.get(id);
      if (question.kind === 'distances') return { kind: 'distances', ...headDistances(run.attention) };
      const { inspector } = await this.load(run.modelFolder, () => nextTurn(signal));
      return inspector.answer(run, question, signal);
    });
  }

  /** ‖v_j·W_Oʰ‖₂ of every token in every head of an open run: [layers, heads, tokens]. */
  valueNorms(id: RunId, signal: AbortSignal): Promise<Float32Array> {
    return this.inTurn(async () => {
      const run = this.store.get(id);
      const { inspector } = await this.load(run.modelFolder, () => nextTurn(signal));
      return inspector.valueNorms(run, signal);
    });
  }

  release(run: RunId): void {
    this.loaded?.inspector.release(this.store.release(run));
  }

  /** Frees the model. */
  dispose(): Promise<void> {
    return this.inTurn(() => this.unload());
  }

  /** The attention of an open run, for writing it out whole. */
  attention(run: RunId): AttentionSource {
    return this.store.get(run).attention;
  }

  /** Where to read a selection of heads, and as which heads: a rollout is the only head of a source of its own. */
  private async chosen(
    { run, heads, quantity }: Pick<SliceRequest, 'run' | 'heads' | 'quantity'>,
    signal: AbortSignal,
  ): Promise<ChosenHeads> {
    if (heads.kind !== 'rollout') return { source: await this.source(run, quantity, signal), heads };
    if (quantity !== 'weight') throw new RangeError('Only weights can be rolled out.');
    const source = await this.store.get(run).rollouts.through(heads.layer, signal);
    return { source, heads: { kind: 'head', layer: 0, head: 0 } };
  }

  private async source(id: RunId, quantity: Quantity, signal: AbortSignal): Promise<AttentionSource> {
    const run = this.store.get(id);
    if (quantity === 'weight') return run.attention;
    const known = this.valueWeighted.get(run);
    if (known !== undefined) return known;
    const weighted = new ValueWeighted(run.attention, await this.valueNorms(id, signal));
    this.valueWeighted.set(run, weighted);
    return weighted;
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
    await begin('tokenizing');
    const { layers, heads, contextLength } = model.description;
    const memoryLimit = tokensWithin(options.memoryBudget, layers, heads);
    const limit = Math.min(contextLength, memoryLimit);
    const encoded = model.encoder.encodePrefix(options.text, limit);
    if (!encoded.tokens.some((token) => token.end > token.start)) throw nothingToExplain(limit);
    await begin('running');
    const start = performance.now();
    const attention = await model.attention(encoded.ids, signal);
    const milliseconds = performance.now() - start;
    await begin('checking');
    const check = verified(attention, model);
    const cut: Cut | undefined =
      encoded.usedLength === options.text.length
        ? undefined
        : {
            reason: memoryLimit < contextLength ? 'memory' : 'context',
            usedLength: encoded.usedLength,
            totalLength: options.text.length,
            tokenLimit: limit,
          };
    return {
      run: this.store.add({
        modelFolder: options.modelFolder,
        tokens: encoded.tokens,
        attention,
        rollouts: new Rollouts(attention, model.description.causal),
        memoryBudget: options.memoryBudget,
      }),
      model: model.description,
      text: options.text.slice(0, encoded.usedLength),
      tokens: encoded.tokens,
      cut,
      check,
      milliseconds,
      bytes: attention.bytes,
      weights: { kind: 'whole' },
      refused: {},
    };
  }

  private async load(modelFolder: string, begin: (stage: ExplainStage) => Promise<void>) {
    if (this.loaded?.model.description.folder === modelFolder) return this.loaded;
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

/** @throws ExplainError `selfCheck` when the invariants of attention do not hold. */
function verified(attention: AttentionSource, model: LanguageModel): SelfCheck {
  const check = checkInvariants(attention, model.description.causal);
  if (!(check.rowSumError <= rowSumTolerance(model.description.compute))) {
    throw selfCheckFailure(`a row sums to 1 ± ${check.rowSumError}.`);
  }
  if (check.futureWeight !== undefined && check.futureWeight !== 0) {
    throw selfCheckFailure(
      `a token puts ${check.futureWeight} of its attention on later tokens, in a model that must not.`,
    );
  }
  return check;
}

function nothingToExplain(limit: number): ExplainError {
  return limit < 2
    ? new ExplainError({
        code: 'overBudget',
        message: 'The memory budget does not hold the attention of a single token.',
        advice: 'Raise the setting «Explain Attention: Memory Budget».',
      })
    : new ExplainError({
        code: 'emptyText',
        message: 'The text holds no token that the model could look at.',
        advice: 'Select some text first.',
      });
}
