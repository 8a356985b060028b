import { effect } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Source } from '../../../src/protocol/panelWire.ts';
import type { Explained } from '../../shared/text/explained.ts';
import { measureOf } from '../../shared/measure.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { TextLines, tokenOf } from '../../shared/text/TextLines.tsx';
import { scrollInto, scrollTo, TextMarks } from '../../shared/text/textMarks.ts';
import { hoverToken } from '../state/hover.ts';
import type { PanelStore } from '../state/store.ts';
import { Icon } from '../../shared/controls.tsx';
import type { RunPanel } from './panel.ts';
import { Preceding } from './Preceding.tsx';

/** The explained text, wrapped as in the editor, with heat on the tokens that the lit token looks at. */
export function TextView({ store, theme, explained, source }: RunPanel & { readonly source: Source }): JSX.Element {
  const text = useRef<HTMLDivElement>(null);
  useEffect(() => followMarks(text.current!, { store, theme, explained }), [explained]);
  const pointed = (event: MouseEvent): number | undefined => tokenOf(event.target);
  return (
    <section class="text" aria-label={l10n.t('Text')}>
      <div class="section-title">
        <Icon name="file" />
        <h2>{source.label}</h2>
        <span class="grow" />
        <span class="muted hint">{l10n.t('click pins · Esc releases')}</span>
      </div>
      <Preceding store={store} theme={theme} explained={explained} source={source} />
      <div
        ref={text}
        class="source"
        role="group"
        tabIndex={0}
        aria-label={l10n.t('Explained text; left and right arrow keys walk its tokens, Enter pins')}
        data-testid="text"
        onMouseOver={(event) => {
          const token = pointed(event);
          store.setHover(token === undefined ? undefined : hoverToken(token));
        }}
        onMouseLeave={() => store.setHover(undefined)}
        onClick={(event) => {
          const token = pointed(event);
          if (token !== undefined && event.detail < 2) store.pin(token);
        }}
        onDblClick={(event) => {
          const token = pointed(event);
          if (token !== undefined) store.host.reveal(token);
        }}
        onBlur={() => store.setHover(undefined)}
        onKeyDown={(event) => walkTokens(event, store, explained)}
      >
        <TextLines explained={explained} firstLine={source.firstLine} />
      </div>
    </section>
  );
}

function followMarks(root: HTMLElement, { store, theme, explained }: RunPanel): () => void {
  const marks = new TextMarks(root, explained.tokens.length);
  const stopHeat = effect(() => {
    const { token } = store.lit.value;
    const { direction } = store.focus.value;
    const [scale, { ramp }, sinkApart] = [store.scale.value, theme.value, store.sinkApart.value];
    const weights = store.weights.value;
    const line = weights?.line(token, direction);
    const peak = weights?.scaleEnd(scale, sinkApart);
    const apart = sinkApart && direction === 'looksAt' && explained.tokens.length > 1 ? 0 : undefined;
    marks.heat(
      line?.kind === 'ready' ? line.value : undefined,
      {
        ramp,
        scale,
        peak: peak?.kind === 'ready' ? peak.value : 1,
        causal: explained.causal,
        measure: measureOf(store.focus.value),
      },
      apart,
    );
  });
  const stopMarks = effect(() => {
    const lit = store.lit.value;
    const hovered = store.hover.value !== undefined;
    const pinned = store.focus.value.token;
    marks.mark([
      { token: pinned, className: 'pinned' },
      { token: hovered ? lit.token : pinned === undefined ? lit.token : undefined, className: 'lit' },
      { token: lit.partner, className: 'partner' },
    ]);
  });
  if (explained.precedingTokens > 0) scrollTo(root, marks.first(explained.precedingTokens));
  const stopScroll = effect(() => {
    const { token } = store.focus.value;
    if (token !== undefined) scrollInto(root, marks.first(token));
  });
  return () => {
    stopHeat();
    stopMarks();
    stopScroll();
  };
}

function walkTokens(event: KeyboardEvent, store: PanelStore, explained: Explained): void {
  const { token } = store.lit.peek();
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step !== undefined) {
    event.preventDefault();
    const next = Math.max(0, Math.min(explained.tokens.length - 1, token + step));
    store.walkTo(hoverToken(next));
    store.announce(l10n.t('Token {0}: {1}', next, labelText(explained.names[next]!)));
  } else if (event.key === 'Enter') {
    event.preventDefault();
    store.pin(token);
  }
}
