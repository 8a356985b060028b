import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What every command needs to run a model. */
export interface EngineArguments {
  readonly modelFolder: string;
  readonly cacheFolder: string;
  readonly threads: number;
  /** Bytes. */
  readonly memoryBudget: number;
}

export const usage = `usage:
  explain-attention explain --text-file FILE --out FILE.safetensors [options]   write the attention of a text
  explain-attention tap [--json] [options]                                      say how attention is read from a model

options:
  --model FOLDER        a model in the Hugging Face layout with onnx/model.onnx; default: the bundled model
  --dtype fp32          precision in which attention is computed; fp32 is the only one so far
  --threads N           default: half of the processor's threads
  --memory-budget MB    most memory for attention weights; default 4096
  --cache FOLDER        where tapped copies of models are kept`;

/** A call that cannot be understood; the message says what is wrong with it. */
export class UsageError extends Error {}

const bundledModel = fileURLToPath(new URL('../models/default', import.meta.url));

/** @throws UsageError on an unknown option, a missing value, or a number that is none. */
export function parseArguments(args: readonly string[]) {
  const { values, positionals } = parsed(args);
  if (values.dtype !== undefined && values.dtype !== 'fp32') {
    throw new UsageError(`--dtype ${values.dtype} is not known: attention is computed in fp32.`);
  }
  const engine: EngineArguments = {
    modelFolder: path.resolve(values.model ?? bundledModel),
    cacheFolder: path.resolve(values.cache ?? defaultCache()),
    threads: positive('--threads', values.threads ?? String(Math.ceil(availableParallelism() / 2))),
    memoryBudget: positive('--memory-budget', values['memory-budget'] ?? '4096') * 2 ** 20,
  };
  return {
    command: positionals[0],
    engine,
    textFile: values['text-file'],
    out: values.out,
    json: values.json ?? false,
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
        out: { type: 'string' },
        dtype: { type: 'string' },
        threads: { type: 'string' },
        'memory-budget': { type: 'string' },
        cache: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${option} takes a whole number above 0, not «${value}».`);
}

function defaultCache(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? process.env['LOCALAPPDATA'] ?? path.join(homedir(), '.cache');
  return path.join(caches, 'explain-attention', 'taps');
}
