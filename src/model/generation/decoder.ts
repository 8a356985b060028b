import { multiplyAccumulates } from '../../attention/costs.ts';
import { rowSumTolerance } from '../../attention/invariants.ts';
import type { CachePolicy, Work } from '../../protocol/generation.ts';
import type { TokenRange } from '../../protocol/run.ts';
import { nextTurn } from '../graphSession.ts';
import { selfCheckFailure } from '../languageModel.ts';
import { passEnd, visibleBefore } from './cachePolicy.ts';
import type { GeneratingModel, PassResult } from './generatingModel.ts';
import { KvCache, sizeOf } from './kvCache.ts';
import { rowsPerPass } from './limits.ts';
import { RowAttention } from './rowAttention.ts';
import { noWork, sumOf } from './work.ts';

/** What the model says at one position. */
export interface Outcome {
  readonly position: number;
  /** Of the next token: [vocabulary]. */
  readonly logits: Float32Array;
  /** What the position looked at; only where it went through the model alone. */
  readonly attention: RowAttention | undefined;
}

export interface Progress {
  readonly outcome: Outcome;
  readonly work: Work;
  /** Positions that were taken from the cache. */
  readonly reused: number;
}

/** Told of every position that goes through the model; its logits can be had during the call. */
export type LogitsListener = (position: number, logits: () => Float32Array) => void;

/** Leads one text through a model with a cache under a policy; computes only what the cache does not hold. */
export class Decoder {
  readonly cache: KvCache;
  /** The text that went into the cache up to `processed`, evicted positions too. */
  private text: readonly number[] = [];
  private processed = 0;
  private last: Outcome | undefined;

  constructor(
    private readonly model: GeneratingModel,
    readonly policy: CachePolicy,
  ) {
    const reserved = policy.kind === 'preallocated' ? policy.positions : undefined;
    this.cache = new KvCache(model.cacheShape, model.cacheNames, reserved);
  }

  /** What is said behind these tokens, if it is still at hand. */
  heldOutcome(ids: readonly number[]): Outcome | undefined {
    const isHeld = this.last?.position === ids.length - 1;
    return isHeld && this.shared(ids) === ids.length ? this.last : undefined;
  }

  /**
   * Brings cache and outcome to the end of these tokens. What differs from them is dropped from the cache, the rest is
   * reused; where a window has already evicted what is needed, it begins anew. Cancelled between passes, it keeps what
   * it has computed so far.
   */
  async advance(ids: readonly number[], signal: AbortSignal, onLogits?: LogitsListener): Promise<Progress> {
    const held = this.heldOutcome(ids);
    if (held) return { outcome: held, work: noWork, reused: this.cache.positions.length };
    this.rewind(Math.min(this.shared(ids), ids.length - 1));
    this.text = ids;
    const first = this.processed;
    let work = noWork;
    while (this.last === undefined) {
      await nextTurn(signal);
      work = sumOf(work, await this.pass(onLogits));
    }
    return { outcome: this.last, work, reused: sizeOf(visibleBefore(this.policy, first)) };
  }

