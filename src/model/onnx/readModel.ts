import * as l10n from '@vscode/l10n';
import type { ByteSource } from './byteSource.ts';
import { elementType as types } from './elementType.ts';
import { MalformedFile } from './malformedFile.ts';
import {
  type OnnxConstant,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValue,
  qualifiedOperator,
} from './onnxModel.ts';
import { type ByteRange, type Field, ProtobufReader } from './protobufReader.ts';

const mostItems = 250_000;
const deepestSubgraph = 16;
const highestRank = 64;
/** How many numbers of an integer tensor are read: those of shapes and axes, and how a longer list begins. */
const mostIntegers = 64;

/**
 * Reads the structure of an ONNX file and none of its tensors. Field numbers are those of onnx.proto.
 *
 * @throws MalformedFile when the bytes are not an ONNX model.
 */
export function readModel(source: ByteSource): OnnxModel {
  const reader = new ProtobufReader(source);
  return new ModelReader(reader).model();
}

class ModelReader {
  private readonly externalFiles = new Set<string>();

  constructor(private readonly reader: ProtobufReader) {}

  model(): OnnxModel {
    let graph: OnnxGraph | undefined;
    const opsets = new Map<string, number>();
    const functions: OnnxFunction[] = [];
    const rest: ByteRange[] = [];
    for (const field of this.reader.fields(this.reader.file)) {
      if (field.number === 7) {
        if (graph) throw new MalformedFile(l10n.t('it holds more than one graph'));
        graph = this.graph(this.reader.message(field));
        continue;
      }
      if (field.number === 8) this.opset(this.reader.message(field), opsets);
      else if (field.number === 25) functions.push(this.function(this.reader.message(field)));
      rest.push(field.range);
    }
    if (!graph || graph.nodes.length === 0) {
      throw new MalformedFile(l10n.t('it holds no graph'));
    }
    return { opsets, graph, functions, externalFiles: this.externalFiles, rest };
  }

  private opset(message: ByteRange, opsets: Map<string, number>): void {
    let domain = '';
    let version = 0;
    for (const field of this.reader.fields(message)) {
      if (field.number === 1) domain = this.domain(field);
      else if (field.number === 2) version = this.reader.integer(field);
    }
    opsets.set(domain, version);
  }

  private function(message: ByteRange): OnnxFunction {
    let name = '';
    const nodes: OnnxNode[] = [];
    for (const field of this.reader.fields(message)) {
      if (field.number === 1) name = this.reader.string(field);
      else if (field.number === 7) nodes.push(this.node(field, 1));
    }
    return { name, operators: nodes.flatMap(allOperators) };
  }

  private graph(message: ByteRange, depth = 0): OnnxGraph {
    if (depth > deepestSubgraph) throw new MalformedFile(l10n.t('its subgraphs are nested too deeply'));
    const nodes: OnnxNode[] = [];
    const inputs: OnnxValue[] = [];
    const outputs: OnnxValue[] = [];
    const values: OnnxValue[] = [];
    const initializers: OnnxInitializer[] = [];
    const rest: ByteRange[] = [];
    for (const field of this.reader.fields(message)) {
      if (field.number === 1) nodes.push(this.node(field, depth));
      else if (field.number === 5) initializers.push(this.initializer(field));
      else if (field.number === 11) inputs.push(this.value(field));
      else if (field.number === 12) outputs.push(this.value(field));
      else if (field.number === 13) values.push(this.value(field));
      else rest.push(field.range);
      if (Math.max(nodes.length, initializers.length, values.length, inputs.length, outputs.length) > mostItems) {
        throw new MalformedFile(l10n.t('it has more parts than any real model'));
      }
    }
    return { nodes, inputs, outputs, values, initializers, rest };
  }

  private node(node: Field, depth: number): OnnxNode {
    const inputs: string[] = [];
    const outputs: string[] = [];
    let captured: readonly string[] = [];
    let operators: readonly string[] = [];
    const attributes = new Map<string, readonly number[]>();
    let constant: OnnxConstant | undefined;
    let name = '';
    let operator = '';
    let domain = '';
    for (const field of this.reader.fields(this.reader.message(node))) {
      if (field.number === 1) inputs.push(this.reader.string(field));
      else if (field.number === 2) outputs.push(this.reader.string(field));
      else if (field.number === 3) name = this.reader.string(field);
      else if (field.number === 4) operator = this.reader.string(field);
      else if (field.number === 7) domain = this.domain(field);
      else if (field.number === 5) {
        const attribute = this.attribute(this.reader.message(field), depth);
        if (attribute.numbers.length > 0) attributes.set(attribute.name, attribute.numbers);
        constant = attribute.constant ?? constant;
        for (const graph of attribute.graphs) {
          captured = captured.concat(capturedNames(graph));
          operators = operators.concat(graph.nodes.flatMap(allOperators));
        }
      }
    }
    const { range, content } = node;
    const inner = { captured, operators };
    const held = operator === 'Constant' ? (constant ?? valueOf(attributes)) : undefined;
    return { range, content, name, operator, domain, inputs, outputs, attributes, constant: held, inner };
  }

