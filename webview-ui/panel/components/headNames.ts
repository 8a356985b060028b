import * as l10n from '@vscode/l10n';
import { type RoleScore, rolesOf } from '../../../src/attention/roleScores.ts';
import { roleTraits } from '../../../src/protocol/headRole.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import type { PanelStore } from '../state/store.ts';

/** The measured roles of a head; none until they are measured. */
export function measuredRoles({ numbers }: PanelStore, head: HeadId): readonly RoleScore[] {
  const roles = numbers.value?.roles();
  return roles?.kind === 'ready' ? rolesOf(roles.value, head) : [];
}

/** A head with all that is known of it, for tooltips and screen readers. */
export function headLabel({ layer, head }: HeadId, roles: readonly RoleScore[], distance: number | undefined): string {
  const facts = roles.map(({ role, score }) => l10n.t('{0} {1}', roleTraits[role].name(), score.toFixed(2)));
  if (distance !== undefined) facts.push(l10n.t('{0} from the mean of all heads', distance.toFixed(2)));
  const name = l10n.t('Layer {0}, head {1}', layer, head);
  return facts.length === 0 ? name : l10n.t('{0}: {1}', name, facts.join(', '));
}
