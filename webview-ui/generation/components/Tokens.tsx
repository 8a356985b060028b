import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Segments } from '../../shared/controls.tsx';
import { weightText } from '../../shared/numbers.ts';
import { shareOf, stepOf } from '../../shared/ramp.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { drawnText, peakOf, type StreamToken, streamOf, weightsByPosition } from '../layout/stream.ts';
import { policyView } from '../policies.ts';
import { Branches } from './Branches.tsx';
import { Candidates } from './Candidates.tsx';
import { SamplingControls } from './Sampling.tsx';
import { Section } from './Section.tsx';
import type { ReadyView } from './view.ts';

/** The text so far, what could be next, and how that is chosen. */
export function Tokens(view: ReadyView): JSX.Element {
  const { store, ready } = view;
  const { promptTokens } = ready.origin;
  const summary = l10n.t('{0} prompt + {1} new', promptTokens.length, ready.state.taken);
  return (
    <Section store={store} id="tokens" title={l10n.t('Tokens')} summary={summary}>
      {() => (
        <>
          <Stream {...view} />
          <Legend {...view} />
          <Candidates {...view} />
          <Branches {...view} />
          <SamplingControls {...view} />
        </>
      )}
    </Section>
  );
}

type Colours = Readonly<Record<'background' | 'color', string>>;

function Stream({ store, theme, ready }: ReadyView): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { origin, state } = ready;
  useEffect(() => {
    const element = box.current;
    const last = element?.querySelector('.next');
    if (element && last) element.scrollTop = (last as HTMLElement).offsetTop - element.clientHeight + 30;
  }, [state.taken, origin.generation]);
  const { ramp } = theme.value;
  const shade = (share: number): Colours => ({ background: ramp.css[stepOf(share)]!, color: ramp.ink[stepOf(share)]! });
  const byAttention = store.colourBy.value === 'attention';
  const row = byAttention ? store.numbers.row(ready, store.heads.value) : undefined;
  const weights = row?.kind === 'ready' ? weightsByPosition(row.value.keys, row.value.weights) : undefined;
  const peak = row?.kind === 'ready' ? peakOf(row.value.keys, row.value.weights) : 1;
  const coloursOf = ({ position, probability, ahead }: StreamToken): Colours | undefined => {
    if (ahead) return undefined;
    if (!byAttention) return probability === undefined ? undefined : shade(probability);
    const weight = weights?.get(position);
    return weight === undefined ? undefined : shade(shareOf(weight, 'linear', peak));
  };
  const kept = new Set(state.cache.kept);
  const hasEvicted = policyView(state.cache.policy).evicts;
  const stream = streamOf(origin, state);
  const next = origin.promptTokens.length + state.taken;
  return (
    <div class="stream" ref={box} data-testid="stream" role="group" aria-label={l10n.t('Text so far')}>
      {stream.map((token, place) => (
        <>
          {token.position === next && <span class="next" key="next" aria-hidden="true" />}
          <TokenView
            key={token.position}
            token={token}
            drawn={drawnText(token.text, stream[place + 1]?.text)}
            colours={coloursOf(token)}
            weight={weights?.get(token.position)}
            className={[
              hasEvicted && !token.ahead && !kept.has(token.position) ? 'gone' : '',
              store.lit.value === token.position ? 'lit' : '',
            ].join(' ')}
            onGo={() => void store.goTo((token.index ?? -1) + 1)}
            onLight={(lit) => (store.lit.value = lit ? token.position : undefined)}
          />
        </>
      ))}
      {next === origin.promptTokens.length + state.tokens.length && <span class="next" aria-hidden="true" />}
    </div>
  );
}

interface TokenProps {
  readonly token: StreamToken;
  readonly drawn: string;
  readonly colours: Colours | undefined;
  readonly weight: number | undefined;
  readonly className: string;
  readonly onGo: () => void;
  readonly onLight: (lit: boolean) => void;
}

function TokenView({ token, drawn, colours, weight, className, onGo, onLight }: TokenProps): JSX.Element {
  const { index, kind, text, position, probability, ahead } = token;
  const title = [
    l10n.t('Position {0}: {1}', position, labelText(text)),
    probability === undefined ? '' : l10n.t('probability {0}', weightText(probability)),
    weight === undefined ? '' : l10n.t('attention {0}', weightText(weight)),
    kind === 'bytes' ? l10n.t('bytes of a character that is not whole yet') : '',
    kind === 'part' ? l10n.t('shares the character before it') : '',
  ].filter((part) => part !== '');
  return (
    <span
      role="button"
      class={`token ${kind} ${index === undefined ? 'prompt' : 'new'} ${ahead ? 'ahead' : ''} ${className}`}
      style={colours ?? {}}
      data-position={position}
      data-index={index}
      tabIndex={index === undefined ? -1 : 0}
      title={title.join(' · ')}
      onClick={onGo}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onGo();
      }}
      onMouseEnter={() => onLight(true)}
      onMouseLeave={() => onLight(false)}
    >
      {drawn}
    </span>
  );
}

function Legend({ store, theme }: ReadyView): JSX.Element {
  const { ramp } = theme.value;
  const gradient = `linear-gradient(to right, ${ramp.css.filter((_, step) => step % 15 === 0).join(', ')})`;
  return (
    <div class="legend">
      <Segments
        label={l10n.t('Colour of the tokens')}
        value={store.colourBy.value}
        choices={[
          {
            value: 'probability',
            text: l10n.t('Probability'),
            title: l10n.t('How probable the model held each new token'),
          },
          { value: 'attention', text: l10n.t('Attention'), title: l10n.t('What the newest token looked at') },
        ]}
        onChoose={(by) => (store.colourBy.value = by)}
      />
      <span class="grow" />
      <span class="muted">0</span>
      <span class="scale" style={{ background: gradient }} aria-hidden="true" />
      <span class="muted">{store.colourBy.value === 'probability' ? '1' : l10n.t('max')}</span>
    </div>
  );
}
