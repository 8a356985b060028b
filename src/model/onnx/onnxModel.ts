import type { ByteRange } from './protobufReader.ts';

/** The parts of an ONNX file that the tap works with. Tensor data stays in the file; ranges say where. */
export interface OnnxModel {
  /** Version of each operator set by its domain; `''` is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  /** Files beside the model that hold tensors, as the model names them. */
  readonly externalFiles: ReadonlySet<string>;
  /** Fields that a copy of the model takes over as they are. */
  readonly rest: readonly ByteRange[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** What the file says of tensors in between; often nothing. */
  readonly values: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
  readonly rest: readonly ByteRange[];
}

export interface OnnxNode {
  /** The whole field in the graph, with its tag. */
  readonly range: ByteRange;
  /** The node's own fields. */
  readonly content: ByteRange;
  readonly name: string;
  readonly operator: string;
  /** `''` is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers and single floats, as lists. */
  readonly attributes: ReadonlyMap<string, readonly number[]>;
  /** What a `Constant` holds; `undefined` for other operators. */
  readonly constant: OnnxConstant | undefined;
  /** What its subgraphs hold, all levels together. */
  readonly inner: OnnxInnerGraph;
}

export interface OnnxConstant {
  readonly dims: readonly number[];
  /** As of an initializer. */
  readonly integers: readonly number[] | undefined;
}

export interface OnnxInnerGraph {
  /** Tensors that subgraphs may take from outside. */
  readonly captured: readonly string[];
  /** Operators in subgraphs, with repetitions. */
  readonly operators: readonly string[];
}

export interface OnnxFunction {
  readonly name: string;
  readonly operators: readonly string[];
}

export interface OnnxValue {
  readonly range: ByteRange;
  readonly name: string;
  /** Number in ONNX's list of element types; `undefined` if the file doesn't say. */
  readonly elementType: number | undefined;
  /** Sizes, or their names; a size that the file leaves open is `undefined`. Absent if it says nothing of the shape. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

export interface OnnxInitializer {
  /** The whole field in the graph, with its tag. */
  readonly range: ByteRange;
  /** The tensor's own fields. */
  readonly content: ByteRange;
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly number[];
  /** Where its bytes stand in this file; `undefined` if elsewhere, or not stored as plain bytes. */
  readonly raw: ByteRange | undefined;
  /** The first numbers of an int64 or int32 tensor in this file, at most 64. */
  readonly integers: readonly number[] | undefined;
}

/** An operator as the user reads it: those outside ONNX's own set with their domain. */
export function qualifiedOperator({
  domain,
  operator,
}: {
  readonly domain: string;
  readonly operator: string;
}): string {
  return domain === '' ? operator : `${domain}.${operator}`;
}
