import { ExplainError } from '../protocol/failure.ts';
import type { Ablation, Effects } from '../protocol/inspection.ts';
import { UsageError, type EngineArguments } from './arguments.ts';
import { type OpenRun, withRun } from './openRun.ts';
import { readText, type TextRange, within } from './textFile.ts';

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
    const { weights, norms } = await meansOfHeads(run, row, keys);
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

/** Mean over all heads of the row's weights, and of its value-weighted norms. */
async function meansOfHeads(run: OpenRun, row: number, keys: number) {
  const { engine, summary } = run;
  const { layers, heads } = summary.model;
  const { signal } = new AbortController();
  const reader = await engine.reader(summary.run, 'weight', signal);
  const all = await reader.stack({ start: row, end: row + 1 }, { start: 0, end: keys }, signal);
  const valueNorms = await shownValueNorms(run);
  const weights = new Float64Array(keys);
  const norms = valueNorms && new Float64Array(keys);
  for (let index = 0; index < layers * heads; index++) {
    const weightsOfHead = all.subarray(index * keys, (index + 1) * keys);
    for (let key = 0; key < keys; key++) {
      weights[key]! += weightsOfHead[key]! / (layers * heads);
      if (norms) norms[key]! += (weightsOfHead[key]! * valueNorms[index * reader.tokens + key]!) / (layers * heads);
    }
  }
  return { weights, norms };
}

/** `undefined` where the graph hides the matrix that values are multiplied by. */
async function shownValueNorms({ engine, summary }: OpenRun): Promise<Float32Array | undefined> {
  try {
    return await engine.valueNorms(summary.run, new AbortController().signal);
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
