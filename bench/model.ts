import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { readModelConfig } from '../src/model/folder/modelFolder.ts';
import { idsOf, interleaved, machine, median, table } from './measure.ts';
import { PlainLoop } from './plainLoop.ts';

/**
 * A model by itself, its untouched file in ONNX Runtime, with one and two threads turn by turn: loading it, taking in a
 * prompt (logits and cache of all its tokens), adding a token to one; and the memory of the process that does so.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' } },
});
const rounds = Number(values.rounds);
const lengths = [64, 512, 2048];

process.stdout.write(`${machine()}; medians of ${rounds} interleaved rounds\n\n`);
for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);

async function report(modelFolder: string): Promise<string> {
  const open = (threads: number): Promise<InferenceSession> =>
    InferenceSession.create(path.join(modelFolder, 'onnx', 'model.onnx'), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
    });
  const load = async (threads: number): Promise<void> => (await open(threads)).release();
  const before = process.memoryUsage.rss();
  const one = await open(1);
  const loaded = process.memoryUsage.rss();
  const { contextLength } = await readModelConfig(modelFolder);
  await PlainLoop.start(one, idsOf(contextLength));
  const peak = process.resourceUsage().maxRSS * 1024;
  const two = await open(2);

  const loading = await interleaved(rounds, { one: () => load(1), two: () => load(2) });
  const rows: (string | number)[][] = [];
  for (const length of lengths.filter((each) => each <= contextLength)) {
    const ids = idsOf(length);
    const prefill = await interleaved(rounds, {
      one: () => PlainLoop.start(one, ids),
      two: () => PlainLoop.start(two, ids),
    });
    // Each round adds a token, and they all have to fit.
    const prompt = idsOf(Math.min(length, contextLength - rounds - 1));
    const [loopOfOne, loopOfTwo] = [await PlainLoop.start(one, prompt), await PlainLoop.start(two, prompt)];
    const step = await interleaved(rounds, { one: () => loopOfOne.step(), two: () => loopOfTwo.step() });
    rows.push([String(length), ...[prefill.one, prefill.two, step.one, step.two].map(median)]);
  }
  await Promise.all([one.release(), two.release()]);
  const header = ['n', 'prefill, 1 thread', 'prefill, 2 threads', 'a token, 1 thread', 'a token, 2 threads'];
  return [
    `**${path.basename(modelFolder)}**, milliseconds`,
    table(header, rows),
    `Load time: ${median(loading.one).toFixed(0)} ms with 1 thread, ${median(loading.two).toFixed(0)} ms with 2`,
    `Memory with 1 thread: ${mebibytes(loaded - before)} MiB more when loaded; at most ${mebibytes(peak)} MiB for the whole process after ${contextLength} tokens`,
  ].join('\n\n');
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
