import { InferenceSession, Tensor } from 'onnxruntime-node';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { softmax } from '../../../src/attention/sampling.ts';
import type { PolicyRules } from '../../../src/model/generate/policyRules.ts';
import { rulesOf } from '../../../src/model/generate/policies/rulesOf.ts';
import type { Tensors } from '../../../src/model/runtime/kvCache.ts';
import { sessionOptions } from '../../../src/model/runtime/sessionOptions.ts';
import { type CachePolicy, cachePolicySchema } from '../../../src/protocol/cachePolicy.ts';
import type { TokenRange } from '../../../src/protocol/run.ts';
import { everyHead, folderOf, idsOf, largestDifference, never, useGenerations } from './support.ts';

const text = 'The animal was tired because it had crossed the street';
const taken = 12;
const mostPositions = 30;

/** Every policy that there is, with each of these numbers where it may have them. */
const numbers = [0, 1, 3, 40];
const policies = cachePolicySchema.def.options.flatMap(({ shape: { kind, ...fields } }) => {
  const [name] = kind.def.values;
  const possible = Object.keys(fields).reduce<readonly object[]>(
    (some, field) => some.flatMap((policy) => numbers.map((number) => ({ ...policy, [field]: number }))),
    [{ kind: name }],
  );
  const allowed = possible.flatMap((policy) => cachePolicySchema.safeParse(policy).data ?? []);
  if (!allowed.some(holdsText)) throw new Error(`There is no “${name}” to run the text with.`);
  return allowed.map((policy) => [JSON.stringify(policy), policy] as const);
});

const { start } = useGenerations();

/** The model's own file in the runtime. */
let session: InferenceSession;
beforeAll(async () => {
  session = await InferenceSession.create(path.join(folderOf('default'), 'onnx/model.onnx'), sessionOptions(1));
});
afterAll(() => session.release());

describe.each(policies)('%s', (_, policy) => {
  const rules = rulesOf(policy);
  const positions = [...Array(50).keys()];
  const before = visibleIn(rules);

  test('what is not visible any more is not visible again', () => {
    for (const position of positions) {
      const [now, next] = [before(position), before(position + 1)];
      expect(now).toEqual(positions.filter((earlier) => now.includes(earlier) && earlier < position));
      expect([...now, position]).toEqual(expect.arrayContaining([...next]));
    }
  });

  test('each row of a pass sees what was visible at its beginning, and the rows before it', () => {
    for (const first of positions) {
      const end = rules.passEnd(first, positions.length);
      expect(end).toBeGreaterThan(first);
      expect(end).toBeLessThanOrEqual(positions.length);
      for (const row of positions.slice(first, end)) {
        expect(before(row)).toEqual([...before(first), ...positionsIn({ start: first, end: row })]);
      }
    }
  });

  test('no text is longer than what positions there are, and what is reserved is filled from its beginning', () => {
    expect(rules.positionLimit(100, 20)).toBeLessThanOrEqual(20);
    if (rules.reserved === undefined) return;
    expect(rules.positionLimit(100, undefined)).toBeLessThanOrEqual(rules.reserved);
    for (const position of positions) expect(before(position)).toEqual(positions.slice(0, position));
  });
});

describe('the bundled model says what it says with the same positions masked', () => {
  test.each(policies.filter(([, policy]) => holdsText(policy)))('%s', async (_, policy) => {
    const rules = rulesOf(policy);
    const before = visibleIn(rules);
    const { origin, generation, steps } = await start('default', { text, policy });
    const states = [generation.state, ...(await steps(taken))];
    const ids = [...origin.promptTokens.map(({ id }) => id), ...idsOf(states.at(-1)!)];
    expect(ids.length).toBeLessThanOrEqual(mostPositions);
    const logits = await masked(ids, before);
    for (const { taken: count, prediction, cache } of states) {
      const last = origin.promptTokens.length + count - 1;
      const probabilities = softmax(logits[last]!);
      const { candidates } = prediction;
      expect(
        largestDifference(
          candidates.map(({ probability }) => probability),
          candidates.map(({ id }) => probabilities[id]!),
        ),
      ).toBeLessThan(1e-5);
      expect(cache.kept).toEqual(rules.keepsCache ? [...before(last), last] : []);
      expect(cache.bytes.reserved).toBe((rules.reserved ?? cache.kept.length) * origin.cache.bytesPerPosition);
    }
    const { keys, position } = await generation.row(everyHead, undefined, never);
    expect(keys).toEqual([...before(position), position]);
  });
});

/**
 * Logits behind each of these tokens, position by position over a cache that holds everything.
 *
 * @param visible earlier positions that are not masked for a position
 */
async function masked(
  ids: readonly number[],
  visible: (position: number) => readonly number[],
): Promise<readonly Float32Array[]> {
  const named = session.inputNames.filter((name) => name.startsWith('past_key_values'));
  let past: Tensors = Object.fromEntries(
    named.map((name) => [name, new Tensor('float32', new Float32Array(), [1, 8, 0, 48])]),
  );
  const logits: Float32Array[] = [];
  for (const [position, id] of ids.entries()) {
    const mask = new BigInt64Array(position + 1);
    for (const seen of [...visible(position), position]) mask[seen] = 1n;
    const outputs = await session.run({
      ...past,
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(id)), [1, 1]),
      position_ids: new Tensor('int64', BigInt64Array.of(BigInt(position)), [1, 1]),
      attention_mask: new Tensor('int64', mask, [1, position + 1]),
    });
    logits.push(outputs['logits']!.data as Float32Array);
    past = Object.fromEntries(named.map((name) => [name, outputs[name.replace('past_key_values', 'present')]!]));
  }
  return logits;
}

function holdsText(policy: CachePolicy): boolean {
  return rulesOf(policy).positionLimit(mostPositions, undefined) >= mostPositions;
}

function visibleIn(rules: PolicyRules): (position: number) => readonly number[] {
  return (position) => rules.visibleBefore(position).flatMap(positionsIn);
}

function positionsIn({ start: first, end }: TokenRange): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
