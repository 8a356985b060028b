import { largest, logSumExp } from '../../attention/sampling.ts';

/** The distribution of the next token, p = softmax(logits), in double precision. */
export class NextToken {
  private readonly normalizer: number;

  /** @param logits [vocabulary] */
  constructor(private readonly logits: Float32Array) {
    this.normalizer = logSumExp(logits);
  }

  get mostProbable(): number {
    return largest(this.logits, 1)[0] ?? 0;
  }

  probability(id: number): number {
    return Math.exp(this.logits[id]! - this.normalizer);
  }

  /** KL divergence of another prediction from this one, Σ p·log₂(p/p′), in bits; 0 for the same logits. */
  divergence(other: NextToken): number {
    let sum = 0;
    const shift = other.normalizer - this.normalizer;
    for (let id = 0; id < this.logits.length; id++) {
      const probability = this.probability(id);
      if (probability > 0) sum += probability * (this.logits[id]! - other.logits[id]! + shift);
    }
    return Math.max(0, sum / Math.LN2);
  }
}
