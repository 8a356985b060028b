import type { AttentionSource } from '../attention/source.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { RunId, Token } from '../protocol/run.ts';
import type { Rollouts } from './rollouts.ts';

/** What is kept of a run: what a view can ask about. */
export interface OpenRun {
  readonly modelFolder: string;
  /** With special tokens. */
  readonly tokens: readonly Token[];
  readonly attention: AttentionSource;
  readonly rollouts: Rollouts;
  /** Most bytes that the tensors of a question may take. */
  readonly memoryBudget: number;
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

/** Most tokens n whose attention weights, layers × heads × n² × 4 bytes, fit into a budget of bytes. */
export function tokensWithin(budget: number, layers: number, heads: number): number {
  return Math.floor(Math.sqrt(budget / (layers * heads * Float32Array.BYTES_PER_ELEMENT)));
}
