import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** A process that runs a model on demand: it is told a number of tokens by a line, and answers with its milliseconds. */
export class Peer {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly child: ChildProcess,
    reader: Interface,
  ) {
    this.lines = reader[Symbol.asyncIterator]();
  }

  /** Waits until the process says that it is ready. */
  static async start(command: string, args: readonly string[]): Promise<Peer> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const peer = new Peer(child, createInterface({ input: child.stdout }));
    await peer.answer();
    return peer;
  }

  async milliseconds(tokens: number): Promise<number> {
    this.child.stdin?.write(`${tokens}\n`);
    return Number(await this.answer());
  }

  stop(): void {
    this.child.kill();
  }

  private async answer(): Promise<string> {
    const line = await this.lines.next();
    if (line.done === true) throw new Error(`A peer ended: ${this.child.spawnargs.join(' ')}`);
    return line.value;
  }
}

/** The last line that a process writes. */
export async function lastLine(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) last = line;
  if (last === '') throw new Error(`A process ended without an answer: ${command} ${args.join(' ')}`);
  return last;
}

/** The other side of a peer: answers each line with the time of one run. */
export async function serve(run: (tokens: number) => Promise<unknown>): Promise<void> {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const start = performance.now();
    await run(Number(line));
    process.stdout.write(`${performance.now() - start}\n`);
  }
}
