import type { RowSteps } from '../protocol/inspection.ts';
import { vectorOf } from './steps.ts';

export interface LinearRow {
  /** [keys]: φ(q)·φ(k_j) / Σ φ(q)·φ(k): what stands in the softmax's place. */
  readonly weights: Float64Array;
  /** [value size] */
  readonly output: Float64Array;
  /** Numbers of the state, d × value size + d: as many for any number of keys. */
  readonly stateSize: number;
}

/**
 * Linear attention (Katharopoulos et al. 2020, eq. 4 to 6) with the feature map φ(x) = elu(x) + 1, on the same query,
 * keys and values: Σ φ(k) vᵀ and Σ φ(k) are summed up key by key, and φ(q) reads both at the end, so that no key needs to
 * be looked at twice. As in the paper there is no 1/√d; position biases are left out, masked keys too.
 */
export function linearRow(
  row: Pick<RowSteps, 'keys' | 'headSize' | 'queryVector' | 'keyVectors' | 'valueVectors' | 'bias'>,
): LinearRow {
  const { keys, headSize, valueVectors } = row;
  const valueSize = valueVectors.length / keys;
  const query = featuresOf(row.queryVector);
  const state = new Float64Array(headSize * valueSize);
  const total = new Float64Array(headSize);
  const weights = new Float64Array(keys);
  for (let key = 0; key < keys; key++) {
    if (row.bias[key] === -Infinity) continue;
    const features = featuresOf(vectorOf(row.keyVectors, key, headSize));
    const value = vectorOf(valueVectors, key, valueSize);
    features.forEach((feature, dimension) => {
      total[dimension]! += feature;
      weights[key]! += query[dimension]! * feature;
      for (let column = 0; column < valueSize; column++) {
        state[dimension * valueSize + column]! += feature * value[column]!;
      }
    });
  }
  const norm = query.reduce((sum, feature, dimension) => sum + feature * total[dimension]!, 0);
  const output = Float64Array.from({ length: valueSize }, (_, column) =>
    query.reduce((sum, feature, dimension) => sum + (feature * state[dimension * valueSize + column]!) / norm, 0),
  );
  return { weights: weights.map((weight) => weight / norm), output, stateSize: state.length + total.length };
}

/** elu(x) + 1: x + 1 above 0, e^x below; never negative. */
function featuresOf(vector: Float32Array): Float64Array {
  return Float64Array.from(vector, (component) => (component > 0 ? component + 1 : Math.exp(component)));
}
