import type { Scalar } from '../graph/layerFacts.ts';
import type { ScoreScalars } from '../graph/longContextPart.ts';
import type { Tensors } from '../runtime/kvCache.ts';

/** The numbers between a product q·k and its score: score = scale · q·k, or cap · tanh(scale · q·k). */
export function scoreScalars(
  scores: ScoreScalars | undefined,
  outputs: Tensors,
): { readonly scale: number; readonly cap: number | undefined } {
  if (!scores) return { scale: NaN, cap: undefined };
  const product = (scalars: readonly Scalar[]): number =>
    scalars.reduce((factor, { tensor, divides }) => {
      const value = (outputs[tensor]!.data as Float32Array)[0]!;
      return divides ? factor / value : factor * value;
    }, 1);
  return {
    scale: product(scores.key) * product(scores.product),
    cap: scores.cap && product(scores.cap),
  };
}
