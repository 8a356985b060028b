import { elementType } from './elementType.ts';
import type { OnnxNode } from './onnxModel.ts';
import { ProtobufWriter } from './protobufWriter.ts';

/** A node that the project itself puts into a graph. */
export interface AddedNode {
  readonly operator: string;
  /** `''` or absent: ONNX's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Further outputs. */
  readonly others?: readonly string[];
  /** Integers and lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A node of the model, in which some tensors may have other names. */
export interface OwnNode {
  readonly own: OnnxNode;
  readonly names?: ReadonlyMap<string, string>;
}

/** One of two parts of a graph that runs; both take tensors of the graph around them by their names. */
export interface AddedIf {
  /** A tensor of one bool. */
  readonly condition: string;
  readonly outputs: readonly string[];
  readonly then: GraphBranch;
  readonly else: GraphBranch;
}

export interface GraphBranch {
  readonly nodes: readonly PlannedNode[];
  /** In the order of the outputs of the `If`; none may have the name of a tensor outside. */
  readonly outputs: readonly string[];
}

export type PlannedNode = AddedNode | OwnNode | AddedIf;

/** A value that goes into a graph or comes out of it. */
export interface AddedValue {
  readonly name: string;
  readonly elementType: number;
  /** Sizes are left open; without a rank, the value says nothing of its shape. */
  readonly rank?: number;
}

/** A tensor that a graph holds. */
export interface AddedTensor {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/** AttributeProto.type in onnx.proto. */
const attributeType = { integer: 2, graph: 5, integers: 7 } as const;

export function integerTensor(name: string, values: readonly number[], dims = [values.length]): AddedTensor {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, elementType: elementType.int64, dims, bytes };
}

export function floatTensor(name: string, values: readonly number[]): AddedTensor {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { name, elementType: elementType.float32, dims: [values.length], bytes };
}

export function encodeNode({ operator, domain = '', inputs, output, others = [], attributes = {} }: AddedNode) {
  const node = new ProtobufWriter();
  for (const name of inputs) node.string(1, name);
  for (const name of [output, ...others]) node.string(2, name);
  node.string(3, output).string(4, operator);
  for (const [name, value] of Object.entries(attributes)) node.message(5, encodeAttribute(name, value));
  return domain === '' ? node : node.string(7, domain);
}

/** @param encodeNodes writes the nodes of a branch into its graph. */
export function encodeIf(
  { condition, outputs, then, else: otherwise }: AddedIf,
  encodeNodes: (graph: ProtobufWriter, nodes: readonly PlannedNode[]) => void,
): ProtobufWriter {
  const node = new ProtobufWriter().string(1, condition);
  for (const name of outputs) node.string(2, name);
  node.string(3, outputs[0] ?? '').string(4, 'If');
  for (const [name, branch] of [
    ['then_branch', then],
    ['else_branch', otherwise],
  ] as const) {
    const graph = new ProtobufWriter();
    encodeNodes(graph, branch.nodes);
    graph.string(2, `${outputs[0] ?? ''}.${name}`);
    for (const output of branch.outputs) graph.message(12, new ProtobufWriter().string(1, output));
    node.message(5, new ProtobufWriter().string(1, name).message(6, graph).integer(20, attributeType.graph));
  }
  return node;
}

function encodeAttribute(name: string, value: number | readonly number[]): ProtobufWriter {
  const attribute = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, attributeType.integer);
  for (const item of value) attribute.integer(8, item);
  return attribute.integer(20, attributeType.integers);
}

export function encodeValue({ name, elementType: type, rank }: AddedValue): ProtobufWriter {
  const tensorType = new ProtobufWriter().integer(1, type);
  if (rank !== undefined) {
    const shape = new ProtobufWriter();
    for (let dimension = 0; dimension < rank; dimension++) shape.message(1, new ProtobufWriter());
    tensorType.message(2, shape);
  }
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

export function encodeTensor({ name, elementType: type, dims, bytes }: AddedTensor): ProtobufWriter {
  const tensor = new ProtobufWriter();
  for (const dim of dims) tensor.integer(1, dim);
  return tensor.integer(2, type).string(8, name).bytes(9, bytes);
}
