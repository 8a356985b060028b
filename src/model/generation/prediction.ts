import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Candidate, Prediction, Sampling } from '../../protocol/generation.ts';
import { uniformAt } from './random.ts';
import { draw, largest, logSumExp, samplingDistribution } from './sampling.ts';
import type { TokenTexts } from './tokenTexts.ts';

const candidateCount = 10;

/**
 * What logits say of the next token.
 *
 * @throws ExplainError `modelFile` when they are no numbers.
 * @param place number of tokens generated before: the place in the sequence of random numbers.
 */
export function predict(logits: Float32Array, sampling: Sampling, place: number, texts: TokenTexts): Prediction {
  const normalizer = logSumExp(logits);
  if (!Number.isFinite(normalizer)) throw notNumbers();
  const afterSampling = samplingDistribution(logits, sampling);
  const candidate = (id: number): Candidate => {
    const probability = Math.exp(logits[id]! - normalizer);
    return { id, text: texts.text(id), probability, afterSampling: afterSampling[id]! };
  };
  return {
    candidates: largest(logits, candidateCount).map(candidate),
    choice: candidate(draw(afterSampling, uniformAt(sampling.seed, place))),
  };
}

function notNumbers(): ExplainError {
  return new ExplainError({
    code: 'modelFile',
    message: l10n.t('The model returns values that are no numbers instead of probabilities.'),
    advice: l10n.t('Choose another model, or another precision of this one.'),
  });
}
