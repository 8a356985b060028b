import * as l10n from '@vscode/l10n';

/** Ideas that are explained where they are on screen. */
export type Topic = 'matrix' | 'heads' | 'sink' | 'check';

/** A few sentences on an idea: what it is, and what it is mistaken for. */
export function explanation(topic: Topic): readonly string[] {
  switch (topic) {
    case 'matrix':
      return [
        l10n.t(
          'A row belongs to a token that attends: its query is compared with the key of every token that it can attend to.',
        ),
        l10n.t(
          'A cell is the share of its attention that goes to the token of that column; a row of one head sums to 1.',
        ),
        l10n.t('A weight is not importance: it says where a head attends, not what changes the prediction.'),
        l10n.t(
          'Above layer 0 a column no longer stands for its token alone: the layers below have mixed others into it.',
        ),
      ];
    case 'heads':
      return [
        l10n.t('The heads of a layer work side by side, each with its own queries.'),
        l10n.t('Some do nearly the same, so removing one may change little; the Effect tab measures it.'),
        l10n.t('Heads rarely have one purpose: what one does here it need not do in another text.'),
      ];
    case 'sink':
      return [
        l10n.t(
          'A row has to sum to 1, whether or not there is something to attend to; many heads put most of it on the first token, an attention sink.',
        ),
        l10n.t(
          'Much weight there does not mean that the first token matters: its value may add little. Compare the norm.',
        ),
      ];
    case 'check':
      return [
        l10n.t('Softmax makes every row sum to 1. In a causal model no token attends to a later one.'),
        l10n.t(
          'Few other tensors would pass, so this is strong evidence, though no proof, that attention weights were read.',
        ),
      ];
  }
}
