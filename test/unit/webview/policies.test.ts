import { expect, test } from 'vitest';
import { cachePolicySchema } from '../../../src/protocol/cachePolicy.ts';
import type { GenerationOrigin } from '../../../src/protocol/generation.ts';
import { policyChoices, policyView } from '../../../webview-ui/generation/policies.ts';

const origin = { windowRefusal: undefined, model: { contextLength: 100 } } as unknown as GenerationOrigin;

test.each(policyChoices(origin).map((choice) => [choice.name, choice] as const))(
  '%s is what it is shown as, and its fields end where its numbers do',
  (name, { policy }) => {
    const { choice, fields } = policyView(policy);
    expect(choice).toBe(name);
    for (const { value, min, max, changedTo } of fields) {
      expect(changedTo(value)).toEqual(policy);
      const isAllowed = (number: number): boolean => cachePolicySchema.safeParse(changedTo(number)).success;
      expect([min - 1, min, max].map(isAllowed)).toEqual([false, true, true]);
    }
  },
);

test('a model that cannot run a window is offered the other policies, within its context', () => {
  const choices = policyChoices({ ...origin, windowRefusal: 'It has its own.' });
  expect(choices.map(({ name, refusal }) => [name, refusal])).toEqual([
    ['full', undefined],
    ['none', undefined],
    ['window', 'It has its own.'],
    ['sinks', 'It has its own.'],
    ['preallocated', undefined],
  ]);
  expect(choices.at(-1)?.policy).toEqual({ kind: 'preallocated', positions: 100 });
});
