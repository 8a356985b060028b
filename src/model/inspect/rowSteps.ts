import type { RowSteps } from '../../protocol/inspection.ts';
import type { HeadId, ModelDescription } from '../../protocol/model.ts';
import type { LayerFacts } from '../graph/layerFacts.ts';
import type { HeadProjection } from './headProjection.ts';
import type { PositionTensors } from './positionTensors.ts';

/** Masks are written as large negative numbers; the smallest in use is −10,000. */
const leastMask = -9999;

/** The tensors that `rowSteps` reads. */
export function stepTensors(facts: LayerFacts): readonly string[] {
  const { query, key, productScalars, capScalars = [], scaled, scores, weights, value, output } = facts;
  const scalars = [...query.scalars, ...key.scalars, ...productScalars, ...capScalars];
  return [query.tensor, key.tensor, scaled, scores, weights, value, output, ...scalars.map(({ tensor }) => tensor)];
}

/** Reads one row of one head out of the tensors of its layer; scales are taken out of the vectors again. */
export function rowSteps(
  facts: LayerFacts,
  tensors: PositionTensors,
  { head }: HeadId,
  model: ModelDescription,
  projection: HeadProjection | undefined,
): RowSteps {
  const queryScale = tensors.product(facts.query.scalars);
  const keyScale = tensors.product(facts.key.scalars);
  const cap = facts.capScalars && tensors.product(facts.capScalars);
  const scale = queryScale * keyScale * tensors.product(facts.productScalars) * (cap ?? 1);
  const queryVector = divided(tensors.row(facts.query.tensor, head), queryScale);
  const headSize = queryVector.length;
  const output = tensors.row(facts.output, head).slice();
  const valueVectors = tensors.keyVectors(facts.value, head, output.length).slice();
  const weights = tensors.keyRow(facts.weights, head).slice();
  const scaled = tensors.keyRow(facts.scaled, head);
  const scores = tensors.keyRow(facts.scores, head).slice();
  const bias = scores.map((score, key) => score - scaled[key]!);
  bias.forEach((added, key) => {
    if (weights[key] === 0 && !(added > leastMask)) bias[key] = scores[key] = -Infinity;
  });
  return {
    keyValueHead: Math.floor((head * model.keyValueHeads) / model.heads),
    headSize,
    keys: tensors.visible,
    queryVector,
    keyVectors: divided(tensors.transposedKeyVectors(facts.key.tensor, head, headSize), keyScale),
    valueVectors,
    scale,
    softcap: cap,
    bias,
    scores,
    weights,
    output,
    valueWeightedNorms: projection?.norms(head, valueVectors).map((norm, key) => norm * weights[key]!),
  };
}

function divided(numbers: Float32Array, divisor: number): Float32Array {
  return numbers.map((number) => number / divisor);
}
