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
import { explainText } from './explainText.ts';
import { readLinks } from './explain/readLinks.ts';
import { type ChosenHeads, readPartners } from './explain/readPartners.ts';
import { Inspector } from './inspect/inspector.ts';
import { TileGraphs } from './longContext/tileGraph.ts';
import { type AttentionReader, WholeReader } from './runtime/attentionReader.ts';
import type { LoadedModel } from './runtime/loadedModel.ts';
import { OpenRuns, type OpenRun } from './runtime/openRuns.ts';
import type { Runtime } from './runtime/runtime.ts';
import { nextTurn } from './runtime/turns.ts';

/** What is asked of the engine for a text; `ExplainRequest` without its wire's progress name. */
export type ExplainOptions = Omit<ExplainRequest, 'progress'>;

/** Told of every stage as it begins, and of passes as they end. */
export type ProgressListener = (progress: ExplainProgress) => void;

/** Explains texts, and answers what is asked about them while they are open. */
export class Engine {
  private readonly runs: OpenRuns;
  /** Norms of open runs that were asked for: reading them again waits for nothing. */
  private readonly valueWeighted = new WeakMap<OpenRun, AttentionReader>();
  private readonly graphs: TileGraphs;
  private readonly inspector: Inspector;

  constructor(private readonly runtime: Runtime) {
    this.runs = new OpenRuns(runtime.memory);
    this.graphs = new TileGraphs(runtime.options.threads);
    this.inspector = new Inspector(runtime.memory);
  }

  /**
   * Explains a text: tokenizes it, runs the model, checks and keeps its attention.
   * A text beyond the model's context or the memory budget is cut at a token boundary and the cut is reported.
   *
   * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
   */
  explain(options: ExplainOptions, onProgress: ProgressListener, signal: AbortSignal): Promise<RunSummary> {
    return this.runtime.turns.run(signal, () => this.explainNow(options, onProgress, signal));
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
      const { reader } = this.runs.get(id);
      const { layers, heads } = reader;
      return { kind: 'distances', layers, heads, distances: await reader.distances(signal) };
    }
    return this.askModel(id, signal, (model, run) => this.inspector.answer(model, run, question, signal));
  }

  /** ‖v_j·W_Oʰ‖₂ of every token in every head of an open run: [layers, heads, tokens]. */
  valueNorms(id: RunId, signal: AbortSignal): Promise<Float32Array> {
    return this.askModel(id, signal, (model, run) => this.inspector.valueNorms(model, run, signal));
  }

  release(run: RunId): void {
    const released = this.runs.release(run);
    if (released) this.inspector.release(released);
  }

  /** Frees what is not a run's own. */
  async dispose(): Promise<void> {
    await this.runtime.turns.idle();
    await this.graphs.dispose();
  }

  /** The matrices of an open run. */
  async reader(id: RunId, quantity: Quantity, signal: AbortSignal): Promise<AttentionReader> {
    const run = this.runs.get(id);
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
    const { rollouts } = this.runs.get(run);
    if (!('through' in rollouts)) throw new ExplainError(rollouts);
    const source = await rollouts.through(heads.layer, signal);
    return { reader: new WholeReader(source), heads: { kind: 'head', layer: 0, head: 0 } };
  }

  /** @throws ExplainError `modelFile` when another model stands in the place of the one that made the run. */
  private askModel<T>(
    id: RunId,
    signal: AbortSignal,
    work: (model: LoadedModel, run: OpenRun) => Promise<T>,
  ): Promise<T> {
    const { turns, models } = this.runtime;
    return turns.question(signal, async () => {
      const run = this.runs.get(id);
      return models.with(
        run.modelFolder,
        () => nextTurn(signal),
        (model) => {
          if (model.keptFolder !== run.keptFolder) throw hasChanged(model);
          return work(model, run);
        },
      );
    });
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
    const { model, release } = await this.runtime.models.lease(options.modelFolder, begin);
    const share = this.runtime.memory.shareOf(options.memoryBudget);
    let isNeeded = false;
    try {
      const { run, summary, prefilled, needsModel } = await explainText(
        model,
        { ...options, precision: options.precision ?? 'single', specialTokens: options.specialTokens ?? 'text' },
        {
          threads: this.runtime.options.threads,
          graphs: this.graphs,
          roomFor: (bytes) => this.roomFor(bytes, options),
          reserve: (bytes) => share.take(bytes),
          begin,
          onPasses: (passes) => onProgress({ stage: 'running', passes }),
          signal,
        },
      );
      isNeeded = needsModel;
      share.take(0);
      const open = { ...run, dispose: isNeeded ? release : () => undefined };
      const id = this.runs.add(open);
      if (prefilled) this.inspector.takeOver(model, open, prefilled);
      return { ...summary, run: id };
    } finally {
      share.take(0);
      if (!isNeeded) release();
    }
  }

  /** Bytes that a new run may take; where they are too few, the runs that may be given up are. */
  private roomFor(bytes: number, { memoryBudget, spare = [] }: ExplainOptions): number {
    const { memory } = this.runtime;
    for (const run of spare) if (memory.room(memoryBudget) < bytes) this.release(run);
    return memory.room(memoryBudget);
  }
}

function hasChanged({ description }: LoadedModel): ExplainError {
  return new ExplainError({
    code: 'modelFile',
    message: l10n.t('The files of the model “{0}” have changed since this text was explained.', description.name),
    advice: l10n.t('Run Explain Attention again.'),
  });
}
