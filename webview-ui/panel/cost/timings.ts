import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc/browser';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Timing } from '../../../src/protocol/inspection.ts';
import { failureOf } from '../../shared/loaded.ts';

/** The fastest of some passes over one text: what others took longer was noise. */
export interface TimedLength extends Timing {
  readonly passes: number;
}

const MOST_PASSES = 3;

/** Milliseconds after which a length is not measured again. */
const LONG_ENOUGH = 300;

/** Times of forward passes over texts of several lengths, measured one after the other when asked for. */
export class Timings {
  private readonly measured = signal<readonly TimedLength[]>([]);
  private readonly present = signal<number | undefined>(undefined);
  private readonly problem = signal<Failure | undefined>(undefined);
  private cancellation: CancellationTokenSource | undefined;

  /** From short to long. */
  readonly done: ReadonlySignal<readonly TimedLength[]> = this.measured;
  /** The length that is being measured. */
  readonly measuring: ReadonlySignal<number | undefined> = this.present;
  readonly failure: ReadonlySignal<Failure | undefined> = this.problem;

  constructor(private readonly time: (tokens: number, token: CancellationToken) => Promise<Timing>) {}

  /** Measures all lengths anew. What was measured before a cancellation or failure stays. */
  async measure(lengths: readonly number[]): Promise<void> {
    this.cancel();
    const cancellation = new CancellationTokenSource();
    this.cancellation = cancellation;
    batch(() => {
      this.measured.value = [];
      this.problem.value = undefined;
    });
    try {
      for (const tokens of lengths) {
        this.present.value = tokens;
        const timed = await this.fastest(tokens, cancellation.token);
        if (cancellation.token.isCancellationRequested) return;
        this.measured.value = [...this.measured.value, timed];
      }
    } catch (error) {
      if (!cancellation.token.isCancellationRequested) this.problem.value = failureOf(error);
    } finally {
      if (this.cancellation === cancellation) this.present.value = undefined;
    }
  }

  cancel(): void {
    this.cancellation?.cancel();
    this.present.value = undefined;
  }

  private async fastest(tokens: number, token: CancellationToken): Promise<TimedLength> {
    let [passes, spent, milliseconds] = [0, 0, Infinity];
    while (passes < MOST_PASSES && spent < LONG_ENOUGH && !token.isCancellationRequested) {
      const timing = await this.time(tokens, token);
      passes += 1;
      spent += timing.milliseconds;
      milliseconds = Math.min(milliseconds, timing.milliseconds);
    }
    return { tokens, milliseconds, passes };
  }
}

/** Lengths to measure: doubling from 16 to the longest text that the model reads. */
export function timedLengths(contextLength: number): readonly number[] {
  const lengths: number[] = [];
  for (let n = 16; n < contextLength; n *= 2) lengths.push(n);
  return [...lengths, contextLength];
}
