import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { Generation } from '../src/model/generate/textGeneration.ts';
import { type GeneratingModel, requireGenerating } from '../src/model/generate/generatingModel.ts';
import { MemoryUse } from '../src/model/runtime/memoryUse.ts';
import { recompute } from '../src/model/generate/uncached.ts';
import type { GenerationState } from '../src/protocol/generation.ts';
import { modelInMemory } from './inMemory.ts';
import { idsOf, interleaved, machine, median, memory, table } from './measure.ts';
import { PlainLoop } from './plainLoop.ts';

/**
 * Milliseconds a token: a step of a generation, with its attention, candidates and state, against a bare loop over the
 * untouched model with its cache, against the whole text computed anew, and against transformers' generate with
 * attentions. The first two run in one process, turn by turn.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '40' },
    threads: { type: 'string', default: '1' },
  },
});
const threads = Number(values.threads);
const rounds = Number(values.rounds);
/** A token in each round, and one to warm up: the text grows by them, in both cached lanes alike. */
const grown = rounds + 1;
/** Rounds of what takes far longer. */
const fewRounds = String(Math.ceil(rounds / 5));
const greedy = { temperature: 0, topK: 0, topP: 1, seed: 0 };
const never = new AbortController().signal;
const warmUpRounds = 3;
const warmUpSteps = 100;

process.stdout.write(
  `${machine()}; ${threads} thread(s), medians of ${rounds} interleaved tokens (uncached and transformers: of ${fewRounds} rounds), milliseconds a token\n\n`,
);
for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);

async function report(modelFolder: string): Promise<string> {
  const model = await modelInMemory(modelFolder, path.resolve('.cache/bench/taps'), threads);
  requireGenerating(model);
  const session = await InferenceSession.create(path.join(modelFolder, 'onnx', 'model.onnx'), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const lengths = [64, 256, 512].map((length) => Math.min(length, model.description.contextLength - grown));
  const eager = eagerTimes(modelFolder, lengths);
  const rows: (string | number)[][] = [];
  await warmUp(model, session);
  for (const length of lengths) {
    const ids = idsOf(length);
    const plain = await PlainLoop.start(session, ids);
    const generation = await start(model, ids);
    const processor = { plain: 0, step: 0 };
    const counted = async (lane: keyof typeof processor, work: () => Promise<unknown>): Promise<void> => {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      processor[lane] += user + system;
    };
    const times = await interleaved(rounds, {
      plain: () => counted('plain', () => plain.step()),
      step: () => counted('step', () => stepped(generation)),
    });
    // By itself: its large outputs are collected during whatever comes next.
    const { uncached: whole } = await interleaved(Number(fewRounds), { uncached: () => recompute(model, ids) });
    const [base, step] = [median(times.plain), median(times.step)];
    const uncached = median(whole);
    const torch = eager[String(length)];
    rows.push([
      `${length}–${length + grown}`,
      base,
      step,
      step / base,
      processor.step / processor.plain,
      uncached,
      uncached / step,
      torch ? median(torch) : 'not measured',
      torch ? median(torch) / step : '',
    ]);
  }
  await session.release();
  const memoryLine = await memoryGrowth(model);
  await model.dispose();
  const header = [
    'tokens',
    'plain, cached',
    'step',
    'step ÷ plain',
    'by processor time',
    'uncached',
    'uncached ÷ step',
    'transformers',
    'transformers ÷ step',
  ];
  return `**${path.basename(modelFolder)}**\n\n${table(header, rows)}\n\n${memoryLine}`;
}

/** A step, and what a view is told of it. */
async function stepped(generation: Generation): Promise<GenerationState> {
  await generation.step(undefined, never);
  return generation.state;
}

/** JavaScript compiles what runs often while it runs: the first some hundred steps would measure that too. */
async function warmUp(model: GeneratingModel, session: InferenceSession): Promise<void> {
  for (let round = 0; round < warmUpRounds; round++) {
    const plain = await PlainLoop.start(session, idsOf(1));
    const generation = await start(model, idsOf(1));
    for (let step = 0; step < warmUpSteps; step++) {
      await plain.step();
      await stepped(generation);
    }
  }
}

/** What a process takes more after a number of steps, once garbage is collected, beside the bytes of the cache. */
async function memoryGrowth(model: GeneratingModel): Promise<string> {
  const warmUp = 20;
  const steps = Math.min(500, model.description.contextLength - 2 * warmUp);
  const generation = await start(model, idsOf(warmUp));
  const grow = async (count: number) => {
    for (let step = 0; step < count; step++) await generation.step(undefined, never);
    return { ...(await memory()), cache: generation.state.cache.bytes.used };
  };
  const before = await grow(warmUp);
  const after = await grow(steps);
  const mebibytes = (part: keyof typeof before): string => ((after[part] - before[part]) / 2 ** 20).toFixed(1);
  return `Memory over ${steps} steps: the cache grew by ${mebibytes('cache')} MiB, all that JavaScript holds by ${mebibytes('held')} MiB, the process by ${mebibytes('resident')} MiB`;
}

function start(model: GeneratingModel, ids: readonly number[]): Promise<Generation> {
  const tokens = ids.map((id) => ({ id, text: '', start: -1, end: -1 }));
  const settings = { policy: { kind: 'full' }, sampling: greedy } as const;
  return Generation.start(
    model,
    { text: '', tokens, cut: undefined },
    settings,
    new MemoryUse().shareOf(2 ** 33),
    never,
  );
}

function eagerTimes(modelFolder: string, lengths: readonly number[]): Readonly<Record<string, readonly number[]>> {
  if (values.python === undefined) return {};
  const args = ['bench/generate.py', modelFolder, values.threads, fewRounds, String(grown), ...lengths.map(String)];
  return JSON.parse(execFileSync(values.python, args, { encoding: 'utf8' })) as Record<string, number[]>;
}
