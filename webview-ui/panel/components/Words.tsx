import type { JSX } from 'preact';
import { headsPhrase } from '../../../src/attention/headWords.ts';
import { normStatements, peakStatements, rowStatements } from '../../../src/attention/statements.ts';
import type { TokenRange } from '../../../src/protocol/run.ts';
import { measureOf } from '../../shared/measure.ts';
import { percentDecimals } from '../../shared/numbers.ts';
import { toldPartners } from '../layout/ranking.ts';
import { normSentence } from './normSentences.tsx';
import type { TokenPanel } from './panel.ts';
import { rolloutColumnSentence, rolloutSentence } from './rolloutSentences.tsx';
import { columnSentence, maximumColumnSentence, maximumSentence, rowSentence, type Subject } from './sentences.tsx';

/** One or two sentences about the shown token, from its numbers alone. */
export function Words(props: TokenPanel): JSX.Element | null {
  const { store, explained, token } = props;
  const { direction } = store.focus.value;
  const loaded = store.weights.value?.line(token, direction);
  if (loaded?.kind !== 'ready') return null;
  const partners = toldPartners(token, explained.tokens.length, direction, explained.causal);
  return (
    <p class="words" data-testid="words">
      {sentencesOf(props, loaded.value, partners).map((sentence, place) => (
        <span key={place}>
          {place > 0 && ' '}
          {sentence}
        </span>
      ))}
    </p>
  );
}

function sentencesOf(
  { store, explained, token }: TokenPanel,
  line: Float32Array,
  partners: TokenRange,
): readonly JSX.Element[] {
  const { direction, heads, quantity } = store.focus.value;
  const measure = measureOf({ heads, quantity });
  const say = <S extends object>(
    statements: readonly S[],
    sentence: (statement: S, subject: Subject) => JSX.Element,
  ): readonly JSX.Element[] => {
    const decimals = percentDecimals(statements.flatMap((one) => ('weight' in one ? [Number(one.weight)] : [])));
    const subject = { names: explained.names, token, where: headsPhrase(heads, explained.grid), decimals };
    return statements.map((statement) => sentence(statement, subject));
  };
  if (measure === 'norm') {
    const weights =
      direction === 'looksAt' ? store.numbers.value?.weights(heads, 'weight').line(token, direction) : undefined;
    const beside = weights?.kind === 'ready' ? weights.value : undefined;
    return say(normStatements(line, beside, token, partners), (one, subject) => normSentence(one, direction, subject));
  }
  if (direction === 'looksAt' && heads.kind !== 'max') {
    return say(rowStatements(line, token, partners), measure === 'rollout' ? rolloutSentence : rowSentence);
  }
  const statements = peakStatements(line, token, partners);
  if (direction === 'looksAt') return say(statements, maximumSentence);
  if (heads.kind === 'max') return say(statements, maximumColumnSentence);
  return say(statements, measure === 'rollout' ? rolloutColumnSentence : columnSentence);
}
