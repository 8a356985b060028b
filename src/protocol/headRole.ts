import * as l10n from '@vscode/l10n';
import type { TokenRange } from './run.ts';

interface RoleTraits {
  /**
   * What it is measured on: random tokens, repeated once (10 samples of L = 50), or generated lines of code with pairs of
   * quotes or brackets (10 samples).
   */
  readonly probe: 'repetition' | 'pairs';
  name(): string;
  /** What stands on a head's picture. */
  letter(): string;
  /** What such a head is, with its score on the probes, as a sentence. */
  sentence(score: number): string;
  /** Whether such a head attends from a query to a word whatever the two are. */
  leadsTo?(query: number, word: TokenRange): boolean;
}

/** What a head can be for. The extension host, the command line and the views all go by this table. */
const roles = {
  /** mean_i A[i, i−1] */
  previousToken: {
    probe: 'repetition',
    name: () => l10n.t('previous token'),
    letter: () => l10n.t({ message: 'P', comment: ['Letter for “previous token”'] }),
    sentence: (score) =>
      l10n.t(
        'This head is a previous-token head: on random tokens it puts {0} of its attention on whatever token stands before.',
        score.toFixed(2),
      ),
    leadsTo: (query, { start, end }) => start < query && query <= end,
  },
  /** Σ A·D / Σ A, D: an earlier equal token (TransformerLens, head detector). */
  duplicateToken: {
    probe: 'repetition',
    name: () => l10n.t('duplicate token'),
    letter: () => l10n.t({ message: 'D', comment: ['Letter for “duplicate token”'] }),
    sentence: (score) =>
      l10n.t(
        'This head is a duplicate-token head: on repeated random tokens it puts {0} of its attention on earlier copies, where 0.5 is about the most.',
        score.toFixed(2),
      ),
  },
  /** mean over queries q of the repetition of A[q, q − (L − 1)]: the token after the earlier equal one. */
  induction: {
    probe: 'repetition',
    name: () => l10n.t('induction'),
    letter: () => l10n.t({ message: 'I', comment: ['Letter for “induction”'] }),
    sentence: (score) =>
      l10n.t(
        'This head is an induction head: on repeated random tokens it puts {0} of its attention on what followed the earlier copy.',
        score.toFixed(2),
      ),
  },
  /** mean_i A[i, 0] */
  firstToken: {
    probe: 'repetition',
    name: () => l10n.t('first-token sink'),
    letter: () => l10n.t({ message: 'S', comment: ['Letter for “first-token sink”'] }),
    sentence: (score) =>
      l10n.t(
        'This head uses the first token as a sink: on random tokens it puts {0} of its attention there.',
        score.toFixed(2),
      ),
    leadsTo: (_, { start }) => start === 0,
  },
  /** Share of strings whose closing quote looks at its opening one more than at any other earlier token. */
  stringQuotes: {
    probe: 'pairs',
    name: () => l10n.t('string quotes'),
    letter: () => l10n.t({ message: 'Q', comment: ['Letter for “string quotes”'] }),
    sentence: (score) =>
      l10n.t(
        'This head is a string-quote head: in {0} % of the strings of probe code its closing quote attends most to the opening one.',
        Math.floor(score * 100),
      ),
  },
  /** Share of calls whose closing bracket looks so at its opening one. */
  bracketPairs: {
    probe: 'pairs',
    name: () => l10n.t('bracket pairs'),
    letter: () => l10n.t({ message: 'B', comment: ['Letter for “bracket pairs”'] }),
    sentence: (score) =>
      l10n.t(
        'This head is a bracket head: in {0} % of the calls of probe code its closing bracket attends most to the opening one.',
        Math.floor(score * 100),
      ),
  },
} satisfies Record<string, RoleTraits>;

export type HeadRole = keyof typeof roles;

/** The roles that are measured on one kind of probe. */
export type RoleOn<Probe extends RoleTraits['probe']> = {
  [Role in HeadRole]: (typeof roles)[Role]['probe'] extends Probe ? Role : never;
}[HeadRole];

export const roleTraits: Readonly<Record<HeadRole, RoleTraits>> = roles;
export const headRoleNames = Object.keys(roles) as readonly HeadRole[];

export function byRole<R extends HeadRole, T>(names: readonly R[], valueOf: (role: R) => T): Record<R, T> {
  return Object.fromEntries(names.map((role) => [role, valueOf(role)])) as Record<R, T>;
}
