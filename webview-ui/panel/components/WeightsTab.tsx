import type { JSX } from 'preact';
import { Icon } from '../../shared/controls.tsx';
import { measureOf } from '../../shared/measure.ts';
import { rankingOf } from './cellWords.ts';
import { caveat } from './notes.ts';
import type { TokenPanel } from './panel.ts';
import { RankList } from './RankList.tsx';
import { RoleNote } from './RoleNote.tsx';
import { Missing } from './States.tsx';
import { Words } from './Words.tsx';

/** One or two sentences about the token's weights, and the list of its partners. */
export function WeightsTab(props: TokenPanel): JSX.Element {
  const { store, explained, token } = props;
  const ranking = rankingOf(store, explained, token);
  return (
    <>
      {ranking.kind === 'failed' ? (
        <Missing {...props} failure={ranking.failure} />
      ) : (
        <>
          <Words {...props} token={token} />
          <RoleNote store={store} />
          {ranking.kind === 'ready' && <RankList {...props} token={token} ranking={ranking.value} />}
        </>
      )}
      <p class="caveat muted">
        <Icon name="lightbulb" />
        {caveat(measureOf(store.focus.value))}
      </p>
    </>
  );
}
