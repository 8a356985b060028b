import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { allocatorEnvironment } from '../src/protocol/allocator.ts';
import { startGeneration, stepGeneration } from '../src/protocol/generationWire.ts';
import type { Question } from '../src/protocol/inspection.ts';
import { explainProgress, explainRequest, inspectRequest, sliceRequest } from '../src/protocol/modelWire.ts';
import type { RunId, RunSummary } from '../src/protocol/run.ts';
import { machine, median, table } from './measure.ts';

/**
 * The model process as the extension runs it: its memory after one feature and the next, what the first question takes
 * beside the second, and how long a slice waits while a long text is run.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string', default: '.cache/bench/taps' },
    threads: { type: 'string', default: '2' },
    long: { type: 'string', default: '4096' },
  },
});
const MEBIBYTE = 2 ** 20;
const memoryBudget = 2 ** 31;
const words = 'the cat sat on the mat and looked at 2 dogs and 1 bird;\n';

process.stdout.write(`${machine()}; ${values.threads} threads\n\n`);
for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);

async function report(modelFolder: string): Promise<string> {
  const child = fork('dist/modelProcess.mjs', ['--cache', path.resolve(values.cache), '--threads', values.threads], {
    serialization: 'advanced',
    env: { ...process.env, ...allocatorEnvironment },
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const explain = (text: string): Promise<RunSummary> =>
    connection.sendRequest(explainRequest, { modelFolder, text, memoryBudget, progress: 'bench' });
  const ask = (run: RunId, question: Question) => connection.sendRequest(inspectRequest, { run, question });
  const weights = weightBytes(modelFolder);
  const rows: (string | number)[][] = [];
  const used = (what: string): void => {
    const bytes = residentBytes(child);
    rows.push([what, (bytes / MEBIBYTE).toFixed(0), bytes / (1.3 * weights + 250 * MEBIBYTE)]);
  };
  const { run, tokens } = await explain(words.repeat(15));
  used('explain');
  const row = (query: number): Question => ({ kind: 'row', layer: 0, head: 0, query });
  const steps: number[] = [];
  for (let time = 0; time < 6; time++) steps.push(await timed(() => ask(run, row(tokens.length - 1))));
  used('Steps');
  const long = await explain(words.repeat(Number(values.long) / 14));
  used(`a text of ${long.tokens.length} tokens`);
  const first = await timed(() => ask(long.run, row(long.tokens.length - 2)));
  const others: number[] = [];
  for (let time = 0; time < 5; time++)
    others.push(await timed(() => ask(long.run, row(long.tokens.length - 3 - time))));
  const started = await connection.sendRequest(startGeneration, {
    ...{ modelFolder, text: 'The cat', policy: { kind: 'full' }, memoryBudget, progress: 'bench' },
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 0 },
  });
  await connection.sendRequest(stepGeneration, { generation: started.origin.generation });
  used('a generation');
  const waits: number[] = [];
  let isRunning = true;
  const slice = { quantity: 'weight', heads: { kind: 'head', layer: 0, head: 0 }, pooling: 'max' } as const;
  const all = { start: 0, end: tokens.length };
  const running = connection
    .sendRequest(explainRequest, { modelFolder, text: words.repeat(1200), memoryBudget, progress: 'long' })
    .finally(() => (isRunning = false));
  await new Promise<void>((resolve) => {
    connection.onProgress(explainProgress, 'long', ({ passes }) => passes && resolve());
  });
  while (isRunning) {
    const request = { run, ...slice, rows: all, columns: all, block: { rows: 1, columns: 1 } };
    waits.push(await timed(() => connection.sendRequest(sliceRequest, request)));
  }
  const { tokens: longest, milliseconds } = await running;
  connection.dispose();
  child.kill();
  const [of, most] = [median(waits), Math.max(...waits)];
  return [
    `**${path.basename(modelFolder)}**, weights ${(weights / MEBIBYTE).toFixed(0)} MiB`,
    table(['after', 'process, MiB', '÷ (1.3 × weights + 250 MiB)'], rows),
    `First row of Steps after an explanation ${steps[0]!.toFixed(0)} ms, each further one ${median(steps.slice(1)).toFixed(0)} ms; of ${long.tokens.length} tokens ${first.toFixed(0)} ms and ${median(others).toFixed(0)} ms.`,
    `A slice waits ${of.toFixed(0)} ms in the median and ${most.toFixed(0)} ms at most while ${longest.length} tokens are run in ${(milliseconds / 1000).toFixed(1)} s.`,
  ].join('\n\n');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Bytes of the files that hold a model's weights. */
function weightBytes(modelFolder: string): number {
  const folder = path.join(modelFolder, 'onnx');
  return readdirSync(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
}

/** As the system counts them, files that are read through memory included. */
function residentBytes({ pid }: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}
