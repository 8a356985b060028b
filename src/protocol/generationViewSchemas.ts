import * as z from 'zod/mini';
import { cachePolicySchema } from './cachePolicy.ts';
import type { AttentionRowRequest, CacheNormsRequest, Sampling, TriangleRequest } from './generation.ts';
import { LONGEST_PROMPT, MOST_RESUMED } from './generationLimits.ts';
import type { ChangeRequest, GenerationAction, GenerationRestorePoint } from './generationViewWire.ts';
import { headCombinationSchema } from './panelSchemas.ts';

/** Schemas of all that the view «Step Through Generation» may send: its messages are untrusted input. */

/** Generations are numbered by the clock: beyond 32 bits. */
const generation = z.int().check(z.nonnegative());
const index = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));

const samplingSchema: z.ZodMiniType<Sampling> = z.strictObject({
  temperature: z.number().check(z.nonnegative(), z.maximum(100)),
  topK: index,
  topP: z.number().check(z.positive(), z.maximum(1)),
  seed: z.int().check(z.nonnegative(), z.maximum(2 ** 32 - 1)),
});

export const changeSchema: z.ZodMiniType<ChangeRequest> = z.strictObject({
  generation,
  change: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('step'), token: z.optional(index) }),
    z.strictObject({ kind: z.literal('goTo'), taken: index }),
    z.strictObject({ kind: z.literal('returnTo'), branch: index }),
    z.strictObject({ kind: z.literal('policy'), policy: cachePolicySchema }),
    z.strictObject({ kind: z.literal('sampling'), sampling: samplingSchema }),
    z.strictObject({ kind: z.literal('recompute') }),
  ]),
});

export const rowSchema: z.ZodMiniType<AttentionRowRequest> = z.strictObject({
  generation,
  heads: headCombinationSchema,
  position: z.optional(index),
});

export const triangleSchema: z.ZodMiniType<TriangleRequest> = z.strictObject({
  generation,
  heads: headCombinationSchema,
  resolution: index.check(z.positive(), z.maximum(1024)),
});

export const normsSchema: z.ZodMiniType<CacheNormsRequest> = z.strictObject({ generation, layer: index });
export const effectSchema = z.strictObject({ generation });

const promptText = z.string().check(z.maxLength(LONGEST_PROMPT));
export const startSchema = z.strictObject({ text: promptText });

const action: z.ZodMiniType<GenerationAction> = z.enum(['again', 'cancel', 'close', 'insert', 'copy', 'showLog']);
export const generationActionSchema = z.strictObject({ action });

/** VS Code hands it back after a reload as JSON. */
export const generationRestoreSchema = z.object({
  prompt: z.object({
    text: promptText,
    label: z.optional(z.string().check(z.maxLength(4096))),
    note: z.optional(z.string().check(z.maxLength(4096))),
    place: z.optional(z.object({ uri: z.string().check(z.maxLength(4096)), start: index })),
  }),
  tokens: z
    .array(
      z.object({
        id: index,
        probability: z.optional(z.number().check(z.nonnegative(), z.maximum(1))),
        chosenBy: z.enum(['greedy', 'sampling', 'user']),
      }),
    )
    .check(z.maxLength(MOST_RESUMED)),
  taken: index,
  policy: cachePolicySchema,
  sampling: samplingSchema,
});

/** @returns the restore point that the view kept, if it is one */
export function restorePointOf(state: unknown): GenerationRestorePoint | undefined {
  const parsed = z.object({ restore: generationRestoreSchema }).safeParse(state);
  if (!parsed.success) return undefined;
  const { prompt, tokens, taken, policy, sampling } = parsed.data.restore;
  return {
    prompt: { text: prompt.text, label: prompt.label, note: prompt.note, place: prompt.place },
    tokens: tokens.map(({ id, probability, chosenBy }) => ({ id, probability, chosenBy })),
    taken: Math.min(taken, tokens.length),
    policy,
    sampling,
  };
}
