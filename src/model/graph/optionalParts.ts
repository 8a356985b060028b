import type { PlannedNode } from '../onnx/addedNode.ts';
import { elementType } from '../onnx/elementType.ts';
import type { GraphEditor } from './graphEditor.ts';

/** Inputs that say which parts a pass runs: a bool for each layer, or one. */
export interface PartSwitches {
  readonly weights: string;
  readonly steps: string;
  readonly ablation: string;
  readonly longContext: string;
  /** All that follows the last layer's weights, its steps included. */
  readonly rest: string;
}

export interface PartResult {
  /** Name in the graph. */
  readonly name: string;
  /** Name in the part, where one of its nodes makes it. */
  readonly made: string;
  /** float32 by default. */
  readonly type?: number;
}

/**
 * Parts of a graph that run only where a pass wants them; else their results are empty. They run one after the other, in
 * the order in which they are added: ONNX Runtime would put them off to the end, and keep all that they take until then.
 */
export class OptionalParts {
  readonly switches: PartSwitches;
  private turn: string | undefined;

  constructor(private readonly editor: GraphEditor) {
    const input = (wanted: string): string => editor.input(wanted, elementType.bool, 1);
    this.switches = {
      weights: input('weights'),
      steps: input('steps'),
      ablation: input('ablation'),
      longContext: input('longContext'),
      rest: input('rest'),
    };
  }

  /** A tensor that is true where the part is wanted, once all parts before it are done. */
  condition(part: keyof PartSwitches, layer = 0): string {
    const { editor, turn } = this;
    const wanted = editor.add('Gather', [this.switches[part], editor.place(layer)], { axis: 0 });
    return turn === undefined ? wanted : editor.add('And', [wanted, turn]);
  }

  add(condition: string, nodes: readonly PlannedNode[], results: readonly PartResult[]): void {
    const { editor } = this;
    this.turn = editor.unnamed('turn');
    const ends: readonly PlannedNode[] = [true, false].map((): PlannedNode => {
      return { operator: 'Identity', inputs: [editor.true], output: editor.unnamed('turn') };
    });
    const [thenTurn, elseTurn] = ends.map((node) => ('output' in node ? node.output : ''));
    const none = results.map(({ type }): PlannedNode & { readonly output: string } => {
      const empty = type === elementType.int64 ? editor.integers([]) : editor.floats([]);
      return { operator: 'Identity', inputs: [empty], output: editor.unnamed('none') };
    });
    editor.nodes.push({
      condition,
      outputs: [...results.map(({ name }) => name), this.turn],
      then: { nodes: [...nodes, ends[0]!], outputs: [...results.map(({ made }) => made), thenTurn!] },
      else: { nodes: [...none, ends[1]!], outputs: [...none.map(({ output }) => output), elseTurn!] },
    });
  }
}
