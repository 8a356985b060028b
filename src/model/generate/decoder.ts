import { multiplyAccumulates } from '../../attention/costs.ts';
import { rowSumTolerance } from '../../attention/invariants.ts';
import type { Work } from '../../protocol/generation.ts';
import type { TokenRange } from '../../protocol/run.ts';
import { type KvCache, sizeOf } from '../runtime/kvCache.ts';
import type { PassResult } from '../runtime/pass.ts';
import { selfCheckFailure } from '../runtime/runtimeFailures.ts';
import type { PolicyRules } from './policyRules.ts';
import { costShape, type GeneratingModel } from './generatingModel.ts';
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

  /** @param prompt what goes through together, where numbers depend on what else is in their pass. */
  constructor(
    private readonly model: GeneratingModel,
    readonly rules: PolicyRules,
    private readonly prompt: readonly number[],
  ) {
    this.cache = model.newCache(rules.reserved);
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
    const shared = Math.min(this.shared(ids), ids.length - 1);
    // Of a pass that has numbers of its own no part is computed alone.
    this.rewind(this.model.mayRunInPasses || shared >= this.prompt.length ? shared : 0);
    this.text = ids;
    const first = this.processed;
    let work = noWork;
    while (this.last === undefined) {
      await this.model.turns.betweenPasses(signal);
      work = sumOf(work, await this.pass(onLogits));
    }
    return { outcome: this.last, work, reused: sizeOf(this.rules.visibleBefore(first)) };
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
    const together = this.endOfPass(0, Math.max(ids.length, this.prompt.length));
    if (!this.model.mayRunInPasses && position < together && together > 1) {
      await this.model.turns.betweenPasses(signal);
      return this.rowOfPass(position, position < this.prompt.length ? this.prompt.slice(0, together) : ids);
    }
    const isPrefix = this.rules.keepsCache && this.shared(ids) >= position;
    const places = isPrefix ? this.placesOf(this.rules.visibleBefore(position)) : undefined;
    if (places !== undefined) {
      await this.model.turns.betweenPasses(signal);
      return this.single(places, ids);
    }
    const replay = new Decoder(this.model, { ...this.rules, keepsCache: true }, this.prompt);
    const before = position > 0 ? (await replay.advance(ids.slice(0, -1), signal)).work : noWork;
    const { work, outcome } = await replay.peek(ids, signal);
    return { outcome, work: sumOf(before, work) };
  }

  /** Drops all from a position on; all, where the rest would not be what the position has to see. */
  private rewind(position: number): void {
    this.last = undefined;
    if (position === this.processed && this.rules.keepsCache) return;
    const places = this.rules.keepsCache ? this.placesOf(this.rules.visibleBefore(position)) : undefined;
    this.cache.keep(places ?? []);
    this.processed = places ? position : 0;
  }

  private async pass(onLogits: LogitsListener | undefined): Promise<Work> {
    const { text, rules, cache, processed: start } = this;
    const end = this.endOfPass(start, text.length);
    const isLast = end === text.length;
    const began = performance.now();
    const places = this.placesOf(rules.visibleBefore(start));
    if (places === undefined) throw new Error(`The cache does not hold what position ${start} sees.`);
    cache.keep(places);
    const before = cache.positions;
    const pastLength = before.length;
    const positions = range(start, end);
    const keepsCache = rules.keepsCache || !isLast;
    const result = await this.model.run({
      ids: text.slice(start, end),
      positions,
      past: cache.past(),
      pastLength,
      wantsLogits: isLast || onLogits !== undefined,
      wantsCache: keepsCache,
      weights: isLast && positions.length === 1 ? this.layers() : [],
    });
    if (keepsCache) cache.extend(result.present, positions);
    else cache.keep([]);
    this.processed = end;
    const work = this.workOf(positions.length, pastLength + positions.length, performance.now() - began);
    if (isLast) this.last = this.outcomeOf(result, positions, before);
    positions.forEach((position, row) => onLogits?.(position, () => result.logits(row)));
    return work;
  }

  /**
   * How far a pass goes from a position on. Where numbers depend on what else is in their pass, the prompt is one pass and
   * each token behind it another; without a cache the whole text is.
   */
  private endOfPass(start: number, end: number): number {
    const { model, rules, prompt } = this;
    const most = rules.passEnd(start, end);
    if (model.mayRunInPasses) return Math.min(most, start + rowsPerPass(model));
    return rules.keepsCache ? Math.min(most, Math.max(prompt.length, start + 1)) : most;
  }

  /** Runs the first pass of a text again, for one of its positions. */
  private async rowOfPass(position: number, ids: readonly number[]) {
    const began = performance.now();
    const weights = this.layers();
    const past = this.model.emptyPast;
    const positions = range(0, ids.length);
    const result = await this.model.run({ ids, positions, past, pastLength: 0, wantsLogits: true, weights });
    const work = this.workOf(ids.length, ids.length, performance.now() - began);
    const rows = weights.map((layer) => rowOf(result.weights(layer), position, ids.length));
    const attention = this.checked(new RowAttention(rows, range(0, position + 1)));
    return { work, outcome: { position, logits: result.logits(position), attention } };
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
      wantsLogits: true,
      weights: this.layers(),
    });
    const work = this.workOf(1, before.length + 1, performance.now() - began);
    return { work, outcome: this.outcomeOf(result, [position], before) };
  }

  /**
   * @param before positions that the pass found in the cache.
   */
  private outcomeOf(result: PassResult, positions: readonly number[], before: readonly number[]): Outcome {
    const row = positions.length - 1;
    const hasAttention = positions.length === 1;
    const attention = hasAttention
      ? this.checked(new RowAttention(this.layers().map(result.weights), [...before, ...positions]))
      : undefined;
    return { position: positions[row] ?? 0, logits: result.logits(row), attention };
  }

  /** @throws ExplainError `selfCheck` when the attention is not a distribution over the keys. */
  private checked(attention: RowAttention): RowAttention {
    const error = attention.rowSumError;
    if (error <= rowSumTolerance(this.model.description.compute)) return attention;
    throw selfCheckFailure(`a row sums to 1 ± ${error}.`);
  }

  private workOf(rows: number, keys: number, milliseconds: number): Work {
    const operations = multiplyAccumulates(costShape(this.model), rows, keys);
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

/** The weights of a position on itself and those before: of [heads, length, length] as [heads, position + 1]. */
function rowOf(weights: Float32Array, position: number, length: number): Float32Array {
  const keys = position + 1;
  const heads = weights.length / length ** 2;
  const row = new Float32Array(heads * keys);
  for (let head = 0; head < heads; head++) {
    const from = (head * length + position) * length;
    row.set(weights.subarray(from, from + keys), head * keys);
  }
  return row;
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
