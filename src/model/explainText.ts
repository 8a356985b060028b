import { checkInvariants, rowSumTolerance } from '../attention/invariants.ts';
import { ValueWeighted } from '../attention/valueWeighted.ts';
import { ExplainError, type Failure } from '../protocol/failure.ts';
import type { SelfCheck } from '../protocol/model.ts';
import type { ExplainStage, PassProgress, Preceding } from '../protocol/modelWire.ts';
import { lineEnds, linesOf } from '../protocol/lines.ts';
import type { EndCut, Precision, RunSummary, Token } from '../protocol/run.ts';
import { WholeReader } from './attentionReader.ts';
import type { OpenRun } from './attentionStore.ts';
import { type LanguageModel, selfCheckFailure } from './languageModel.ts';
import { type LongRunOptions, runLong } from './map/longRun.ts';
import type { PassesDone } from './map/mapText.ts';
import { MappedModel } from './map/mappedModel.ts';
import { bytesOf, cacheBytes, isWhole, LONGEST_TEXT, rowsPerPass, type RunShape, tokensWithin } from './map/memory.ts';
import { type PassesOfRun, PassTimes } from './passTimes.ts';
import { beginningOf, MOST_PRECEDING } from './preceding.ts';
import { Rollouts } from './rollouts.ts';
import type { EncodedPrefix, EncodedText } from './tokens/tokenEncoder.ts';

export interface TextToExplain {
  readonly modelFolder: string;
  readonly text: string;
  readonly preceding?: Preceding | undefined;
  /** Most bytes that all runs, and the tensors of a question, may take. */
  readonly memoryBudget: number;
  /** Of the queries and keys of a long text. */
  readonly precision: Precision;
}

export interface ExplainContext extends Omit<LongRunOptions, 'onPasses'> {
  readonly begin: (stage: ExplainStage) => Promise<void>;
  readonly onPasses: (progress: PassProgress) => void;
  readonly signal: AbortSignal;
}

/** A run that is checked, and what is said of it. */
interface Finished {
  readonly said: Pick<RunSummary, 'check' | 'weights' | 'refused' | 'bytes' | 'milliseconds'>;
  readonly held: Pick<OpenRun, 'reader' | 'weighted' | 'map' | 'rollouts' | 'dispose'>;
}

/** What a run is made of. */
interface Fitted {
  readonly text: string;
  readonly precedingLength: number;
  readonly encoded: EncodedText;
  readonly cut: EndCut | undefined;
}

/**
 * Tokenizes a text, runs the model over it and checks what comes out. What precedes a selection is left out as far as it
 * does not fit; what else does not fit is cut at a token boundary, before the run's tensors are allocated.
 *
 * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
 */
export async function explainText(
  model: LanguageModel,
  { modelFolder, memoryBudget, precision, ...wanted }: TextToExplain,
  context: ExplainContext,
): Promise<{ readonly run: OpenRun; readonly summary: Omit<RunSummary, 'run'> }> {
  const { begin, budget } = context;
  await begin('tokenizing');
  let shape: RunShape = { ...model.runShape, precision };
  let fitted = fitting(model, shape, wanted, budget);
  await begin('running');
  const { headSize } = shape;
  const mapped =
    headSize === undefined || isWhole(fitted.encoded.ids.length, shape)
      ? undefined
      : await MappedModel.load(model.description, headSize, context);
  if (!mapped && !isWhole(fitted.encoded.ids.length, shape)) {
    // The graph hands out too little to compute weights from: only what can be kept whole is explained.
    shape = { ...shape, headSize: undefined };
    fitted = fitting(model, shape, wanted, budget);
  }
  const { text, precedingLength, cut } = fitted;
  const { ids, tokens } = fitted.encoded;
  const { said, held } = mapped
    ? await runComputed(model, mapped, ids, shape, memoryBudget, context)
    : await runWhole(model, ids, context);
  const start = precedingLength === 0 ? 0 : tokens.findIndex(({ end }) => end > precedingLength);
  return {
    run: { ...held, modelFolder, tokens, bytes: said.bytes, memoryBudget },
    summary: {
      ...said,
      model: model.description,
      text,
      tokens,
      precedingLength,
      selection: { start, end: tokens.length },
      cut,
    },
  };
}

