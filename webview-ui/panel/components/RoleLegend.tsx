import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { HeadGrid } from '../../../src/protocol/model.ts';
import { PAIRING_THRESHOLD, ROLE_THRESHOLD, rolesOf } from '../../../src/attention/roleScores.ts';
import { headRoleNames, roleTraits } from '../../../src/protocol/headRole.ts';
import type { HeadRoles } from '../../../src/protocol/inspection.ts';
import { headAt } from '../../shared/headSelection.ts';
import type { Loaded } from '../../shared/loaded.ts';

interface RoleLegendProps {
  readonly roles: Loaded<HeadRoles>;
  readonly grid: HeadGrid;
}

/** What the letters on the head pictures stand for, and where they come from. */
export function RoleLegend({ roles, grid }: RoleLegendProps): JSX.Element | null {
  if (roles.kind === 'loading') return null;
  if (roles.kind === 'failed') {
    return <p class="head-note muted">{l10n.t('Roles were not measured: {0}', roles.failure.message)}</p>;
  }
  const shown = new Set(
    Array.from({ length: grid.layers * grid.heads }, (_, place) => headAt(place, grid.heads)).flatMap((head) =>
      rolesOf(roles.value, head).map(({ role }) => role),
    ),
  );
  return (
    <div class="head-note muted" data-testid="role-legend">
      <p class="role-names">
        {headRoleNames
          .filter((role) => shown.has(role))
          .map((role) => (
            <span key={role}>
              <b class="badge">{roleTraits[role].letter()}</b> {roleTraits[role].name()}
            </span>
          ))}
      </p>
      <p>
        {shown.size === 0
          ? l10n.t('No head scores high enough on the probe texts to be given a role.')
          : l10n.t(
              'Measured once on probe texts, not on this one: shown from a score of {0}, for quotes and brackets from {1} % found.',
              ROLE_THRESHOLD,
              100 * PAIRING_THRESHOLD,
            )}
      </p>
    </div>
  );
}
