import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import {
  attentionRow,
  attentionTriangle,
  cacheNorms,
  closeGeneration,
  goToToken,
  policyEffect,
  recomputeStep,
  returnToBranch,
  setCachePolicy,
  setSampling,
  startGeneration,
  type StartGenerationRequest,
  stepGeneration,
} from '../../../src/protocol/generationWire.ts';
import { explainProgress } from '../../../src/protocol/modelWire.ts';
import { everyHead, folderOf, greedy, idsOf } from './support.ts';

/** The built model process over its real wire. */
let cacheFolder: string;
let child: ChildProcess;
let connection: MessageConnection;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-wire-'));
  child = fork('dist/modelProcess.mjs', ['--cache', cacheFolder, '--threads', '1'], { serialization: 'advanced' });
  connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
});
afterAll(async () => {
  connection.dispose();
  child.kill('SIGKILL');
  await rm(cacheFolder, { recursive: true, force: true });
});

const request: StartGenerationRequest = {
  modelFolder: folderOf('default'),
  text: 'The animal was',
  policy: { kind: 'full' },
  sampling: greedy,
  memoryBudget: 2 ** 30,
  progress: 'generation-test',
};

test('every request is answered', async () => {
  const stages: string[] = [];
  connection.onProgress(explainProgress, request.progress, ({ stage }) => stages.push(stage));
  const { origin } = await connection.sendRequest(startGeneration, request);
  expect(stages).toEqual(['tapping', 'loading', 'tokenizing', 'running']);
  const { generation } = origin;
  await connection.sendRequest(stepGeneration, { generation });
  const line = await connection.sendRequest(stepGeneration, { generation });
  await connection.sendRequest(goToToken, { generation, taken: 0 });
  const other = await connection.sendRequest(stepGeneration, { generation, token: 42 });
  expect(idsOf(other)).toEqual([42]);
  const returned = await connection.sendRequest(returnToBranch, { generation, branch: other.branches[0]!.branch });
  expect(idsOf(returned)).toEqual(idsOf(line));
  const recomputed = await connection.sendRequest(recomputeStep, { generation });
  expect(recomputed.steps.at(-1)!.recomputed!.difference).toBeLessThan(1e-4);

  const row = await connection.sendRequest(attentionRow, { generation, heads: everyHead });
  expect(row.weights).toBeInstanceOf(Float32Array);
  expect(row.weights).toHaveLength(row.keys.length);
  const triangle = await connection.sendRequest(attentionTriangle, { generation, heads: everyHead, resolution: 4 });
  expect(triangle).toMatchObject({ rows: 4, columns: 4 });
  const norms = await connection.sendRequest(cacheNorms, { generation, layer: 5 });
  expect(norms.keys).toHaveLength(8 * norms.positions.length);

  const policy = { kind: 'window', window: 3, sinks: 1 } as const;
  const windowed = await connection.sendRequest(setCachePolicy, { generation, policy });
  expect(windowed.cache).toMatchObject({ policy, kept: { length: 4 } });
  const sampling = { ...greedy, temperature: 1 };
  expect((await connection.sendRequest(setSampling, { generation, sampling })).sampling).toEqual(sampling);
  expect((await connection.sendRequest(policyEffect, { generation })).next.policy.policy).toBeGreaterThan(0);

  await connection.sendRequest(closeGeneration, { generation });
  await expect(connection.sendRequest(stepGeneration, { generation })).rejects.toMatchObject({
    data: { code: 'unknownRun' },
  });
});

test('a cancelled start ends, and the next one is answered', async () => {
  const policy = { kind: 'window', window: 2, sinks: 0 } as const;
  const cancellation = new CancellationTokenSource();
  const started = connection.sendRequest(
    startGeneration,
    { ...request, text: 'word '.repeat(20_000), policy },
    cancellation.token,
  );
  setTimeout(() => cancellation.cancel(), 300);
  await expect(started).rejects.toThrow();
  const { state } = await connection.sendRequest(startGeneration, { ...request, policy });
  expect(state.cache.kept).toHaveLength(2);
});
