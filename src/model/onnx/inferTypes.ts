import type { OnnxGraph, OnnxNode } from './onnxModel.ts';

/** Operators whose first output has the element type of another input than the first. */
const typedByInput: Readonly<Record<string, number>> = { Where: 1, DequantizeLinear: 1 };

/** Operators whose output type cannot be told from an input. */
const typedByThemselves = new Set([
  'Shape',
  'Size',
  'Constant',
  'ConstantOfShape',
  'MatMulInteger',
  'QLinearMatMul',
  'QuantizeLinear',
  'DynamicQuantizeLinear',
]);

/**
 * Element type of each tensor, as numbered by ONNX: as the file declares it, else as the nodes before it tell. Most
 * exports declare nothing in between. Tensors of unknown type are absent.
 *
 * @param ordered the nodes of the graph, each after those whose outputs it takes.
 */
export function inferElementTypes(graph: OnnxGraph, ordered: readonly OnnxNode[]): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  for (const { name, elementType } of [...graph.values, ...graph.inputs, ...graph.outputs, ...graph.initializers]) {
    if (elementType) types.set(name, elementType);
  }
  for (const node of ordered) {
    const output = node.outputs[0];
    if (output === undefined || types.has(output)) continue;
    const type = outputType(node, types);
    if (type !== undefined) types.set(output, type);
  }
  return types;
}

function outputType(node: OnnxNode, types: ReadonlyMap<string, number>): number | undefined {
  if (node.operator === 'Cast') return node.attributes.get('to')?.[0];
  if (typedByThemselves.has(node.operator)) return undefined;
  return types.get(node.inputs[typedByInput[node.operator] ?? 0] ?? '');
}
