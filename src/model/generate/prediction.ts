import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Candidate, Prediction, Sampling } from '../../protocol/generation.ts';
import { uniformAt } from '../../attention/random.ts';
import { draw, largest, logSumExp, samplingDistribution } from '../../attention/sampling.ts';
import type { TokenTexts } from '../tokens/tokenTexts.ts';

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
  const best = largest(logits, candidateCount);
  const { id: chosen, probabilityOf } = choose(logits, best[0] ?? 0, sampling, place);
  const candidate = (id: number): Candidate => {
    const probability = Math.exp(logits[id]! - normalizer);
    return { id, text: texts.text(id), probability, afterSampling: probabilityOf(id) };
  };
  return { candidates: best.map(candidate), choice: candidate(chosen) };
}

/** The token that is taken, and how probable each was to be: greedy takes the best without looking at the others. */
function choose(logits: Float32Array, best: number, sampling: Sampling, place: number) {
  if (sampling.temperature === 0) return { id: best, probabilityOf: (id: number) => (id === best ? 1 : 0) };
  const distribution = samplingDistribution(logits, sampling);
  const id = draw(distribution, uniformAt(sampling.seed, place));
  return { id, probabilityOf: (token: number) => distribution[token]! };
}

function notNumbers(): ExplainError {
  return new ExplainError({
    code: 'modelFile',
    message: l10n.t('The model returns values that are no numbers instead of probabilities.'),
    advice: l10n.t('Choose another model, or another precision of this one.'),
  });
}
