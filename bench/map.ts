import { Runtime } from '../src/model/runtime/runtime.ts';
import { totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fittedPowerLaw } from '../src/attention/powerLaw.ts';
import { Engine } from '../src/model/engine.ts';
import type { HeadCombination, TokenRange } from '../src/protocol/run.ts';
import { modelInMemory } from './inMemory.ts';
import { machine, median, memory, table } from './measure.ts';
import { lastLine, Peer } from './peer.ts';

/**
 * Long texts: time to the first picture and to the end, memory of a process of its own, and how long the answers take
 * that a view waits for. Beside it PyTorch eager with all attentions, and BertViz, each until it fails.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bertviz: { type: 'string' },
    cache: { type: 'string', default: '.cache/bench/taps' },
    lane: { type: 'string' },
    python: { type: 'string' },
    threads: { type: 'string', default: '2' },
    tokens: { type: 'string', default: '512,1024,2048,4096,8192,16384' },
  },
});
const lengths = values.tokens.split(',').map(Number);
const options = { cacheFolder: path.resolve(values.cache), threads: Number(values.threads) };
const ROUNDS = 5;
const never = new AbortController().signal;

/** What one process measured of one text, milliseconds and bytes. */
interface Measured {
  readonly tokens: number;
  readonly kind: string;
  readonly first: number;
  readonly total: number;
  /** Of the process with the model loaded, after the run, and at most. */
  readonly before: number;
  readonly peak: number;
  readonly kept: number;
  readonly row: number;
  readonly column: number;
  readonly tile: number;
  readonly tileOfAll: number;
  readonly pooledTile: number;
}

if (values.lane !== undefined) {
  const measured = await measure(path.resolve(positionals[0] ?? ''), Number(values.lane));
  process.stdout.write(`${JSON.stringify(measured)}\n`);
} else {
  process.stdout.write(`${machine()}; ${values.threads} thread(s), answers: medians of ${ROUNDS}\n\n`);
  for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);
}

async function report(modelFolder: string): Promise<string> {
  const found: Measured[] = [];
  for (const tokens of lengths) {
    const lane = ['--lane', String(tokens), '--cache', values.cache, '--threads', values.threads, modelFolder];
    const measured = JSON.parse(await lastLine(process.execPath, [process.argv[1]!, ...lane])) as Measured;
    if (measured.tokens === found.at(-1)?.tokens) break;
    found.push(measured);
  }
  const eager = await untilItFails(values.python, ['bench/pytorch.py', modelFolder, values.threads]);
  const bertviz = await untilItFails(values.bertviz, ['bench/bertviz_view.py', modelFolder, values.threads]);
  const rows = found.map((of) => [
    String(of.tokens),
    of.kind,
    of.first,
    of.total,
    eager.get(of.tokens) ?? '–',
    bertviz.get(of.tokens) ?? '–',
    mebibytes(of.kept),
    mebibytes(of.peak),
    of.row,
    of.column,
    of.tile,
    of.tileOfAll,
    of.pooledTile,
  ]);
  const header = [
    ...['n', 'weights', 'first picture', 'end', 'PyTorch eager', 'BertViz', 'process after, MiB', 'at most, MiB'],
    ...['row, all heads', 'column, all heads', '256² tile', '256² tile, mean of all', '512² tile of 4 tokens a cell'],
  ];
  const computed = found.filter(({ kind }) => kind !== 'whole');
  const exponent = (of: (measured: Measured) => number): string =>
    computed.length < 2
      ? '–'
      : fittedPowerLaw(computed.map((one) => ({ x: one.tokens, y: of(one) }))).exponent.toFixed(2);
  return [
    `**${path.basename(modelFolder)}**, milliseconds`,
    table(header, rows),
    `Growth with n where weights are computed: memory that a run adds n^${exponent(({ kept, before }) => kept - before)}, at most n^${exponent(({ peak, before }) => peak - before)}, time n^${exponent(({ total }) => total)}`,
  ].join('\n\n');
}

/** Milliseconds by number of tokens, up to the first number at which the peer ends. */
async function untilItFails(
  command: string | undefined,
  args: readonly string[],
): Promise<ReadonlyMap<number, number>> {
  const times = new Map<number, number>();
  if (command === undefined) return times;
  try {
    // What holds every weight is to fail by itself, before it takes the machine's memory from everything else.
    const limit = `ulimit -v ${Math.floor(totalmem() / 2 / 1024)}; exec "$0" "$@"`;
    const peer = await Peer.start('sh', ['-c', limit, command, ...args]);
    for (const tokens of lengths) times.set(tokens, await peer.milliseconds(tokens));
    peer.stop();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  return times;
}

async function measure(modelFolder: string, tokens: number): Promise<Measured> {
  const text = await textOf(modelFolder, tokens);
  const engine = new Engine(new Runtime(options));
  const request = { modelFolder, memoryBudget: 2 ** 30 };
  // The model is loaded and warm before.
  engine.release((await engine.explain({ ...request, text: 'warm' }, () => undefined, never)).run);
  const before = (await memory()).resident;
  const start = performance.now();
  let first: number | undefined;
  const summary = await engine.explain(
    { ...request, text },
    ({ passes }) => {
      if (passes?.preview) first ??= performance.now() - start;
    },
    never,
  );
  const total = performance.now() - start;
  const { maxRSS } = process.resourceUsage();
  const { resident } = await memory();
  const { run } = summary;
  const n = summary.tokens.length;
  const reader = await engine.reader(run, 'weight', never);
  const all: TokenRange = { start: 0, end: n };
  const one: TokenRange = { start: n - 1, end: n };
  const head: HeadCombination = { kind: 'head', layer: 0, head: 1 };
  const tile = (heads: HeadCombination, cells: number, side: number) => (): Promise<unknown> => {
    const size = Math.min(n, cells * side);
    const end = n - (n % side);
    const rows = { start: Math.max(0, end - size), end };
    const columns = { start: 0, end: size - (size % side) };
    return reader.slice({ heads, rows, columns, block: { rows: side, columns: side }, pooling: 'max' }, never);
  };
  const measured = {
    row: await timed(() => reader.stack(one, all, never)),
    column: await timed(() => reader.stack(all, { start: 0, end: 1 }, never)),
    tile: await timed(tile(head, 256, 1)),
    tileOfAll: await timed(tile({ kind: 'mean', heads: 'all' }, 256, 1)),
    pooledTile: await timed(tile(head, 512, 4)),
  };
  await engine.dispose();
  const kind = summary.weights.kind === 'whole' ? 'whole' : summary.weights.from;
  return { tokens: n, kind, first: first ?? total, total, before, peak: maxRSS * 1024, kept: resident, ...measured };
}

/** Words that make so many tokens, or as many as the model takes. */
async function textOf(modelFolder: string, tokens: number): Promise<string> {
  const model = await modelInMemory(modelFolder, options.cacheFolder, options.threads);
  const words = 'the cat sat on the mat and looked at 2 dogs and 1 bird;\n'.repeat(tokens);
  const { usedLength } = await model.encoder.encodePrefix(words, tokens);
  await model.dispose();
  return words.slice(0, usedLength);
}

/** The first round warms up and is not counted. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    await work();
    if (round > 0) times.push(performance.now() - start);
  }
  return median(times);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
