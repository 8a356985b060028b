import { describe, expect, test } from 'vitest';
import { newestPasses, rowCost, RunEstimate, type TimedPass } from '../../../src/attention/runTime.ts';
import { uniformAt } from '../../../src/attention/random.ts';

interface Machine {
  readonly base: number;
  readonly perKey: number;
  /** How much longer a pass takes than it should. */
  readonly delay?: (pass: number) => number;
}

/** The passes of a run on a machine of which the costs are known. */
function passesOn({ base, perKey, delay = () => 1 }: Machine, total: number, step: number): readonly TimedPass[] {
  return Array.from({ length: Math.ceil(total / step) }, (_, pass) => {
    const end = Math.min(total, (pass + 1) * step);
    const rows = end - pass * step;
    return { rows, keys: end, milliseconds: rows * (base + perKey * end) * delay(pass) };
  });
}

/** What is said before the first pass and after each of them, as shares of what the rest really takes. */
function ratios(
  passes: readonly TimedPass[],
  step: number,
  earlier: readonly TimedPass[],
): readonly (number | undefined)[] {
  let clock = 1e6;
  const total = passes.at(-1)!.keys;
  const estimate = new RunEstimate(total, step, earlier, () => clock);
  const said = [estimate.left];
  for (const { keys, milliseconds } of passes) {
    clock += milliseconds;
    estimate.passed(keys);
    said.push(estimate.left);
  }
  expect(said.pop()).toBe(0);
  return said.map((left, done) => {
    const truth = passes.slice(done).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return left === undefined ? undefined : left / truth;
  });
}

const machines: readonly Machine[] = [
  { base: 1, perKey: 0 },
  { base: 0, perKey: 0.01 },
  { base: 0.2, perKey: 0.0001 },
  { base: 3, perKey: 0.002 },
  { base: 50, perKey: 0.1 },
];
const runs = [
  [16_384, 256],
  [5000, 128],
  [2048, 32],
  [700, 128],
] as const;

function expectWithinTwice(found: readonly (number | undefined)[], from: number): void {
  for (const ratio of found.slice(from)) {
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  }
  for (const ratio of found) expect(ratio ?? 1).toSatisfy((said: number) => said > 0.5 && said < 2);
}

describe.each(runs)('the time left of %i tokens in passes of %i', (total, step) => {
  const from = Math.max(4, Math.ceil(total / 4 / step));

  test.each(machines)('follows from the run alone after a quarter: $base + $perKey per key', (machine) => {
    const found = ratios(passesOn(machine, total, step), step, []);
    expect(found[0]).toBeUndefined();
    expectWithinTwice(found, from);
  });

  test.each(machines)('and from an earlier, shorter run from the beginning: $base + $perKey per key', (machine) => {
    const earlier = newestPasses(passesOn(machine, total / 2, step));
    if (earlier.length > 1) expectWithinTwice(ratios(passesOn(machine, total, step), step, earlier), 0);
  });

  test.each(machines)('after one pass at any speed of the machine: $base + $perKey per key', (machine) => {
    const earlier = newestPasses(passesOn(machine, total, step));
    for (const slower of [1 / 5, 7]) {
      const passes = passesOn({ ...machine, delay: () => slower }, total, step);
      expectWithinTwice(
        ratios(passes, step, earlier).map((ratio, done) => (done === 0 ? 1 : ratio)),
        1,
      );
    }
  });

  test.each(machines)('on a machine that is busy now and then: $base + $perKey per key', (machine) => {
    // A slow first pass, up to a third more for each, and every tenth pass held back.
    const delay = (pass: number): number =>
      (pass === 0 ? 3 : 1) * (1 + uniformAt(total, pass) / 3) * (pass % 10 === 9 ? 2 : 1);
    const passes = passesOn({ ...machine, delay }, total, step);
    expectWithinTwice(ratios(passes, step, []).slice(0, Math.ceil((0.9 * total) / step)), from);
  });
});

test('a machine that has become slower is believed after some passes', () => {
  const delay = (pass: number): number => (pass < 20 ? 1 : 5);
  const passes = passesOn({ base: 0.2, perKey: 0.0001, delay }, 16_384, 256);
  expectWithinTwice(ratios(passes, 256, []).slice(28), 0);
});

test('passes over few keys say nothing of many', () => {
  const short = passesOn({ base: 0, perKey: 0.01 }, 100, 128);
  expect(new RunEstimate(16_384, 256, short, () => 0).left).toBeUndefined();
  expect(new RunEstimate(150, 256, short, () => 0).left).toBeGreaterThan(0);
});

test('a line through measured passes has no negative part', () => {
  expect(rowCost([])).toBeUndefined();
  expect(rowCost([{ rows: 10, keys: 10, milliseconds: 50 }])).toEqual({ base: 5, perKey: 0 });
  const falling = [
    { rows: 1, keys: 100, milliseconds: 4 },
    { rows: 1, keys: 200, milliseconds: 2 },
  ];
  expect(rowCost(falling)).toEqual({ base: 3, perKey: 0 });
});

test('of earlier runs the newest pass of each doubling of keys is kept', () => {
  const passes = [128, 256, 384, 512, 128].map((keys, at) => ({ rows: 128, keys, milliseconds: at }));
  expect(newestPasses(passes).map(({ keys, milliseconds }) => [keys, milliseconds])).toEqual([
    [128, 4],
    [256, 1],
    [512, 3],
  ]);
});
