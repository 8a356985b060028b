import type { ByteSource } from '../../../src/model/onnx/byteSource.ts';
import { elementType } from '../../../src/model/onnx/elementType.ts';
import { ProtobufWriter } from '../../../src/model/onnx/protobufWriter.ts';

type Attribute = number | readonly number[] | Graph;

export interface Node {
  readonly operator: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly nodes: readonly Node[];
  /** float32 inputs by name; `null` stands for a size of any length. */
  readonly inputs?: Readonly<Record<string, readonly (number | null)[]>>;
  readonly outputs?: readonly string[];
  readonly initializers?: readonly ProtobufWriter[];
}

export function node(
  operator: string,
  inputs: string,
  outputs: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return { operator, inputs: words(inputs), outputs: words(outputs), attributes };
}

export interface ModelParts {
  readonly opset?: number;
  readonly functions?: readonly (readonly [name: string, nodes: readonly Node[]])[];
}

/** An ONNX file; field numbers are those of onnx.proto. */
export function encodeModel(graph: Graph, { opset = 17, functions = [] }: ModelParts = {}): Uint8Array {
  const model = new ProtobufWriter().integer(1, 8).message(7, encodeGraph(graph));
  for (const domain of ['', 'com.microsoft']) {
    model.message(8, new ProtobufWriter().string(1, domain).integer(2, domain === '' ? opset : 1));
  }
  for (const [name, nodes] of functions) {
    const local = new ProtobufWriter().string(1, name).string(10, 'local');
    for (const inner of nodes) local.message(7, encodeNode(inner));
    model.message(25, local);
  }
  return model.finish();
}

/** A tensor whose bytes stand in the file itself. */
export function floats(name: string, dims: readonly number[], values: Iterable<number>): ProtobufWriter {
  return tensor(name, dims).bytes(9, new Uint8Array(Float32Array.from(values).buffer));
}

/** A list of int64 whose bytes stand in the file itself. */
export function integers(name: string, dims: readonly number[], values: readonly number[]): ProtobufWriter {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return tensor(name, dims, elementType.int64).bytes(9, bytes);
}

/** A tensor whose bytes stand in another file. */
export function externalFloats(name: string, dims: readonly number[], location: string): ProtobufWriter {
  const entry = new ProtobufWriter().string(1, 'location').string(2, location);
  return tensor(name, dims).message(13, entry).integer(14, 1);
}

function tensor(name: string, dims: readonly number[], type: number = elementType.float32): ProtobufWriter {
  const writer = new ProtobufWriter().string(8, name).integer(2, type);
  for (const dim of dims) writer.integer(1, dim);
  return writer;
}

function encodeGraph({ nodes, inputs = {}, outputs = [], initializers = [] }: Graph): ProtobufWriter {
  const graph = new ProtobufWriter().string(2, 'graph');
  for (const item of nodes) graph.message(1, encodeNode(item));
  for (const initializer of initializers) graph.message(5, initializer);
  for (const [name, shape] of Object.entries(inputs)) graph.message(11, encodeValue(name, shape));
  for (const name of outputs) graph.message(12, encodeValue(name));
  return graph;
}

function encodeNode({ operator, domain = '', inputs, outputs, attributes = {} }: Node): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const name of inputs) writer.string(1, name);
  for (const name of outputs) writer.string(2, name);
  writer.string(3, `node of ${outputs.join()}`).string(4, operator).string(7, domain);
  for (const [name, value] of Object.entries(attributes)) writer.message(5, encodeAttribute(name, value));
  return writer;
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return writer.integer(3, value).integer(20, 2);
  if ('nodes' in value) return writer.message(6, encodeGraph(value)).integer(20, 5);
  for (const item of value) writer.integer(8, item);
  return writer.integer(20, 7);
}

function encodeValue(name: string, dims?: readonly (number | null)[]): ProtobufWriter {
  const type = new ProtobufWriter().integer(1, elementType.float32);
  if (dims) {
    const shape = new ProtobufWriter();
    for (const dim of dims)
      shape.message(1, dim === null ? new ProtobufWriter() : new ProtobufWriter().integer(1, dim));
    type.message(2, shape);
  }
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, type));
}

/** Bytes in memory as a file; counts what is read of them. */
export function memorySource(bytes: Uint8Array): ByteSource & { bytesRead: number } {
  return {
    size: bytes.length,
    bytesRead: 0,
    read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      this.bytesRead += part.length;
      return part.length;
    },
  };
}
