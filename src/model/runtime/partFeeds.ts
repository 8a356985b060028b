import { Tensor } from 'onnxruntime-node';
import { tensorsOf } from '../graph/layerFacts.ts';
import { type PassSize, passSizes } from '../graph/longContextPart.ts';
import type { PartSwitches } from '../graph/partSwitches.ts';
import type { RuntimeParts } from '../graph/runtimePlan.ts';
import type { Tensors } from './kvCache.ts';
import type { Pass } from './pass.ts';

/** What the parts of a graph are fed: which of them a pass runs, and with what. */
export class PartFeeds {
  private readonly idle: Tensors;

  constructor(private readonly graph: RuntimeParts) {
    this.idle = idleFeeds(graph);
  }

  /** @param heads of a layer */
  of(
    { ids, pastLength, weights = [], steps, wantsLogits, ablated, longContext }: Omit<Pass, 'past' | 'positions'>,
    heads: number,
  ): Tensors {
    const { switches, board, ablation, longContext: long } = this.graph;
    const layers = this.graph.facts.length;
    const ofLayers = (isOn: (layer: number) => boolean) => Array.from({ length: layers }, (_, layer) => isOn(layer));
    const hasOthers = steps !== undefined || ablated !== undefined || longContext !== undefined;
    const on: Partial<PartSwitches> = {
      others: [hasOthers],
      longContext: [longContext !== undefined],
      rest: [wantsLogits === true || steps?.has(layers - 1) === true],
      ...(weights.length > 0 && {
        [hasOthers ? 'weights' : 'onlyWeights']: ofLayers((layer) => weights.includes(layer)),
      }),
      ...(steps && { steps: ofLayers((layer) => steps.has(layer)), stepTensors: this.wantedTensors(steps) }),
      ...(ablated && { ablation: ofLayers((layer) => ablated.heads[layer]!.includes(true)) }),
    };
    const feeds: Record<string, Tensor> = { ...this.idle, [switches]: bools(board.bytes(on)) };
    if (ablated) {
      const { rows, keys = [true] } = ablated;
      feeds[ablation.heads] = marks(ablated.heads.flat(), [layers, 1, heads, 1, 1]);
      feeds[ablation.rows] = marks(rows, [rows.length, 1]);
      feeds[ablation.keys] = marks(keys, [keys.length]);
    }
    if (long && longContext) {
      const { ofText, blocks, checked } = longContext;
      const sizes: Readonly<Record<PassSize, number>> = {
        ...{ queries: ids.length, keys: pastLength + ids.length, queriesOfText: ofText, heads },
        ...{ 'heads.block': blocks.heads, 'layers.block': blocks.layers, 'mean.block': blocks.mean },
      };
      feeds[long.sizes] = integers(passSizes.map((name) => sizes[name]));
      feeds[long.checked] = integers(checked);
    }
    return feeds;
  }

  /** By their places in the facts of their layers. */
  private wantedTensors(steps: ReadonlyMap<number, readonly string[]>): readonly boolean[] {
    const wanted: boolean[] = [];
    for (const [layer, tensors] of steps) {
      const all = tensorsOf(this.graph.facts[layer]!);
      for (const tensor of tensors) wanted[all.indexOf(tensor)] = true;
    }
    return wanted;
  }
}

/** Where no part is wanted. */
function idleFeeds({ switches, board, ablation, longContext, facts }: RuntimeParts): Tensors {
  const none = facts.map(() => false);
  return {
    [switches]: bools(board.bytes({})),
    [ablation.heads]: marks(none, [facts.length, 1, 1, 1, 1]),
    [ablation.rows]: marks([false], [1, 1]),
    [ablation.keys]: marks([false], [1]),
    ...(longContext && {
      [longContext.sizes]: integers(passSizes.map(() => 1)),
      [longContext.checked]: integers([]),
    }),
  };
}

function bools(bytes: Uint8Array): Tensor {
  return new Tensor('bool', bytes, [bytes.length]);
}

/** 1 where something is hidden. */
function marks(hidden: readonly boolean[], dims: readonly number[]): Tensor {
  return new Tensor(
    'float32',
    Float32Array.from(hidden, (isHidden) => (isHidden ? 1 : 0)),
    dims,
  );
}

function integers(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
}
