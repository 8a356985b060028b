import type { CachePolicy } from '../../../protocol/cachePolicy.ts';
import type { PolicyRules } from '../policyRules.ts';
import { fullCache } from './full.ts';

export function preallocatedCache({ positions }: CachePolicy<'preallocated'>): PolicyRules {
  return {
    ...fullCache,
    reserved: positions,
    positionLimit: (...model) => Math.min(positions, fullCache.positionLimit(...model)),
  };
}
