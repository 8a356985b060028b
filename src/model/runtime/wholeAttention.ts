import { type AttentionPiece, PiecewiseAttention } from '../../attention/source.ts';
import type { LoadedModel } from './loadedModel.ts';

/**
 * Queries of a pass of a causal model: few enough to leave most of the zero half out, enough for fast matrix products.
 * Measured by bench/explain.ts.
 */
const CAUSAL_ROWS = 128;

/** Queries that go through at once, of so many. */
export function wholeRows({ runsInPasses }: LoadedModel, tokens: number): number {
  return runsInPasses ? Math.min(CAUSAL_ROWS, tokens) : tokens;
}

/**
 * Runs the model over a whole text: a causal model in passes of some rows, each seeing the ones before through the KV
 * cache, so that the half of every matrix that is zero by definition is mostly not computed.
 *
 * @param onPass told how many tokens went through
 * @param cache takes the keys and values of all tokens
 * @returns attention weights [layers, heads, tokens, tokens] of the ids.
 * @throws ExplainError when the graph fails, or its weights have a form that is not supported; the signal's reason when
 * it is aborted.
 */
export async function wholeAttention(
  model: LoadedModel,
  ids: readonly number[],
  signal: AbortSignal,
  onPass: (done: number) => void = () => undefined,
  rowsPerPass = wholeRows(model, ids.length),
  cache = model.runsInPasses ? model.newCache() : undefined,
): Promise<PiecewiseAttention> {
  const { layers, heads } = model.description;
  const weights = Array.from({ length: layers }, (_, layer) => layer);
  const pieces: AttentionPiece[] = [];
  for (let start = 0; start < ids.length; start += rowsPerPass) {
    await model.turns.betweenPasses(signal);
    const end = Math.min(start + rowsPerPass, ids.length);
    const positions = Array.from({ length: end - start }, (_, row) => start + row);
    const past = cache?.past() ?? model.emptyPast;
    const wantsCache = cache !== undefined;
    const result = await model.run({
      ...{ ids: ids.slice(start, end), positions, pastLength: start, past, weights, wantsCache },
    });
    pieces.push({ rows: { start, end }, keys: end, layers: weights.map(result.weights) });
    cache?.extend(result.present, positions);
    onPass(end);
  }
  return new PiecewiseAttention(pieces, heads);
}
