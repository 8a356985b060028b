import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Icon, TokenLabel } from '../../shared/controls.tsx';
import { weightText } from '../../shared/numbers.ts';
import { distancePhrase } from '../../shared/phrases.ts';
import { cellWeight, strongestKey } from './cellWords.ts';
import type { SideView } from './view.ts';

/** The lit cell of one matrix in numbers; else what the compared token looks at most. */
export function Readout({ store, texts, index }: SideView): JSX.Element {
  const side = texts.sides[index];
  const lit = store.lit(index);
  const query = lit.query ?? store.tokens.value[index];
  const key = lit.key ?? strongestKey(side, query, store.sinkApart.value);
  const weight = key === undefined ? undefined : cellWeight(side, { query, key });
  return (
    <div class="readout" data-testid={`readout-${index}`}>
      {key !== undefined && weight !== undefined && (
        <>
          <span class="look-pair">
            <TokenLabel name={side.names[query]!} />
            <Icon name="arrow-right" />
            <TokenLabel name={side.names[key]!} />
          </span>
          <span class="fact">
            {l10n.t('weight')} <b>{weightText(weight)}</b>
          </span>
          <span class="fact">{distancePhrase(key - query)}</span>
        </>
      )}
    </div>
  );
}
