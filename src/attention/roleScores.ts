import { byRole, type HeadRole, headRoleNames, type RoleOn, roleTraits } from '../protocol/headRole.ts';
import type { HeadRoles } from '../protocol/inspection.ts';
import type { HeadId } from '../protocol/model.ts';
import { allHeads, type AttentionSource } from './source.ts';

/** Random tokens, repeated once, perhaps between special tokens. */
export interface RepeatedTokens {
  readonly ids: readonly number[];
  /** Where the first of the random tokens stands. */
  readonly start: number;
  /** How many there are before they are repeated, L. */
  readonly length: number;
}

type RepetitionRole = RoleOn<'repetition'>;

/** For each head what it does on such tokens, each [layers, heads], between 0 and 1. */
export type RoleScores = Readonly<Record<RepetitionRole, Float32Array>>;

/** From this score on a head is said to have a role that is measured in weight. */
export const ROLE_THRESHOLD = 0.4;

/** For the roles that are measured as a share of right answers: of brackets a fixed rule finds one in three. */
export const PAIRING_THRESHOLD = 0.6;

const thresholds = { repetition: ROLE_THRESHOLD, pairs: PAIRING_THRESHOLD };

export interface RoleScore {
  readonly role: HeadRole;
  readonly score: number;
}

/** The roles of a head by its scores on the standard probes, the clearest first; mostly none. */
export function rolesOf(scores: HeadRoles, { layer, head }: HeadId): readonly RoleScore[] {
  return headRoleNames
    .map((role) => ({ role, score: scores[role][layer * scores.heads + head]! }))
    .filter(({ role, score }) => score >= thresholds[roleTraits[role].probe])
    .sort((a, b) => b.score - a.score);
}

/** What a role of a head is, as a sentence. */
export function roleSentence({ role, score }: RoleScore): string {
  return roleTraits[role].sentence(score);
}

/** Weight of a query on a key in one head. */
type WeightAt = (query: number, key: number) => number;

/** The score of one head for each role. */
const measures: Readonly<Record<RepetitionRole, (at: WeightAt, probe: RepeatedTokens) => number>> = {
  previousToken: (at, { ids }) => mean({ start: 1, end: ids.length }, (query) => at(query, query - 1)),
  /** The error measure “mul” of TransformerLens. As only queries of the repetition have an earlier equal token, about ½ at most. */
  duplicateToken: (at, { ids }) => {
    let onDuplicates = 0;
    let onAll = 0;
    for (let query = 0; query < ids.length; query++) {
      for (let key = 0; key < ids.length; key++) {
        onAll += at(query, key);
        if (key < query && ids[key] === ids[query]) onDuplicates += at(query, key);
      }
    }
    return onDuplicates / onAll;
  },
  induction: (at, { start, length }) =>
    mean({ start: start + length, end: start + 2 * length }, (query) => at(query, query - (length - 1))),
  firstToken: (at, { ids }) => mean({ start: 0, end: ids.length }, (query) => at(query, 0)),
};

const repetitionRoles = Object.keys(measures) as readonly RepetitionRole[];

/**
 * Scores of every head on repeated random tokens.
 *
 * @param source attention of the tokens, [layers, heads, tokens, tokens].
 */
export function roleScores(source: AttentionSource, probe: RepeatedTokens): RoleScores {
  const tokens = probe.ids.length;
  const whole = { start: 0, end: tokens };
  const heads = allHeads(source);
  const scores = byRole(repetitionRoles, () => new Float32Array(heads.length));
  heads.forEach((head, index) => {
    const weights = source.region(head, whole, whole);
    const at: WeightAt = (query, key) => weights[query * tokens + key]!;
    for (const role of repetitionRoles) scores[role][index] = measures[role](at, probe);
  });
  return scores;
}

/** The mean of the scores on several samples, head by head. */
export function meanScores(samples: readonly RoleScores[]): RoleScores {
  return byRole(repetitionRoles, (role) =>
    Float32Array.from(samples[0]?.[role] ?? [], (_, head) =>
      mean({ start: 0, end: samples.length }, (sample) => samples[sample]![role][head]!),
    ),
  );
}

function mean({ start, end }: { readonly start: number; readonly end: number }, of: (index: number) => number): number {
  let sum = 0;
  for (let index = start; index < end; index++) sum += of(index);
  return sum / (end - start);
}
