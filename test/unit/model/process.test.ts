import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import type { Failure } from '../../../src/protocol/failure.ts';
import {
  type ExplainRequest,
  explainProgress,
  explainRequest,
  releaseRequest,
  sliceRequest,
} from '../../../src/protocol/modelWire.ts';
import type { RunSummary } from '../../../src/protocol/run.ts';

/** The built model process over its real wire. */
let cacheFolder: string;
let child: ChildProcess;
let connection: MessageConnection;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'explain-attention-process-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

beforeEach(() => {
  child = fork('dist/modelProcess.mjs', ['--cache', cacheFolder, '--threads', '1'], { serialization: 'advanced' });
  connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
});
afterEach(() => {
  connection.dispose();
  child.kill('SIGKILL');
});

const words = 'the cat sat on the mat and looked at the dog ';

function requestFor(text: string): ExplainRequest {
  return { modelFolder: path.resolve('models/default'), text, memoryBudget: 2 ** 30, progress: 'test' };
}

function explain(text: string): Promise<RunSummary> {
  return connection.sendRequest(explainRequest, requestFor(text));
}

test('slices cross the wire as they are', async () => {
  const { run, tokens } = await explain('Time flies fast');
  const whole = { start: 0, end: tokens.length };
  const slice = await connection.sendRequest(sliceRequest, {
    run,
    heads: { kind: 'head', layer: 0, head: 0 },
    quantity: 'weight',
    rows: whole,
    columns: whole,
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  });
  expect(slice.data).toBeInstanceOf(Float32Array);
  expect(slice.data.length).toBe(tokens.length ** 2);
  expect(slice.data[0]).toBe(1);
});

test('failures cross the wire whole', async () => {
  const error: unknown = await explain('').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ResponseError);
  expect((error as ResponseError<Failure>).data).toMatchObject({
    code: 'emptyText',
    advice: 'Select some text first.',
  });
});

test('a cancelled run ends with an error and the next one is answered', async () => {
  await explain('warm');
  const cancellation = new CancellationTokenSource();
  const progress = connection.onProgress(explainProgress, 'test', () => {
    cancellation.cancel();
  });
  const cancelled = connection.sendRequest(explainRequest, requestFor(words.repeat(40)), cancellation.token);
  await expect(cancelled).rejects.toThrow();
  progress.dispose();
  expect((await explain('next')).text).toBe('next');
});

test('it ends when the extension host is gone', async () => {
  await explain('warm');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('memory', () => {
  /** Bytes of the process in memory, as the system counts them. */
  async function residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  async function explainAndRelease(times: number): Promise<RunSummary> {
    const summary = await explain(words.repeat(40));
    await connection.sendRequest(releaseRequest, { run: summary.run });
    return times > 1 ? explainAndRelease(times - 1) : summary;
  }

  test.runIf(process.platform === 'linux')(
    'does not grow over a hundred runs that are released',
    async () => {
      const { bytes } = await explainAndRelease(20);
      const before = await residentBytes();
      await explainAndRelease(100);
      expect(bytes).toBeGreaterThan(15e6);
      expect((await residentBytes()) - before).toBeLessThan(4 * bytes);
    },
    120_000,
  );
});
