import * as l10n from '@vscode/l10n';
import { inferElementTypes } from './inferTypes.ts';
import { MalformedFile } from './malformedFile.ts';
import type { OnnxGraph, OnnxInitializer, OnnxModel, OnnxNode } from './onnxModel.ts';

/** Who makes and who takes each tensor of a graph. */
export class GraphIndex {
  readonly graph: OnnxGraph;
  /** Nodes so ordered that each stands after those whose outputs it takes. */
  readonly ordered: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxInitializer>;
  private readonly producers = new Map<string, OnnxNode>();
  private readonly consumers = new Map<string, OnnxNode[]>();
  private readonly elementTypes: ReadonlyMap<string, number>;
  private readonly ranks: ReadonlyMap<string, number | undefined>;
  private readonly activations = new Set<string>();
  private readonly names: Set<string>;

  /** @throws MalformedFile when two things have one name, or nodes wait for each other in a circle. */
  constructor(readonly model: OnnxModel) {
    this.graph = model.graph;
    this.initializers = uniqueByName(this.graph.initializers);
    this.names = new Set([...this.graph.inputs.map((input) => input.name), ...this.initializers.keys()]);
    this.connect();
    this.ordered = this.order();
    this.elementTypes = inferElementTypes(this.graph, this.ordered);
    this.ranks = new Map([...this.graph.values, ...this.graph.outputs].map(({ name, shape }) => [name, shape?.length]));
    this.markActivations();
  }

  producer(tensor: string): OnnxNode | undefined {
    return this.producers.get(tensor);
  }

  consumersOf(tensor: string): readonly OnnxNode[] {
    return this.consumers.get(tensor) ?? [];
  }

  /** Whether a tensor depends on what is put into the model; weights don't. */
  isActivation(tensor: string): boolean {
    return this.activations.has(tensor);
  }

  /** Number in ONNX's list of element types; `undefined` if the file doesn't tell. */
  elementType(tensor: string): number | undefined {
    return this.elementTypes.get(tensor);
  }

  /** Whether an axis is a tensor's last; where the file doesn't say, of three or four axes. */
  isLastAxis(tensor: string, axis: number): boolean {
    const rank = this.ranks.get(tensor);
    return axis === -1 || (rank === undefined ? axis === 2 || axis === 3 : axis === rank - 1);
  }

  /** The first numbers of an integer tensor that the file holds, at most 64. */
  integers(tensor: string): readonly number[] | undefined {
    return (this.initializers.get(tensor) ?? this.producers.get(tensor)?.constant)?.integers;
  }

  /** Sizes of a tensor that the file holds. */
  storedDims(tensor: string): readonly number[] | undefined {
    return (this.initializers.get(tensor) ?? this.producers.get(tensor)?.constant)?.dims;
  }

  isTensorName(name: string): boolean {
    return this.names.has(name);
  }

  hasNameFrom(prefix: string): boolean {
    return [...this.names].some((name) => name.startsWith(prefix));
  }

  private connect(): void {
    for (const node of this.graph.nodes) {
      for (const output of node.outputs) {
        if (output === '') continue;
        if (this.names.has(output)) throw nameTwice(output);
        this.names.add(output);
        this.producers.set(output, node);
      }
      for (const input of takenBy(node)) {
        const takers = this.consumers.get(input);
        if (!takers) this.consumers.set(input, [node]);
        else if (takers.at(-1) !== node) takers.push(node);
      }
    }
  }

  private order(): readonly OnnxNode[] {
    const waitingFor = new Map<OnnxNode, number>();
    const ready: OnnxNode[] = [];
    for (const node of this.graph.nodes) {
      const made = new Set(takenBy(node).filter((input) => this.producers.has(input)));
      waitingFor.set(node, made.size);
      if (made.size === 0) ready.push(node);
    }
    // The list grows while it is walked.
    for (const node of ready) {
      for (const output of new Set(node.outputs)) {
        for (const taker of this.consumersOf(output)) {
          const left = (waitingFor.get(taker) ?? 0) - 1;
          waitingFor.set(taker, left);
          if (left === 0) ready.push(taker);
        }
      }
    }
    if (ready.length < this.graph.nodes.length) throw new MalformedFile(l10n.t('its nodes form a circle'));
    return ready;
  }

  private markActivations(): void {
    for (const { name } of this.graph.inputs) if (!this.initializers.has(name)) this.activations.add(name);
    for (const node of this.ordered) {
      if (!takenBy(node).some((input) => this.activations.has(input))) continue;
      for (const output of node.outputs) this.activations.add(output);
    }
  }
}

/** All tensors that a node takes, those that only its subgraphs use included. */
export function takenBy(node: OnnxNode): readonly string[] {
  return [...node.inputs, ...node.inner.captured].filter((name) => name !== '');
}

function uniqueByName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  const byName = new Map<string, T>();
  for (const item of items) {
    if (byName.has(item.name)) throw nameTwice(item.name);
    byName.set(item.name, item);
  }
  return byName;
}

function nameTwice(name: string): MalformedFile {
  return new MalformedFile(l10n.t('the name “{0}” stands for two tensors', name));
}
