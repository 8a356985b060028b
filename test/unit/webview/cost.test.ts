import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costLengths } from '../../../src/attention/costs.ts';
import { axesOf, dotsPath, linePath, shareOf } from '../../../webview-ui/panel/charts/logAxes.ts';
import { costAt, lengthText, type CostedModel } from '../../../webview-ui/panel/cost/growth.ts';
import { timedLengths, Timings } from '../../../webview-ui/panel/cost/timings.ts';

describe('logarithmic axes', () => {
  it('turn a power law into a straight line', () => {
    const points = [1, 10, 100].map((x) => ({ x, y: 3 * x ** 2 }));
    const axes = axesOf(points, 10);
    expect(axes).toEqual({ x: { low: 1, high: 100 }, y: { low: 1, high: 100_000 } });
    const [first, second, third] = points.map(({ y }) => shareOf(y, axes.y));
    expect(second! - first!).toBeCloseTo(third! - second!, 12);
  });

  it('begin and end at powers of the base, and hold every point', () => {
    const value = fc.double({ min: 1e-6, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ x: value, y: value }), { minLength: 1 }),
        fc.constantFrom(10, 16),
        (points, base) => {
          const { x, y } = axesOf(points, base);
          for (const point of points) {
            expect(shareOf(point.x, x)).toBeGreaterThanOrEqual(0);
            expect(shareOf(point.y, y)).toBeGreaterThanOrEqual(-1e-12);
            expect(shareOf(point.y, y)).toBeLessThanOrEqual(1 + 1e-12);
          }
          expect(Math.log(y.high / y.low) / Math.log(base)).toBeGreaterThan(0.99);
        },
      ),
    );
  });

  it('draw from the lower left to the upper right', () => {
    const points = [
      { x: 1, y: 1 },
      { x: 100, y: 10 },
    ];
    expect(linePath(points, axesOf(points, 10), 200, 50)).toBe('M0.0 50.0L200.0 0.0');
    expect(dotsPath(points, axesOf(points, 10), 200, 50)).toBe('M0.0 50.0h0.01M200.0 0.0h0.01');
  });
});

describe('costs of a model', () => {
  const model: CostedModel = {
    ...{ name: 'a', source: undefined, bytes: 2, causal: true },
    ...{ layers: 2, queryHeads: 4, keyValueHeads: 2, headSize: 8, linearWeights: 1000 },
  };

  it('are counted from its shape', () => {
    expect(costAt(model, 10)).toEqual({
      n: 10,
      entries: 2 * 4 * 100,
      causalEntries: 2 * 4 * 55,
      matrixBytes: 2 * 4 * 100 * 2,
      cacheBytes: 2 * 2 * 2 * 8 * 2 * 10,
      attention: 2 * 2 * 4 * 8 * 100,
      rest: 10_000,
    });
  });

  it('are named by even lengths', () => {
    expect(costLengths.map(lengthText).slice(5, 8)).toEqual(['512', '1K', '2K']);
    expect(lengthText(1500)).toBe('1500');
  });
});

describe('timings', () => {
  it('double from 16 to the context', () => {
    expect(timedLengths(512)).toEqual([16, 32, 64, 128, 256, 512]);
    expect(timedLengths(100)).toEqual([16, 32, 64, 100]);
    expect(timedLengths(8)).toEqual([8]);
  });

  it('keep the fastest of up to three passes, one after the other', async () => {
    const times: Record<number, number[]> = { 16: [5, 3, 4, 1], 32: [200, 150, 1], 64: [900, 1] };
    let running = 0;
    const timings = new Timings(async (tokens) => {
      expect(++running).toBe(1);
      await Promise.resolve();
      running--;
      return { tokens, milliseconds: times[tokens]!.shift()! };
    });
    await timings.measure([16, 32, 64]);
    expect(timings.done.value).toEqual([
      { tokens: 16, milliseconds: 3, passes: 3 },
      { tokens: 32, milliseconds: 150, passes: 2 },
      { tokens: 64, milliseconds: 900, passes: 1 },
    ]);
    expect(timings.measuring.value).toBeUndefined();
  });

  it('stop when cancelled and keep what is measured', async () => {
    const asked: number[] = [];
    const timings = new Timings((tokens, token) => {
      asked.push(tokens);
      if (tokens === 16) return Promise.resolve({ tokens, milliseconds: 1000 });
      return new Promise((_, reject) => token.onCancellationRequested(() => reject(new Error('cancelled'))));
    });
    const done = timings.measure([16, 32, 64]);
    await expect.poll(() => timings.measuring.value).toBe(32);
    timings.cancel();
    await done;
    expect(asked).toEqual([16, 32]);
    expect(timings.done.value.map(({ tokens }) => tokens)).toEqual([16]);
    expect(timings.failure.value).toBeUndefined();
    expect(timings.measuring.value).toBeUndefined();
  });

  it('say what went wrong and keep what is measured', async () => {
    const timings = new Timings((tokens) =>
      tokens === 32 ? Promise.reject(new Error('no memory')) : Promise.resolve({ tokens, milliseconds: 1000 }),
    );
    await timings.measure([16, 32, 64]);
    expect(timings.failure.value?.message).toBe('no memory');
    expect(timings.done.value.map(({ tokens }) => tokens)).toEqual([16]);
  });
});
