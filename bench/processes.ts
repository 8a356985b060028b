import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';

export interface ProcessMemory {
  readonly command: string;
  /** Resident memory. */
  readonly mebibytes: number;
}

/** The processes of a group, in the order in which they were started. */
export async function processesOf(group: number): Promise<readonly ProcessMemory[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pgid=,rss=,args=', '--sort=start_time']);
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => Number(match?.[1]) === group)
    .map((match) => ({ command: match?.[3] ?? '', mebibytes: Number(match?.[2]) / 1024 }));
}

/** Memory of the last started process whose command names a part; NaN where there is none. */
export function newest(list: readonly ProcessMemory[], part: string): number {
  return list.filter(({ command }) => command.includes(part)).at(-1)?.mebibytes ?? Number.NaN;
}

/** MiB that a Chromium's pages take together, frames included. */
export async function renderersOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const ids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', ids.join(',')]);
  return stdout.split('\n').reduce((sum, resident) => sum + Number(resident), 0) / 1024;
}
