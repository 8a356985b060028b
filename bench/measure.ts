import { cpus, totalmem } from 'node:os';
import { collectGarbage } from '../src/model/runtime/garbage.ts';

/** Median of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Value below which the given share of the numbers lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/**
 * Times several pieces of work turn by turn, so that whatever else the machine does falls on all of them alike.
 * The first round warms up and is not counted.
 *
 * @param work each piece may say itself how many milliseconds count; otherwise the time of its call does
 * @returns for each piece the milliseconds of every round.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(work) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      const own = await work[name]();
      if (round > 0) times[name].push(typeof own === 'number' ? own : performance.now() - start);
    }
  }
  return times;
}

/** Memory of this process in bytes, once its garbage is collected: what JavaScript holds, and what the system sees. */
export async function memory(): Promise<{ readonly held: number; readonly resident: number }> {
  await collectGarbage();
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage();
  return { held: arrayBuffers + heapUsed, resident: rss };
}

/** The machine that the figures belong to. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} threads, ${memory} GiB, Node ${process.version}`;
}

/** A table in Markdown, numbers with two significant places behind the point where they are small. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => (typeof value === 'number' ? format(value) : value);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A prompt of so many tokens that every vocabulary has. */
export function idsOf(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => 1 + ((index * 7919) % 250));
}
