import { checkInvariants, rowSumTolerance } from '../attention/invariants.ts';
import { ValueWeighted } from '../attention/valueWeighted.ts';
import type { Failure } from '../protocol/failure.ts';
import type { SelfCheck } from '../protocol/model.ts';
import type { ExplainStage, PassProgress } from '../protocol/modelWire.ts';
import type { FloatPrecision, RunSummary } from '../protocol/run.ts';
import { Rollouts } from './explain/rollouts.ts';
import { fitting, type WantedText } from './fitting.ts';
import { type LongRunOptions, runLong } from './longContext/longRun.ts';
import type { PassesDone } from './longContext/mapText.ts';
import { bytesOf, cacheBytes, isWhole, rowsPerPass, type RunShape } from './longContext/memory.ts';
import { WholeReader } from './runtime/attentionReader.ts';
import type { KvCache } from './runtime/kvCache.ts';
import type { LoadedModel } from './runtime/loadedModel.ts';
import type { OpenRun } from './runtime/openRuns.ts';
import { type PassesOfRun, PassTimes } from './runtime/passTimes.ts';
import { selfCheckFailure } from './runtime/runtimeFailures.ts';
import { wholeAttention, wholeRows } from './runtime/wholeAttention.ts';

export interface TextToExplain extends WantedText {
  readonly modelFolder: string;
  /** Most bytes that all runs, and the tensors of a question, may take. */
  readonly memoryBudget: number;
  /** Of the queries and keys of a long text. */
  readonly precision: FloatPrecision;
}

export interface ExplainContext extends Omit<LongRunOptions, 'onPasses' | 'budget'> {
  readonly threads: number;
  /** Bytes that the run may take, once there is room for so many where there can be. */
  readonly roomFor: (bytes: number) => number;
  /** Told how many bytes the run will take. */
  readonly reserve: (bytes: number) => void;
  readonly begin: (stage: ExplainStage) => Promise<void>;
  readonly onPasses: (progress: PassProgress) => void;
  readonly signal: AbortSignal;
}

/** A run that is checked, and what is said of it. */
interface Finished {
  readonly said: Pick<RunSummary, 'check' | 'weights' | 'refused' | 'bytes' | 'milliseconds'>;
  readonly held: Pick<OpenRun, 'reader' | 'weighted' | 'values' | 'cache' | 'rollouts'>;
  /** Keys and values of all tokens, which the run does not keep. */
  readonly prefilled: KvCache | undefined;
  /** Whether the reader runs the model again. */
  readonly needsModel: boolean;
}

export interface ExplainedText extends Pick<Finished, 'prefilled' | 'needsModel'> {
  readonly run: Omit<OpenRun, 'dispose'>;
  readonly summary: Omit<RunSummary, 'run'>;
}

/**
 * Tokenizes a text, runs the model over it and checks what comes out. What precedes a selection is left out as far as it
 * does not fit; what else does not fit is cut at a token boundary, before the run's tensors are allocated.
 *
 * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
 */
export async function explainText(
  model: LoadedModel,
  { modelFolder, memoryBudget, precision, ...wanted }: TextToExplain,
  context: ExplainContext,
): Promise<ExplainedText> {
  const { begin, roomFor } = context;
  await begin('tokenizing');
  const shape = runShape(model, precision);
  const { text, precedingLength, cut, budget, encoded } = await fitting(model, shape, wanted, roomFor);
  const { ids, tokens } = encoded;
  context.reserve(bytesOf(ids.length, shape));
  await begin('running');
  const { said, held, prefilled, needsModel } = isWhole(ids.length, shape)
    ? await runWhole(model, ids, context)
    : await runComputed(model, ids, shape, memoryBudget, { ...context, budget });
  const start = precedingLength === 0 ? 0 : tokens.findIndex(({ end }) => end > precedingLength);
  return {
    run: { ...held, modelFolder, keptFolder: model.keptFolder, tokens, bytes: said.bytes, memoryBudget },
    prefilled,
    needsModel,
    summary: {
      ...said,
      model: model.description,
      text,
      tokens,
      precedingLength,
      selection: { start, end: tokens.length },
      cut,
      specialTokens: { found: model.encoder.specialIn(text), readAs: wanted.specialTokens },
    },
  };
}

/** What the memory of a run follows from. */
export function runShape(model: LoadedModel, precision: FloatPrecision): RunShape {
  const { layers, heads, keyValueHeads } = model.description;
  const isComputable = model.runsInPasses && model.hasReductions;
  const headSize = isComputable ? model.cacheShape?.headSize : undefined;
  return { layers, heads, keyValueHeads, headSize, precision };
}

async function runWhole(model: LoadedModel, ids: readonly number[], context: ExplainContext): Promise<Finished> {
  const { begin, signal } = context;
  const { causal } = model.description;
  const tokens = ids.length;
  const passes = { kind: 'whole', tokens, rowsPerPass: wholeRows(model, tokens) } as const;
  const start = performance.now();
  const prefilled = model.runsInPasses ? model.newCache() : undefined;
  const attention = await estimated(model, passes, context, (onPasses) => {
    const onPass = (done: number): void => onPasses({ done, total: tokens, preview: undefined });
    return wholeAttention(model, ids, signal, onPass, passes.rowsPerPass, prefilled);
  });
  const milliseconds = performance.now() - start;
  await begin('checking');
  const check = verified(checkInvariants(attention, causal), model);
  return {
    said: { check, weights: { kind: 'whole' }, refused: {}, bytes: attention.bytes, milliseconds },
    held: {
      reader: new WholeReader(attention),
      weighted: (norms) => new WholeReader(new ValueWeighted(attention, norms)),
      values: undefined,
      cache: undefined,
      rollouts: new Rollouts(attention, causal),
    },
    prefilled,
    needsModel: false,
  };
}

async function runComputed(
  model: LoadedModel,
  ids: readonly number[],
  shape: RunShape,
  memoryBudget: number,
  context: ExplainContext & Pick<LongRunOptions, 'budget'>,
): Promise<Finished> {
  const passes = {
    kind: 'computed',
    tokens: ids.length,
    rowsPerPass: rowsPerPass(ids.length, shape, context.budget),
  } as const;
  const { reader, weighted, map, weights, bytes, milliseconds, needsModel } = await estimated(
    model,
    passes,
    context,
    (onPasses) => runLong(model, ids, shape, context.signal, { ...context, onPasses }),
  );
  const check = verified(map.check, model);
  const rollout = noRollout(ids.length);
  // Keys and values of the run itself are copied as a pass takes them; without them the text runs again.
  const needed = (map.cache ? 1 : 2) * cacheBytes(ids.length, shape);
  const refused = needed <= memoryBudget ? { rollout } : { rollout, inspection: noInspection(needed, memoryBudget) };
  const values = map.layers.map((layer) => layer.values);
  return {
    said: { check, weights, refused, bytes, milliseconds },
    held: { reader, weighted, values, cache: map.cache, rollouts: rollout },
    prefilled: undefined,
    needsModel,
  };
}

/** Runs passes that tell how far they are, and adds how long the rest will take. */
async function estimated<T>(
  model: LoadedModel,
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
function verified(check: SelfCheck, model: LoadedModel): SelfCheck {
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
    advice: 'Select less text, or raise the setting “Explain Attention: Memory Budget”.',
  };
}
