import { availableParallelism, homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CachePolicy } from '../protocol/cachePolicy.ts';
import type { SpecialTokens } from '../protocol/run.ts';
import { expandHome } from '../protocol/userPath.ts';
import { policyNames, policyNotes, readCachePolicy } from './cachePolicies.ts';
import type { TextRange } from './inputText.ts';

/** What every command needs to run a model. */
export interface EngineArguments {
  readonly modelFolder: string;
  readonly cacheFolder: string;
  readonly threads: number;
  /** Bytes. */
  readonly memoryBudget: number;
  readonly specialTokens: SpecialTokens;
}

export const usage = `usage:
  explain-attention explain --text-file FILE --out FILE.safetensors [options]      write the attention of a text
  explain-attention generate --text-file FILE --steps N --out FILE.json [options]  continue a text, token by token
  explain-attention tap [--json] [options]                                         say how attention is read from a model
  explain-attention roles [--json] [options]                                       say what each head does on standard probes
  explain-attention effect --text-file FILE --row I [--json] [options]             weights of a row beside the effect of
                                                                                   hiding each token from it

options:
  --model FOLDER        a model in the Hugging Face layout, with an ONNX file; default: the bundled model
  --dtype fp32          precision in which attention is computed; fp32 is the only one so far
  --threads N           default: half of the processor's threads
  --memory-budget MB    most memory for attention weights, or for a cache and the pass over it; default 4096
  --cache-folder FOLDER where what is measured of models is kept

options of explain, effect and generate:
  --special-tokens HOW  how the names of special tokens in the text are read: text (default), or special

options of explain and effect:
  --range START:END     only this part of the text, counted in UTF-16 units

options of explain:
  --rows START:END      only what these tokens look at, counted from 0
  --layers LIST         only these layers, such as 0,2-4
  --heads LIST          only these heads of each layer

options of generate:
  --cache POLICY        ${wrapped(`keys and values that are kept from step to step: ${policyNotes}`)}
  --attention           write what each step's new position looked at, in every layer and head
  --temperature T       0 (default) takes the most probable token; above, tokens are drawn
  --top-k K             draw from the K most probable tokens only; default 0: all
  --top-p P             draw from the most probable tokens that add up to P only; default 1: all
  --seed N              0 to 4294967295; the same seed gives the same text; default 0`;

/** A call that cannot be understood; the message says what is wrong with it. */
export class UsageError extends Error {}

const bundledModel = fileURLToPath(new URL('../models/default', import.meta.url));

