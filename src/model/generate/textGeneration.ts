import type { CachePolicy } from '../../protocol/cachePolicy.ts';
import type {
  AttentionRow,
  CacheNorms,
  GenerationEnd,
  GenerationState,
  PolicyEffect,
  Sampling,
  StepFigures,
  Work,
} from '../../protocol/generation.ts';
import type { ResumedToken } from '../../protocol/generationWire.ts';
import type { HeadCombination, Slice } from '../../protocol/run.ts';
import { combinedRegion } from '../../attention/combine.ts';
import { type PolicyRules, requirePossible } from './policyRules.ts';
import { Decoder, type Outcome, type Progress } from './decoder.ts';
import { generationState } from './generationState.ts';
import type { MemoryShare } from '../runtime/memoryUse.ts';
import { type GeneratingModel, windowTraits } from './generatingModel.ts';
import { continuationBytes, requireMemoryFor, requireUncachedMemory, tooLongForPolicy } from './limits.ts';
import { fullCache } from './policies/full.ts';
import { rulesOf } from './policies/rulesOf.ts';
import { comparePolicy } from './policyEffect.ts';
import { predict } from './prediction.ts';
import type { TokenizedPrompt } from './prompt.ts';
import { softmax } from '../../attention/sampling.ts';
import { latestLeaf, leavesOf, pathTo, type Settings, type TakenToken, TokenNode } from './tokenTree.ts';
import { recompute, triangle } from './uncached.ts';
import { noWork, sumOf } from './work.ts';

/**
 * A text that grows token by token behind a prompt: a tree of all tokens that were ever taken, a line through it, and a
 * pointer on that line. Moving the pointer computes nothing; taking a token computes what the cache does not hold of
 * the line up to it. Nothing is ever changed by a request that fails or is cancelled, but the cache.
 */
export class Generation {
  private again: Work = noWork;
  private count = 1;
  private peeked: { readonly ids: readonly number[]; readonly outcome: Outcome } | undefined;
  private readonly root: TokenNode;
  /** Where the present line ends. */
  private tip: TokenNode;
  /** The last token that counts as taken. */
  private pointer: TokenNode;

  private constructor(
    readonly model: GeneratingModel,
    private readonly promptIds: readonly number[],
    private readonly memory: MemoryShare,
    private settings: Settings,
    private decoder: Decoder,
    first: { readonly outcome: Outcome; readonly figures: StepFigures },
  ) {
    this.root = new TokenNode(0, undefined, undefined, settings, this.predicted(first.outcome, 0), first.figures);
    this.tip = this.root;
    this.pointer = this.root;
    this.takeMemory();
  }

  /** @throws ExplainError when the policy can't be had, or the prompt doesn't fit. */
  static async start(
    model: GeneratingModel,
    { tokens }: TokenizedPrompt,
    settings: Settings,
    memory: MemoryShare,
    signal: AbortSignal,
  ): Promise<Generation> {
    const ids = tokens.map(({ id }) => id);
    const rules = rulesOf(settings.policy);
    requirePossible(rules, windowTraits(model));
    requireFitting(model, rules, ids.length, memory.room);
    const decoder = new Decoder(model, rules, ids);
    const progress = await decoder.advance(ids, signal);
    const first = { outcome: progress.outcome, figures: figuresOf(decoder, progress, ids.length) };
    return new Generation(model, ids, memory, settings, decoder, first);
  }

  get state(): GenerationState {
    const { model, promptIds, tip, pointer, decoder, settings, again, end } = this;
    return generationState({ model, promptIds, tip, pointer, cache: decoder.cache, settings, again, end });
  }

  /** Takes a token, by default the next of the present line, or the choice where the line ends or settings changed. */
  async step(token: number | undefined, signal: AbortSignal): Promise<void> {
    const ahead = token === undefined ? this.nextOnLine() : undefined;
    if (ahead) return this.moveTo(ahead, this.tip, signal);
    if (token !== undefined) requireIndex(token, this.model.vocabulary, 'token');
    const taken = await this.chosen(token, signal);
    const known = this.pointer.children.find((child) => child.token?.id === taken.id);
    if (known) return this.moveTo(known, pathTo(this.tip).includes(known) ? this.tip : latestLeaf(known), signal);
    await this.append(taken, signal);
  }

  /** Takes tokens that were chosen elsewhere. */
  async resume(tokens: readonly ResumedToken[], signal: AbortSignal): Promise<void> {
    for (const token of tokens) await this.append(token, signal);
  }

  /** Moves the pointer to where `taken` tokens of the line are taken. */
  async goTo(taken: number, signal: AbortSignal): Promise<void> {
    const node = pathTo(this.tip)[taken];
    if (node === undefined) throw new RangeError(`There are no ${taken} tokens on this line.`);
    await this.moveTo(node, this.tip, signal);
  }

