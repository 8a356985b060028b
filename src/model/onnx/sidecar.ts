import * as l10n from '@vscode/l10n';
import {
  type AddedTensor,
  type AddedValue,
  encodeIf,
  encodeNode,
  encodeTensor,
  encodeValue,
  type OwnNode,
  type PlannedNode,
} from './addedNode.ts';
import type { ByteSource } from './byteSource.ts';
import { tensorBytes } from './elementType.ts';
import { MalformedFile } from './malformedFile.ts';
import type { OnnxInitializer, OnnxModel, OnnxValue } from './onnxModel.ts';
import { type ByteRange, type Field, ProtobufReader } from './protobufReader.ts';
import { ProtobufWriter } from './protobufWriter.ts';

/** A graph whose weights stay in files of their own, which it names as they lie in `weightsFolder`. */
export interface Sidecar {
  readonly bytes: Uint8Array;
  readonly weightsFolder: string;
}

/** Which parts of a model its sidecar takes over, and what is new in it. */
export interface SidecarPlan {
  readonly nodes: readonly PlannedNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
  readonly addedTensors: readonly AddedTensor[];
  readonly addedInputs: readonly AddedValue[];
  readonly addedOutputs: readonly AddedValue[];
}

/** Tensors up to this size move into the sidecar: shapes and scales, which the runtime wants at hand. */
const largestInline = 1024;
const largestSidecar = 512 * 1024 * 1024;

/** What may hold tensors, by field number: the message in it. Numbers are those of onnx.proto. */
const holders = {
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
} as const satisfies Record<string, Readonly<Record<number, Holder | 'tensor'>>>;

type Holder = 'graph' | 'node' | 'attribute';

/**
 * Writes a model whose larger tensors stay where they are: in the original file, and in those that the model names.
 * Field numbers are those of onnx.proto.
 *
 * @param weightsFile the original file, as it lies in the folder of the weights
 * @param moved where the files that the model names lie in that folder, by the model's names for them
 */
export function encodeSidecar(
  source: ByteSource,
  model: OnnxModel,
  plan: SidecarPlan,
  weightsFile: string,
  moved: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  return new SidecarEncoder(source, plan, weightsFile, moved).model(model);
}

type Part = Pick<Field, 'range' | 'content'>;

class SidecarEncoder {
  private readonly reader: ProtobufReader;
  private copied = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly plan: SidecarPlan,
    private readonly weightsFile: string,
    private readonly moved: ReadonlyMap<string, string>,
  ) {
    this.reader = new ProtobufReader(source);
  }

  model(model: OnnxModel): Uint8Array {
    const writer = new ProtobufWriter();
    for (const range of model.rest) writer.fields(this.copy(range));
    return writer.message(7, this.graph(model)).finish();
  }

  private graph(model: OnnxModel): ProtobufWriter {
    const { nodes, initializers, inputs, outputs, values, addedTensors, addedInputs, addedOutputs } = this.plan;
    const writer = new ProtobufWriter();
    this.nodes(writer, nodes);
    for (const initializer of initializers) this.initializer(writer, initializer);
    for (const tensor of addedTensors) writer.message(5, encodeTensor(tensor));
    for (const value of [...inputs, ...outputs, ...values]) writer.fields(this.copy(value.range));
    for (const value of addedInputs) writer.message(11, encodeValue(value));
    for (const value of addedOutputs) writer.message(12, encodeValue(value));
    for (const range of model.graph.rest) writer.fields(this.copy(range));
    return writer;
  }

  private nodes(writer: ProtobufWriter, nodes: readonly PlannedNode[]): void {
    for (const node of nodes) {
      if ('own' in node) this.own(writer, node);
      else if ('then' in node)
        writer.message(
          1,
          encodeIf(node, (graph, inner) => this.nodes(graph, inner)),
        );
      else writer.message(1, encodeNode(node));
    }
  }

  private own(writer: ProtobufWriter, { own: node, names }: OwnNode): void {
    if (!names?.size || ![...node.inputs, ...node.outputs].some((name) => names.has(name))) {
      this.take(writer, 1, 'node', node);
      return;
    }
    const rewritten = new ProtobufWriter();
    for (const name of node.inputs) rewritten.string(1, names.get(name) ?? name);
    for (const name of node.outputs) rewritten.string(2, names.get(name) ?? name);
    for (const field of this.reader.fields(node.content)) {
      if (field.number === 5) this.take(rewritten, 5, 'attribute', field);
      else if (field.number > 2) rewritten.fields(this.copy(field.range));
    }
    writer.message(1, rewritten);
  }

  private initializer(writer: ProtobufWriter, initializer: OnnxInitializer): void {
    const { name, elementType, dims, raw } = initializer;
    if (!raw || raw.end - raw.start <= largestInline) {
      this.take(writer, 5, 'tensor', initializer);
      return;
    }
    const expected = tensorBytes(elementType, dims);
    if (expected !== raw.end - raw.start) {
      throw new MalformedFile(l10n.t('the tensor “{0}” has another size than it says', name));
    }
    const tensor = new ProtobufWriter();
    for (const dim of dims) tensor.integer(1, dim);
    tensor.integer(2, elementType).string(8, name).integer(14, 1);
    const external = { location: this.weightsFile, offset: String(raw.start), length: String(expected) };
    for (const [key, value] of Object.entries(external)) {
      tensor.message(13, new ProtobufWriter().string(1, key).string(2, value));
    }
    writer.message(5, tensor);
  }

  /** Takes over a field as it is, but for the places of tensors in other files. */
  private take(writer: ProtobufWriter, number: number, kind: Holder | 'tensor', field: Part): void {
    if (this.moved.size === 0) {
      writer.fields(this.copy(field.range));
      return;
    }
    const message = new ProtobufWriter();
    for (const inner of this.reader.fields(field.content)) {
      const held =
        kind === 'tensor' ? undefined : (holders[kind] as Readonly<Record<number, Holder | 'tensor'>>)[inner.number];
      if (held) this.take(message, inner.number, held, inner);
      else if (kind === 'tensor' && inner.number === 13) message.message(13, this.externalEntry(inner.content));
      else message.fields(this.copy(inner.range));
    }
    writer.message(number, message);
  }

  private externalEntry(content: ByteRange): ProtobufWriter {
    const [key, value] = [1, 2].map((number) => {
      const field = [...this.reader.fields(content)].find((one) => one.number === number);
      return field ? this.reader.string(field) : '';
    }) as [string, string];
    const place = key === 'location' ? (this.moved.get(value) ?? value) : value;
    return new ProtobufWriter().string(1, key).string(2, place);
  }

  private copy(range: ByteRange): Uint8Array {
    this.copied += range.end - range.start;
    // Some nodes stand in both branches of an `If`.
    if (this.copied > Math.min(largestSidecar, 2 * this.source.size)) {
      throw new MalformedFile(l10n.t('its graph is too large'));
    }
    return this.reader.bytes(range);
  }
}