  private attribute(message: ByteRange, depth: number) {
    let name = '';
    const numbers: number[] = [];
    let constant: OnnxConstant | undefined;
    const graphs: OnnxGraph[] = [];
    for (const field of this.reader.fields(message)) {
      if (field.number === 1) name = this.reader.string(field);
      else if (field.number === 2) numbers.push(this.reader.float(field));
      else if (field.number === 3 || field.number === 8) {
        numbers.push(...this.reader.integers(field, highestRank - numbers.length));
      } else if (field.number === 5 || field.number === 10) constant = this.initializer(field);
      else if (field.number === 6 || field.number === 11)
        graphs.push(this.graph(this.reader.message(field), depth + 1));
    }
    return { name, numbers, constant, graphs };
  }

  private initializer(tensor: Field): OnnxInitializer {
    let name = '';
    let elementType = 0;
    let raw: ByteRange | undefined;
    let external = false;
    const dims: number[] = [];
    const listed: number[] = [];
    for (const field of this.reader.fields(this.reader.message(tensor))) {
      if (field.number === 1) dims.push(...this.reader.integers(field, highestRank));
      else if (field.number === 2) elementType = this.reader.integer(field);
      else if (field.number === 5 || field.number === 7)
        listed.push(...this.reader.integers(field, mostIntegers - listed.length));
      else if (field.number === 8) name = this.reader.string(field);
      else if (field.number === 9) raw = this.reader.message(field);
      else if (field.number === 13) this.externalData(this.reader.message(field));
      else if (field.number === 14) external = this.reader.integer(field) === 1;
      if (dims.length > highestRank) throw new MalformedFile(l10n.t('a tensor in it has too many dimensions'));
    }
    if (external) raw = undefined;
    const integers = listed.length > 0 ? listed : raw && this.integers(raw, elementType);
    const { range, content } = tensor;
    return { range, content, name, elementType, dims, raw, integers };
  }

  private integers({ start, end }: ByteRange, elementType: number): readonly number[] | undefined {
    const size = { [types.int32]: 4, [types.int64]: 8 }[elementType];
    if (size === undefined) return undefined;
    const count = Math.min(mostIntegers, Math.floor((end - start) / size));
    const { buffer } = this.reader.bytes({ start, end: start + count * size });
    return size === 4 ? [...new Int32Array(buffer)] : Array.from(new BigInt64Array(buffer), Number);
  }

  private externalData(message: ByteRange): void {
    let key = '';
    let value: string | undefined;
    for (const field of this.reader.fields(message)) {
      if (field.number === 1) key = this.reader.string(field);
      else if (field.number === 2) value = this.reader.string(field);
    }
    if (key === 'location') this.externalFiles.add(value ?? '');
  }

  private value(info: Field): OnnxValue {
    let name = '';
    let elementType: number | undefined;
    let shape: OnnxValue['shape'];
    for (const field of this.reader.fields(this.reader.message(info))) {
      if (field.number === 1) name = this.reader.string(field);
      else if (field.number === 2) {
        for (const tensorType of this.children(field, 1)) {
          for (const part of this.reader.fields(this.reader.message(tensorType))) {
            if (part.number === 1) elementType = this.reader.integer(part);
            else if (part.number === 2) shape = Array.from(this.children(part, 1), (size) => this.size(size));
          }
        }
      }
    }
    return { range: info.range, name, elementType, shape };
  }

  private size(dimension: Field): number | string | undefined {
    let size: number | string | undefined;
    for (const field of this.reader.fields(this.reader.message(dimension))) {
      if (field.number === 1) size = this.reader.integer(field);
      else if (field.number === 2) size = this.reader.string(field);
    }
    return size;
  }

  private *children(parent: Field, number: number): Generator<Field> {
    for (const field of this.reader.fields(this.reader.message(parent))) if (field.number === number) yield field;
  }

  private domain(field: Field): string {
    const domain = this.reader.string(field);
    return domain === 'ai.onnx' ? '' : domain;
  }
}

/** What a `Constant` holds that is written as a number or a list of them. */
function valueOf(attributes: OnnxNode['attributes']): OnnxConstant {
  const list = attributes.get('value_ints');
  return { dims: list ? [list.length] : [], integers: list ?? attributes.get('value_int') };
}

function allOperators(node: OnnxNode): readonly string[] {
  return [qualifiedOperator(node), ...node.inner.operators];
}

/** Every name that a subgraph uses. Names of its own among them do no harm: they keep alive what is alive anyway. */
function capturedNames(graph: OnnxGraph): readonly string[] {
  return [
    ...graph.nodes.flatMap((node) => [...node.inputs, ...node.inner.captured]),
    ...graph.outputs.map((output) => output.name),
  ];
}
