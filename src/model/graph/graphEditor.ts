import {
  type AddedNode,
  type AddedTensor,
  type AddedValue,
  floatTensor,
  integerTensor,
  type PlannedNode,
} from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';

type Attributes = AddedNode['attributes'];

/** What is put into a model's graph. All of it has names that begin alike and that the model does not use. */
export class GraphEditor {
  readonly tensors: AddedTensor[] = [];
  readonly inputs: AddedValue[] = [];
  readonly outputs: AddedValue[] = [];
  readonly nodes: PlannedNode[] = [];
  private readonly prefix: string;
  private readonly constants = new Map<string, string>();
  private made = 0;

  constructor(readonly index: GraphIndex) {
    let prefix = 'explain';
    while (index.hasNameFrom(`${prefix}.`)) prefix += '_';
    this.prefix = prefix;
  }

  name(wanted: string): string {
    return `${this.prefix}.${wanted}`;
  }

  /** A name that says only what makes the tensor. */
  unnamed(operator: string): string {
    return this.name(`${operator}.${this.made++}`);
  }

  input(wanted: string, type: number, rank: number): string {
    const name = this.name(wanted);
    this.inputs.push({ name, elementType: type, rank });
    return name;
  }

  output(name: string, type: number = elementType.float32): string {
    this.outputs.push({ name, elementType: type });
    return name;
  }

  integers(values: readonly number[]): string {
    return this.constant(`integers.${values.join('.')}`, (name) => integerTensor(name, values));
  }

  /** An integer without axes. */
  place(value: number): string {
    return this.constant(`place.${value}`, (name) => integerTensor(name, [value], []));
  }

  floats(values: readonly number[]): string {
    return this.constant(`floats.${values.length}.${values.join('.')}`, (name) => floatTensor(name, values));
  }

  get true(): string {
    return this.constant('true', (name) => {
      return { name, elementType: elementType.bool, dims: [1], bytes: Uint8Array.of(1) };
    });
  }

  /** Adds a node to the graph itself, or to the part that is given. */
  add(operator: string, inputs: readonly string[], attributes?: Attributes, to: PlannedNode[] = this.nodes): string {
    const output = this.unnamed(operator);
    to.push({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }

  /** The tensor as float32. */
  float(tensor: string, to?: PlannedNode[]): string {
    const isFloat = this.index.elementType(tensor) === elementType.float32;
    return isFloat ? tensor : this.add('Cast', [tensor], { to: elementType.float32 }, to);
  }

  private constant(wanted: string, make: (name: string) => AddedTensor): string {
    const name = this.name(wanted);
    const known = this.constants.get(name);
    if (known !== undefined) return known;
    this.tensors.push(make(name));
    this.constants.set(name, name);
    return name;
  }
}
