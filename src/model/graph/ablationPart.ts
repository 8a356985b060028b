import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
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

export function ablationInputs(editor: GraphEditor): AblationInputs {
  const { float32 } = elementType;
  return {
    heads: editor.input('ablation.heads', float32, 5),
    rows: editor.input('ablation.rows', float32, 2),
    keys: editor.input('ablation.keys', float32, 1),
  };
}

/** 1, and 0 where something is hidden: [1, heads, queries, keys], with a single place along an axis that does not matter. */
export function ablationMask(editor: GraphEditor, inputs: AblationInputs, layer: number, to: PlannedNode[]): string {
  const heads = editor.add('Gather', [inputs.heads, editor.place(layer)], { axis: 0 }, to);
  const cells = editor.add('Mul', [heads, inputs.rows], undefined, to);
  const hidden = editor.add('Mul', [cells, inputs.keys], undefined, to);
  return editor.add('Sub', [editor.floats([1]), hidden], undefined, to);
}

/**
 * Weights multiplied by a mask; nothing is renormalised. In however many axes the graph has them, they are
 * [1, heads, queries, keys] meanwhile.
 */
export function maskedWeights(editor: GraphEditor, weights: string, mask: string, to: PlannedNode[]): string {
  const shape = editor.add('Shape', [weights], undefined, to);
  const sizes = editor.add('Gather', [shape, editor.integers([-2, -1])], { axis: 0 }, to);
  const matrices = editor.add('Concat', [editor.integers([1, -1]), sizes], { axis: 0 }, to);
  const product = editor.add('Mul', [editor.add('Reshape', [weights, matrices], undefined, to), mask], undefined, to);
  return editor.add('Reshape', [product, shape], undefined, to);
}
