import * as l10n from '@vscode/l10n';

/** Ideas that are explained where they are on screen. */
export type Topic = 'matrix' | 'heads' | 'sink' | 'check';

/** A few sentences on an idea: what it is, and what it is mistaken for. */
export function explanation(topic: Topic): readonly string[] {
  switch (topic) {
    case 'matrix':
      return [
        l10n.t('A row is a token that looks: its query is compared with the key of every token that it may see.'),
        l10n.t('A cell is the share of its attention that it gives to that token; a row of one head sums to 1.'),
        l10n.t('A weight is not importance: it says where a head reads, not what changes the prediction.'),
        l10n.t('In upper layers a column is no longer the word alone: layers below have mixed others into it.'),
      ];
    case 'heads':
      return [
        l10n.t('Each layer has several heads side by side; each compares by queries and keys of its own.'),
        l10n.t('Many do nearly the same: take one away, and another covers for it. More heads are not always better.'),
        l10n.t('A head is not for one thing: what it does here it need not do in another text.'),
      ];
    case 'sink':
      return [
        l10n.t('The shares of a row must go somewhere: a head that finds nothing to read rests on the first token.'),
        l10n.t('Much weight there says that the head does little here, not that the first token matters.'),
      ];
    case 'check':
      return [
        l10n.t(
          'Softmax makes every row sum to 1. In a model that writes from left to right no token sees a later one.',
        ),
        l10n.t('Both hold for real attention weights alone, so they show that the right tensors were read.'),
      ];
  }
}
