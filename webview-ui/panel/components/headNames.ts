import * as l10n from '@vscode/l10n';
import { type HeadRole, type RoleScore, rolesOf } from '../../../src/attention/headRoles.ts';
import { roleName } from '../../../src/attention/roleWords.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { PanelStore } from '../state/store.ts';

/** What stands on a head's picture. */
export function roleLetter(role: HeadRole): string {
  switch (role) {
    case 'previousToken':
      return l10n.t({ message: 'P', comment: ['Letter for “previous token”'] });
    case 'duplicateToken':
      return l10n.t({ message: 'D', comment: ['Letter for “duplicate token”'] });
    case 'induction':
      return l10n.t({ message: 'I', comment: ['Letter for “induction”'] });
    case 'firstToken':
      return l10n.t({ message: 'S', comment: ['Letter for “first-token sink”'] });
    case 'stringQuotes':
      return l10n.t({ message: 'Q', comment: ['Letter for “string quotes”'] });
    case 'bracketPairs':
      return l10n.t({ message: 'B', comment: ['Letter for “bracket pairs”'] });
  }
}

/** The measured roles of a head; none until they are measured. */
export function measuredRoles({ numbers }: PanelStore, head: HeadId): readonly RoleScore[] {
  const roles = numbers.value?.roles();
  return roles?.kind === 'ready' ? rolesOf(roles.value, head) : [];
}

/** A head with all that is known of it, for tooltips and screen readers. */
export function headLabel({ layer, head }: HeadId, roles: readonly RoleScore[], distance: number | undefined): string {
  const facts = roles.map(({ role, score }) => l10n.t('{0} {1}', roleName(role), score.toFixed(2)));
  if (distance !== undefined) facts.push(l10n.t('{0} from the mean of all heads', distance.toFixed(2)));
  const name = l10n.t('Layer {0}, head {1}', layer, head);
  return facts.length === 0 ? name : l10n.t('{0}: {1}', name, facts.join(', '));
}
