import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { headRoles, PAIRING_THRESHOLD, ROLE_THRESHOLD, rolesOf } from '../../../src/attention/headRoles.ts';
import type { HeadRoles } from '../../../src/protocol/inspection.ts';
import { headAt, type HeadGrid } from '../../shared/headSelection.ts';
import type { Loaded } from '../../shared/loaded.ts';
import { roleLetter, roleName } from './headNames.ts';

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
        {headRoles
          .filter((role) => shown.has(role))
          .map((role) => (
            <span key={role}>
              <b class="badge">{roleLetter(role)}</b> {roleName(role)}
            </span>
          ))}
      </p>
      <p>
        {shown.size === 0
          ? l10n.t('No head has a known role: measured once on probes, none scores enough.')
          : l10n.t(
              'Measured once on probes, not on this text: scores from {0} on, quotes and brackets found from {1} % on.',
              ROLE_THRESHOLD,
              100 * PAIRING_THRESHOLD,
            )}
      </p>
    </div>
  );
}
