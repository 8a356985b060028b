import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ComputedWeights } from '../../../src/protocol/run.ts';
import { scientific } from '../../shared/numbers.ts';
import { Icon, IconButton, Segments } from '../../shared/controls.tsx';
import { explanation } from '../../shared/explanations.ts';
import { ExportMenu } from '../export/ExportMenu.tsx';
import type { RunPanel } from './panel.ts';
import { duration, precisionText, precisionTitle, tokensText } from '../../shared/phrases.ts';

/** What was run, how it was checked, and what can be done with it. */
export function Toolbar({ store, explained }: RunPanel): JSX.Element {
  const { model, tokens, milliseconds, specialTokens } = explained.summary;
  return (
    <header class="toolbar" data-testid="toolbar">
      <span class="model" title={model.architecture} data-testid="model">
        <Icon name="chip" />
        <b>{model.name}</b>
        <span class="muted" title={precisionTitle(model.storage, model.compute)}>
          {precisionText(model.storage, model.compute)}
        </span>
        <span class="muted" title={l10n.t('{0} layers of {1} heads', model.layers, model.heads)}>
          {l10n.t('{0}×{1}', model.layers, model.heads)}
        </span>
      </span>
      <span class="fact" data-testid="token-count">
        {tokensText(tokens.length)}
      </span>
      <span class="fact time" title={l10n.t('Time that the model took to read the text')} data-testid="duration">
        {duration(milliseconds)}
      </span>
      <CheckButton store={store} explained={explained} />
      <span class="grow" />
      <span class="tools">
        {specialTokens.found.length > 0 && (
          <Segments
            label={l10n.t('Special tokens in the text')}
            value={specialTokens.readAs}
            choices={[
              { value: 'text', text: l10n.t('As text'), title: l10n.t('Read the names of special tokens as text') },
              {
                value: 'special',
                text: l10n.t('As special'),
                title: l10n.t('Read the names of special tokens as special tokens'),
              },
            ]}
            onChoose={(readAs) => store.host.act(readAs === 'text' ? 'specialTokensAsText' : 'specialTokensAsSpecial')}
          />
        )}
        <Segments
          label={l10n.t('Direction')}
          value={store.focus.value.direction}
          choices={[
            {
              value: 'looksAt',
              text: l10n.t('Looks at'),
              title: l10n.t('What a token looks at: its row of the matrix'),
            },
            {
              value: 'lookedAtBy',
              text: l10n.t('Looked at by'),
              title: l10n.t('Which tokens look at a token: its column of the matrix'),
            },
          ]}
          onChoose={(direction) => store.setDirection(direction)}
        />
        <IconButton
          label={l10n.t('Run Again')}
          icon="refresh"
          testId="run-again"
          onClick={() => store.host.act('rerun')}
        />
        <ExportMenu store={store} />
      </span>
    </header>
  );
}

/** Which way the weights of a long text come, and what they are compared with. */
function Computed({ weights }: { readonly weights: ComputedWeights }): JSX.Element {
  const { from, precision, largestDifference } = weights;
  const sentences = [
    from === 'queriesAndKeys'
      ? l10n.t(
          'For a text of this length the weights of single heads are not kept: they are computed from queries and keys when you look at them.',
        )
      : l10n.t(
          'For a text of this length the weights of single heads are not kept: the model recomputes the rows that you look at, since its weights do not follow from queries and keys alone.',
        ),
    ...(precision === 'half' ? [l10n.t('Queries and keys are kept in half precision, as the settings say.')] : []),
    l10n.t('Rows from the beginning, the middle and the end of the text were compared, in every head.'),
  ];
  return (
    <>
      <dl data-testid="computed">
        <dt>{l10n.t('Largest difference from the model’s own weights')}</dt>
        <dd>{scientific(largestDifference)}</dd>
      </dl>
      <p class="muted">{sentences.join(' ')}</p>
    </>
  );
}

function CheckButton({ store, explained }: Pick<RunPanel, 'store' | 'explained'>): JSX.Element {
  const { check, weights } = explained.summary;
  const { rowSumError, futureWeight } = check;
  const open = store.checkOpen.value;
  return (
    <span class="check">
      <button
        type="button"
        class="chip-button"
        aria-expanded={open}
        aria-controls="check-popover"
        title={l10n.t('What was checked on this run')}
        data-testid="check"
        onClick={() => (store.checkOpen.value = !open)}
      >
        <Icon name="pass" className="passed" />
        {l10n.t('Checked')}
      </button>
      {open && (
        <div
          class="popover"
          id="check-popover"
          role="group"
          aria-label={l10n.t('Self-check')}
          data-testid="check-popover"
        >
          <dl>
            <dt>{l10n.t('Every row sums to 1 within')}</dt>
            <dd>{scientific(rowSumError)}</dd>
            <dt>{l10n.t('Largest weight on a later token')}</dt>
            <dd>{futureWeight === undefined ? l10n.t('bidirectional model') : scientific(futureWeight)}</dd>
          </dl>
          <p class="muted">{l10n.t('Measured on every row of every head of this run.')}</p>
          {weights.kind === 'computed' && <Computed weights={weights} />}
          {explanation('check').map((sentence) => (
            <p key={sentence} class="muted">
              {sentence}
            </p>
          ))}
        </div>
      )}
    </span>
  );
}
