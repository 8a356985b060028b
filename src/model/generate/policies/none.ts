import type { PolicyRules } from '../policyRules.ts';
import { fullCache } from './full.ts';

export const noCache: PolicyRules = { ...fullCache, keepsCache: false };