  async returnTo(branch: number, signal: AbortSignal): Promise<void> {
    const leaf = leavesOf(this.root).find((node) => node.number === branch);
    if (leaf === undefined) throw new RangeError(`There is no branch ${branch}.`);
    await this.moveTo(leaf, leaf, signal);
  }

  async setSampling(sampling: Sampling, signal: AbortSignal): Promise<void> {
    const outcome = await this.outcomeAt(this.idsTo(this.pointer), signal);
    this.use({ ...this.settings, sampling }, outcome);
  }

  /** @throws ExplainError when the model can't run the policy, or the text is too long for it. */
  async setPolicy(policy: CachePolicy, signal: AbortSignal): Promise<void> {
    const rules = rulesOf(policy);
    requirePossible(rules, windowTraits(this.model));
    const ids = this.idsTo(this.pointer);
    requireFitting(this.model, rules, ids.length, this.memory.room);
    const decoder = new Decoder(this.model, rules, this.promptIds);
    const progress = await decoder.advance(ids, signal);
    this.decoder = decoder;
    this.takeMemory();
    this.peeked = undefined;
    this.again = sumOf(this.again, progress.work);
    this.pointer.figures = figuresOf(decoder, progress, 0);
    this.use({ ...this.settings, policy }, progress.outcome);
  }

  /** Fills in the second lane of the step at the pointer. */
  async recompute(signal: AbortSignal): Promise<void> {
    const ids = this.idsTo(this.pointer);
    const { logits: cached } = await this.outcomeAt(ids, signal);
    requireUncachedMemory(this.model, this.memory.room, ids.length);
    signal.throwIfAborted();
    const { logits, work } = await recompute(this.model, ids);
    const recomputed = { ...work, difference: largestDifference(logits, cached) };
    this.pointer.figures = { ...this.pointer.figures, recomputed };
  }

  async effect(signal: AbortSignal): Promise<PolicyEffect> {
    const { model, promptIds, settings, memory } = this;
    const ids = this.idsTo(this.pointer);
    requireMemoryFor(model, memory.room, fullCache, ids.length);
    const { logits } = await this.outcomeAt(ids, signal);
    return comparePolicy(model, { promptIds, taken: this.takenTokens(), sampling: settings.sampling, logits }, signal);
  }

  /** What a position before the pointer looked at, the last one by default. */
  async row(heads: HeadCombination, position: number | undefined, signal: AbortSignal): Promise<AttentionRow> {
    const line = this.idsTo(this.pointer);
    const query = position ?? line.length - 1;
    requireIndex(query, line.length, 'position');
    if (!this.model.mayRunInPasses) {
      const together = this.decoder.rules.keepsCache ? this.promptIds.length : line.length;
      requireUncachedMemory(this.model, this.memory.room, together, this.model.cacheShape.layers);
    }
    const row = (await this.attentionAt(line.slice(0, query + 1), signal)).attention;
    if (row === undefined) throw new RangeError(`Position ${query} has no attention.`);
    const weights = combinedRegion(row, heads, { start: 0, end: 1 }, { start: 0, end: row.tokens });
    return { position: query, keys: row.keys, weights: Float32Array.from(weights) };
  }

  async triangle(heads: HeadCombination, resolution: number): Promise<Slice> {
    const ids = this.idsTo(this.pointer);
    const fetchedLayers = heads.kind === 'head' ? 1 : this.model.cacheShape.layers;
    requireUncachedMemory(this.model, this.memory.room, ids.length, fetchedLayers);
    return triangle(this.model, ids, heads, resolution);
  }

  norms(layer: number): CacheNorms {
    return this.decoder.cache.norms(layer);
  }

  /** Gives up its share of the memory budget. */
  release(): void {
    this.memory.take(0);
  }

  private takeMemory(): void {
    this.memory.take(this.decoder.cache.bytes.reserved);
  }

  private get end(): GenerationEnd | undefined {
    const { model, pointer, memory } = this;
    const { rules } = this.decoder;
    const length = this.promptIds.length + pointer.depth + 1;
    const limit = rules.positionLimit(model.description.contextLength, model.positionTable);
    if (length > limit) return { reason: limit === rules.reserved ? 'reserved' : 'context', limit };
    if (continuationBytes(model, rules, 1, length) > memory.room) return { reason: 'memory', limit: length - 1 };
    const isEnd = pointer.token !== undefined && model.generationConfig.endTokens.has(pointer.token.id);
    return isEnd ? { reason: 'endOfText', limit: undefined } : undefined;
  }

