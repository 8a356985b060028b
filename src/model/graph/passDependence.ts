import { elementType } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import { passes } from './operators.ts';
import { countedPositions } from './positions.ts';

/** Operators that scale all positions of a pass by the least and the largest number of them all. */
const dynamicQuantizers = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul', 'DynamicQuantizeLSTM']);

/** Operators that join all numbers along some axes. */
const reductions = new Set([
  ...['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceSum', 'ReduceProd', 'ReduceL1', 'ReduceL2'],
  ...['ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'],
]);

/** Operators that join the numbers of one axis, the last one by default. */
const alongAxis = new Set(['Softmax', 'LogSoftmax', 'Hardmax', 'LpNormalization', 'TopK', 'ArgMax', 'ArgMin']);

/** Operators that carry something from position to position, or join all of them, and say so in no attribute. */
const acrossPositions = new Set([
  ...['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool', 'InstanceNormalization', 'GroupNormalization'],
  ...['MeanVarianceNormalization', 'Conv', 'ConvInteger', 'LSTM', 'GRU', 'RNN', 'CumSum', 'CumProd'],
]);

/** What follows from positions and decides on numbers, rather than on shapes. */
const decisions = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'If', 'Where', 'Pow', 'Log']);

const integerTypes = new Set<number | undefined>([elementType.int64, elementType.int32]);
const farthest = 32;

/**
 * The first operator by which the numbers of one position follow from those of the others in its pass, other than through
 * attention: a scale that is taken from all of them, a mean, a convolution. Cut into passes, such a graph says something
 * else than in one. `undefined` where the graph has none.
 */
export function passDependence(index: GraphIndex): OnnxNode | undefined {
  return index.ordered.find((node) => dependsOnPass(index, node));
}

function dependsOnPass(index: GraphIndex, node: OnnxNode): boolean {
  const [input = ''] = node.inputs;
  if (!index.isActivation(input)) return false;
  if (dynamicQuantizers.has(node.operator)) return true;
  const isReduction = reductions.has(node.operator);
  // Integers are positions, masks and shapes.
  if (integerTypes.has(index.elementType(input))) {
    return isReduction && countedPositions(index, input) !== undefined && decides(index, node);
  }
  if (acrossPositions.has(node.operator)) return true;
  // Features, heads or keys come last, never the positions of a pass.
  if (isReduction) {
    const axes = node.attributes.get('axes') ?? index.integers(node.inputs[1] ?? '');
    if (axes?.length === 0 && node.attributes.get('noop_with_empty_axes')?.[0] === 1) return false;
    return axes?.length !== 1 || !index.isLastAxis(input, axes[0]!);
  }
  return alongAxis.has(node.operator) && !index.isLastAxis(input, node.attributes.get('axis')?.[0] ?? -1);
}

/** Whether numbers depend on a reduced tensor of positions: the choice of rotary angles by the last of them, say. */
function decides(index: GraphIndex, reduction: OnnxNode): boolean {
  const tensors = [...reduction.outputs];
  for (const tensor of tensors) {
    for (const node of index.consumersOf(tensor)) {
      if (decisions.has(node.operator)) return true;
      if (passes(node, 'reducedPositions') && tensors.length < farthest) tensors.push(...node.outputs);
    }
  }
  return false;
}
