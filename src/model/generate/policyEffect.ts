import type { ComparedToken, PolicyEffect, Sampling } from '../../protocol/generation.ts';
import { Decoder } from './decoder.ts';
import type { GeneratingModel } from './generatingModel.ts';
import { fullCache } from './policies/full.ts';
import { predict } from './prediction.ts';
import { softmax } from '../../attention/sampling.ts';
import type { TakenToken } from './tokenTree.ts';

export interface Compared {
  readonly promptIds: readonly number[];
  readonly taken: readonly TakenToken[];
  readonly sampling: Sampling;
  /** Logits behind the last token, under the policy. */
  readonly logits: Float32Array;
}

/**
 * Leads a full cache over the same tokens and compares what it would choose: with the same settings, and with the same
 * random numbers, so that without a difference in the logits there is none in the text. Tokens that the user chose say
 * nothing of the policy and are passed over.
 */
export async function comparePolicy(
  model: GeneratingModel,
  { promptIds, taken, sampling, logits }: Compared,
  signal: AbortSignal,
): Promise<PolicyEffect> {
  let firstDifference: PolicyEffect['firstDifference'];
  let fullLogits = logits;
  const compare = (position: number, logitsThere: () => Float32Array): void => {
    const index = position + 1 - promptIds.length;
    const token = taken[index];
    if (index === taken.length) fullLogits = logitsThere();
    if (token === undefined || token.chosenBy === 'user' || firstDifference) return;
    const full = logitsThere();
    const { choice } = predict(full, sampling, index, model.texts);
    if (choice.id === token.id) return;
    const probabilities = softmax(full);
    firstDifference = {
      index,
      full: { id: choice.id, text: choice.text, full: choice.probability, policy: undefined },
      policy: {
        id: token.id,
        text: model.texts.text(token.id),
        full: probabilities[token.id]!,
        policy: token.probability,
      },
    };
  };
  const shadow = new Decoder(model, fullCache, promptIds);
  await shadow.advance([...promptIds, ...taken.map(({ id }) => id)], signal, compare);

  const under = { full: softmax(fullLogits), policy: softmax(logits) };
  const compared = ({ id, text }: { readonly id: number; readonly text: string }): ComparedToken => {
    return { id, text, full: under.full[id]!, policy: under.policy[id]! };
  };
  const choiceOf = (from: Float32Array): ComparedToken =>
    compared(predict(from, sampling, taken.length, model.texts).choice);
  return { next: { full: choiceOf(fullLogits), policy: choiceOf(logits) }, firstDifference };
}
