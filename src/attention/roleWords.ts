import * as l10n from '@vscode/l10n';
import type { HeadRole, RoleScore } from './headRoles.ts';

/** A role's name. The extension host and the views share these words. */
export function roleName(role: HeadRole): string {
  switch (role) {
    case 'previousToken':
      return l10n.t('previous token');
    case 'duplicateToken':
      return l10n.t('duplicate token');
    case 'induction':
      return l10n.t('induction');
    case 'firstToken':
      return l10n.t('first-token sink');
    case 'stringQuotes':
      return l10n.t('string quotes');
    case 'bracketPairs':
      return l10n.t('bracket pairs');
  }
}

/** What a role of a head is, with the score that was measured on the probes, as a sentence. */
export function roleSentence({ role, score }: RoleScore): string {
  const weight = score.toFixed(2);
  const percent = Math.floor(score * 100);
  switch (role) {
    case 'previousToken':
      return l10n.t(
        'This head is a previous-token head: on random tokens it puts {0} of its attention on whatever token stands before.',
        weight,
      );
    case 'duplicateToken':
      return l10n.t(
        'This head is a duplicate-token head: on repeated random tokens it puts {0} of its attention on earlier copies, where 0.5 is about the most.',
        weight,
      );
    case 'induction':
      return l10n.t(
        'This head is an induction head: on repeated random tokens it puts {0} of its attention on what followed the earlier copy.',
        weight,
      );
    case 'firstToken':
      return l10n.t(
        'This head uses the first token as a sink: on random tokens it puts {0} of its attention there.',
        weight,
      );
    case 'stringQuotes':
      return l10n.t(
        'This head is a string-quote head: in {0} % of the strings of probe code its closing quote attends most to the opening one.',
        percent,
      );
    case 'bracketPairs':
      return l10n.t(
        'This head is a bracket head: in {0} % of the calls of probe code its closing bracket attends most to the opening one.',
        percent,
      );
  }
}
