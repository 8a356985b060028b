import './withoutFloat16Array.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { toHalves } from '../../protocol/half.ts';
import type { Tensors } from './kvCache.ts';
import type { Sidecar } from '../onnx/sidecar.ts';
import { loadFailure, runFailure } from './runtimeFailures.ts';
import { sessionOptions } from './sessionOptions.ts';
import { transformersSession } from './transformersSession.ts';

/** New positions of a text, which follow others. */
export interface NewPositions {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  /** Positions that they follow in the cache. */
  readonly pastLength: number;
}

/** What a graph says of one of its inputs or outputs. */
interface TensorForm {
  readonly name: string;
  readonly type: Tensor.Type;
  /** A size that is open is `undefined`. */
  readonly shape: readonly (number | undefined)[];
}

/** A graph in ONNX Runtime. What fails in it is said in our words: the runtime's own may hold numbers of the text. */
export class GraphSession {
  readonly inputs: ReadonlyMap<string, TensorForm>;
  readonly outputs: ReadonlyMap<string, TensorForm>;

  private constructor(
    private readonly session: InferenceSession,
    private readonly model: string,
  ) {
    this.inputs = formsOf(session.inputMetadata);
    this.outputs = formsOf(session.outputMetadata);
  }

  /** @throws ExplainError `modelFile` or `overBudget` */
  static openModel(sidecar: Sidecar, threads: number, model: string): Promise<GraphSession> {
    return GraphSession.of(transformersSession(sidecar, threads), model);
  }

  /**
   * Opens a graph of our own, which holds all of its numbers.
   *
   * @throws ExplainError `modelFile` or `overBudget`
   */
  static open(graph: Uint8Array, threads: number, name: string): Promise<GraphSession> {
    return GraphSession.of(InferenceSession.create(graph, sessionOptions(threads)), name);
  }

  private static async of(opening: Promise<InferenceSession>, model: string): Promise<GraphSession> {
    try {
      return new GraphSession(await opening, model);
    } catch (cause) {
      throw loadFailure(model, cause);
    }
  }

  /** What the graph takes of a text, cache apart: each of these inputs that it has, in the type that it states. */
  textFeeds({ ids, positions, pastLength }: NewPositions): Tensors {
    const known: Readonly<Record<string, () => readonly number[]>> = {
      input_ids: () => ids,
      attention_mask: () => new Array<number>(pastLength + ids.length).fill(1),
      position_ids: () => positions,
      token_type_ids: () => new Array<number>(ids.length).fill(0),
    };
    const feeds: Record<string, Tensor> = {};
    for (const { name, type } of this.inputs.values()) {
      const numbers = known[name]?.();
      if (numbers) feeds[name] = tensorOf(type, numbers, [1, numbers.length]);
      // 0 stands for all.
      if (name === 'num_logits_to_keep') feeds[name] = tensorOf(type, [0], []);
    }
    return feeds;
  }

  /**
   * @param room tensors that outputs are written into
   * @throws ExplainError `modelFile` or `overBudget`
   */
  async run(
    feeds: Tensors,
    outputs: readonly string[] = [...this.outputs.keys()],
    room: Tensors = {},
  ): Promise<Tensors> {
    try {
      const fetches = Object.fromEntries(outputs.map((name) => [name, room[name] ?? null]));
      const made = await this.session.run(feeds, fetches);
      return { ...made, ...room };
    } catch (cause) {
      throw runFailure(this.model, feeds['input_ids']?.size, cause);
    }
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function tensorOf(type: Tensor.Type, numbers: readonly number[], dims: readonly number[]): Tensor {
  switch (type) {
    case 'int32':
      return new Tensor(type, Int32Array.from(numbers), dims);
    case 'float32':
      return new Tensor(type, Float32Array.from(numbers), dims);
    case 'float16':
      return new Tensor(type, toHalves(Float32Array.from(numbers)), dims);
    case 'bool':
      return new Tensor(type, Uint8Array.from(numbers), dims);
    default:
      return new Tensor('int64', BigInt64Array.from(numbers, BigInt), dims);
  }
}

function formsOf(metadata: readonly InferenceSession.ValueMetadata[]): ReadonlyMap<string, TensorForm> {
  const forms = metadata.flatMap((value) => {
    if (!value.isTensor) return [];
    const shape = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
    return [[value.name, { name: value.name, type: value.type, shape }] as const];
  });
  return new Map(forms);
}
