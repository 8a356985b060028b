import type { PolicyRules } from '../policyRules.ts';

export const fullCache: PolicyRules = {
  keepsCache: true,
  reserved: undefined,
  visibleBefore: (position) => [{ start: 0, end: position }],
  passEnd: (_, end) => end,
  positionLimit: (contextLength, positionTable = contextLength) => Math.min(contextLength, positionTable),
  refusal: () => undefined,
};
