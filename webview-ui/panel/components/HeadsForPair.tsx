import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { isChosen } from '../../shared/headSelection.ts';
import { FOLDED_WEIGHT, weightText } from '../../shared/numbers.ts';
import { cellOf } from '../state/hover.ts';
import { strongestPartner } from './cellWords.ts';
import { Sentence } from '../../shared/controls.tsx';
import { LookPair } from './LookPair.tsx';
import type { RunPanel } from './panel.ts';

const SHOWN = 6;
/** Each head is asked by itself: beyond this number the answer would come too late to be of use. */
const MOST_HEADS = 400;

/** In which heads the shown token looks most at its partner; a click chooses the head. */
export function HeadsForPair({ store, explained }: RunPanel): JSX.Element | null {
  const { grid, names } = explained;
  const { direction, heads, partner: pinned } = store.focus.value;
  const token = store.subject.value;
  const partner = pinned ?? strongestPartner(store, explained, token);
  if (partner === undefined || grid.layers * grid.heads > MOST_HEADS) return null;
  const cell = cellOf(token, partner, direction);
  const loaded = store.numbers.value?.headWeights(cell);
  const strongest = loaded?.kind === 'ready' ? loaded.value.slice(0, SHOWN) : [];
  return (
    <div class="pair-heads" data-testid="pair-heads">
      <h2>
        <Sentence
          text={l10n.t('Strongest heads for {0}')}
          parts={[<LookPair key="pair" cell={cell} names={names} />]}
        />
      </h2>
      <ol>
        {strongest
          .filter(({ weight }) => weight >= FOLDED_WEIGHT)
          .map(({ layer, head, weight }) => (
            <li key={`${layer}.${head}`}>
              <button
                type="button"
                aria-current={heads.kind === 'head' && isChosen(heads, { layer, head })}
                title={l10n.t('Show layer {0}, head {1}', layer, head)}
                onClick={() => store.chooseHeads({ kind: 'head', layer, head })}
              >
                <span>{l10n.t('L{0} H{1}', layer, head)}</span>
                <span class="bar" aria-hidden="true">
                  <i style={{ width: `${weight * 100}%` }} />
                </span>
                <span class="weight">{weightText(weight)}</span>
              </button>
            </li>
          ))}
      </ol>
    </div>
  );
}
