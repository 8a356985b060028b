import type { AttentionSource } from '../attention/source.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { RunId } from '../protocol/run.ts';

/** Keeps the attention of the runs that views have open, until they are released. */
export class AttentionStore {
  private readonly runs = new Map<RunId, AttentionSource>();
  /** Begins with the clock, so that no run of an earlier process has the number of one of this. */
  private lastRun = Date.now();

  add(source: AttentionSource): RunId {
    this.lastRun += 1;
    this.runs.set(this.lastRun, source);
    return this.lastRun;
  }

  /** @throws ExplainError `unknownRun` when the run was released or belongs to an earlier process. */
  get(run: RunId): AttentionSource {
    const source = this.runs.get(run);
    if (source !== undefined) return source;
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
