import type { HeadRoles } from '../protocol/inspection.ts';
import type { HeadId } from '../protocol/model.ts';

export const headRoles = [
  'previousToken',
  'duplicateToken',
  'induction',
  'firstToken',
  'stringQuotes',
  'bracketPairs',
] as const;
export type HeadRole = (typeof headRoles)[number];

/** From this score on a head is said to have a role that is measured in weight. */
export const ROLE_THRESHOLD = 0.4;

/** For the roles that are measured as a share of right answers: of brackets a fixed rule finds one in three. */
export const PAIRING_THRESHOLD = 0.6;

/** From which score on a head is said to have a role. */
function thresholdOf(role: HeadRole): number {
  return role === 'stringQuotes' || role === 'bracketPairs' ? PAIRING_THRESHOLD : ROLE_THRESHOLD;
}

export interface RoleScore {
  readonly role: HeadRole;
  readonly score: number;
}

/** The roles of a head by its scores on the standard probes, the clearest first; mostly none. */
export function rolesOf(scores: HeadRoles, { layer, head }: HeadId): readonly RoleScore[] {
  return headRoles
    .map((role) => ({ role, score: scores[role][layer * scores.heads + head]! }))
    .filter(({ role, score }) => score >= thresholdOf(role))
    .sort((a, b) => b.score - a.score);
}
