import type { PolicyRules } from '../cachePolicy.ts';
import { fullCache } from './full.ts';

export const noCache: PolicyRules = { ...fullCache, keepsCache: false };
