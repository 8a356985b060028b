import { Runtime } from '../../../src/model/runtime/runtime.ts';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Engine } from '../../../src/model/engine.ts';
import { folderOf, never } from '../generate/support.ts';
import { useEngine } from './support.ts';

const { explain, cacheFolder } = useEngine();

test('the bundled model: every head has its scores, and some heads have a role', async () => {
  const { ask, summary } = await explain('default', 'The cat sat on the mat.');
  const { layers, heads, kind, ...scores } = await ask({ kind: 'roles' });
  expect([kind, layers, heads]).toEqual(['roles', summary.model.layers, summary.model.heads]);
  for (const values of Object.values(scores)) {
    expect(values).toHaveLength(layers * heads);
    expect(values.every((score) => score >= 0 && score <= 1)).toBe(true);
  }
  expect(Math.max(...scores.previousToken)).toBeGreaterThan(0.5);
  expect(Math.max(...scores.induction)).toBeGreaterThan(0.2);
  expect(Math.max(...scores.stringQuotes)).toBeGreaterThan(0.6);
});

test('they are measured once, and again when what was kept is damaged', async () => {
  const { ask } = await explain('default', 'The cat sat on the mat.');
  const measured = await ask({ kind: 'roles' });
  const file = await keptFile();
  const kept = JSON.parse(await readFile(file, 'utf8')) as { induction: number[] };
  expect(Float32Array.from(kept.induction)).toEqual(measured.induction);
  await writeFile(file, JSON.stringify({ ...kept, induction: kept.induction.map(() => 0.25) }));
  expect(new Set((await rolesOfAnother()).induction)).toEqual(new Set([0.25]));
  await writeFile(file, JSON.stringify({ ...kept, induction: [1] }));
  expect(await rolesOfAnother()).toEqual(measured);
});

test.each(['llama', 'gpt2', 'bert'])('%s: scores on tokens of its own, between its own special ones', async (model) => {
  const { ask, summary } = await explain(model, 'The cat sat on the mat.');
  const { induction } = await ask({ kind: 'roles' });
  expect(induction).toHaveLength(summary.model.layers * summary.model.heads);
});

test('timing: a pass over as many tokens, within the budget', async () => {
  const { ask } = await explain('default', 'The cat sat on the mat.', 2 ** 22);
  const timing = await ask({ kind: 'timing', tokens: 100 });
  expect(timing).toMatchObject({ kind: 'timing', tokens: 100 });
  expect(timing.milliseconds).toBeGreaterThan(1);
  await expect(ask({ kind: 'timing', tokens: 500 })).rejects.toMatchObject({ failure: { code: 'overBudget' } });
});

async function keptFile(): Promise<string> {
  const files = await readdir(cacheFolder(), { recursive: true });
  return path.join(
    cacheFolder(),
    files.find((file) => file.endsWith('head-roles.json'))!,
  );
}

/** As another process has them, with the same cache. */
async function rolesOfAnother() {
  const engine = new Engine(new Runtime({ cacheFolder: cacheFolder(), threads: 1 }));
  const options = { modelFolder: folderOf('default'), text: 'Time flies', memoryBudget: 2 ** 30 };
  const { run } = await engine.explain(options, () => undefined, never);
  const roles = await engine.inspect({ run, question: { kind: 'roles' } }, never);
  await engine.dispose();
  if (roles.kind !== 'roles') throw new Error(roles.kind);
  return roles;
}
