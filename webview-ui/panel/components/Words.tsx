import type { JSX } from 'preact';
import { peakStatements, rowStatements } from '../../../src/attention/statements.ts';
import { percentDecimals } from '../../shared/numbers.ts';
import { partnerRange } from '../layout/ranking.ts';
import type { RunPanel } from './panel.ts';
import { headsPhrase } from '../../shared/phrases.ts';
import { columnSentence, maximumSentence, rowSentence, type Subject } from './sentences.tsx';

/** One or two sentences about the shown token, from its numbers alone. */
export function Words({ store, explained, token }: RunPanel & { readonly token: number }): JSX.Element | null {
  const { direction, heads } = store.focus.value;
  const loaded = store.weights.value?.line(token, direction);
  if (loaded?.kind !== 'ready') return null;
  const weights = loaded.value;
  const partners = partnerRange(token, explained.tokens.length, direction, explained.causal);
  const where = headsPhrase(heads, explained.grid);
  const about = (statements: readonly object[]): Subject => ({
    names: explained.names,
    token,
    where,
    decimals: percentDecimals(statements.flatMap((one) => ('weight' in one ? [Number(one.weight)] : []))),
  });
  if (direction === 'looksAt' && heads.kind !== 'max') {
    const statements = rowStatements(weights, token, partners);
    return <Paragraph sentences={statements.map((one) => rowSentence(one, about(statements)))} />;
  }
  const statements = peakStatements(weights, token, partners);
  const sentence = direction === 'looksAt' ? maximumSentence : columnSentence;
  return <Paragraph sentences={statements.map((one) => sentence(one, about(statements)))} />;
}

function Paragraph({ sentences }: { readonly sentences: readonly JSX.Element[] }): JSX.Element {
  return (
    <p class="words" data-testid="words">
      {sentences.map((sentence, place) => (
        <span key={place}>
          {place > 0 && ' '}
          {sentence}
        </span>
      ))}
    </p>
  );
}
