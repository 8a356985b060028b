import type { Tensor } from 'onnxruntime-node';
import type { PassWork } from '../../protocol/inspection.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { KvCache, Tensors } from '../runtime/kvCache.ts';
import { requireWithin } from '../generate/limits.ts';
import { nextTurn } from '../runtime/graphSession.ts';
import type { InspectedModel } from './inspectedModel.ts';
import { PositionTensors } from './positionTensors.ts';

/** What the weights of each layer are multiplied by in a pass over some positions, which see so many keys. */
export type Gating = (rows: TokenRange, keys: number) => readonly Tensor[];

const noTensors: readonly string[] = [];
const mostRows = 128;
/** Most bytes that the outputs of a pass may take: the runtime makes all of them, wanted or not. */
const mostPassBytes = 64 * 2 ** 20;
/** Tensors [heads, queries, keys] that the graph makes for each layer: products, scores, weights, gated weights. */
const squaresPerLayer = 4;

/**
 * One text in an inspected model. Where the model allows it, what comes before a position goes through once and stays in
 * a KV cache, and the position itself in a pass of its own; else the whole text goes through for each question.
 */
export class InspectedText {
  private readonly cache: KvCache | undefined;

  /** @throws ExplainError `overBudget` when the tensors of the text would take more memory than allowed. */
  constructor(
    private readonly model: InspectedModel,
    readonly ids: readonly number[],
    memoryBudget: number,
  ) {
    this.cache = model.newCache();
    requireWithin(memoryBudget, this.cache ? 2 * ids.length * model.bytesPerPosition : this.passBytes(ids.length));
  }

  /** Tensors of the layers' facts at a position. */
  async at(position: number, tensors: readonly string[], signal: AbortSignal): Promise<PositionTensors> {
    const { heads, causal } = this.model.description;
    if (!this.cache) {
      await nextTurn(signal);
      const rows = this.ids.length;
      const result = await this.pass({ start: 0, end: rows }, this.model.emptyPast, { tensors });
      const visible = causal ? position + 1 : rows;
      return new PositionTensors(result.tensors, { heads, rows, row: position, keys: rows, visible });
    }
    await this.prefill(this.cache, position, signal);
    await nextTurn(signal);
    const past = this.cache.past([{ start: 0, end: position }]);
    const result = await this.pass({ start: position, end: position + 1 }, past, { tensors });
    const keys = position + 1;
    return new PositionTensors(result.tensors, { heads, rows: 1, row: 0, keys, visible: keys });
  }

  /**
   * The logits behind a position, with weights taken away from some position on.
   *
   * @param first position from which on weights are taken away.
   * @returns logits [vocabulary], passes that ran, and what those took that are not of the cache.
   */
  async logits(
    position: number,
    signal: AbortSignal,
    first = position,
    gating?: Gating,
  ): Promise<{ readonly logits: Float32Array; readonly passes: number; readonly work: PassWork }> {
    const end = this.cache ? position + 1 : this.ids.length;
    let passes = this.cache ? await this.prefill(this.cache, first, signal) : 0;
    let start = this.cache ? first : 0;
    const positions = end - start;
    let began = performance.now();
    let past = this.cache ? this.cache.past([{ start: 0, end: start }]) : this.model.emptyPast;
    let milliseconds = 0;
    for (;;) {
      milliseconds += performance.now() - began;
      await nextTurn(signal);
      began = performance.now();
      const rows = { start, end: this.cache ? Math.min(end, start + this.rowsPerPass) : end };
      const isLast = rows.end === end;
      const options = { gates: gating?.(rows, rows.end), wantsLogits: isLast, wantsCache: !isLast };
      const result = await this.pass(rows, past, options);
      passes++;
      if (isLast) {
        const vocabulary = result.logits.length / (rows.end - rows.start);
        const row = position - rows.start;
        const logits = result.logits.slice(row * vocabulary, (row + 1) * vocabulary);
        return { logits, passes, work: { positions, milliseconds: milliseconds + performance.now() - began } };
      }
      past = this.model.asPast(result.present);
      start = rows.end;
    }
  }

  /** Grows the cache to at least the positions before one. Cancelled between passes, it keeps what it has. */
  private async prefill(cache: KvCache, length: number, signal: AbortSignal): Promise<number> {
    let passes = 0;
    for (let start = cache.positions.length; start < length; start = cache.positions.length, passes++) {
      await nextTurn(signal);
      const rows = { start, end: Math.min(length, start + this.rowsPerPass) };
      const { present } = await this.pass(rows, cache.past(), { wantsCache: true });
      cache.extend(present, this.range(rows));
    }
    return passes;
  }

  private pass(
    rows: TokenRange,
    past: Tensors,
    wanted: {
      readonly gates?: readonly Tensor[] | undefined;
      readonly tensors?: readonly string[];
      readonly wantsLogits?: boolean;
      readonly wantsCache?: boolean;
    },
  ) {
    const { gates, tensors = noTensors, wantsLogits = false, wantsCache = false } = wanted;
    return this.model.run({
      ids: this.ids.slice(rows.start, rows.end),
      positions: this.range(rows),
      pastLength: rows.start,
      past,
      tensors,
      wantsLogits,
      wantsCache,
      ...(gates && { gates }),
    });
  }

  private get rowsPerPass(): number {
    return Math.max(1, Math.min(mostRows, Math.floor(mostPassBytes / this.passBytes(1))));
  }

  private passBytes(rows: number): number {
    const { layers, heads } = this.model.description;
    const numbers = layers * squaresPerLayer * heads * this.ids.length + this.model.vocabulary;
    return rows * numbers * Float32Array.BYTES_PER_ELEMENT;
  }

  private range({ start, end }: TokenRange): readonly number[] {
    return Array.from({ length: end - start }, (_, index) => start + index);
  }
}
