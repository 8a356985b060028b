import * as l10n from '@vscode/l10n';
import { effect, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { isShare, type Measure, measureOf, valueText } from '../../shared/measure.ts';
import { distanceText } from '../../shared/numbers.ts';
import type { RankedPartner, Ranking } from '../layout/ranking.ts';
import { shareOf } from '../../shared/ramp.ts';
import { quotedName } from '../../shared/tokenLabel.ts';
import { cellOf, hoverCell } from '../state/hover.ts';
import type { PanelStore } from '../state/store.ts';
import { TokenLabel } from '../../shared/controls.tsx';
import { Folded } from './Folded.tsx';
import type { RunPanel } from './panel.ts';
import { measureTitle, normDefinition } from '../../shared/phrases.ts';

/** Rows shown before the user asks for the rest. */
const FIRST_ROWS = 60;

/** Bars are drawn against the largest value, but faint shares alone don't fill theirs. */
const SHORTEST_SCALE = 0.1;

/** The partners of a token, strongest first. Hover lights a partner everywhere, click pins the cell. */
export function RankList({
  store,
  explained,
  token,
  ranking,
}: RunPanel & { readonly token: number; readonly ranking: Ranking }): JSX.Element {
  const all = useSignal(false);
  const { direction, partner: pinned } = store.focus.value;
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => effect(() => lightRows(list.current!, store)), [store]);
  useEffect(() => lightRows(list.current!, store));
  const rows = all.value ? ranking.shown : ranking.shown.slice(0, FIRST_ROWS);
  const hidden = ranking.shown.length - rows.length;
  const apart = store.sinkApart.value && direction === 'looksAt' && explained.tokens.length > 1;
  const measure = measureOf(store.focus.value);
  const shortest = isShare(measure) ? SHORTEST_SCALE : 0;
  const largest = Math.max(shortest, rows.find((row) => !apart || row.token !== 0)?.weight ?? 0);
  const own = explained.lineOf[token];
  const lineOf = (partner: number): number | undefined => {
    const line = explained.lineOf[partner]!;
    return line < 0 || line === own ? undefined : store.firstLine.value + line;
  };
  const point = (partner: number): void => store.setHover(hoverCell(cellOf(token, partner, direction), partner));
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const options = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=option]')];
    const place = options.findIndex((option) => option === document.activeElement);
    const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: options.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      options[Math.max(0, Math.min(options.length - 1, next))]?.focus();
    } else if ((event.key === 'Enter' || event.key === ' ') && place >= 0) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) store.host.reveal(rows[place]!.token);
      else store.pin(token, rows[place]!.token);
    }
  };
  return (
    <div class="ranked">
      <div class="rank-head muted" aria-hidden="true">
        <span>{direction === 'looksAt' ? l10n.t('Looks at') : l10n.t('Looked at by')}</span>
        <span title={measure === 'norm' ? normDefinition() : undefined}>{measureTitle(measure)}</span>
      </div>
      <ol
        ref={list}
        role="listbox"
        aria-label={direction === 'looksAt' ? l10n.t('Looks at') : l10n.t('Looked at by')}
        data-testid="ranked-list"
        onKeyDown={onKeyDown}
        onMouseLeave={() => store.setHover(undefined)}
        onFocusOut={() => store.setHover(undefined)}
      >
        {rows.map((row, place) => (
          <RankRow
            key={row.token}
            row={row}
            name={explained.names[row.token]!}
            measure={measure}
            sink={apart && row.token === 0}
            line={lineOf(row.token)}
            share={Math.min(1, shareOf(row.weight, 'linear', largest))}
            selected={row.token === pinned}
            first={place === 0}
            onPoint={point}
            onPin={(partner) => store.pin(token, partner)}
            onReveal={(partner) => store.host.reveal(partner)}
          />
        ))}
      </ol>
      {hidden > 0 && (
        <button type="button" class="more" onClick={() => (all.value = true)}>
          {l10n.t('Show {0} more', hidden)}
        </button>
      )}
      <Folded count={ranking.folded} below={ranking.smallest} measure={measure} />
    </div>
  );
}

/** Lights the row of the token that is lit elsewhere, without rendering the list again. */
function lightRows(list: HTMLElement, store: PanelStore): void {
  const { token, partner } = store.lit.value;
  const lit = partner ?? (store.hover.value ? token : undefined);
  for (const row of list.querySelectorAll<HTMLElement>('[data-token]')) {
    row.classList.toggle('lit', row.dataset['token'] === String(lit));
  }
}

interface RowProps {
  readonly row: RankedPartner;
  readonly name: string;
  readonly measure: Measure;
  readonly sink: boolean;
  /** The line of the document where it is another one than that of the token. */
  readonly line: number | undefined;
  readonly share: number;
  readonly selected: boolean;
  readonly first: boolean;
  readonly onPoint: (partner: number) => void;
  readonly onPin: (partner: number) => void;
  readonly onReveal: (partner: number) => void;
}

function RankRow({
  row,
  name,
  measure,
  sink,
  line,
  share,
  selected,
  first,
  onPoint,
  onPin,
  onReveal,
}: RowProps): JSX.Element {
  return (
    <li
      role="option"
      aria-selected={selected}
      tabIndex={first ? 0 : -1}
      data-token={row.token}
      onMouseEnter={() => onPoint(row.token)}
      onFocus={() => onPoint(row.token)}
      onClick={() => onPin(row.token)}
      onDblClick={() => onReveal(row.token)}
    >
      <span class="who">
        <span class="name">
          <TokenLabel name={quotedName(name)} />
        </span>
        <span class="distance">{row.distance === 0 ? l10n.t('self') : distanceText(row.distance)}</span>
        {line !== undefined && (
          <span class="distance of-line" title={l10n.t('Double-click or Ctrl+Enter shows it in the editor')}>
            {l10n.t('line {0}', line)}
          </span>
        )}
        {sink && (
          <span
            class="badge"
            title={l10n.t('Excluded from the colour scale: many models use the first token as an attention sink')}
          >
            {l10n.t('first token')}
          </span>
        )}
      </span>
      <span class={sink ? 'bar sink' : 'bar'} aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span class="weight">{valueText(row.weight, measure)}</span>
    </li>
  );
}
