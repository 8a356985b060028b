import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from '../../scripts/setup/shell.mjs';
import { hostTests } from './bundle.ts';

/** What mocha's `json` reporter writes, as far as it is read here. */
interface MochaReport {
  readonly stats: { readonly passes: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly stack?: string } }[];
}

/**
 * Prints what the tests in VS Code reported.
 * @param complaint what VS Code said, if it did not say that all is well
 * @returns the exit code
 */
export async function printReport(complaint: string | undefined): Promise<number> {
  const text = await readFile(path.join(hostTests, 'report.json'), 'utf8').catch(() => {
    throw new SetupError(`The tests in VS Code left no report. VS Code said: ${complaint ?? 'nothing'}`);
  });
  const report = JSON.parse(text) as MochaReport;
  for (const { fullTitle, err } of report.failures) process.stdout.write(`\n✗ ${fullTitle}\n${err.stack ?? ''}\n`);
  const { passes, failures } = report.stats;
  process.stdout.write(`\n${passes} passed, ${failures} failed\n`);
  return failures === 0 && passes > 0 ? 0 : 1;
}
