import { execFile, fork } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { expect, test } from 'vitest';
import { allocatorEnvironment } from '../../../src/protocol/allocator.ts';
import { explainRequest, releaseRequest } from '../../../src/protocol/modelWire.ts';
import { folderOf } from '../generate/support.ts';
import { useCache, words } from './support.ts';

const cache = useCache();

test('a process that rests has given back the memory of a run that was closed', async () => {
  const child = fork(path.resolve('dist/modelProcess.mjs'), ['--cache', cache(), '--threads', '1'], {
    serialization: 'advanced',
    env: { ...process.env, ...allocatorEnvironment },
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const resident = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)]);
    return Number(stdout) * 1024;
  };
  const explain = (text: string) =>
    connection.sendRequest(explainRequest, {
      modelFolder: folderOf('default'),
      text,
      memoryBudget: 2 ** 30,
      progress: 'memory',
    });
  try {
    const { run, bytes } = await explain(words.repeat(250));
    // What the passes left behind goes too.
    let held = Infinity;
    await expect
      .poll(
        async () => {
          const before = held;
          held = await resident();
          return Math.abs(before - held) < 2 ** 20;
        },
        { interval: 1000, timeout: 15_000 },
      )
      .toBe(true);
    await connection.sendRequest(releaseRequest, { run });
    // V8 by itself takes longer; the allocator by itself keeps most of it.
    await expect.poll(async () => held - (await resident()), { timeout: 15_000 }).toBeGreaterThan(0.8 * bytes);
  } finally {
    connection.dispose();
    child.kill('SIGKILL');
  }
});
