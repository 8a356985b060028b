import type { CachePolicy, PolicyKind } from '../../../protocol/cachePolicy.ts';
import type { PolicyRules } from '../policyRules.ts';
import { fullCache } from './full.ts';
import { noCache } from './none.ts';
import { preallocatedCache } from './preallocated.ts';
import { slidingWindow } from './window.ts';

const policies: { readonly [K in PolicyKind]: (policy: CachePolicy<K>) => PolicyRules } = {
  full: () => fullCache,
  none: () => noCache,
  window: slidingWindow,
  preallocated: preallocatedCache,
};

export function rulesOf<K extends PolicyKind>(policy: CachePolicy<K>): PolicyRules {
  return policies[policy.kind](policy);
}
