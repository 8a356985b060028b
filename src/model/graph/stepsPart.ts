import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import { type Alternative, type ChosenTensor, type GraphEditor, nothing } from './graphEditor.ts';
import { type LayerFacts, tensorsOf } from './layerFacts.ts';

/** Tensors of a layer's facts that are handed out together: those that are wanted, one after the other. */
export interface StepsOutput {
  readonly layer: number;
  readonly tensors: readonly string[];
  /** All numbers: float32 [sum of the sizes]. */
  readonly numbers: string;
  /** How many numbers each of the tensors has; 0 where it was not wanted: int64 [tensors]. */
  readonly sizes: string;
}

/** Hands out tensors of the layers' attention. */
export class StepsPart {
  readonly outputs: StepsOutput[] = [];

  /** @param isOn adds a tensor that says whether a part is switched on */
  constructor(
    private readonly editor: GraphEditor,
    private readonly isOn: (part: 'steps' | 'stepTensors', index: number, to: PlannedNode[]) => string,
  ) {}

  /** Makes an output for some tensors of a layer. */
  output(layer: number, tensors: readonly string[]): StepsOutput {
    const { editor, outputs } = this;
    const name = `steps.${layer}.${outputs.length}`;
    const numbers = editor.output(`${name}.numbers`);
    const output = { layer, tensors, numbers, sizes: editor.output(`${name}.sizes`, elementType.int64) };
    outputs.push(output);
    return output;
  }

  /**
   * The part that makes an output, where its layer is wanted.
   *
   * @param floats a tensor that depends on the text, as float32; may add to the part that takes it
   */
  part(
    { layer, tensors, numbers, sizes }: StepsOutput,
    facts: LayerFacts,
    floats: (tensor: string, to: PlannedNode[]) => string,
  ): Alternative {
    const { editor } = this;
    const all = tensorsOf(facts);
    const nodes: PlannedNode[] = [];
    const flat = tensors.map((tensor) => {
      const name = editor.unnamed('flat');
      const inner: PlannedNode[] = [];
      const float = editor.index.isActivation(tensor) ? floats(tensor, inner) : this.stored(tensor, facts, inner);
      const made = editor.add('Reshape', [float, editor.integers([-1])], undefined, inner);
      const wanted = this.isOn('stepTensors', all.indexOf(tensor), nodes);
      nodes.push(editor.choice(wanted, [{ name }], { nodes: inner, made: new Map([[name, made]]) }, nothing));
      return name;
    });
    const joined = (parts: readonly string[]): string => editor.add('Concat', parts, { axis: 0 }, nodes);
    const shapes = flat.map((name) => editor.add('Shape', [name], undefined, nodes));
    const made = new Map([
      [numbers, joined(flat)],
      [sizes, joined(shapes)],
    ]);
    const condition: PlannedNode[] = [];
    const isWanted = this.isOn('steps', layer, condition);
    const { nodes: choice, made: chosen } = editor.nested(
      isWanted,
      tensorsIn({ numbers, sizes }),
      { nodes, made },
      nothing,
    );
    return { nodes: [...condition, ...choice], made: chosen };
  }

  /** A tensor of the file as float32; of a quantised projection, what it stands for. */
  private stored(tensor: string, { projection }: LayerFacts, to: PlannedNode[]): string {
    const quantization = projection?.tensor === tensor ? projection.quantization : undefined;
    if (!quantization) return this.editor.float(tensor, to);
    const { scale, zeroPoint } = quantization;
    return this.editor.add('DequantizeLinear', [tensor, scale, zeroPoint], undefined, to);
  }
}

/** What a part has to make for an output. */
export function tensorsIn({ numbers, sizes }: Pick<StepsOutput, 'numbers' | 'sizes'>): readonly ChosenTensor[] {
  return [{ name: numbers }, { name: sizes, type: elementType.int64 }];
}
