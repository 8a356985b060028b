import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AutoModelForCausalLM, env, type PreTrainedModel, Tensor } from '@huggingface/transformers';
import { LanguageModel } from '../src/model/languageModel.ts';
import { tapModel } from '../src/model/tap/tapModel.ts';
import { interleaved, machine, median, table } from './measure.ts';

/**
 * Explaining a text (one forward pass, attention of all heads fetched) against a plain run of the untouched model,
 * against the tapped model with its logits kept, and against PyTorch eager with attentions; one process, turn by turn.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cache: { type: 'string' },
    python: { type: 'string' },
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '1' },
  },
});
const lengths = [64, 256, 512];
const cacheFolder = path.resolve(values.cache ?? '.cache/bench/taps');
const threads = Number(values.threads);
env.allowRemoteModels = false;

process.stdout.write(
  `${machine()}; ${threads} thread(s), medians of ${values.rounds} interleaved rounds, milliseconds\n\n`,
);
for (const folder of positionals) process.stdout.write(`${await report(path.resolve(folder))}\n\n`);

async function report(modelFolder: string): Promise<string> {
  const plain = await load(modelFolder, 'model');
  const tapped = await tapModel({ modelFolder, cacheFolder, keep: 'logits' });
  const withLogits = await load(tapped.folder, tapped.fileName);
  const explaining = await LanguageModel.load({ modelFolder, cacheFolder, threads, onTapped: () => Promise.resolve() });
  const eager = eagerTimes(modelFolder);
  const rows: (string | number)[][] = [];
  for (const length of lengths) {
    const ids = Array.from({ length }, (_, index) => 1 + ((index * 7919) % 250));
    const times = await interleaved(Number(values.rounds), {
      plain: () => plain(inputs(ids)) as Promise<unknown>,
      explain: () => explaining.attention(ids, new AbortController().signal),
      withLogits: () => withLogits(inputs(ids)) as Promise<unknown>,
    });
    const base = median(times.plain);
    const torch = eager[String(length)];
    rows.push([
      String(length),
      base,
      median(times.explain),
      median(times.explain) / base,
      median(times.withLogits) / base,
      torch ? median(torch) : 'not measured',
      torch ? median(torch) / median(times.explain) : '',
    ]);
  }
  await Promise.all([plain.dispose(), withLogits.dispose(), explaining.dispose()]);
  const header = [
    'n',
    'plain run',
    'explain',
    'explain ÷ plain',
    'with logits ÷ plain',
    'PyTorch eager',
    'PyTorch ÷ explain',
  ];
  return `**${path.basename(modelFolder)}**\n\n${table(header, rows)}`;
}

function load(folder: string, fileName: string): Promise<PreTrainedModel> {
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  return AutoModelForCausalLM.from_pretrained(folder, {
    local_files_only: true,
    model_file_name: fileName,
    dtype: 'fp32',
    device: 'cpu',
    session_options,
  });
}

function inputs(ids: readonly number[]): Readonly<Record<string, Tensor>> {
  const shape = [1, ids.length];
  return {
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
  };
}

function eagerTimes(modelFolder: string): Readonly<Record<string, readonly number[]>> {
  if (values.python === undefined) return {};
  const args = ['bench/pytorch.py', modelFolder, String(threads), values.rounds, ...lengths.map(String)];
  return JSON.parse(execFileSync(values.python, args, { encoding: 'utf8' })) as Record<string, number[]>;
}
