import * as l10n from '@vscode/l10n';
import type { Tensor } from 'onnxruntime-node';
import { ExplainError } from '../../protocol/failure.ts';

/**
 * How many heads a layer has whose weights on one token by itself these are: each head has a single one.
 *
 * @param layers the weights of each layer
 * @throws ExplainError `unsupportedForm` where layers differ, or their weights are no matrices of queries and keys.
 */
export function countHeads(layers: readonly Tensor[]): number {
  const counts = layers.map((weights) => headsOf(weights, 1, 1));
  const [first = 0] = counts;
  const other = counts.find((count) => count !== first);
  if (other === undefined) return first;
  throw unsupported(l10n.t('The layers of this model have different numbers of heads: {0} and {1}.', first, other));
}

/**
 * The weights of a layer as they lie in memory: [heads, rows, keys]. A graph may have them in more axes, [1, heads, rows,
 * keys] or [1, key heads, queries of each, rows, keys], or in fewer.
 *
 * @throws ExplainError `unsupportedForm` when the tensor is no matrix of these sizes for each head.
 */
export function weightsOf(tensor: Tensor | undefined, heads: number, rows: number, keys: number): Float32Array {
  if (tensor && headsOf(tensor, rows, keys) === heads) return tensor.data as Float32Array;
  throw otherForm(tensor?.dims ?? [], rows, keys);
}

function headsOf({ dims }: Tensor, rows: number, keys: number): number {
  if (dims.at(-2) !== rows || dims.at(-1) !== keys) throw otherForm(dims, rows, keys);
  return dims.slice(0, -2).reduce((product, size) => product * size, 1);
}

function otherForm(dims: readonly number[], rows: number, keys: number): ExplainError {
  return unsupported(
    l10n.t(
      'The attention weights of this model have the form [{0}] for {1} queries and {2} keys; only forms that end in [queries, keys] are supported.',
      dims.join(', '),
      rows,
      keys,
    ),
  );
}

function unsupported(message: string): ExplainError {
  const advice = l10n.t('Choose another model, or another export of this one; support for this form is planned.');
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}
