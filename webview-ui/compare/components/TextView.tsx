import { effect } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TextLines, tokenOf } from '../../shared/text/TextLines.tsx';
import { scrollInto, TextMarks } from '../../shared/text/textMarks.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { SideName } from './SideName.tsx';
import type { SideView } from './view.ts';

/** One of the texts: the compared token is marked, with heat on the tokens that it looks at. */
export function TextView(view: SideView): JSX.Element {
  const { store, texts, index } = view;
  const side = texts.sides[index];
  const { source } = texts.contexts[index];
  const text = useRef<HTMLDivElement>(null);
  useEffect(() => followMarks(text.current!, view), [side]);
  const point = (token: number | undefined): void =>
    store.point(index, token === undefined ? undefined : { query: token, key: undefined });
  const reveal = (token: number): void => store.host.reveal({ run: side.explained.summary.run, token });
  const onKeyDown = (event: KeyboardEvent): void => {
    const token = store.lit(index).query ?? store.tokens.peek()[index];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(side.names.length - 1, token + step));
      point(next);
      store.announcement.value = l10n.t('Token {0}: {1}', next, labelText(side.names[next]!));
    } else if (event.key === 'Enter') {
      store.chooseToken(index, token);
    } else return;
    event.preventDefault();
  };
  return (
    <section class="text" aria-label={index === 0 ? l10n.t('First text') : l10n.t('Second text')}>
      <SideName texts={texts} index={index}>
        <span class="grow" />
        <span class="muted hint">{l10n.t('click compares')}</span>
      </SideName>
      <div
        ref={text}
        class="source"
        role="group"
        tabIndex={0}
        aria-label={l10n.t('Text {0}; left and right arrow keys walk its tokens, Enter compares one', index + 1)}
        data-testid={`text-${index}`}
        onMouseOver={(event) => point(tokenOf(event.target))}
        onMouseLeave={() => point(undefined)}
        onBlur={() => point(undefined)}
        onClick={(event) => {
          const token = tokenOf(event.target);
          if (token !== undefined && event.detail < 2) store.chooseToken(index, token);
        }}
        onDblClick={(event) => {
          const token = tokenOf(event.target);
          if (token !== undefined) reveal(token);
        }}
        onKeyDown={onKeyDown}
      >
        <TextLines explained={side.explained} firstLine={source.firstLine} />
      </div>
    </section>
  );
}

function followMarks(root: HTMLElement, { store, theme, texts, index }: SideView): () => void {
  const { explained, weights } = texts.sides[index];
  const marks = new TextMarks(root, explained.tokens.length);
  const stops = [
    effect(() => {
      const token = store.lit(index).query ?? store.tokens.value[index];
      const [line, peak] = [weights.value.line(token, 'looksAt'), store.peak.value];
      marks.heat(
        line.kind === 'ready' ? line.value : undefined,
        {
          ramp: theme.value.ramp,
          scale: store.scale.value,
          peak: peak.kind === 'ready' ? peak.value : 1,
          causal: explained.causal,
          measure: weights.value.measure,
        },
        store.sinkApart.value && explained.tokens.length > 1 ? 0 : undefined,
      );
    }),
    effect(() => {
      const { query, key } = store.lit(index);
      marks.mark([
        { token: store.tokens.value[index], className: 'pinned' },
        { token: query, className: 'lit' },
        { token: key, className: 'partner' },
      ]);
    }),
    effect(() => scrollInto(root, marks.first(store.tokens.value[index]))),
  ];
  return () => stops.forEach((stop) => stop());
}
