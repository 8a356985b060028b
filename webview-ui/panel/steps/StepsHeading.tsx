import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { headsSharing } from '../../../src/attention/steps.ts';
import { IconButton, Quoted, Sentence } from '../../shared/controls.tsx';
import { stepHead } from '../../shared/headSelection.ts';
import { percent } from '../../shared/phrases.ts';
import type { StepsView } from './view.ts';

/** Which weight the steps lead to, and in which head. */
export function StepsHeading({ store, explained, head, query, target, row }: StepsView): JSX.Element {
  const { model } = explained.summary;
  const name = (token: number): JSX.Element => <Quoted name={explained.names[token] ?? ''} />;
  const share = <b>{percent(row.weights[target]!)}</b>;
  const step = (by: number): void => store.chooseHeads({ kind: 'head', ...stepHead(head, by, explained.grid) });
  const shared = headsSharing(row.keyValueHead, model);
  return (
    <header class="steps-heading">
      <h3 data-testid="steps-title">
        {query === target ? (
          <Sentence
            text={l10n.t('How {0} comes to give {1} of its attention to itself')}
            parts={[name(query), share]}
          />
        ) : (
          <Sentence
            text={l10n.t('How {0} comes to give {1} of its attention to {2}')}
            parts={[name(query), share, name(target)]}
          />
        )}
      </h3>
      {store.focus.value.heads.kind !== 'head' && (
        <p class="of-one-head" data-testid="of-one-head">
          <IconButton label={l10n.t('Previous Head')} icon="chevron-left" onClick={() => step(-1)} />
          <span>{l10n.t('Steps are of one head. These are of layer {0}, head {1}.', head.layer, head.head)}</span>
          <IconButton label={l10n.t('Next Head')} icon="chevron-right" onClick={() => step(1)} />
        </p>
      )}
      {shared.last > shared.first && (
        <p class="muted" data-testid="shared-head">
          {l10n.t(
            'Keys and values come from key/value head {0}, which the query heads {1} to {2} share.',
            row.keyValueHead,
            shared.first,
            shared.last,
          )}
        </p>
      )}
    </header>
  );
}
