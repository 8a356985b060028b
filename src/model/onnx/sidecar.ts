import * as l10n from '@vscode/l10n';
import {
  type AddedIntegers,
  type AddedNode,
  type AddedValue,
  encodeIntegers,
  encodeNode,
  encodeValue,
} from './addedNode.ts';
import type { ByteSource } from './byteSource.ts';
import { tensorBytes } from './elementType.ts';
import { MalformedFile } from './malformedFile.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './onnxModel.ts';
import { type ByteRange, ProtobufReader } from './protobufReader.ts';
import { ProtobufWriter } from './protobufWriter.ts';

/** Which parts of a model its sidecar takes over, and what is new in it. */
export interface SidecarPlan {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly values: readonly OnnxValue[];
  /** New names of tensors. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Nodes that take another tensor: the new name of an input by its old one. */
  readonly rewired: ReadonlyMap<OnnxNode, ReadonlyMap<string, string>>;
  readonly addedNodes: readonly AddedNode[];
  readonly addedInputs: readonly AddedValue[];
  readonly addedIntegers?: readonly AddedIntegers[];
  readonly addedOutputs: readonly AddedValue[];
}

/** Tensors up to this size move into the sidecar: shapes and scales, which the runtime wants at hand. */
const largestInline = 1024;
const largestSidecar = 512 * 1024 * 1024;

/**
 * Writes a model whose larger tensors stay where they are: in the original file, which must stand beside the sidecar
 * under the name `weightsFile`. Field numbers are those of onnx.proto.
 */
export function encodeSidecar(
  source: ByteSource,
  model: OnnxModel,
  plan: SidecarPlan,
  weightsFile: string,
): Uint8Array {
  return new SidecarEncoder(source, plan, weightsFile).model(model);
}

class SidecarEncoder {
  private readonly reader: ProtobufReader;
  private copied = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly plan: SidecarPlan,
    private readonly weightsFile: string,
  ) {
    this.reader = new ProtobufReader(source);
  }

  model(model: OnnxModel): Uint8Array {
    const writer = new ProtobufWriter();
    for (const range of model.rest) writer.fields(this.copy(range));
    return writer.message(7, this.graph(model)).finish();
  }

  private graph(model: OnnxModel): ProtobufWriter {
    const { nodes, initializers, inputs, outputs, values, renamed, addedNodes, addedInputs, addedOutputs } = this.plan;
    const writer = new ProtobufWriter();
    for (const node of nodes) this.node(writer, node);
    for (const added of addedNodes) writer.message(1, encodeNode(added, renamed));
    for (const initializer of initializers) this.initializer(writer, initializer);
    for (const integers of this.plan.addedIntegers ?? []) writer.message(5, encodeIntegers(integers));
    for (const value of [...inputs, ...outputs, ...values]) writer.fields(this.copy(value.range));
    for (const value of addedInputs) writer.message(11, encodeValue(value));
    for (const value of addedOutputs) writer.message(12, encodeValue(value));
    for (const range of model.graph.rest) writer.fields(this.copy(range));
    return writer;
  }

  private node(writer: ProtobufWriter, node: OnnxNode): void {
    const { renamed } = this.plan;
    const rewired = this.plan.rewired.get(node);
    if (!rewired && ![...node.inputs, ...node.outputs].some((name) => renamed.has(name))) {
      writer.fields(this.copy(node.range));
      return;
    }
    const rewritten = new ProtobufWriter();
    for (const name of node.inputs) rewritten.string(1, rewired?.get(name) ?? renamed.get(name) ?? name);
    for (const name of node.outputs) rewritten.string(2, renamed.get(name) ?? name);
    for (const field of this.reader.fields(node.content)) {
      if (field.number > 2) rewritten.fields(this.copy(field.range));
    }
    writer.message(1, rewritten);
  }

  private initializer(writer: ProtobufWriter, { range, name, elementType, dims, raw }: OnnxInitializer): void {
    if (!raw || raw.end - raw.start <= largestInline) {
      writer.fields(this.copy(range));
      return;
    }
    const expected = tensorBytes(elementType, dims);
    if (expected !== raw.end - raw.start) {
      throw new MalformedFile(l10n.t('the tensor «{0}» has another size than it says', name));
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

  private copy(range: ByteRange): Uint8Array {
    this.copied += range.end - range.start;
    if (this.copied > Math.min(largestSidecar, this.source.size)) {
      throw new MalformedFile(l10n.t('its graph is too large'));
    }
    return this.reader.bytes(range);
  }
}
