import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { requireWithin } from '../runtime/memoryUse.ts';
import type { PolicyRules } from './policyRules.ts';
import type { GeneratingModel } from './generatingModel.ts';
import { sizeOf } from '../runtime/kvCache.ts';

const mebibyte = 2 ** 20;

/** Most positions in one pass: bounds its memory, because its scores and logits grow with its rows. */
const mostRows = 512;
/** Most bytes that the logits of one pass may take. */
const mostLogitBytes = 64 * mebibyte;

/** Positions that go through a model in one pass at most, where there is a cache to hand on and passes may be cut. */
export function rowsPerPass({ vocabulary, mayRunInPasses }: GeneratingModel): number {
  if (!mayRunInPasses) return Infinity;
  const bytesPerRow = vocabulary * Float32Array.BYTES_PER_ELEMENT;
  return Math.max(1, Math.min(mostRows, Math.floor(mostLogitBytes / bytesPerRow)));
}

/**
 * Bytes that continuing a text by some positions takes at its peak: the cache as it goes in and as it comes out, one
 * layer's scores before and after the softmax, and the logits.
 *
 * @param length positions of the text with the new ones.
 */
export function continuationBytes(model: GeneratingModel, rules: PolicyRules, rows: number, length: number): number {
  const keys = sizeOf(rules.visibleBefore(length - 1)) + 1;
  const reserved = (rules.reserved ?? 0) * model.cacheShape.bytesPerPosition;
  const computed = rules.keepsCache ? rows : length;
  return passBytes(model, Math.min(computed, rowsPerPass(model)), keys) + reserved;
}

/** @throws ExplainError `overBudget` when a prompt or a change of policy would take more memory than allowed. */
export function requireMemoryFor(model: GeneratingModel, budget: number, rules: PolicyRules, length: number): void {
  requireWithin(budget, continuationBytes(model, rules, length, length));
}

/**
 * @param fetchedLayers layers whose weights are copied out of the runtime.
 * @throws ExplainError `overBudget` when one uncached pass over a text would take more memory than allowed.
 */
export function requireUncachedMemory(model: GeneratingModel, budget: number, length: number, fetchedLayers = 0): void {
  const fetched = fetchedLayers * model.cacheShape.queryHeads * length * length * Float32Array.BYTES_PER_ELEMENT;
  requireWithin(budget, passBytes(model, length, length) + fetched);
}

export function tooLongForPolicy(length: number, limit: number): ExplainError {
  return new ExplainError({
    code: 'overBudget',
    message: l10n.t('The text has {0} tokens; with this cache policy at most {1} are possible.', length, limit),
    advice: l10n.t('Step back, shorten the text, or choose another cache policy.'),
  });
}

function passBytes({ cacheShape, vocabulary }: GeneratingModel, rows: number, keys: number): number {
  const numbers = 2 * cacheShape.queryHeads * rows * keys + rows * vocabulary;
  return 2 * keys * cacheShape.bytesPerPosition + numbers * Float32Array.BYTES_PER_ELEMENT;
}
