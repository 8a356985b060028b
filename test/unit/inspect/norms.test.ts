import path from 'node:path';
import { expect, test } from 'vitest';
import { folderOf, never } from '../generate/support.ts';
import { readSafetensors } from '../safetensors.ts';
import { expectClose, rowsOf, useEngine, withReference } from './support.ts';

/** Norms and what attention reads, against PyTorch. */
const { explainReference, engine } = useEngine();

test.each(withReference)('%s: norms and attention inputs are those of PyTorch', async (model) => {
  const truth = await readSafetensors(path.join(folderOf(model), 'inspection.safetensors'));
  const { ask, summary, valueNorms } = await explainReference(model);
  const { tokens } = summary;
  const { layers, heads } = summary.model;
  const norms = await valueNorms();
  expect(norms.length).toBe(layers * heads * tokens.length);
  for (const query of [tokens.length - 1, 5]) {
    const reads = await ask({ kind: 'reads', token: query });
    for (let layer = 0; layer < layers; layer++) {
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
        expectClose(row.scores, rowsOf(truth.get(`scores.${layer}`)!, head, query, query + 1).subarray(0, row.keys));
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

/** Mean over all heads of softmax(scores) × ‖v·W_O‖ in a row, both by PyTorch. */
function meanNorms(
  truth: Awaited<ReturnType<typeof readSafetensors>>,
  layers: number,
  query: number,
): readonly number[] {
  const [heads, keys] = truth.get('value_norm.0')!.shape as [number, number];
  const norms = new Array<number>(keys).fill(0);
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const powers = Array.from(rowsOf(truth.get(`scores.${layer}`)!, head, query, query + 1), Math.exp);
      const sum = powers.reduce((total, power) => total + power, 0);
      const ofHead = truth.get(`value_norm.${layer}`)!.data.subarray(head * keys);
      powers.forEach((power, key) => (norms[key]! += ((power / sum) * ofHead[key]!) / (layers * heads)));
    }
  }
  return norms;
}

test.each(withReference)('%s: the norms of several heads are the mean of their norms', async (model) => {
  const truth = await readSafetensors(path.join(folderOf(model), 'inspection.safetensors'));
  const { summary } = await explainReference(model);
  const end = summary.tokens.length;
  const { data } = await engine().slice(
    {
      run: summary.run,
      heads: { kind: 'mean', heads: 'all' },
      quantity: 'valueNorm',
      rows: { start: 0, end },
      columns: { start: 0, end },
      block: { rows: 1, columns: 1 },
      pooling: 'max',
    },
    never,
  );
  for (let query = 0; query < end; query++) {
    expectClose(data.subarray(query * end, (query + 1) * end), meanNorms(truth, summary.model.layers, query));
  }
});
