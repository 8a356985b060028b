import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Agreement } from '../../../src/attention/agreement.ts';
import type { HeadId } from '../../../src/protocol/model.ts';
import { Quoted, Sentence } from '../../shared/controls.tsx';
import { countText } from '../../shared/phrases.ts';
import type { Scope } from './ablations.ts';
import { bitsText, probabilityText } from './effectNumbers.ts';
import type { EffectView } from './effectView.ts';

export function scopeSentence(scope: Scope, { layer, head }: HeadId): string {
  switch (scope) {
    case 'head':
      return l10n.t(
        'Each token is hidden from this token alone, in layer {0}, head {1}: one weight becomes 0.',
        layer,
        head,
      );
    case 'row':
      return l10n.t('Each token is hidden from this token alone, in every head: its weights in this row become 0.');
    case 'everyone':
      return l10n.t(
        'Each earlier token is hidden from all tokens behind it, so that it cannot come round by way of another one; it still attends to itself. This token is hidden from itself.',
      );
    case 'heads':
      return l10n.t('Each head is switched off for all tokens, then each whole layer: its weights become 0.');
  }
}

/** What the model predicts with nothing taken away. */
export function UntouchedSentence({ list, explained, token }: EffectView): JSX.Element | null {
  const untouched = list.untouched.value;
  if (!untouched) return null;
  const { target, probability } = untouched;
  const parts = [
    <Quoted key="token" name={explained.names[token]!} />,
    <Quoted key="target" name={target.text} />,
    <b key="probability">{probabilityText(probability)}</b>,
  ];
  return (
    <p data-testid="untouched">
      <Sentence
        text={
          target.follows
            ? l10n.t('After {0}, the untouched model gives {1}, which follows, a probability of {2}.')
            : l10n.t('After {0}, the untouched model finds {1} most probable, with {2}; no token follows in the text.')
        }
        parts={parts}
      />
    </p>
  );
}

/** What changed the prediction most. */
export function StrongestSentence({
  what,
  divergence,
  from,
  to,
}: {
  readonly what: JSX.Element | string;
  readonly divergence: number;
  readonly from: number;
  readonly to: number;
}): JSX.Element {
  return (
    <Sentence
      text={l10n.t('Without {0} the prediction changes most, by {1} bits: the probability goes from {2} to {3}.')}
      parts={[what, <b key="bits">{bitsText(divergence)}</b>, probabilityText(from), probabilityText(to)]}
    />
  );
}

/** How far weights order the tokens of this row as their effects do. */
export function weightAgreement(agreement: Agreement): string {
  const count = countText(agreement.count);
  switch (agreement.kind) {
    case 'tooFew':
      return l10n.t('With {0} tokens it cannot be said how far weight and effect agree.', count);
    case 'noOrder':
      return l10n.t('Weight and effect cannot be compared: one of them is the same for all {0} tokens.', count);
    case 'closely':
      return l10n.t('For this row, weight and effect agree closely: ρ = {0} over {1} tokens.', rho(agreement), count);
    case 'partly':
      return l10n.t('For this row, weight and effect agree in part: ρ = {0} over {1} tokens.', rho(agreement), count);
    case 'little':
      return l10n.t('For this row, weight and effect agree little: ρ = {0} over {1} tokens.', rho(agreement), count);
    case 'hardly':
      return l10n.t('For this row, weight says nothing of the effect: ρ = {0} over {1} tokens.', rho(agreement), count);
    case 'opposed':
      return l10n.t(
        'For this row, what gets more weight has less effect: ρ = {0} over {1} tokens.',
        rho(agreement),
        count,
      );
  }
}

/** The same of value-weighted norms, beside the sentence about weights; `undefined` where there is nothing to say. */
export function normAgreement(agreement: Agreement): string | undefined {
  switch (agreement.kind) {
    case 'tooFew':
    case 'noOrder':
      return undefined;
    case 'closely':
      return l10n.t('The value-weighted norm agrees closely: ρ = {0}.', rho(agreement));
    case 'partly':
      return l10n.t('The value-weighted norm agrees in part: ρ = {0}.', rho(agreement));
    case 'little':
      return l10n.t('The value-weighted norm agrees little: ρ = {0}.', rho(agreement));
    case 'hardly':
      return l10n.t('The value-weighted norm says nothing of it: ρ = {0}.', rho(agreement));
    case 'opposed':
      return l10n.t('The value-weighted norm runs against it: ρ = {0}.', rho(agreement));
  }
}

function rho({ correlation }: Extract<Agreement, { readonly correlation: number }>): string {
  return correlation.toFixed(2).replace('-', '\u2212');
}