/** @throws UsageError on an unknown option, a missing value, or a number that is none. */
export function parseArguments(args: readonly string[]) {
  const { values, positionals } = parsed(args);
  if (values.dtype !== undefined && values.dtype !== 'fp32') {
    throw new UsageError(`--dtype ${values.dtype} is not known: attention is computed in fp32.`);
  }
  const extra = positionals[1];
  if (extra !== undefined) throw new UsageError(`“${extra}” belongs to no option: a path with blanks needs quotes.`);
  const namedCache = filePath('--cache-folder', values['cache-folder']);
  const textFile = filePath('--text-file', values['text-file']);
  const out = filePath('--out', values.out);
  if (out !== undefined && out === textFile) throw new UsageError('--out would overwrite the file of --text-file.');
  const engine: EngineArguments = {
    modelFolder: filePath('--model', values.model) ?? bundledModel,
    cacheFolder: namedCache ?? defaultCache(),
    threads: positive('--threads', values.threads ?? String(Math.ceil(availableParallelism() / 2))),
    specialTokens: specialTokens(values['special-tokens'] ?? 'text'),
    memoryBudget: positive('--memory-budget', values['memory-budget'] ?? '4096') * 2 ** 20,
  };
  return {
    command: positionals[0],
    engine,
    /** The cache's folder, where the user chose one. */
    namedCache,
    textFile,
    out,
    range: values.range === undefined ? undefined : range('--range', values.range),
    rows: values.rows === undefined ? undefined : range('--rows', values.rows),
    layers: values.layers === undefined ? undefined : numberList('--layers', values.layers),
    heads: values.heads === undefined ? undefined : numberList('--heads', values.heads),
    row: values.row === undefined ? undefined : wholeNumber('--row', values.row, 2 ** 31 - 1),
    json: values.json ?? false,
    generate: {
      steps: values.steps === undefined ? undefined : positive('--steps', values.steps),
      attention: values.attention ?? false,
      policy: cachePolicy(values.cache ?? 'full'),
      sampling: {
        temperature: number('--temperature', values.temperature ?? '0', [0, 100]),
        topK: wholeNumber('--top-k', values['top-k'] ?? '0', 2 ** 31 - 1),
        topP: number('--top-p', values['top-p'] ?? '1', [Number.MIN_VALUE, 1]),
        seed: wholeNumber('--seed', values.seed ?? '0', 2 ** 32 - 1),
      },
    },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        'text-file': { type: 'string' },
        range: { type: 'string' },
        rows: { type: 'string' },
        layers: { type: 'string' },
        heads: { type: 'string' },
        out: { type: 'string' },
        row: { type: 'string' },
        dtype: { type: 'string' },
        threads: { type: 'string' },
        'memory-budget': { type: 'string' },
        'special-tokens': { type: 'string' },
        'cache-folder': { type: 'string' },
        steps: { type: 'string' },
        cache: { type: 'string' },
        attention: { type: 'boolean' },
        temperature: { type: 'string' },
        'top-k': { type: 'string' },
        'top-p': { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new UsageError(`${sentence}.`);
  }
}

/** An absolute path; a relative one counts from the folder in which the command runs. */
function filePath(option: string, value: string | undefined): string | undefined {
  if (value === '') throw new UsageError(`${option} takes a path, not an empty one.`);
  return value === undefined ? undefined : path.resolve(expandHome(value, homedir()));
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${option} takes a whole number above 0, not “${value}”.`);
}

function wholeNumber(option: string, value: string, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= most) return number;
  throw new UsageError(`${option} takes a whole number from 0 to ${most}, not “${value}”.`);
}

function number(option: string, value: string, [least, most]: readonly [number, number]): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= least && number <= most) return number;
  throw new UsageError(`${option} takes a number ${least === 0 ? 'from' : 'above'} 0 to ${most}, not “${value}”.`);
}

function specialTokens(value: string): SpecialTokens {
  if (value === 'text' || value === 'special') return value;
  throw new UsageError(`--special-tokens takes text or special, not “${value}”.`);
}

function range(option: string, value: string): TextRange {
  const [, start, end] = (/^(\d{1,9}):(\d{1,9})$/.exec(value) ?? []).map(Number);
  if (start !== undefined && end !== undefined && start < end) return { start, end };
  throw new UsageError(`${option} takes START:END with START below END, not “${value}”.`);
}

/** Numbers and ranges of them, both ends included, each once and ascending. */
function numberList(option: string, value: string): readonly number[] {
  const numbers = value.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    const [start, end] = [Number(first), Number(last)];
    if (first === undefined || end < start) {
      throw new UsageError(`${option} takes numbers and ranges such as 0,2-4, not “${value}”.`);
    }
    return Array.from({ length: end - start + 1 }, (_, index) => start + index);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function cachePolicy(value: string): CachePolicy {
  const policy = readCachePolicy(value);
  if (policy !== undefined) return policy;
  throw new UsageError(`--cache takes ${policyNames}, not “${value}”.`);
}

/** Lines that begin where the others of the usage do. */
function wrapped(text: string): string {
  return (text.match(/\S.{0,95}(?!\S)/g) ?? []).join(`\n${' '.repeat(24)}`);
}

function defaultCache(): string {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env;
  const folders = [XDG_CACHE_HOME, LOCALAPPDATA, path.join(homedir(), '.cache')];
  const caches = folders.find((folder) => path.isAbsolute(folder)) ?? tmpdir();
  return path.join(caches, 'explain-attention', 'taps');
}