  /** The next token of the line, unless it was taken under other settings. */
  private nextOnLine(): TokenNode | undefined {
    const next = pathTo(this.tip)[this.pointer.depth + 1];
    return next?.takenUnder === this.settings ? next : undefined;
  }

  private async chosen(token: number | undefined, signal: AbortSignal): Promise<TakenToken> {
    const { candidates, choice } = this.pointer.prediction.of;
    if (token === undefined) {
      const { id, probability } = choice;
      return { id, probability, chosenBy: this.settings.sampling.temperature === 0 ? 'greedy' : 'sampling' };
    }
    const shown = [choice, ...candidates].find(({ id }) => id === token);
    if (shown) return { id: token, probability: shown.probability, chosenBy: 'user' };
    const { logits } = await this.outcomeAt(this.idsTo(this.pointer), signal);
    return { id: token, probability: softmax(logits)[token], chosenBy: 'user' };
  }

  private async append(token: TakenToken, signal: AbortSignal): Promise<void> {
    const { end, pointer: parent, settings, decoder } = this;
    if (end !== undefined && end.reason !== 'endOfText') return;
    const progress = await decoder.advance([...this.idsTo(parent), token.id], signal);
    this.takeMemory();
    const prediction = this.predicted(progress.outcome, parent.depth + 1);
    const node = new TokenNode(this.count++, parent, token, settings, prediction, figuresOf(decoder, progress, 1));
    parent.children.push(node);
    this.tip = node;
    this.pointer = node;
  }

  private async moveTo(node: TokenNode, tip: TokenNode, signal: AbortSignal): Promise<void> {
    await this.refresh(node, signal);
    this.pointer = node;
    this.tip = tip;
  }

  private use(settings: Settings, outcome: Outcome): void {
    this.settings = settings;
    this.pointer.prediction = this.predicted(outcome, this.pointer.depth);
  }

  /** Makes the prediction at a token hold for the present settings. */
  private async refresh(node: TokenNode, signal: AbortSignal): Promise<void> {
    if (node.prediction.under === this.settings) return;
    node.prediction = this.predicted(await this.outcomeAt(this.idsTo(node), signal), node.depth);
  }

  private predicted({ logits }: Outcome, depth: number) {
    return { of: predict(logits, this.settings.sampling, depth, this.model.texts), under: this.settings };
  }

  /** What is said behind these tokens. The last that had to be computed again is kept. */
  private async outcomeAt(ids: readonly number[], signal: AbortSignal): Promise<Outcome> {
    if (this.peeked && isSame(this.peeked.ids, ids)) return this.peeked.outcome;
    const held = this.decoder.heldOutcome(ids);
    return held ?? this.keep(ids, await this.decoder.outcomeAt(ids, signal));
  }

  /** As `outcomeAt`, with the attention, which a pass over several positions does not hand out. */
  private async attentionAt(ids: readonly number[], signal: AbortSignal): Promise<Outcome> {
    const outcome = await this.outcomeAt(ids, signal);
    return outcome.attention ? outcome : this.keep(ids, await this.decoder.peek(ids, signal));
  }

  private keep(ids: readonly number[], { outcome, work }: { readonly outcome: Outcome; readonly work: Work }): Outcome {
    this.again = sumOf(this.again, work);
    this.peeked = { ids, outcome };
    return outcome;
  }

  private takenTokens(): readonly TakenToken[] {
    return pathTo(this.pointer).flatMap(({ token }) => token ?? []);
  }

  private idsTo(node: TokenNode): readonly number[] {
    const ids = [...this.promptIds];
    for (const { token } of pathTo(node)) if (token) ids.push(token.id);
    return ids;
  }
}

function figuresOf(decoder: Decoder, { work, reused }: Progress, fresh: number): StepFigures {
  const again = work.positions - fresh;
  return { cached: work, reused, again, cacheBytes: decoder.cache.bytes, recomputed: undefined };
}

function requireFitting(model: GeneratingModel, rules: PolicyRules, length: number, memoryBudget: number): void {
  const limit = rules.positionLimit(model.description.contextLength, model.positionTable);
  if (length > limit) throw tooLongForPolicy(length, limit);
  requireMemoryFor(model, memoryBudget, rules, length);
}

function requireIndex(index: number, count: number, what: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError(`There is no ${what} ${index}.`);
}

function largestDifference(first: Float32Array, second: Float32Array): number {
  return first.reduce((largest, value, index) => Math.max(largest, Math.abs(value - second[index]!)), 0);
}

function isSame(first: readonly number[], second: readonly number[]): boolean {
  return first.length === second.length && first.every((id, index) => id === second[index]);
}
