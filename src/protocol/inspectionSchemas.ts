import * as z from 'zod/mini';
import type { Ablation, InspectRequest, Question } from './inspection.ts';
import { headSelectionSchema, quantitySchema } from './panelSchemas.ts';

/** Schemas of the questions that a webview may ask: its messages are untrusted input. */

const index = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));
const headId = z.strictObject({ layer: index, head: index });
const heads = z.readonly(z.array(headId).check(z.minLength(1), z.maxLength(4096)));

const ablation: z.ZodMiniType<Ablation> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('token'),
    token: index,
    heads: z.union([z.literal('all'), heads]),
    hiddenFrom: z.enum(['query', 'everyone']),
  }),
  z.strictObject({ kind: z.literal('heads'), heads }),
]);

const question: z.ZodMiniType<Question> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('row'), layer: index, head: index, query: index }),
  z.strictObject({
    kind: z.literal('effects'),
    query: index,
    ablations: z.readonly(z.array(ablation).check(z.minLength(1), z.maxLength(256))),
  }),
  z.strictObject({ kind: z.literal('reads'), token: index }),
  z.strictObject({ kind: z.literal('roles') }),
  z.strictObject({ kind: z.literal('distances') }),
  z.strictObject({ kind: z.literal('pair'), query: index, key: index, quantity: quantitySchema }),
  z.strictObject({ kind: z.literal('links'), heads: headSelectionSchema, quantity: quantitySchema }),
  z.strictObject({ kind: z.literal('linearWeights') }),
  z.strictObject({ kind: z.literal('timing'), tokens: index.check(z.positive()) }),
]);

export const inspectSchema: z.ZodMiniType<InspectRequest> = z.strictObject({
  /** Runs are numbered by the clock: beyond 32 bits. */
  run: z.int().check(z.nonnegative()),
  question,
});
