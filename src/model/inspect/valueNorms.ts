import type { LayerFacts } from '../graph/layerFacts.ts';
import type { HeadProjection } from './headProjection.ts';
import type { PositionTensors } from './positionTensors.ts';

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
