import type { HeadCombination, Overview, Peaks, Pooling, Slice, TokenRange } from '../../protocol/run.ts';
import { headDistances } from '../../attention/distances.ts';
import { overviewOf, peaksOf, type RegionRequest, sliceOf } from '../../attention/slice.ts';
import { allHeads, type AttentionSource } from '../../attention/source.ts';

/**
 * What views ask of the matrices of a run, whether they are held as they are or computed when asked for. Everything
 * rejects with a RangeError for what is not in the run, and with the signal's reason once it is aborted.
 */
export interface AttentionReader {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;
  slice(request: RegionRequest, signal: AbortSignal): Promise<Slice>;
  /** A region in every head: [layers, heads, rows, columns]. */
  stack(rows: TokenRange, columns: TokenRange, signal: AbortSignal): Promise<Float32Array>;
  overview(block: number, pooling: Pooling, signal: AbortSignal): Promise<Overview>;
  peaks(heads: HeadCombination, signal: AbortSignal): Promise<Peaks>;
  /** Of each head from the mean of all: [layers, heads], see `headDistances`. */
  distances(signal: AbortSignal): Promise<Float32Array>;
}

/** Reads matrices that are held as they are. */
export class WholeReader implements AttentionReader {
  readonly layers: number;
  readonly heads: number;
  readonly tokens: number;

  constructor(readonly source: AttentionSource) {
    const { layers, heads, tokens } = source;
    [this.layers, this.heads, this.tokens] = [layers, heads, tokens];
  }

  slice(request: RegionRequest): Promise<Slice> {
    return answer(() => sliceOf(this.source, request));
  }

  stack(rows: TokenRange, columns: TokenRange): Promise<Float32Array> {
    return answer(() => {
      const size = (rows.end - rows.start) * (columns.end - columns.start);
      const stack = new Float32Array(this.layers * this.heads * size);
      allHeads(this).forEach((head, place) => stack.set(this.source.region(head, rows, columns), place * size));
      return stack;
    });
  }

  overview(block: number, pooling: Pooling): Promise<Overview> {
    return answer(() => overviewOf(this.source, block, pooling));
  }

  peaks(heads: HeadCombination): Promise<Peaks> {
    return answer(() => peaksOf(this.source, heads));
  }

  distances(): Promise<Float32Array> {
    return answer(() => headDistances(this.source).distances);
  }
}

/** What throws, rejects. */
async function answer<T>(work: () => T): Promise<T> {
  return work();
}
