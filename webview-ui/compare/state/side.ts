import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Reads } from '../../../src/protocol/inspection.ts';
import type { HeadCombination, Quantity, RunSummary } from '../../../src/protocol/run.ts';
import { LatestRequest } from '../../shared/latestRequest.ts';
import { type Loaded, mapLoaded } from '../../shared/loaded.ts';
import { FIT, type View } from '../../shared/matrix/frame.ts';
import { SliceCache } from '../../shared/matrix/sliceCache.ts';
import { Weights } from '../../shared/matrix/weights.ts';
import { type Explained, explainedText } from '../../shared/text/explained.ts';
import { quotedName } from '../../shared/tokenLabel.ts';
import type { CompareHost } from './host.ts';

/** One of the two texts with its numbers, asked for as they are needed. */
export class Side {
  readonly explained: Explained;
  /** What each token is called, without the space before a word. */
  readonly names: readonly string[];
  readonly matrixView = signal<View>(FIT);
  /** The weights of the chosen heads. */
  readonly weights: ReadonlySignal<Weights>;
  private readonly slices: Signal<SliceCache>;
  private readonly readAnswers = new LatestRequest<Reads>();
  /** Counts up when the host is to be asked again. */
  private readonly attempt = signal(0);

  constructor(
    private readonly host: CompareHost,
    summary: RunSummary,
    heads: ReadonlySignal<HeadCombination>,
  ) {
    this.explained = explainedText(summary);
    this.names = this.explained.names.map(quotedName);
    this.slices = signal(new SliceCache(host));
    this.weights = computed(() => this.matrix(heads.value, 'weight'));
  }

  /** A token's vector as each layer's attention reads it. */
  reads(token: number): Loaded<Reads> {
    const { run } = this.explained.summary;
    const ask = `${this.attempt.value} ${token}`;
    return this.readAnswers.get(ask, (stop) => this.host.inspect(run, { kind: 'reads', token }, stop)).value;
  }

  /** The norms of what it gets from each token that it sees, in the mean of some heads. */
  norms(token: number, heads: HeadCombination): Loaded<Float32Array> {
    const seen = this.explained.causal ? token + 1 : this.names.length;
    return mapLoaded(this.matrix(heads, 'valueNorm').line(token, 'looksAt'), (row) => row.subarray(0, seen));
  }

  retry(): void {
    this.slices.peek().dispose();
    this.slices.value = new SliceCache(this.host);
    this.attempt.value++;
  }

  /** Cancels what is under way; what still comes is dropped. */
  dispose(): void {
    this.slices.peek().dispose();
    this.readAnswers.cancel();
  }

  private matrix(heads: HeadCombination, quantity: Quantity): Weights {
    const { run, tokens } = this.explained.summary;
    return new Weights(this.slices.value, { run, heads, quantity }, tokens.length);
  }
}
