import type { PassWork } from '../../protocol/inspection.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { KvCache, Tensors } from '../runtime/kvCache.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import type { Pass, PassResult } from '../runtime/pass.ts';
import { type MemoryUse, requireWithin } from '../runtime/memoryUse.ts';
import type { OpenRun } from '../runtime/openRuns.ts';
import type { AblationMask } from './ablationMask.ts';
import { PositionTensors } from './positionTensors.ts';

const MOST_ROWS = 128;
/** Most bytes that the squares and logits of a pass may take. */
const MOST_PASS_BYTES = 64 * 2 ** 20;
/** Tensors [heads, queries, keys] that a layer has in memory at once: products, scores, weights. */
const SQUARES = 3;

/**
 * The text of a run, as questions about it run through the model. Where the model allows it, what comes before a position
 * is taken from a KV cache, that of the run itself if it is kept, and the position goes through in a pass of its own; else
 * the whole text goes through for each question.
 */
export class InspectedText {
  private readonly ids: readonly number[];
  /** Grows with the positions that are asked about, unless it is the run's own, which holds all of them. */
  private readonly cache: KvCache | undefined;

  /**
   * @param known keys and values of all of its positions
   * @throws ExplainError `overBudget` when the tensors of the text would take more memory than there is room for.
   */
  constructor(
    private readonly model: LoadedModel,
    run: OpenRun,
    memory: MemoryUse,
    known = run.cache,
  ) {
    this.ids = run.tokens.map(({ id }) => id);
    this.cache = model.runsInPasses ? (known ?? model.newCache()) : undefined;
    const perPosition = model.cacheShape?.bytesPerPosition ?? 0;
    const copies = known ? 1 : 2;
    const bytes = this.cache ? copies * this.ids.length * perPosition : this.passBytes(this.ids.length);
    requireWithin(memory.room(run.memoryBudget, run), bytes);
  }

  /** Tensors of the layers' facts at a position. */
  async at(
    position: number,
    steps: ReadonlyMap<number, readonly string[]>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, PositionTensors>> {
    const { heads, causal } = this.model.description;
    if (this.cache) await this.prefill(this.cache, position, signal);
    await this.model.turns.betweenPasses(signal);
    const rows = this.cache ? { start: position, end: position + 1 } : { start: 0, end: this.ids.length };
    const result = await this.pass(rows, this.pastOf(rows.start), { steps });
    const visible = causal ? position + 1 : rows.end;
    const place = { heads, rows: rows.end - rows.start, row: position - rows.start, keys: rows.end, visible };
    return new Map([...steps.keys()].map((layer) => [layer, new PositionTensors(result.steps(layer), place)]));
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
    mask?: AblationMask,
  ): Promise<{ readonly logits: Float32Array; readonly passes: number; readonly work: PassWork }> {
    const end = this.cache ? position + 1 : this.ids.length;
    let passes = this.cache ? await this.prefill(this.cache, first, signal) : 0;
    let start = this.cache ? first : 0;
    const positions = end - start;
    let began = performance.now();
    let past = this.pastOf(start);
    let milliseconds = 0;
    for (;;) {
      milliseconds += performance.now() - began;
      await this.model.turns.betweenPasses(signal);
      began = performance.now();
      const rows = { start, end: this.cache ? Math.min(end, start + this.rowsPerPass) : end };
      const isLast = rows.end === end;
      const ablated = mask?.(rows, rows.end);
      const result = await this.pass(rows, past, { ablated, wantsLogits: isLast, wantsCache: !isLast });
      passes++;
      if (isLast) {
        const logits = result.logits(position - rows.start);
        return { logits, passes, work: { positions, milliseconds: milliseconds + performance.now() - began } };
      }
      past = this.model.asPast(result.present);
      start = rows.end;
    }
  }

  private pastOf(position: number): Tensors {
    return this.cache ? this.cache.past([{ start: 0, end: position }]) : this.model.emptyPast;
  }

  /** Grows the cache to at least the positions before one. Cancelled between passes, it keeps what it has. */
  private async prefill(cache: KvCache, length: number, signal: AbortSignal): Promise<number> {
    let passes = 0;
    for (let start = cache.positions.length; start < length; start = cache.positions.length, passes++) {
      await this.model.turns.betweenPasses(signal);
      const rows = { start, end: Math.min(length, start + this.rowsPerPass) };
      const { present } = await this.pass(rows, cache.past(), { wantsCache: true });
      cache.extend(present, this.range(rows));
    }
    return passes;
  }

  private pass(
    rows: TokenRange,
    past: Tensors,
    wanted: Pick<Pass, 'ablated' | 'steps' | 'wantsLogits' | 'wantsCache'>,
  ): Promise<PassResult> {
    const ids = this.ids.slice(rows.start, rows.end);
    return this.model.run({ ids, positions: this.range(rows), pastLength: rows.start, past, ...wanted });
  }

  private get rowsPerPass(): number {
    return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_PASS_BYTES / this.passBytes(1))));
  }

  private passBytes(rows: number): number {
    const { heads } = this.model.description;
    const numbers = SQUARES * heads * this.ids.length + this.model.vocabulary;
    return rows * numbers * Float32Array.BYTES_PER_ELEMENT;
  }

  private range({ start, end }: TokenRange): readonly number[] {
    return Array.from({ length: end - start }, (_, index) => start + index);
  }
}
