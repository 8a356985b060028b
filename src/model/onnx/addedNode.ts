import { elementType } from './elementType.ts';
import { ProtobufWriter } from './protobufWriter.ts';

/** A node that the project itself puts into a graph. */
export interface AddedNode {
  readonly operator: string;
  /** `''` or absent: ONNX's own. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Integers and lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A value that goes into a graph or comes out of it. */
export interface AddedValue {
  readonly name: string;
  readonly elementType: number;
  /** Sizes are left open; without a rank, the value says nothing of its shape. */
  readonly rank?: number;
}

/** A list of int64 that a graph holds. */
export interface AddedIntegers {
  readonly name: string;
  readonly values: readonly number[];
}

/** AttributeProto.type in onnx.proto. */
const attributeType = { integer: 2, integers: 7 } as const;

export function encodeNode(
  { operator, domain = '', inputs, output, attributes = {} }: AddedNode,
  renamed: ReadonlyMap<string, string> = new Map(),
): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const name of inputs) node.string(1, renamed.get(name) ?? name);
  node.string(2, output).string(3, output).string(4, operator);
  for (const [name, value] of Object.entries(attributes)) node.message(5, encodeAttribute(name, value));
  return domain === '' ? node : node.string(7, domain);
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

export function encodeIntegers({ name, values }: AddedIntegers): ProtobufWriter {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return new ProtobufWriter().integer(1, values.length).integer(2, elementType.int64).string(8, name).bytes(9, bytes);
}
