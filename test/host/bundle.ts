import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { out, root } from '../../scripts/setup/places.mjs';

/** Where the bundled tests are, and where they leave their report. */
export const hostTests = path.join(out, 'host');

/** Bundles the tests of this folder for the extension host, which loads CommonJS. */
export async function bundleHostTests(): Promise<void> {
  const files = await readdir(import.meta.dirname, { recursive: true });
  const tests = files.filter((file) => file.endsWith('.test.ts') || file === 'run.ts');
  await rm(hostTests, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: tests.map((file) => path.join(import.meta.dirname, file)),
    outdir: hostTests,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}
