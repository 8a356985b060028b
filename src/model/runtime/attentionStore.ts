import { ExplainError, type Failure } from '../../protocol/failure.ts';
import type { RunId, Token } from '../../protocol/run.ts';
import type { AttentionReader } from './attentionReader.ts';
import type { TextMap, Vectors } from '../longContext/textMap.ts';
import type { Rollouts } from '../explain/rollouts.ts';

/** What is kept of a run: what a view can ask about. */
export interface OpenRun {
  readonly modelFolder: string;
  /** Of the model that made it: see `LanguageModel`. */
  readonly keptFolder: string;
  /** With special tokens. */
  readonly tokens: readonly Token[];
  readonly reader: AttentionReader;
  /** A reader of the weights, each multiplied by its key's ‖v·W_O‖₂ [layers, heads, tokens]. */
  readonly weighted: (norms: Float32Array) => AttentionReader;
  /** What a long text's weights are computed from. */
  readonly map: TextMap<Vectors> | undefined;
  /** Or why there are none. */
  readonly rollouts: Rollouts | Failure;
  readonly bytes: number;
  /** Most bytes that the tensors of a question may take. */
  readonly memoryBudget: number;
  readonly dispose: () => Promise<void>;
}

/** Keeps the runs that views have open, until they are released. */
export class AttentionStore {
  private readonly runs = new Map<RunId, OpenRun>();
  /** Begins with the clock, so that no run of an earlier process has the number of one of this. */
  private lastRun = Date.now();

  add(run: OpenRun): RunId {
    this.lastRun += 1;
    this.runs.set(this.lastRun, run);
    return this.lastRun;
  }

  /** Bytes that all open runs keep. */
  get bytes(): number {
    return [...this.runs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
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
    this.runs.delete(id);
    return run;
  }
}
