import { type Rollout, rolloutThrough, rolloutWork } from '../../attention/rollout.ts';
import { type AttentionSource, PiecewiseAttention } from '../../attention/source.ts';
import { ExplainError } from '../../protocol/failure.ts';

/** Multiply-accumulates that are not too many to wait for: two to five seconds. */
const MOST_WORK = 2.5e9;

/** Time after which other requests get their turn, in milliseconds. */
const TURN = 20;

/** The rollouts of one run, computed when asked for, one after the other. The last one is kept. */
export class Rollouts {
  private last: Rollout | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly source: AttentionSource,
    private readonly causal: boolean,
  ) {}

  /**
   * The rollout up to and including a layer, as the only head of a source.
   *
   * @throws ExplainError `overBudget` when the text is too long; the signal's reason when it is aborted.
   */
  through(layer: number, signal: AbortSignal): Promise<AttentionSource> {
    const work = this.queue.then(() => this.compute(layer, signal));
    this.queue = work.catch(() => undefined);
    return work;
  }

  private async compute(layer: number, signal: AbortSignal): Promise<AttentionSource> {
    if (rolloutWork(this.source, this.causal) > MOST_WORK) throw tooLong(this.mostTokens);
    const steps = rolloutThrough(this.source, layer, this.last);
    let turn = performance.now();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        this.last = step.value;
        return asSource(step.value);
      }
      if (performance.now() - turn < TURN) continue;
      await new Promise(setImmediate);
      signal.throwIfAborted();
      turn = performance.now();
    }
  }

  private get mostTokens(): number {
    const work = rolloutWork({ layers: this.source.layers, tokens: 1 }, this.causal);
    return Math.floor(Math.cbrt(MOST_WORK / work));
  }
}

function asSource({ tokens, matrix }: Rollout): AttentionSource {
  return new PiecewiseAttention([{ rows: { start: 0, end: tokens }, keys: tokens, layers: [matrix] }], 1);
}

function tooLong(tokens: number): ExplainError {
  return new ExplainError({
    code: 'overBudget',
    message: `Rolling out the attention of this text takes too long: it is done for up to ${tokens} tokens.`,
    advice: 'Select less text, or look at a mean of heads.',
  });
}
