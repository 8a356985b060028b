import * as l10n from '@vscode/l10n';
import type { CachePolicy } from '../../../protocol/cachePolicy.ts';
import type { PolicyRules, WindowTraits } from '../policyRules.ts';
import { fullCache } from './full.ts';

/**
 * Keys are evicted but positions stay what they are: the graph gets the position in the text through `position_ids`.
 * Rotary keys are cached after their rotation, so the angle between a query and a key that is still held remains that
 * of their true distance; learned positions are added before keys are made. (StreamingLLM instead counts positions
 * within the cache, so that they never pass the trained length; here the view says when they do.)
 */
export function slidingWindow({ window, sinks }: CachePolicy<'window'>): PolicyRules {
  const size = window + sinks;
  return {
    ...fullCache,
    visibleBefore: (position) => {
      if (position < size) return fullCache.visibleBefore(position);
      const recent = { start: position - window + 1, end: position };
      return sinks === 0 ? [recent] : [{ start: 0, end: sinks }, recent];
    },
    // While nothing has to be evicted, to the end; behind a full window one position at a time.
    passEnd: (position, end) => Math.min(end, Math.max(position + 1, size)),
    positionLimit: (_, positionTable = Infinity) => positionTable,
    refusal: (traits) => {
      const reason = windowRefusal(traits);
      return reason && l10n.t('This model cannot run a sliding window. {0}', reason);
    },
  };
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
