import type { AttentionSource } from '../../attention/source.ts';
import { ExplainError, type Failure } from '../../protocol/failure.ts';
import type { RunId, Token } from '../../protocol/run.ts';
import type { AttentionReader } from './attentionReader.ts';
import type { KvCache } from './kvCache.ts';
import type { MemoryUse } from './memoryUse.ts';

/** Rollouts up to a layer, each as the only head of a source. */
export interface RolloutReader {
  readonly through: (layer: number, signal: AbortSignal) => Promise<AttentionSource>;
}

/** What is kept of a run: what a view can ask about. */
export interface OpenRun {
  readonly modelFolder: string;
  /** Of the model that made it: see `LoadedModel`. */
  readonly keptFolder: string;
  /** With special tokens. */
  readonly tokens: readonly Token[];
  readonly reader: AttentionReader;
  /** A reader of the weights, each multiplied by its key's ‖v·W_O‖₂ [layers, heads, tokens]. */
  readonly weighted: (norms: Float32Array) => AttentionReader;
  /** What is kept of the values of a long text: of each layer [key-value heads, positions, head size]. */
  readonly values: readonly Float32Array[] | undefined;
  /** Keys and values of a long text, as the model made them. */
  readonly cache: KvCache | undefined;
  /** Or why there are none. */
  readonly rollouts: RolloutReader | Failure;
  readonly bytes: number;
  /** Most bytes that open runs and generations, and the tensors of a question, may take. */
  readonly memoryBudget: number;
  readonly dispose: () => void;
}

/** Keeps the runs that views have open, until they are released. */
export class OpenRuns {
  private readonly runs = new Map<RunId, OpenRun>();
  /** Begins with the clock, so that no run of an earlier process has the number of one of this. */
  private lastRun = Date.now();

  constructor(private readonly memory: MemoryUse) {}

  add(run: OpenRun): RunId {
    this.lastRun += 1;
    this.runs.set(this.lastRun, run);
    this.memory.set(run, run.bytes);
    return this.lastRun;
  }

  /** @throws ExplainError `unknownRun` when the run was released or belongs to an earlier process. */
  get(id: RunId): OpenRun {
    const run = this.runs.get(id);
    if (run !== undefined) return run;
    throw new ExplainError({
      code: 'unknownRun',
      message: 'The numbers of this explanation are no longer in memory.',
      advice: 'Run Explain Attention again.',
    });
  }

  /** @returns what was kept; `undefined` for a run that isn't open. */
  release(id: RunId): OpenRun | undefined {
    const run = this.runs.get(id);
    if (run === undefined) return undefined;
    this.runs.delete(id);
    this.memory.set(run, 0);
    run.dispose();
    return run;
  }
}
