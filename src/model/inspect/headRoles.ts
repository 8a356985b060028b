import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as z from 'zod/mini';
import { type Pairing, pairingsFound } from '../../attention/pairings.ts';
import { meanScores, type RepeatedTokens, type RoleScores, roleScores } from '../../attention/roleScores.ts';
import { ExplainError } from '../../protocol/failure.ts';
import { byRole, headRoleNames } from '../../protocol/headRole.ts';
import type { HeadRoles } from '../../protocol/inspection.ts';
import { uniformAt } from '../../attention/random.ts';
import { wholeAttention } from '../runtime/wholeAttention.ts';
import { readKept, writeKept } from '../folder/keptFile.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import { bracketLines, type PairingText, quotedLines } from './pairingTexts.ts';

/** The standard probes: they never change, so that scores of different models can be compared. */
const probes = { length: 50, samples: 10, seed: 0 } as const;

/** In the kept folder of the model, which is another one for a model that has changed. */
const fileName = 'head-roles.json';

/**
 * What each head does on the standard probes; measured once for a model and kept in the cache.
 *
 * @throws ExplainError `unsupportedForm` for a model whose context does not hold a probe.
 */
export async function headRoles(model: LoadedModel, signal: AbortSignal): Promise<HeadRoles> {
  const { layers, heads } = model.description;
  const file = path.join(model.keptFolder, fileName);
  const kept = await readScores(file, layers * heads);
  if (kept) return { layers, heads, ...kept };
  const scores = {
    ...(await repetitionScores(model, signal)),
    stringQuotes: await pairingScores(model, quotedLines, signal),
    bracketPairs: await pairingScores(model, bracketLines, signal),
  };
  await writeScores(file, scores);
  return { layers, heads, ...scores };
}

type Scores = Omit<HeadRoles, 'layers' | 'heads'>;

async function repetitionScores(model: LoadedModel, signal: AbortSignal): Promise<RoleScores> {
  const samples: RoleScores[] = [];
  for (let sample = 0; sample < probes.samples; sample++) {
    await model.turns.betweenPasses(signal);
    const probe = probeOf(model, sample);
    samples.push(roleScores(await wholeAttention(model, probe.ids, signal), probe));
  }
  return meanScores(samples);
}

/** For each head the share of pairs that it finds in generated texts: [layers, heads]. */
async function pairingScores(
  model: LoadedModel,
  textOf: (seed: number) => PairingText,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { layers, heads } = model.description;
  const scores = new Float32Array(layers * heads);
  let pairs = 0;
  for (let sample = 0; sample < probes.samples; sample++) {
    await model.turns.betweenPasses(signal);
    const { ids, pairings } = await pairingProbe(model, textOf(probes.seed + sample));
    if (pairings.length === 0) continue;
    pairs += pairings.length;
    const found = pairingsFound(await wholeAttention(model, ids, signal), pairings);
    found.forEach((count, head) => (scores[head]! += count));
  }
  return scores.map((count) => (pairs === 0 ? 0 : count / pairs));
}

/** As much of the text as the context holds; pairs whose characters share a token can't be told apart and are left out. */
async function pairingProbe({ encoder, description }: LoadedModel, { text, pairs }: PairingText) {
  const { ids, tokens } = await encoder.encodePrefix(text, description.contextLength);
  const tokenAt = (character: number): number =>
    tokens.findIndex(({ start, end }) => start <= character && character < end);
  const pairings = pairs
    .map(({ closing, opening }): Pairing => ({ closing: tokenAt(closing), opening: tokenAt(opening) }))
    .filter(({ closing, opening }) => opening > 0 && opening < closing);
  return { ids, pairings };
}

/** Random ordinary tokens, repeated once, between the special tokens that the tokenizer puts around every text. */
function probeOf({ encoder, tokenizer, description }: LoadedModel, sample: number): RepeatedTokens {
  const { before, after } = encoder.specialIds;
  const ordinary = tokenizer.ordinaryIds;
  const random = Array.from({ length: probes.length }, (_, index) => {
    const place = sample * probes.length + index;
    return ordinary[Math.floor(uniformAt(probes.seed, place) * ordinary.length)]!;
  });
  const ids = [...before, ...random, ...random, ...after];
  if (ids.length > description.contextLength) throw tooShort(description.name, ids.length);
  return { ids, start: before.length, length: probes.length };
}

const numbers = z.array(z.number());
const scoresSchema = z.strictObject(byRole(headRoleNames, () => numbers));

async function readScores(file: string, heads: number): Promise<Scores | undefined> {
  const data = await readKept(file, scoresSchema);
  if (!data || Object.values(data).some(({ length }) => length !== heads)) return undefined;
  return byRole(headRoleNames, (role) => Float32Array.from(data[role]));
}

/** Where they can't be written, the scores are measured again next time. */
async function writeScores(file: string, scores: Scores): Promise<void> {
  await writeKept(
    file,
    byRole(headRoleNames, (role) => Array.from(scores[role])),
  );
}

function tooShort(model: string, tokens: number): ExplainError {
  return new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('The context of “{0}” does not hold the {1} tokens of a standard probe.', model, tokens),
    advice: l10n.t('Choose a model with a longer context.'),
  });
}
