import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { type SimilarityStatement, similarityStatement } from '../../../src/attention/similarity.ts';
import { Quoted, Sentence } from '../../shared/controls.tsx';
import { cosineText } from '../layout/amounts.ts';
import { wordAround } from '../layout/choices.ts';
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
  const [name, other] = [sides[0].names[first]!, sides[1].names[second]!];
  const subject = name === other ? <Quoted name={name} /> : <OtherTokens names={[name, other]} />;
  const last = choices.at(-1)!.tokens;
  return (
    <div class="words" data-testid="words">
      <p>
        <Sentence text={similaritySentence(statement, name === other)} parts={[subject]} />
      </p>
      {statement.kind === 'samePast' && (first !== last[0] || second !== last[1]) && (
        <p>
          <button type="button" class="button secondary" data-testid="last" onClick={() => store.choose(last)}>
            {l10n.t('Compare the Last Token of Each Text')}
          </button>{' '}
          <span class="muted">{l10n.t('Or choose contexts in which the difference comes first.')}</span>
        </p>
      )}
      <SplitWords store={store} texts={texts} />
    </div>
  );
}

function similaritySentence(statement: SimilarityStatement, sameName: boolean): string {
  switch (statement.kind) {
    case 'samePast':
      return l10n.t(
        '{0} has the same vector in both texts, in every layer: all cosines are 1.000. Nothing before it differs, and a causal model cannot see what follows.',
      );
    case 'same':
      return l10n.t('All cosines of {0} are 1.000: no layer tells the two contexts apart.');
    case 'differs': {
      const numbers = [statement.layer, cosineText(statement.cosine), cosineText(statement.last)];
      if (statement.from > 0) {
        return l10n.t(
          'Up to layer {1} the cosine is 1.000; from layer {2} on the contexts part {0}, the farthest in layer {3}, at {4}. The last layer reads it at {5}.',
          '{0}',
          statement.from - 1,
          statement.from,
          ...numbers,
        );
      }
      return sameName
        ? l10n.t(
            'Already the first layer reads {0} differently in the two texts. They are the farthest apart in layer {1}, at {2}; the last layer reads it at {3}.',
            '{0}',
            ...numbers,
          )
        : l10n.t(
            '{0} are different tokens, which the first layer reads already. They are the farthest apart in layer {1}, at {2}; the last layer reads them at {3}.',
            '{0}',
            ...numbers,
          );
    }
  }
}

function OtherTokens({ names: [first, second] }: { readonly names: readonly [string, string] }): JSX.Element {
  return <Sentence text={l10n.t('{0} and {1}')} parts={[<Quoted name={first} />, <Quoted name={second} />]} />;
}

/** Words that are split in several tokens: which one stands for them. */
function SplitWords({ store, texts }: Pick<TextsView, 'store' | 'texts'>): JSX.Element {
  const tokens = store.tokens.value;
  const split = texts.sides.map(({ explained }, side) => {
    const word = wordAround(explained, tokens[side]!);
    if (word.length < 2 || word.at(-1) !== tokens[side]) return undefined;
    const { text } = explained.summary;
    return {
      word: text.slice(explained.tokens[word[0]!]!.start, explained.tokens[word.at(-1)!]!.end).trim(),
      count: word.length,
    };
  });
  const [first, second] = split;
  const distinct = first && second?.word === first.word && second.count === first.count ? [first] : [first, second];
  return (
    <>
      {distinct.map(
        (one, place) =>
          one && (
            <p key={place} class="muted" data-testid="split">
              <Sentence
                text={
                  texts.sides[0].explained.causal
                    ? l10n.t('{0} is split into {1} tokens. The last one stands for the word: it has seen the others.')
                    : l10n.t('{0} is split into {1} tokens. The last one stands for the word.')
                }
                parts={[<Quoted name={one.word} />, String(one.count)]}
              />
            </p>
          ),
      )}
    </>
  );
}
