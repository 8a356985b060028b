import * as z from 'zod/mini';
import type { ContextPlace, Pair, RevealRequest } from './compareWire.ts';

/** Schemas of what the view «Compare Contexts» may send beside what the Attention panel may: untrusted input. */

const index = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));

/** Runs are numbered by the clock: beyond 32 bits. */
export const revealTokenSchema: z.ZodMiniType<RevealRequest> = z.strictObject({
  run: z.int().check(z.nonnegative()),
  token: index,
});

const place: z.ZodMiniType<ContextPlace> = z.object({
  uri: z.string().check(z.maxLength(4096)),
  start: index,
  end: index,
  word: z.optional(z.object({ start: index, end: index })),
});

/** VS Code hands it back after a reload as JSON. */
const savedState = z.object({ places: z.tuple([place, place]) });

/** @returns the two places that the view kept, if it kept any */
export function placesOf(state: unknown): Pair<ContextPlace> | undefined {
  const parsed = savedState.safeParse(state);
  return parsed.success ? parsed.data.places : undefined;
}
