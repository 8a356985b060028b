import { Runtime } from '../src/model/runtime/runtime.ts';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { Engine } from '../src/model/engine.ts';
import type { Ablation, Question } from '../src/protocol/inspection.ts';
import { findGraphFile } from '../src/model/folder/modelFiles.ts';
import { sessionOptions } from '../src/model/runtime/sessionOptions.ts';
import { modelInMemory } from './inMemory.ts';
import { idsOf, interleaved, machine, median, table } from './measure.ts';

/**
 * Questions about a run: what the parts of the graph cost that are not wanted, the effect of a row over all of its tokens,
 * roles of the heads, and the answers that views wait for.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '15' }, threads: { type: 'string', default: '1' } },
});
const threads = Number(values.threads);
const rounds = Number(values.rounds);
const never = new AbortController().signal;
const modelFolder = path.resolve(positionals[0] ?? 'models/default');
const cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-bench-'));

try {
  process.stdout.write(`${machine()}; ${threads} thread(s), medians of ${rounds} rounds, milliseconds\n\n`);
  process.stdout.write(`**${path.basename(modelFolder)}**\n\n${await parts()}\n\n${await questions()}\n`);
} finally {
  await rm(cacheFolder, { recursive: true, force: true });
}

/** The one graph with its logits and no other part, against the model's own file in the same runtime. */
async function parts(): Promise<string> {
  const model = await modelInMemory(modelFolder, cacheFolder, threads);
  const own = await InferenceSession.create((await findGraphFile(modelFolder)).path, sessionOptions(threads));
  const rows: (string | number)[][] = [];
  for (const length of [1, 64, 256, 512]) {
    const pass = { ids: idsOf(length), positions: [...Array(length).keys()], pastLength: 0, past: model.emptyPast };
    const feeds = { ...model.textFeeds(pass), ...pass.past };
    const times = await interleaved(rounds, {
      own: () => own.run(feeds, ['logits']),
      logits: () => model.run({ ...pass, wantsLogits: true }),
      none: () => model.run({ ...pass, wantsCache: true }),
    });
    const [untouched, logits, none] = [median(times.own), median(times.logits), median(times.none)];
    rows.push([String(length), untouched, logits, logits / untouched, none, none / untouched]);
  }
  await own.release();
  await model.dispose();
  return table(['n', 'own file', 'one graph, logits', '÷ own', 'one graph, no part', '÷ own'], rows);
}

async function questions(): Promise<string> {
  const engine = new Engine(new Runtime({ cacheFolder, threads }));
  const explain = (text: string) =>
    engine.explain({ modelFolder, text, memoryBudget: 2 ** 31 }, () => undefined, never);
  const rows: (string | number)[][] = [];
  const timed = async (what: string, work: () => Promise<unknown>, count = rounds): Promise<void> => {
    const { it } = await interleaved(count, { it: work });
    rows.push([what, median(it)]);
  };
  const words = 'The animal did not cross the road because it was too tired to walk. '.repeat(200);
  let { run, tokens } = await explain(words.slice(0, 250));
  const ask = (question: Question) => engine.inspect({ run, question }, never);
  await timed(
    'roles of all heads, measured',
    async () => {
      await forgetRoles();
      await ask({ kind: 'roles' });
    },
    3,
  );
  await timed('roles of all heads, kept', () => ask({ kind: 'roles' }));
  const began = performance.now();
  await ask({ kind: 'row', layer: 0, head: 0, query: 1 });
  rows.push(['first row asked for, with loading the inspected graph', performance.now() - began]);
  for (const long of [false, true]) {
    if (long) ({ run, tokens } = await explain(words));
    const query = Math.min(tokens.length, long ? 512 : 64) - 1;
    const n = query + 1;
    const hide = (token: number): Ablation => ({ kind: 'token', token, heads: 'all', hiddenFrom: 'query' });
    const row: Question = { kind: 'effects', query, ablations: Array.from({ length: n }, (_, token) => hide(token)) };
    await timed(`a row of a head, n = ${n}`, () => ask({ kind: 'row', layer: 0, head: 0, query }));
    await timed(`effect of every token on a row, n = ${n}`, () => ask(row), long ? 3 : rounds);
    const { passes } = (await ask(row)) as { readonly passes: number };
    rows.push([`… for each of its ${passes} forward passes`, Number(rows.at(-1)![1]) / passes]);
    const everyone: Ablation = { kind: 'token', token: 0, heads: 'all', hiddenFrom: 'everyone' };
    await timed(`a token hidden from everyone, n = ${n}`, () => ask({ kind: 'effects', query, ablations: [everyone] }));
    const heads: Ablation = { kind: 'heads', heads: [{ layer: 0, head: 0 }] };
    await timed(`a head switched off, n = ${n}`, () => ask({ kind: 'effects', query, ablations: [heads] }));
  }
  await engine.dispose();
  return table(['question', 'milliseconds'], rows);
}

async function forgetRoles(): Promise<void> {
  const files = await readdir(cacheFolder, { recursive: true });
  const kept = files.filter((file) => file.endsWith('head-roles.json'));
  for (const file of kept) await rm(path.join(cacheFolder, file));
}
