import * as l10n from '@vscode/l10n';
import type { Precision } from '../../src/protocol/model.ts';
import type { EndCut, HeadSelection, RunSummary } from '../../src/protocol/run.ts';
import type { ExplainStage } from '../../src/protocol/modelWire.ts';
import type { Measure } from './measure.ts';
import { durationParts, percentText, roughDuration } from './numbers.ts';

/** What a norm is wherever one stands, for a tooltip. */
export function normDefinition(): string {
  return l10n.t(
    'Value-weighted norm ‖A·v·W_O‖: the length of the vector that a head adds to this token from another; of several heads, the mean or maximum of their norms',
  );
}

/** What a matrix's numbers are called, as a heading. */
export function measureTitle(measure: Measure): string {
  switch (measure) {
    case 'weight':
      return l10n.t('Weight');
    case 'rollout':
      return l10n.t('Rollout');
    case 'norm':
      return l10n.t('Norm');
  }
}

/** The same, beside a number. */
export function measureName(measure: Measure): string {
  switch (measure) {
    case 'weight':
      return l10n.t('weight');
    case 'rollout':
      return l10n.t('rollout');
    case 'norm':
      return l10n.t('norm');
  }
}

/** Names of the heads of a set, for a tooltip; empty for one head, all, and whole layers. */
export function headNames(heads: HeadSelection): string {
  if (!('heads' in heads) || heads.heads === 'all') return '';
  return heads.heads.map(({ layer, head }) => l10n.t('L{0} H{1}', layer, head)).join(', ');
}

export function percent(share: number, decimals = 0): string {
  const { kind, text } = percentText(share, decimals);
  if (kind === 'below') return l10n.t('less than {0}', text);
  return kind === 'over' ? l10n.t('over {0}', text) : text;
}

export function duration(milliseconds: number): string {
  const { value, unit } = durationParts(milliseconds);
  return unit === 'ms' ? l10n.t('{0} ms', value) : l10n.t('{0} s', value);
}

/** An estimate: with one significant digit below a second, else two. */
export function aboutDuration(milliseconds: number): string {
  if (milliseconds < 950) return l10n.t('{0} ms', Number(milliseconds.toPrecision(1)));
  if (milliseconds < 99_500) return l10n.t('{0} s', Number((milliseconds / 1000).toPrecision(2)));
  return l10n.t('{0} min', Number((milliseconds / 60_000).toPrecision(2)));
}

/** An estimate, as roughly as it is known. */
export function timeLeft(milliseconds: number): string {
  const { value, unit } = roughDuration(milliseconds);
  return unit === 'min' ? l10n.t('about {0} min left', value) : l10n.t('about {0} s left', value);
}

export function precisionText(storage: Precision, compute: Precision): string {
  return storage === compute ? storage : l10n.t('{0} → {1}', storage, compute);
}

export function precisionTitle(storage: Precision, compute: Precision): string {
  return l10n.t('Weights are stored as {0}; attention is computed in {1}.', storage, compute);
}

export function distancePhrase(distance: number): string {
  switch (distance) {
    case 0:
      return l10n.t('itself');
    case -1:
      return l10n.t('the token before');
    case 1:
      return l10n.t('the token after');
    default:
      return distance < 0
        ? l10n.t('{0} tokens back', countText(-distance))
        : l10n.t('{0} tokens on', countText(distance));
  }
}

/** What of a selection is explained, and why the rest is not. */
export function cutText({ text, tokens }: Pick<RunSummary, 'text' | 'tokens'>, cut: EndCut): string {
  return `${usedText(text, tokens.length, cut)} ${limitText(cut)}`;
}

function usedText(text: string, tokens: number, { usedLength, totalLength, usedLines, totalLines }: EndCut): string {
  if (usedLines < 2) {
    return l10n.t(
      'Only the first {0} of {1} characters are explained: {2} tokens.',
      ...[usedLength, totalLength, tokens].map(countText),
    );
  }
  const numbers = [usedLines, totalLines, tokens].map(countText);
  return /[\r\n]$/.test(text)
    ? l10n.t('Only the first {0} of {1} lines are explained: {2} tokens.', ...numbers)
    : l10n.t('Only the first {0} of {1} lines and a part of the next are explained: {2} tokens.', ...numbers);
}

function limitText({ reason, tokenLimit, bytesNeeded = 0 }: EndCut): string {
  const limit = countText(tokenLimit);
  switch (reason) {
    case 'context':
      return l10n.t('The model reads at most {0} tokens at once.', limit);
    case 'length':
      return l10n.t('At most {0} tokens are explained at once.', limit);
    case 'memory':
      return l10n.t(
        'The memory budget allows {0} tokens; the whole text would need {1} MiB.',
        limit,
        countText(Math.ceil(bytesNeeded / 2 ** 20)),
      );
  }
}

/** How the special tokens whose names stand in the text were read. */
export function specialTokensText({ found, readAs }: RunSummary['specialTokens']): string {
  const names = [...found.slice(0, 3), ...(found.length > 3 ? ['…'] : [])].join(' ');
  return readAs === 'text'
    ? l10n.t('The text contains the names of special tokens, read as ordinary text: {0}', names)
    : l10n.t('The text contains the names of special tokens, read as special tokens: {0}', names);
}

export function stageText(stage: ExplainStage): string {
  switch (stage) {
    case 'loading':
      return l10n.t('Loading the model');
    case 'tapping':
      return l10n.t('Finding where the model computes attention');
    case 'tokenizing':
      return l10n.t('Splitting the text into tokens');
    case 'running':
      return l10n.t('Running every layer and head');
    case 'checking':
      return l10n.t('Checking the numbers');
  }
}

export function tokensText(count: number): string {
  return count === 1 ? l10n.t('1 token') : l10n.t('{0} tokens', countText(count));
}

/** A whole number with the separators of the page's language. */
export function countText(count: number): string {
  return count.toLocaleString(document.documentElement.lang || undefined);
}