  /** What is said behind these tokens, which is not at hand, with as little work as the cache allows. */
  async outcomeAt(
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<{ readonly outcome: Outcome; readonly work: Work }> {
    const isAhead = this.processed < ids.length && this.shared(ids) === this.processed;
    return isAhead ? this.advance(ids, signal) : this.peek(ids, signal);
  }

  /**
   * Computes one position of these tokens again, its last, without touching the cache: for its logits and attention.
   * Where the cache no longer holds what the position saw, all is computed again on the side.
   */
  async peek(ids: readonly number[], signal: AbortSignal): Promise<{ readonly outcome: Outcome; readonly work: Work }> {
    const position = ids.length - 1;
    const isPrefix = this.policy.kind !== 'none' && this.shared(ids) >= position;
    const places = isPrefix ? this.placesOf(visibleBefore(this.policy, position)) : undefined;
    if (places !== undefined) {
      await nextTurn(signal);
      return this.single(places, ids);
    }
    const replay = new Decoder(this.model, this.policy.kind === 'none' ? { kind: 'full' } : this.policy);
    const before = position > 0 ? (await replay.advance(ids.slice(0, -1), signal)).work : noWork;
    const { work, outcome } = await replay.peek(ids, signal);
    return { outcome, work: sumOf(before, work) };
  }

  /** Drops all from a position on; all, where the rest would not be what the position has to see. */
  private rewind(position: number): void {
    this.last = undefined;
    if (position === this.processed && this.policy.kind !== 'none') return;
    const places = this.policy.kind === 'none' ? undefined : this.placesOf(visibleBefore(this.policy, position));
    this.cache.keep(places ?? []);
    this.processed = places ? position : 0;
  }

  private async pass(onLogits: LogitsListener | undefined): Promise<Work> {
    const { text, policy, cache, processed: start } = this;
    const end = Math.min(passEnd(policy, start, text.length), start + rowsPerPass(this.model));
    const isLast = end === text.length;
    const began = performance.now();
    const places = this.placesOf(visibleBefore(policy, start));
    if (places === undefined) throw new Error(`The cache does not hold what position ${start} sees.`);
    cache.keep(places);
    const before = cache.positions;
    const pastLength = before.length;
    const positions = range(start, end);
    const keepsCache = policy.kind !== 'none' || !isLast;
    const result = await this.model.run({
      ids: text.slice(start, end),
      positions,
      past: cache.past(),
      pastLength,
      returnCache: keepsCache,
      attentionLayers: isLast && positions.length === 1 ? this.layers() : [],
    });
    if (keepsCache) cache.extend(result.present, positions);
    else cache.keep([]);
    this.processed = end;
    const work = this.workOf(positions.length, pastLength + positions.length, performance.now() - began);
    if (isLast) this.last = this.outcomeOf(result, positions, before);
    positions.forEach((position, row) => onLogits?.(position, () => result.logits(row)));
    return work;
  }

  /** Runs the last of these tokens alone over some places of the cache. */
  private async single(places: readonly TokenRange[], ids: readonly number[]) {
    const position = ids.length - 1;
    const began = performance.now();
    const before = places.flatMap(({ start, end }) => this.cache.positions.slice(start, end));
    const result = await this.model.run({
      ids: ids.slice(-1),
      positions: [position],
      past: this.cache.past(places),
      pastLength: before.length,
      returnCache: false,
      attentionLayers: this.layers(),
    });
    const work = this.workOf(1, before.length + 1, performance.now() - began);
    return { work, outcome: this.outcomeOf(result, [position], before) };
  }

  /**
   * @param before positions that the pass found in the cache.
   * @throws ExplainError `selfCheck` when the attention is not a distribution over the keys.
   */
  private outcomeOf(result: PassResult, positions: readonly number[], before: readonly number[]): Outcome {
    const row = positions.length - 1;
    const hasAttention = result.attention.length > 0;
    const attention = hasAttention ? new RowAttention(result.attention, [...before, ...positions]) : undefined;
    const error = attention?.rowSumError ?? 0;
    if (!(error <= rowSumTolerance(this.model.description.compute))) {
      throw selfCheckFailure(`a row sums to 1 ± ${error}.`);
    }
    return { position: positions[row] ?? 0, logits: result.logits(row), attention };
  }

  private workOf(rows: number, keys: number, milliseconds: number): Work {
    const operations = multiplyAccumulates(this.model.costShape, rows, keys);
    return { positions: rows, keys, cells: rows * keys, operations, milliseconds };
  }

  /** How many of these tokens, from the first on, went into the cache. */
  private shared(ids: readonly number[]): number {
    const end = Math.min(this.processed, ids.length);
    for (let index = 0; index < end; index++) if (this.text[index] !== ids[index]) return index;
    return end;
  }

  /** Where the cache holds these positions; `undefined` when it doesn't hold them all. */
  private placesOf(wanted: readonly TokenRange[]): readonly TokenRange[] | undefined {
    const { positions } = this.cache;
    const places: TokenRange[] = [];
    for (const { start, end } of wanted) {
      if (start === end) continue;
      const place = positions.indexOf(start);
      if (place < 0 || positions[place + end - start - 1] !== end - 1) return undefined;
      places.push({ start: place, end: place + end - start });
    }
    return places;
  }

  private layers(): readonly number[] {
    return range(0, this.model.cacheShape.layers);
  }
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
