import { readFileSync } from 'node:fs';
import { parseArguments, usage, UsageError } from './arguments.ts';
import { effect } from './effect.ts';
import { explain } from './explain.ts';
import { requireFolder, unwritable } from './files.ts';
import { generate } from './generate.ts';
import { roles } from './roles.ts';
import { tap } from './tap.ts';
import { requireWritable } from './wholeFile.ts';

/** The command line: exit 0, or 1 with one line on standard error that says what is wrong and what to do. */

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function run(args: readonly string[]): Promise<string> {
  if (args.length === 0 || args.includes('--help')) return usage;
  const { command, engine, namedCache, textFile, range, out, row, json, ...options } = parseArguments(args);
  const { generate: generating, ...part } = options;
  if (namedCache !== undefined) await requireFolder(namedCache, '--cache-folder');
  switch (command) {
    case 'explain':
      if (textFile === undefined || out === undefined) throw new UsageError('explain needs --text-file and --out.');
      await requireWritable(out);
      return explain({ ...engine, ...part, textFile, range, out }, version);
    case 'generate': {
      const { steps } = generating;
      if (textFile === undefined || out === undefined || steps === undefined) {
        throw new UsageError('generate needs --text-file, --steps and --out.');
      }
      await requireWritable(out);
      return generate({ ...engine, ...generating, steps, textFile, out }, version);
    }
    case 'tap':
      return tap(engine, json);
    case 'roles':
      return roles(engine, json);
    case 'effect':
      if (textFile === undefined || row === undefined) throw new UsageError('effect needs --text-file and --row.');
      return effect({ ...engine, textFile, range, row }, json);
    default:
      throw new UsageError(`“${command ?? ''}” is no command: use explain, generate, tap, roles or effect.`);
  }
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? ' (explain-attention --help lists the options)' : '';
  process.stderr.write(`explain-attention: ${message.replace(/\s*\n\s*/g, ' ')}${hint}\n`);
  process.exitCode = 1;
}

process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the output may have seen enough, as head has.
  if (error.code !== 'EPIPE') fail(unwritable('standard output', error));
});
try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  fail(error);
}
