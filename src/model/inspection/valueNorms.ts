import type { LayerFacts } from '../tap/layerFacts.ts';
import type { HeadProjection } from './headProjection.ts';
import type { PositionTensors } from './positionTensors.ts';

/** The tensors of all layers that this file reads. */
export function valueTensors(facts: readonly LayerFacts[]): readonly string[] {
  return facts.flatMap(({ weights, value }) => [weights, value]);
}

/** ‖v_j·W_Oʰ‖₂ of a layer: [heads, visible tokens]. */
export function layerValueNorms(facts: LayerFacts, tensors: PositionTensors, projection: HeadProjection): Float32Array {
  const { heads, valueSize } = projection;
  const norms = new Float32Array(heads * tensors.visible);
  for (let head = 0; head < heads; head++) {
    const values = tensors.keyVectors(facts.value, head, valueSize);
    norms.set(projection.norms(head, values), head * tensors.visible);
  }
  return norms;
}

/** ‖Σ_h A[h, query, j]·v_j·W_Oʰ‖₂ of a layer, which is how much token j adds to the query: [visible tokens]. */
export function layerContributions(
  facts: LayerFacts,
  tensors: PositionTensors,
  projection: HeadProjection,
): Float32Array {
  const { heads, valueSize } = projection;
  const weights = Array.from({ length: heads }, (_, head) => tensors.keyRow(facts.weights, head));
  const values = weights.map((_, head) => tensors.keyVectors(facts.value, head, valueSize));
  const joined = new Float64Array(heads * valueSize);
  return Float32Array.from({ length: tensors.visible }, (_, key) => {
    for (let head = 0; head < heads; head++) {
      for (let dimension = 0; dimension < valueSize; dimension++) {
        joined[head * valueSize + dimension] = weights[head]![key]! * values[head]![key * valueSize + dimension]!;
      }
    }
    return projection.norm(joined);
  });
}
