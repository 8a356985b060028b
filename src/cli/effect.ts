import { MEAN_OF_ALL } from '../attention/headKinds.ts';
import { ExplainError } from '../protocol/failure.ts';
import type { Ablation, Effects } from '../protocol/inspection.ts';
import type { Quantity } from '../protocol/run.ts';
import { UsageError, type EngineArguments } from './arguments.ts';
import { type EngineRun, withRun } from './openRun.ts';
import { readText, type TextRange, within } from './inputText.ts';

export interface EffectArguments extends EngineArguments {
  readonly textFile: string;
  /** `undefined`: the whole text. */
  readonly range: TextRange | undefined;
  /** The token whose prediction is looked at, counted from 0. */
  readonly row: number;
}

/**
 * What each token has to do with the prediction after one of them: the weight on it and its value-weighted norm, both in
 * the mean of all heads, beside what happens when it is hidden from that row in all heads.
 */
export async function effect({ textFile, range, row, ...engine }: EffectArguments, json: boolean): Promise<string> {
  return withRun({ ...engine, text: within(await readText(textFile), range) }, async (run) => {
    const { tokens, model } = run.summary;
    if (row >= tokens.length) throw new UsageError(`--row ${row} is beyond the ${tokens.length} tokens of the text.`);
    const keys = model.causal ? row + 1 : tokens.length;
    const ablations = Array.from({ length: keys }, (_, token): Ablation => ({
      kind: 'token',
      token,
      heads: 'all',
      hiddenFrom: 'query',
    }));
    const effects = await run.ask({ kind: 'effects', query: row, ablations });
    const weights = await meanOfHeads(run, row, keys, 'weight');
    const norms = await shownNorms(run, row, keys);
    const measured = tokens.slice(0, keys).map(({ id, text, start, end }, token) => ({
      token,
      id,
      text,
      start,
      end,
      weight: weights[token]!,
      value_weighted_norm: norms?.[token] ?? null,
      probability: effects.effects[token]!.probability,
      divergence_bits: effects.effects[token]!.divergence,
    }));
    const { target, probability, milliseconds, passes } = effects;
    const head = { model: model.name, precision: model.compute, row, target, probability, milliseconds, passes };
    return json ? JSON.stringify({ ...head, tokens: measured }) : table(head, measured);
  });
}

/** A row of the matrix of all heads' mean. */
async function meanOfHeads({ engine, summary }: EngineRun, row: number, keys: number, quantity: Quantity) {
  const request = {
    run: summary.run,
    heads: MEAN_OF_ALL,
    quantity,
    rows: { start: row, end: row + 1 },
    columns: { start: 0, end: keys },
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  } as const;
  return (await engine.slice(request, new AbortController().signal)).data;
}

/** `undefined` where the graph hides the matrix that values are multiplied by. */
async function shownNorms(run: EngineRun, row: number, keys: number): Promise<Float32Array | undefined> {
  try {
    return await meanOfHeads(run, row, keys, 'valueNorm');
  } catch (error) {
    if (error instanceof ExplainError && error.failure.code === 'unsupportedForm') return undefined;
    throw error;
  }
}

interface Measured {
  readonly token: number;
  readonly text: string;
  readonly weight: number;
  readonly value_weighted_norm: number | null;
  readonly probability: number;
  readonly divergence_bits: number;
}

function table(
  { row, target, probability }: Pick<Effects, 'target' | 'probability'> & { readonly row: number },
  measured: readonly Measured[],
): string {
  const what = target.follows ? 'the token that follows' : 'the most probable token';
  const lines = measured.map(
    ({ token, text, weight, value_weighted_norm: norm, probability: hidden, divergence_bits: bits }) =>
      [
        String(token),
        weight.toFixed(4),
        norm?.toFixed(4) ?? '–',
        hidden.toFixed(6),
        bits.toFixed(4),
        JSON.stringify(text),
      ].join('\t'),
  );
  return [
    `After token ${row}, ${what}, ${JSON.stringify(target.text)}, has the probability ${probability.toFixed(6)}.`,
    ['token', 'weight', 'norm', 'hidden', 'bits', 'text'].join('\t'),
    ...lines,
  ].join('\n');
}
