import type { AttentionSource } from '../attention/source.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { RunId } from '../protocol/run.ts';
import { Rollouts } from './rollouts.ts';

/** What is kept of a run. */
interface OpenRun {
  readonly attention: AttentionSource;
  readonly rollouts: Rollouts;
}

/** Keeps the attention of the runs that views have open, until they are released. */
export class AttentionStore {
  private readonly runs = new Map<RunId, OpenRun>();
  /** Begins with the clock, so that no run of an earlier process has the number of one of this. */
  private lastRun = Date.now();

  add(attention: AttentionSource, causal: boolean): RunId {
    this.lastRun += 1;
    this.runs.set(this.lastRun, { attention, rollouts: new Rollouts(attention, causal) });
    return this.lastRun;
  }

  /** @throws ExplainError `unknownRun` when the run was released or belongs to an earlier process. */
  get(run: RunId): OpenRun {
    const open = this.runs.get(run);
    if (open !== undefined) return open;
    throw new ExplainError({
      code: 'unknownRun',
      message: 'The numbers of this explanation are no longer in memory.',
      advice: 'Run Explain Attention again.',
    });
  }

  release(run: RunId): void {
    this.runs.delete(run);
  }
}

/** Most tokens n whose attention weights, layers × heads × n² × 4 bytes, fit into a budget of bytes. */
export function tokensWithin(budget: number, layers: number, heads: number): number {
  return Math.floor(Math.sqrt(budget / (layers * heads * Float32Array.BYTES_PER_ELEMENT)));
}
