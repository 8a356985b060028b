// node --import ./scripts/typescript.mjs FILE.ts: lets Node.js 20, which strips no types, run TypeScript.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from 'esbuild';

// Node.js runs the hooks on a thread of their own, in which this module is loaded a second time.
if (isMainThread) register(import.meta.url);

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const file = fileURLToPath(url);
  const source = await readFile(file, 'utf8');
  const { code } = await transform(source, { loader: 'ts', sourcefile: file, sourcemap: 'inline', target: 'node20' });
  return { format: 'module', source: code, shortCircuit: true };
}
