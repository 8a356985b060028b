import * as l10n from '@vscode/l10n';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ExplainError } from '../protocol/failure.ts';
import { sessionOptions } from './sessionOptions.ts';

/** @throws ExplainError `modelFile` */
export async function openSession(file: string, threads: number, model: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, sessionOptions(threads));
  } catch (cause) {
    const failure = {
      code: 'modelFile',
      message: l10n.t(
        'The model «{0}» cannot be loaded: {1}',
        model,
        cause instanceof Error ? cause.message : String(cause),
      ),
      advice: l10n.t('Check that its files are complete, or choose another model.'),
    } as const;
    throw new ExplainError(failure, { cause });
  }
}

/** New positions of a text, which follow others. */
export interface NewPositions {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  /** Positions that they follow in the cache. */
  readonly pastLength: number;
}

/** What a graph takes of a text, cache apart: each of these inputs that it has. */
export function textFeeds(
  inputs: ReadonlySet<string>,
  { ids, positions, pastLength }: NewPositions,
): Readonly<Record<string, Tensor>> {
  const tensorOf = (values: BigInt64Array): Tensor => new Tensor('int64', values, [1, values.length]);
  const integers = (values: readonly number[]): Tensor => tensorOf(BigInt64Array.from(values, BigInt));
  const known: Readonly<Record<string, () => Tensor>> = {
    input_ids: () => integers(ids),
    attention_mask: () => tensorOf(new BigInt64Array(pastLength + ids.length).fill(1n)),
    position_ids: () => integers(positions),
    token_type_ids: () => tensorOf(new BigInt64Array(ids.length)),
    // 0 stands for all.
    num_logits_to_keep: () => new Tensor('int64', [0n], []),
  };
  return Object.fromEntries(
    Object.entries(known)
      .filter(([name]) => inputs.has(name))
      .map(([name, make]) => [name, make()]),
  );
}

/** Lets the process read its messages, a cancellation among them. */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate);
  signal.throwIfAborted();
}
