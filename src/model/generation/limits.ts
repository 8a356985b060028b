import * as l10n from '@vscode/l10n';
import type { CachePolicy } from '../../protocol/generation.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { GeneratingModel } from './generatingModel.ts';

/**
 * Bytes that the next pass takes at its peak: the cache as it goes in and as it comes out, one layer's scores before
 * and after the softmax, and the logits.
 *
 * @param length positions of the text with the new one.
 */
export function passBytes(model: GeneratingModel, policy: CachePolicy, length: number): number {
  const keys = policy.kind === 'window' ? Math.min(length, policy.window + policy.sinks) : length;
  const rows = policy.kind === 'none' ? length : 1;
  const reserved = policy.kind === 'preallocated' ? policy.positions * model.cacheShape.bytesPerPosition : 0;
  return workBytes(model, rows, keys) + reserved;
}

/**
 * @param fetchedLayers layers whose weights are copied out of the runtime.
 * @throws ExplainError `overBudget` when a pass would take more memory than allowed.
 */
export function requireMemory(
  model: GeneratingModel,
  budget: number,
  rows: number,
  keys: number,
  fetchedLayers = 0,
): void {
  const fetched = fetchedLayers * model.cacheShape.queryHeads * rows * keys * Float32Array.BYTES_PER_ELEMENT;
  const bytes = workBytes(model, rows, keys) + fetched;
  if (bytes <= budget) return;
  throw new ExplainError({
    code: 'overBudget',
    message: l10n.t(
      'This needs {0} MiB; the memory budget is {1} MiB.',
      Math.ceil(bytes / mebibyte),
      Math.floor(budget / mebibyte),
    ),
    advice: l10n.t('Use a shorter text or a smaller cache, or raise the setting «Explain Attention: Memory Budget».'),
  });
}

export function tooLongForPolicy(length: number, limit: number): ExplainError {
  return new ExplainError({
    code: 'overBudget',
    message: l10n.t('The text has {0} tokens; with this cache policy at most {1} are possible.', length, limit),
    advice: l10n.t('Step back, shorten the text, or choose another cache policy.'),
  });
}

function workBytes({ cacheShape, vocabulary }: GeneratingModel, rows: number, keys: number): number {
  const numbers = 2 * cacheShape.queryHeads * rows * keys + rows * vocabulary;
  return 2 * keys * cacheShape.bytesPerPosition + numbers * Float32Array.BYTES_PER_ELEMENT;
}

const mebibyte = 2 ** 20;
