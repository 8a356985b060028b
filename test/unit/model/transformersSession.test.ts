import path from 'node:path';
import { expect, test } from 'vitest';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { transformersSession } from '../../../src/model/runtime/transformersSession.ts';

test('transformers.js opens a tapped graph whose weights stay in their file', async () => {
  const { sidecar, weights } = await readRuntimeGraph(path.resolve('test/vectors/gpt2-external'));
  const session = await transformersSession(sidecar, 1);
  expect(Reflect.get(session, 'config')).toEqual({ dtype: 'fp32', device: 'cpu' });
  expect(session.outputNames).toEqual(expect.arrayContaining([...weights]));
  await session.release();
});

test('several at once get their own graphs', async () => {
  const names = ['gpt2', 'bert', 'llama'];
  const tapped = await Promise.all(names.map((name) => readRuntimeGraph(path.resolve('test/vectors', name))));
  const sessions = await Promise.all(tapped.map(({ sidecar }) => transformersSession(sidecar, 1)));
  tapped.forEach(({ inputs }, place) => {
    expect(sessions[place]!.inputNames).toEqual(expect.arrayContaining(inputs.map(({ name }) => name)));
  });
  for (const session of sessions) await session.release();
});
