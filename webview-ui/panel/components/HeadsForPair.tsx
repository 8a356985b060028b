import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { isChosen } from '../../../src/attention/headKinds.ts';
import { roleSentence } from '../../../src/attention/roleScores.ts';
import { roleTraits } from '../../../src/protocol/headRole.ts';
import { foldedBelow, isShare, type Measure, valueText } from '../../shared/measure.ts';
import { cellOf } from '../state/hover.ts';
import type { HeadValue } from '../state/runNumbers.ts';
import { strongestPartner } from './cellWords.ts';
import { Sentence } from '../../shared/controls.tsx';
import { Folded } from './Folded.tsx';
import { measuredRoles } from './headNames.ts';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';

/** Id of the list, for what leads to it. */
export const PAIR_HEADS = 'pair-heads';

/** Heads listed before the user asks for the rest. */
const FIRST = 6;

/** In which heads the shown token looks most at its partner; a click chooses the head. */
export function HeadsForPair({ store, explained }: RunPanel): JSX.Element | null {
  const all = useSignal(false);
  const { direction, heads, partner: pinned, quantity } = store.focus.value;
  const token = store.subject.value;
  const partner = pinned ?? strongestPartner(store, explained, token);
  if (partner === undefined) return null;
  const measure: Measure = quantity === 'weight' ? 'weight' : 'norm';
  const cell = cellOf(token, partner, direction);
  const loaded = store.numbers.value?.headValues(cell, quantity);
  const values = loaded?.kind === 'ready' ? loaded.value : [];
  const largest = values[0]?.value ?? 0;
  const found = values.filter(({ value }) => value > 0 && value >= foldedBelow(measure, largest));
  const shown = all.value ? found : found.slice(0, FIRST);
  const share = ({ value }: HeadValue): number => (isShare(measure) ? value : value / largest);
  return (
    <section
      class="pair-heads"
      id={PAIR_HEADS}
      aria-label={l10n.t('Strongest heads for a pair of tokens')}
      data-testid="pair-heads"
    >
      <h2>
        <Sentence
          text={l10n.t('Strongest heads for {0}')}
          parts={[<LookPair key="pair" cell={cell} names={explained.names} />]}
        />
      </h2>
      <ol>
        {shown.map((one) => {
          const roles = measuredRoles(store, one);
          const show = l10n.t('Show layer {0}, head {1}.', one.layer, one.head);
          return (
            <li key={`${one.layer}.${one.head}`}>
              <button
                type="button"
                aria-current={heads.kind === 'head' && isChosen(heads, one)}
                title={[show, ...roles.map(roleSentence)].join(' ')}
                onClick={() => store.chooseHeads({ kind: 'head', layer: one.layer, head: one.head })}
              >
                <span>{l10n.t('L{0} H{1}', one.layer, one.head)}</span>
                <span class="bar" aria-hidden="true">
                  <i style={{ width: `${share(one) * 100}%` }} />
                </span>
                <span class="muted role-name">{roles[0] && roleTraits[roles[0].role].name()}</span>
                <span class="weight">{valueText(one.value, measure)}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {found.length > FIRST && (
        <button
          type="button"
          class="more"
          aria-expanded={all.value}
          data-testid="all-pair-heads"
          onClick={() => (all.value = !all.value)}
        >
          {all.value ? l10n.t('Show fewer') : l10n.t('Show {0} more', found.length - FIRST)}
        </button>
      )}
      {shown.length === found.length && (
        <Folded count={values.length - found.length} below={foldedBelow(measure, largest)} measure={measure} />
      )}
    </section>
  );
}
