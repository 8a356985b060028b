import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { Icon, IconButton } from '../../shared/controls.tsx';
import { precisionText, precisionTitle } from '../../shared/phrases.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import type { Choice } from '../layout/choices.ts';
import type { TextsView } from './view.ts';

/** By which model the two are compared, and what in them. */
export function Toolbar({ store, texts }: TextsView): JSX.Element {
  const { model } = texts.contexts[0].summary;
  return (
    <header class="toolbar" data-testid="toolbar">
      <span class="model" title={model.architecture}>
        <Icon name="chip" />
        <b>{model.name}</b>
        <span class="muted" title={precisionTitle(model.storage, model.compute)}>
          {precisionText(model.storage, model.compute)}
        </span>
        <span class="muted" title={l10n.t('{0} layers of {1} heads', model.layers, model.heads)}>
          {l10n.t('{0}×{1}', model.layers, model.heads)}
        </span>
      </span>
      <span class="grow" />
      <WordPicker store={store} texts={texts} />
      <IconButton
        label={l10n.t('Run Again')}
        icon="refresh"
        testId="run-again"
        onClick={() => store.host.act('rerun')}
      />
    </header>
  );
}

const OWN = 'own';

/** Which pair of tokens is compared: a word of both texts, their last tokens, or what was clicked. */
function WordPicker({ store, texts: { choices, sides } }: Pick<TextsView, 'store' | 'texts'>): JSX.Element {
  const [first, second] = store.tokens.value;
  const chosen = choices.findIndex(({ tokens }) => tokens[0] === first && tokens[1] === second);
  const name = (side: 0 | 1, token: number): string => labelText(sides[side].names[token]!);
  const textOf = ({ word, tokens }: Choice): string =>
    word ?? l10n.t('last tokens: {0} ↔ {1}', name(0, tokens[0]), name(1, tokens[1]));
  return (
    <label class="word-picker">
      <span class="muted">{l10n.t('Compared')}</span>
      <select
        data-testid="word"
        value={chosen < 0 ? OWN : String(chosen)}
        onChange={({ currentTarget }) => {
          const choice = choices[Number(currentTarget.value)];
          if (choice) store.choose(choice.tokens);
        }}
      >
        {chosen < 0 && <option value={OWN}>{l10n.t('{0} ↔ {1}', name(0, first), name(1, second))}</option>}
        {choices.map((choice, place) => (
          <option key={place} value={String(place)}>
            {textOf(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}
