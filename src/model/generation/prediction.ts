import type { Candidate, Prediction, Sampling } from '../../protocol/generation.ts';
import { uniformAt } from './random.ts';
import { draw, largest, samplingDistribution, softmax } from './sampling.ts';
import type { TokenTexts } from './tokenTexts.ts';

const candidateCount = 10;

/**
 * What logits say of the next token.
 *
 * @param place number of tokens generated before: the place in the sequence of random numbers.
 */
export function predict(logits: Float32Array, sampling: Sampling, place: number, texts: TokenTexts): Prediction {
  const probabilities = softmax(logits);
  const afterSampling = samplingDistribution(logits, sampling);
  const candidate = (id: number): Candidate => {
    return { id, text: texts.text(id), probability: probabilities[id]!, afterSampling: afterSampling[id]! };
  };
  return {
    candidates: largest(logits, candidateCount).map(candidate),
    choice: candidate(draw(afterSampling, uniformAt(sampling.seed, place))),
  };
}
