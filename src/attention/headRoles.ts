import type { HeadRoles } from '../protocol/inspection.ts';
import type { HeadId } from '../protocol/model.ts';

export const headRoles = ['previousToken', 'duplicateToken', 'induction', 'firstToken'] as const;
export type HeadRole = (typeof headRoles)[number];

/** From this score on a head is said to have a role. */
export const ROLE_THRESHOLD = 0.4;

export interface RoleScore {
  readonly role: HeadRole;
  readonly score: number;
}

/** The roles of a head by its scores on the standard probes, the clearest first; mostly none. */
export function rolesOf(scores: HeadRoles, { layer, head }: HeadId): readonly RoleScore[] {
  return headRoles
    .map((role) => ({ role, score: scores[role][layer * scores.heads + head]! }))
    .filter(({ score }) => score >= ROLE_THRESHOLD)
    .sort((a, b) => b.score - a.score);
}
