import {
  type AddedIf,
  type AddedNode,
  type AddedTensor,
  type AddedValue,
  floatTensor,
  integerTensor,
  type PlannedNode,
} from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';

/** A tensor that a choice makes, or leaves empty. */
export interface ChosenTensor {
  readonly name: string;
  /** float32 by default. */
  readonly type?: number | undefined;
}

/** Nodes of which one of two runs, and what they make: the names inside by those outside. */
export interface Alternative {
  readonly nodes: readonly PlannedNode[];
  readonly made: ReadonlyMap<string, string>;
}

/** What is put into a model's graph. All of it has names that begin alike and that the model does not use. */
export class GraphEditor {
  readonly tensors: AddedTensor[] = [];
  readonly inputs: AddedValue[] = [];
  readonly outputs: AddedValue[] = [];
  readonly nodes: PlannedNode[] = [];
  private readonly prefix: string;
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

  output(wanted: string, type: number = elementType.float32): string {
    const name = this.name(wanted);
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
    return this.constant(`floats.${values.join('.')}`, (name) => floatTensor(name, values));
  }

  /** Adds a node to the graph itself, or to the part that is given. */
  add(
    operator: string,
    inputs: readonly string[],
    attributes?: AddedNode['attributes'],
    to: PlannedNode[] = this.nodes,
  ): string {
    const output = this.unnamed(operator);
    to.push({ operator, inputs, output, ...(attributes && { attributes }) });
    return output;
  }

  /** The tensor as float32. */
  float(tensor: string, to?: PlannedNode[]): string {
    const isFloat = this.index.elementType(tensor) === elementType.float32;
    return isFloat ? tensor : this.add('Cast', [tensor], { to: elementType.float32 }, to);
  }

  /** A node that runs one of two parts; what the one that runs does not make is empty. */
  choice(condition: string, tensors: readonly ChosenTensor[], then: Alternative, otherwise: Alternative): AddedIf {
    const branch = ({ nodes, made }: Alternative) => {
      const empty: PlannedNode[] = [];
      const none = ({ type }: ChosenTensor): string =>
        this.add('Identity', [type === elementType.int64 ? this.integers([]) : this.floats([])], undefined, empty);
      const outputs = tensors.map((tensor) => made.get(tensor.name) ?? none(tensor));
      return { nodes: [...nodes, ...empty], outputs };
    };
    return { condition, outputs: tensors.map(({ name }) => name), then: branch(then), else: branch(otherwise) };
  }

  /** As `choice`, inside of another part. */
  nested(condition: string, tensors: readonly ChosenTensor[], then: Alternative, otherwise: Alternative): Alternative {
    const inner = new Map(tensors.map(({ name }) => [name, this.unnamed('chosen')]));
    const renamed = ({ nodes, made }: Alternative): Alternative => {
      return { nodes, made: new Map([...made].map(([name, from]) => [inner.get(name)!, from])) };
    };
    const chosen = tensors.map(({ name, type }) => ({ name: inner.get(name)!, type }));
    return { nodes: [this.choice(condition, chosen, renamed(then), renamed(otherwise))], made: inner };
  }

  private constant(wanted: string, make: (name: string) => AddedTensor): string {
    const name = this.name(wanted);
    if (!this.tensors.some((known) => known.name === name)) this.tensors.push(make(name));
    return name;
  }
}

export const nothing: Alternative = { nodes: [], made: new Map() };

/** Several parts as one. */
export function together(parts: readonly Alternative[]): Alternative {
  return { nodes: parts.flatMap(({ nodes }) => nodes), made: new Map(parts.flatMap(({ made }) => [...made])) };
}
