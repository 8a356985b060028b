import type { JSX } from 'preact';
import { roleSentence } from '../../../src/attention/roleScores.ts';
import { measuredRoles } from './headNames.ts';
import type { Panel } from './panel.ts';

/** What the shown head does on any text, where a single head is shown and has a measured role. */
export function RoleNote({ store }: Pick<Panel, 'store'>): JSX.Element | null {
  const { heads } = store.focus.value;
  const roles = heads.kind === 'head' ? measuredRoles(store, heads) : [];
  if (roles.length === 0) return null;
  return (
    <p class="role-note muted" data-testid="role-note">
      {roles.map(roleSentence).join(' ')}
    </p>
  );
}
