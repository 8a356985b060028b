import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { TokenRange } from '../../protocol/run.ts';

/**
 * What follows from a cache policy.
 *
 * Evicting equals masking: the outcome is that of one uncached pass over the whole text in which every position sees
 * itself and what is visible before it. So a key that one position does not see is seen by none behind it.
 */
export interface PolicyRules {
  /** Whether keys and values are kept from step to step; without, every step computes the whole text. */
  readonly keepsCache: boolean;
  /** Positions to allocate at once, of which a beginning is used; `undefined`: just those that are held. */
  readonly reserved: number | undefined;
  /** Positions before `position` whose keys it sees, as ranges of positions. */
  readonly visibleBefore: (position: number) => readonly TokenRange[];
  /**
   * How far one pass may go from a position on, so that every row of it sees just what the policy lets it see: the rows
   * of a pass all see the same past, and those before them in the pass.
   */
  readonly passEnd: (position: number, end: number) => number;
  /**
   * Most positions of a text.
   *
   * @param contextLength positions that the model was made for.
   * @param positionTable rows of the model's table of positions; `undefined` where it computes them.
   */
  readonly positionLimit: (contextLength: number, positionTable: number | undefined) => number;
  /** Why a model can't run it; `undefined` if it can. */
  readonly refusal: (traits: WindowTraits) => string | undefined;
}

/** What of a model matters to a sliding window. */
export interface WindowTraits {
  readonly takesPositions: boolean;
  readonly ownWindow: number | undefined;
  readonly alibi: boolean;
}

/** @throws ExplainError `unsupportedForm` when a model can't run a policy. */
export function requirePossible(rules: PolicyRules, traits: WindowTraits): void {
  const message = rules.refusal(traits);
  if (message === undefined) return;
  const advice = l10n.t('Choose another cache policy, or another model.');
  throw new ExplainError({ code: 'unsupportedForm', message, advice });
}
