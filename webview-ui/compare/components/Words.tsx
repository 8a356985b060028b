import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { type SimilarityStatement, similarityStatement } from '../../../src/attention/similarity.ts';
import { Quoted, Sentence } from '../../shared/controls.tsx';
import { cosineText } from '../layout/amounts.ts';
import { type Standing, standingOf } from '../layout/choices.ts';
import type { TextsView } from './view.ts';

/** What the cosines say, from the numbers alone. */
export function SimilarityWords({
  store,
  texts,
  cosines,
}: TextsView & { readonly cosines: readonly number[] }): JSX.Element {
  const { choices, sides } = texts;
  const [first, second] = store.tokens.value;
  const statement = similarityStatement(cosines, store.nothingDiffers);
  const [one, other] = [standingOf(sides[0].explained, first), standingOf(sides[1].explained, second)];
  const same = one.name === other.name;
  const sameToken = sides[0].explained.tokens[first]!.id === sides[1].explained.tokens[second]!.id;
  const subject = same ? <Quoted name={one.name} /> : <Both names={[one.name, other.name]} />;
  const last = choices.at(-1)!.tokens;
  return (
    <div class="words" data-testid="words">
      <p>
        <Sentence text={similaritySentence(statement, sameToken)} parts={[subject]} />{' '}
        {statement.kind === 'differs' &&
          statement.layer < cosines.length - 1 &&
          l10n.t('The cosine in the last layer is {0}.', cosineText(statement.last))}
      </p>
      {statement.kind === 'samePast' && (first !== last[0] || second !== last[1]) && (
        <p>
          <button type="button" class="button secondary" data-testid="last" onClick={() => store.choose(last)}>
            {l10n.t('Compare the Last Token of Each Text')}
          </button>{' '}
          <span class="muted">{l10n.t('Or choose contexts in which the difference comes first.')}</span>
        </p>
      )}
      {(same && one.tokens === other.tokens ? [one] : [one, other]).map((standing, place) => (
        <SplitWord key={place} standing={standing} causal={sides[0].explained.causal} />
      ))}
    </div>
  );
}

function similaritySentence(statement: SimilarityStatement, sameToken: boolean): string {
  switch (statement.kind) {
    case 'samePast':
      return l10n.t(
        '{0} has the same vector in both texts, in every layer: all cosines are 1.000. Nothing before it differs, and a causal model cannot see what follows.',
      );
    case 'same':
      return l10n.t('All cosines of {0} are 1.000 to three decimals: its vectors hardly differ between the contexts.');
    case 'differs': {
      const farthest = [statement.layer, cosineText(statement.cosine)];
      if (statement.from > 0) {
        return l10n.t(
          'The cosine of {0} is 1.000 up to layer {1} and first lower in layer {2}; it is lowest in layer {3}, at {4}.',
          '{0}',
          statement.from - 1,
          statement.from,
          ...farthest,
        );
      }
      return sameToken
        ? l10n.t(
            'Already the first layer reads {0} differently in the two texts. The cosine is lowest in layer {1}, at {2}.',
            '{0}',
            ...farthest,
          )
        : l10n.t(
            '{0}: two different tokens, which the first layer already reads differently. The cosine is lowest in layer {1}, at {2}.',
            '{0}',
            ...farthest,
          );
    }
  }
}

function Both({ names: [first, second] }: { readonly names: readonly [string, string] }): JSX.Element {
  return <Sentence text={l10n.t('{0} and {1}')} parts={[<Quoted name={first} />, <Quoted name={second} />]} />;
}

/** Of a word that is split in several tokens, which one stands for it. */
function SplitWord({
  standing: { name, tokens },
  causal,
}: {
  readonly standing: Standing;
  readonly causal: boolean;
}): JSX.Element | null {
  if (tokens === 1) return null;
  const text = causal
    ? l10n.t('{0} is split into {1} tokens. The last one stands for the word: it has seen the others.')
    : l10n.t('{0} is split into {1} tokens. The last one stands for the word.');
  return (
    <p class="muted" data-testid="split">
      <Sentence text={text} parts={[<Quoted name={name} />, String(tokens)]} />
    </p>
  );
}
