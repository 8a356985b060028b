import { checkInvariants, rowSumTolerance } from '../attention/invariants.ts';
import { ValueWeighted } from '../attention/valueWeighted.ts';
import { ExplainError, type Failure } from '../protocol/failure.ts';
import type { SelfCheck } from '../protocol/model.ts';
import type { ExplainStage } from '../protocol/modelWire.ts';
import type { Cut, Precision, RunSummary } from '../protocol/run.ts';
import { WholeReader } from './attentionReader.ts';
import type { OpenRun } from './attentionStore.ts';
import { type LanguageModel, selfCheckFailure } from './languageModel.ts';
import { type LongRunOptions, runLong } from './map/longRun.ts';
import { MappedModel } from './map/mappedModel.ts';
import { bytesOf, cacheBytes, isWhole, LONGEST_TEXT, type RunShape, tokensWithin } from './map/memory.ts';
import { Rollouts } from './rollouts.ts';
import type { EncodedPrefix } from './tokens/tokenEncoder.ts';

export interface TextToExplain {
  readonly modelFolder: string;
  readonly text: string;
  /** Most bytes that all runs, and the tensors of a question, may take. */
  readonly memoryBudget: number;
  /** Of the queries and keys of a long text. */
  readonly precision: Precision;
}

export interface ExplainContext extends Omit<LongRunOptions, 'budget'> {
  /** Bytes that the run may take, once there is room for so many where there can be. */
  readonly roomFor: (bytes: number) => number;
  readonly begin: (stage: ExplainStage) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A run that is checked, and what is said of it. */
interface Finished {
  readonly said: Pick<RunSummary, 'check' | 'weights' | 'refused' | 'bytes' | 'milliseconds'>;
  readonly held: Pick<OpenRun, 'reader' | 'weighted' | 'map' | 'rollouts' | 'dispose'>;
}

/**
 * Tokenizes a text, runs the model over it and checks what comes out. What does not fit is cut at a token boundary before
 * the run's tensors are allocated.
 *
 * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
 */
export async function explainText(
  model: LanguageModel,
  { modelFolder, text, memoryBudget, precision }: TextToExplain,
  context: ExplainContext,
): Promise<{ readonly run: OpenRun; readonly summary: Omit<RunSummary, 'run'> }> {
  const { begin, roomFor } = context;
  await begin('tokenizing');
  let shape: RunShape = { ...model.runShape, precision };
  let { encoded, cut, budget } = fitting(model, shape, text, roomFor);
  await begin('running');
  const { headSize } = shape;
  const mapped =
    headSize === undefined || isWhole(encoded.ids.length, shape)
      ? undefined
      : await MappedModel.load(model.description, headSize, context);
  if (!mapped && !isWhole(encoded.ids.length, shape)) {
    // The graph hands out too little to compute weights from: only what can be kept whole is explained.
    shape = { ...shape, headSize: undefined };
    ({ encoded, cut, budget } = fitting(model, shape, text, roomFor));
  }
  const { ids, tokens, usedLength } = encoded;
  const { said, held } = mapped
    ? await runComputed(model, mapped, ids, shape, memoryBudget, { ...context, budget })
    : await runWhole(model, ids, context);
  return {
    run: { ...held, modelFolder, tokens, bytes: said.bytes, memoryBudget },
    summary: {
      ...said,
      model: model.description,
      text: text.slice(0, usedLength),
      tokens,
      cut,
    },
  };
}

/** As much of a text as context, longest length and budget hold. @throws ExplainError when nothing is left. */
function fitting(
  { description, encoder, mostPositions }: LanguageModel,
  shape: RunShape,
  text: string,
  roomFor: ExplainContext['roomFor'],
): { readonly encoded: EncodedPrefix; readonly cut: Cut | undefined; readonly budget: number } {
  // A graph that says nothing of its positions may have none beyond its context.
  const positions = shape.headSize === undefined ? description.contextLength : mostPositions;
  const most = Math.min(positions, LONGEST_TEXT);
  let encoded = encoder.encodePrefix(text, most);
  const wanted = encoded.ids.length;
  const budget = roomFor(bytesOf(wanted, shape));
  const limit = bytesOf(wanted, shape) <= budget ? most : tokensWithin(budget, shape, wanted);
  const isMemory = limit < wanted;
  if (isMemory) encoded = encoder.encodePrefix(text, limit);
  if (!encoded.tokens.some((token) => token.end > token.start)) throw nothingToExplain(limit);
  if (encoded.usedLength === text.length) return { encoded, cut: undefined, budget };
  const lengths = { usedLength: encoded.usedLength, totalLength: text.length, tokenLimit: limit };
  const reason = isMemory ? 'memory' : positions <= LONGEST_TEXT ? 'context' : 'length';
  return { encoded, cut: { reason, ...lengths, ...(isMemory && { bytesNeeded: bytesOf(wanted, shape) }) }, budget };
}

async function runWhole(
  model: LanguageModel,
  ids: readonly number[],
  { begin, onPasses, signal }: ExplainContext,
): Promise<Finished> {
  const { causal } = model.description;
  const start = performance.now();
  const attention = await model.attention(ids, signal, (done) => {
    onPasses({ done, total: ids.length, preview: undefined });
  });
  const milliseconds = performance.now() - start;
  await begin('checking');
  const check = verified(checkInvariants(attention, causal), model);
  return {
    said: { check, weights: { kind: 'whole' }, refused: {}, bytes: attention.bytes, milliseconds },
    held: {
      reader: new WholeReader(attention),
      weighted: (norms) => new WholeReader(new ValueWeighted(attention, norms)),
      map: undefined,
      rollouts: new Rollouts(attention, causal),
      dispose: () => Promise.resolve(),
    },
  };
}

async function runComputed(
  model: LanguageModel,
  mapped: MappedModel,
  ids: readonly number[],
  shape: RunShape,
  memoryBudget: number,
  context: ExplainContext & LongRunOptions,
): Promise<Finished> {
  const { signal } = context;
  const { reader, weighted, map, weights, bytes, milliseconds, dispose } = await runLong(
    mapped,
    ids,
    shape,
    signal,
    context,
  );
  try {
    const check = verified(map.check, model);
    const rollout = noRollout(ids.length);
    const needed = 2 * cacheBytes(ids.length, shape);
    const refused = needed <= memoryBudget ? { rollout } : { rollout, inspection: noInspection(needed, memoryBudget) };
    return {
      said: { check, weights, refused, bytes, milliseconds },
      held: { reader, weighted, map, rollouts: rollout, dispose },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** @throws ExplainError `selfCheck` when the invariants of attention do not hold. */
function verified(check: SelfCheck, model: LanguageModel): SelfCheck {
  if (!(check.rowSumError <= rowSumTolerance(model.description.compute))) {
    throw selfCheckFailure(`a row sums to 1 ± ${check.rowSumError}.`);
  }
  if (check.futureWeight !== undefined && check.futureWeight !== 0) {
    throw selfCheckFailure(
      `a token puts ${check.futureWeight} of its attention on later tokens, in a model that must not.`,
    );
  }
  return check;
}

function nothingToExplain(limit: number): ExplainError {
  return limit < 2
    ? new ExplainError({
        code: 'overBudget',
        message: 'The memory budget does not hold the attention of a single token.',
        advice: 'Close other explanations, or raise the setting «Explain Attention: Memory Budget».',
      })
    : new ExplainError({
        code: 'emptyText',
        message: 'The text holds no token that the model could look at.',
        advice: 'Select some text first.',
      });
}

function noRollout(tokens: number): Failure {
  return {
    code: 'overBudget',
    message: `There is no rollout of ${tokens} tokens: it multiplies all weights of all layers, which are not kept for a text of this length.`,
    advice: 'Select less text, or look at a mean of heads.',
  };
}

function noInspection(bytes: number, budget: number): Failure {
  const [needed, allowed] = [bytes, budget].map((count) => Math.ceil(count / 2 ** 20));
  return {
    code: 'overBudget',
    message: `Steps and effects run the text again and need ${needed} MiB; the memory budget is ${allowed} MiB.`,
    advice: 'Select less text, or raise the setting «Explain Attention: Memory Budget».',
  };
}
