import type { Scalar } from '../graph/layerFacts.ts';
import type { MapLayer } from '../graph/mapGraph.ts';
import type { MapOutputs } from './mappedModel.ts';

/** The numbers between a product q·k and its score: score = scale · q·k, or cap · tanh(scale · q·k). */
export function scoreScalars(
  scores: NonNullable<MapLayer['query']>['scores'] | undefined,
  outputs: MapOutputs,
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
