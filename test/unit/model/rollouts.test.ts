import { describe, expect, test } from 'vitest';
import { Rollouts } from '../../../src/model/explain/rollouts.ts';
import type { AttentionSource } from '../../../src/attention/source.ts';
import { ExplainError } from '../../../src/protocol/failure.ts';

/** Every token looks at itself and all before it, alike. */
function even(layers: number, tokens: number): AttentionSource & { regions: number } {
  const source = {
    layers,
    heads: 1,
    tokens,
    regions: 0,
    region: (_: unknown, rows: { start: number; end: number }) => {
      source.regions++;
      return Float32Array.from({ length: (rows.end - rows.start) * tokens }, (__, cell) => {
        const query = rows.start + Math.floor(cell / tokens);
        return cell % tokens <= query ? 1 / (query + 1) : 0;
      });
    },
  };
  return source;
}

const whole = (tokens: number): { readonly start: number; readonly end: number } => ({ start: 0, end: tokens });
const never = new AbortController().signal;

describe('rollouts of a run', () => {
  test('are read like a head; the last one is kept', async () => {
    const source = even(2, 4);
    const rollouts = new Rollouts(source, true);
    const [first, again] = await Promise.all([rollouts.through(1, never), rollouts.through(1, never)]);
    const before = source.regions;
    const row = first.region({ layer: 0, head: 0 }, { start: 1, end: 2 }, whole(4));
    // A + I of the row is [0.5, 1.5] / 2; twice over the first token's [1, 0].
    expect([...row]).toEqual([0.25 + 0.75 * 0.25, 0.75 * 0.75, 0, 0]);
    expect(again.region({ layer: 0, head: 0 }, whole(4), whole(4))).toEqual(
      first.region({ layer: 0, head: 0 }, whole(4), whole(4)),
    );
    await rollouts.through(1, never);
    expect(source.regions).toBe(before);
  });

  test('stop when they are no longer wanted, and the next one works', async () => {
    const rollouts = new Rollouts(even(12, 300), true);
    const controller = new AbortController();
    const wanted = rollouts.through(11, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(wanted).rejects.toThrow('no longer wanted');
    expect((await rollouts.through(0, never)).tokens).toBe(300);
  });

  test('of texts that are too long are refused, with the length that is not', async () => {
    const error: unknown = await new Rollouts(even(12, 1500), true)
      .through(0, never)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ExplainError);
    expect((error as ExplainError).failure).toMatchObject({ code: 'overBudget' });
    expect((error as ExplainError).failure.message).toContain('up to 1077 tokens');
    await expect(
      new Rollouts(even(12, 1077), true).through(0, AbortSignal.abort(new Error('allowed'))),
    ).rejects.toThrow('allowed');
  });
});
