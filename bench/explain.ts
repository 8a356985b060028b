import path from 'node:path';
import { parseArgs } from 'node:util';
import { AutoModelForCausalLM, env, type PreTrainedModel, Tensor } from '@huggingface/transformers';
import { wholeAttention } from '../src/model/runtime/wholeAttention.ts';
import { modelInMemory } from './inMemory.ts';
import { idsOf, interleaved, machine, median, table } from './measure.ts';
import { Peer, serve } from './peer.ts';

/**
 * Explaining a text (attention of all heads fetched) against a plain run of the untouched model, against the tapped
 * model with its logits kept, and against PyTorch eager with attentions. Each is a process of its own, since ONNX Runtime
 * takes denormal numbers as zero for a whole process or not at all; they take turns.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string', default: '.cache/bench/taps' },
    lane: { type: 'string' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
  },
});
const lengths = [64, 256, 512];
const cacheFolder = path.resolve(values.cache);
const threads = Number(values.threads);
env.allowRemoteModels = false;

/** What is measured: each in the process that its name starts. */
const lanes: Readonly<Record<string, (modelFolder: string) => Promise<(ids: readonly number[]) => Promise<unknown>>>> =
  {
    plain: (folder) => plainRun(folder, false),
    plainDenormals: (folder) => plainRun(folder, true),
    withLogits: async (modelFolder) => {
      const model = await modelInMemory(modelFolder, cacheFolder, threads);
      const weights = [...model.facts.keys()];
      const wanted = { past: model.emptyPast, pastLength: 0, weights, wantsLogits: true };
      return (ids) => model.run({ ...wanted, ids, positions: [...ids.keys()] });
    },
    explain: async (modelFolder) => {
      const model = await modelInMemory(modelFolder, cacheFolder, threads);
      return (ids) => wholeAttention(model, ids, new AbortController().signal);
    },
  };

const lane = values.lane === undefined ? undefined : lanes[values.lane];
if (lane !== undefined) {
  const run = await lane(path.resolve(positionals[0] ?? ''));
  await serve((tokens) => run(idsOf(tokens)));
} else {
  process.stdout.write(`${machine()}; ${threads} thread(s), medians of ${values.rounds} rounds, milliseconds\n\n`);
  for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);
}

async function report(modelFolder: string): Promise<string> {
  const start = (name: string): Promise<Peer> =>
    Peer.start(process.execPath, [
      ...process.argv.slice(1, 2),
      '--lane',
      name,
      '--cache',
      cacheFolder,
      '--threads',
      values.threads,
      modelFolder,
    ]);
  const peers = {
    plain: await start('plain'),
    plainDenormals: await start('plainDenormals'),
    withLogits: await start('withLogits'),
    explain: await start('explain'),
    ...(values.python !== undefined && {
      eager: await Peer.start(values.python, ['bench/pytorch.py', modelFolder, values.threads]),
    }),
  };
  const rows: (string | number)[][] = [];
  for (const length of lengths) {
    const work = Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [name, () => peer.milliseconds(length)] as const),
    );
    const times = await interleaved(Number(values.rounds), work);
    const of = (name: keyof typeof peers): number => median(times[name] ?? []);
    rows.push([
      String(length),
      of('plain'),
      of('explain'),
      of('explain') / of('plain'),
      of('explain') / of('plainDenormals'),
      of('withLogits') / of('plain'),
      of('eager'),
      of('eager') / of('explain'),
    ]);
  }
  for (const peer of Object.values(peers)) peer.stop();
  const header = [
    'n',
    'plain run',
    'explain',
    'explain ÷ plain',
    'explain ÷ plain with denormals as zero',
    'with logits ÷ plain',
    'PyTorch eager',
    'PyTorch ÷ explain',
  ];
  return `**${path.basename(modelFolder)}**\n\n${table(header, rows)}`;
}

/** One pass of a model as it is in its file, through transformers.js. */
async function plainRun(
  folder: string,
  denormalsAsZero: boolean,
): Promise<(ids: readonly number[]) => Promise<unknown>> {
  const extra = denormalsAsZero ? { extra: { session: { set_denormal_as_zero: '1' } } } : {};
  const model: PreTrainedModel = await AutoModelForCausalLM.from_pretrained(folder, {
    local_files_only: true,
    dtype: 'fp32',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1, ...extra },
  });
  return (ids) => {
    const shape = [1, ids.length];
    const inputs = {
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    };
    return model(inputs) as Promise<unknown>;
  };
}
