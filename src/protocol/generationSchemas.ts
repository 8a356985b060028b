import * as z from 'zod/mini';
import type { CachePolicy, Sampling } from './generation.ts';

/** Schemas of what a webview may ask of a generation, beside those of panelSchemas.ts. */

const position = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));
const count = position.check(z.positive());

export const cachePolicySchema: z.ZodMiniType<CachePolicy> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('window'), window: count, sinks: position }),
  z.strictObject({ kind: z.literal('preallocated'), positions: count }),
]);

export const samplingSchema: z.ZodMiniType<Sampling> = z.strictObject({
  temperature: z.number().check(z.nonnegative(), z.maximum(100)),
  topK: position,
  topP: z.number().check(z.positive(), z.maximum(1)),
  seed: z.int().check(z.nonnegative(), z.maximum(2 ** 32 - 1)),
});
