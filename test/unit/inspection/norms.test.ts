import path from 'node:path';
import { expect, test } from 'vitest';
import { folderOf } from '../generation/support.ts';
import { readSafetensors } from '../safetensors.ts';
import { expectClose, rowsOf, useEngine, withReference } from './support.ts';

/** Norms, contributions and what attention reads, against PyTorch. */
const { explainReference } = useEngine();

test.each(withReference)('%s: norms, contributions and attention inputs are those of PyTorch', async (model) => {
  const truth = await readSafetensors(path.join(folderOf(model), 'inspection.safetensors'));
  const { ask, summary, valueNorms } = await explainReference(model);
  const { tokens } = summary;
  const { layers, heads } = summary.model;
  const norms = await valueNorms();
  expect(norms.length).toBe(layers * heads * tokens.length);
  for (const query of [tokens.length - 1, 5]) {
    const contributions = await ask({ kind: 'contributions', query });
    const reads = await ask({ kind: 'reads', token: query });
    for (let layer = 0; layer < layers; layer++) {
      const { keys } = contributions;
      const expected = truth.get(`contribution.${layer}`)!.data.subarray(query * tokens.length);
      expectClose(contributions.norms.subarray(layer * keys, (layer + 1) * keys), expected.subarray(0, keys));
      const read = truth.get(`read.${layer}`)!;
      expect(reads.width).toBe(read.shape[1]);
      expectClose(
        reads.vectors.subarray(layer * reads.width, (layer + 1) * reads.width),
        read.data.subarray(query * reads.width, (query + 1) * reads.width),
      );
      const valueNorm = truth.get(`value_norm.${layer}`)!.data;
      const size = heads * tokens.length;
      expectClose(norms.subarray(layer * size, (layer + 1) * size), valueNorm);
      for (let head = 0; head < heads; head++) {
        const row = await ask({ kind: 'row', layer, head, query });
        expectClose(row.scores, rowsOf(truth.get(`scores.${layer}`)!, head, query, query + 1).subarray(0, keys));
        expectClose(row.output, rowsOf(truth.get(`output.${layer}`)!, head, query, query + 1));
        const ofHead = valueNorm.subarray(head * tokens.length);
        expectClose(
          row.valueWeightedNorms!,
          row.weights.map((weight, key) => weight * ofHead[key]!),
        );
      }
    }
  }
});