/**
 * A selection with as much of what precedes it as fits, or as much of its beginning as context, longest length and budget
 * hold.
 *
 * @throws ExplainError when nothing is left.
 */
function fitting(
  { description, encoder, mostPositions }: LanguageModel,
  shape: RunShape,
  { text: whole, preceding = { length: 0, starts: [] } }: Pick<TextToExplain, 'text' | 'preceding'>,
  budget: number,
): Fitted {
  const { contextLength } = description;
  // A graph that says nothing of its positions may have none beyond its context.
  const positions = shape.headSize === undefined ? contextLength : mostPositions;
  const most = Math.min(positions, LONGEST_TEXT);
  const text = whole.slice(preceding.length);
  let encoded = encoder.encodePrefix(text, most);
  const wanted = encoded.ids.length;
  if (preceding.length > 0 && encoded.usedLength === text.length && encoded.tokens.some(isOfText)) {
    const limit = Math.min(most, contextLength, wanted + MOST_PRECEDING);
    const from = (offset: number): EncodedPrefix => encoder.encodePrefix(whole.slice(offset), limit);
    const start = beginningOf(whole, preceding, (offset) => {
      const { ids, usedLength } = from(offset);
      return offset + usedLength === whole.length && bytesOf(ids.length, shape) <= budget;
    });
    const precedingLength = preceding.length - start;
    if (precedingLength > 0) {
      return { text: whole.slice(start), precedingLength, encoded: from(start), cut: undefined };
    }
  }
  const limit = bytesOf(wanted, shape) <= budget ? most : tokensWithin(budget, shape, wanted);
  const isMemory = limit < wanted;
  if (isMemory) encoded = encoder.encodePrefix(text, limit);
  if (!encoded.tokens.some(isOfText)) throw nothingToExplain(limit);
  const { usedLength } = encoded;
  const used = text.slice(0, usedLength);
  const fitted = { text: used, precedingLength: 0, encoded, cut: undefined };
  if (usedLength === text.length) return fitted;
  const cut: EndCut = {
    reason: isMemory ? 'memory' : positions <= LONGEST_TEXT ? 'context' : 'length',
    usedLength,
    totalLength: text.length,
    usedLines: lineEnds(used),
    totalLines: linesOf(text),
    tokenLimit: limit,
    ...(isMemory && { bytesNeeded: bytesOf(wanted, shape) }),
  };
  return { ...fitted, cut };
}

function isOfText({ start, end }: Token): boolean {
  return start < end;
}

async function runWhole(model: LanguageModel, ids: readonly number[], context: ExplainContext): Promise<Finished> {
  const { begin, signal } = context;
  const { causal } = model.description;
  const tokens = ids.length;
  const passes = { kind: 'whole', tokens, rowsPerPass: model.rowsPerPass(tokens) } as const;
  const start = performance.now();
  const attention = await estimated(model, passes, context, (onPasses) =>
    model.attention(ids, signal, (done) => onPasses({ done, total: tokens, preview: undefined })),
  );
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
  context: ExplainContext,
): Promise<Finished> {
  const passes = {
    kind: 'computed',
    tokens: ids.length,
    rowsPerPass: rowsPerPass(ids.length, shape, context.budget),
  } as const;
  const { reader, weighted, map, weights, bytes, milliseconds, dispose } = await estimated(
    model,
    passes,
    context,
    (onPasses) => runLong(mapped, ids, shape, context.signal, { ...context, onPasses }),
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

/** Runs passes that tell how far they are, and adds how long the rest will take. */
async function estimated<T>(
  model: LanguageModel,
  passes: Omit<PassesOfRun, 'threads'>,
  { threads, onPasses }: ExplainContext,
  run: (onPasses: (done: PassesDone) => void) => Promise<T>,
): Promise<T> {
  const times = await PassTimes.begin(model, { ...passes, threads });
  const { estimate } = times;
  onPasses({ done: 0, total: passes.tokens, left: estimate.left, preview: undefined });
  const result = await run((progress) => {
    estimate.passed(progress.done);
    onPasses({ ...progress, left: estimate.left });
  });
  await times.keep();
  return result;
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
