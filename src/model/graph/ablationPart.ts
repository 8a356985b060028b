import type { AddedNode, PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { AttentionBlock } from './findAttention.ts';
import type { GraphEditor } from './graphEditor.ts';

/** Inputs that say which weights are multiplied by 0: 1 − heads · rows · keys, which hold 1 where something is hidden. */
export interface AblationInputs {
  /** [layers, 1, heads, 1, 1] */
  readonly heads: string;
  /** [queries, 1] */
  readonly rows: string;
  /** [keys] */
  readonly keys: string;
}

/** Multiplies weights by 0 on their way to the values. Nothing is renormalised. */
export class AblationPart {
  readonly inputs: AblationInputs;

  constructor(private readonly editor: GraphEditor) {
    const { float32 } = elementType;
    this.inputs = {
      heads: editor.input('ablation.heads', float32, 5),
      rows: editor.input('ablation.rows', float32, 2),
      keys: editor.input('ablation.keys', float32, 1),
    };
  }

  /** What stands for the node that takes the weights of a layer. */
  nodes({ weights, weightsTaker: own }: AttentionBlock, layer: number, condition: string): readonly PlannedNode[] {
    const { editor } = this;
    const then: PlannedNode[] = [];
    const mask = this.mask(layer, then);
    const type = editor.index.elementType(weights) ?? elementType.float32;
    if (type !== elementType.float32) {
      // What enters a branch in half precision is rounded: there weights are multiplied in every pass, mostly by 1.
      const one: AddedNode = { operator: 'Identity', inputs: [editor.floats([1])], output: editor.unnamed('one') };
      const chosen = editor.unnamed('mask');
      const branches = { then: { nodes: then, outputs: [mask] }, else: { nodes: [one], outputs: [one.output] } };
      const nodes: PlannedNode[] = [{ condition, outputs: [chosen], ...branches }];
      const hidden = this.hidden(weights, editor.add('Cast', [chosen], { to: type }, nodes), nodes);
      return [...nodes, { own, names: new Map([[weights, hidden]]) }];
    }
    const outputs = own.outputs.filter((name) => name !== '');
    const renamed = () => new Map(outputs.map((name) => [name, editor.unnamed('taken')]));
    const [ablated, untouched] = [renamed(), renamed()];
    const hidden = this.hidden(weights, mask, then);
    then.push({ own, names: new Map([...ablated, [weights, hidden]]) });
    return [
      {
        condition,
        outputs,
        then: { nodes: then, outputs: [...ablated.values()] },
        else: { nodes: [{ own, names: untouched }], outputs: [...untouched.values()] },
      },
    ];
  }

  /** 1, and 0 where something is hidden: [1, heads, queries, keys], with a single place along an axis that does not matter. */
  private mask(layer: number, to: PlannedNode[]): string {
    const { editor, inputs } = this;
    const heads = editor.add('Gather', [inputs.heads, editor.place(layer)], { axis: 0 }, to);
    const cells = editor.add('Mul', [heads, inputs.rows], undefined, to);
    const hidden = editor.add('Mul', [cells, inputs.keys], undefined, to);
    return editor.add('Sub', [editor.floats([1]), hidden], undefined, to);
  }

  /** In however many axes the graph has the weights, they are [1, heads, queries, keys] while they are multiplied. */
  private hidden(weights: string, mask: string, to: PlannedNode[]): string {
    const { editor } = this;
    const shape = editor.add('Shape', [weights], undefined, to);
    const sizes = editor.add('Gather', [shape, editor.integers([-2, -1])], { axis: 0 }, to);
    const matrices = editor.add('Concat', [editor.integers([1, -1]), sizes], { axis: 0 }, to);
    const product = editor.add('Mul', [editor.add('Reshape', [weights, matrices], undefined, to), mask], undefined, to);
    return editor.add('Reshape', [product, shape], undefined, to);
  }
}
