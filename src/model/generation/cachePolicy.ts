import * as l10n from '@vscode/l10n';
import type { CachePolicy } from '../../protocol/cachePolicy.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { TokenRange } from '../../protocol/run.ts';

/**
 * Positions before `position` whose keys it sees under a policy, as ranges of positions.
 *
 * With a window, keys are evicted but positions stay what they are: the graph gets the position in the text through
 * `position_ids`. Rotary keys are cached after their rotation, so the angle between a query and a key that is still
 * held remains that of their true distance; learned positions are added before keys are made. So the outcome is that of
 * one uncached pass over the whole text in which the evicted keys are masked. (StreamingLLM instead counts positions
 * within the cache, so that they never pass the trained length; here the view says when they do.)
 */
export function visibleBefore(policy: CachePolicy, position: number): readonly TokenRange[] {
  if (policy.kind !== 'window' || position < policy.window + policy.sinks) return [{ start: 0, end: position }];
  const recent = { start: position - policy.window + 1, end: position };
  return policy.sinks === 0 ? [recent] : [{ start: 0, end: policy.sinks }, recent];
}

/**
 * How far one pass may go from a position on, so that every row of it sees just what the policy lets it see: while
 * nothing has to be evicted, to the end; behind a full window only one position at a time, because the rows of a pass
 * all see the same past.
 */
export function passEnd(policy: CachePolicy, position: number, end: number): number {
  return policy.kind === 'window' ? Math.min(end, Math.max(position + 1, policy.window + policy.sinks)) : end;
}

/**
 * Most positions of a text under a policy.
 *
 * @param positionTable rows of the model's table of positions; `undefined` where it computes them.
 */
export function positionLimit(policy: CachePolicy, contextLength: number, positionTable: number | undefined): number {
  const context = Math.min(contextLength, positionTable ?? contextLength);
  if (policy.kind === 'preallocated') return Math.min(context, policy.positions);
  return policy.kind === 'window' ? (positionTable ?? Infinity) : context;
}

/** What of a model matters to a sliding window. */
export interface WindowTraits {
  readonly takesPositions: boolean;
  readonly ownWindow: number | undefined;
  readonly alibi: boolean;
}

/** Why positions can't be evicted from a model's cache; `undefined` if they can. */
export function windowRefusal({ takesPositions, ownWindow, alibi }: WindowTraits): string | undefined {
  if (ownWindow !== undefined) {
    return l10n.t(
      'The model has a sliding window of its own ({0} positions), which its graph counts by places in the cache.',
      ownWindow,
    );
  }
  if (alibi) return l10n.t('The model tells distances by places in the cache (ALiBi), which evicting would change.');
  if (!takesPositions) {
    return l10n.t('The graph has no input for positions: it counts them from the cache, which evicting would shorten.');
  }
  return undefined;
}

export function requirePossible(policy: CachePolicy, traits: WindowTraits): void {
  const refusal = policy.kind === 'window' ? windowRefusal(traits) : undefined;
  if (refusal === undefined) return;
  throw new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('This model cannot run a sliding window. {0}', refusal),
    advice: l10n.t('Choose another cache policy, or another model.'),
  });
}
