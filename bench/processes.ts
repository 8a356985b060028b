import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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
