import * as z from 'zod/mini';

const position = z.int().check(z.nonnegative(), z.maximum(2 ** 31 - 1));
const count = position.check(z.positive());

/**
 * Which keys and values are kept from step to step, as a webview may ask for it.
 *
 * - `full`: all.
 * - `none`: nothing; every step computes the whole text again.
 * - `window`: those of the last `window` positions, and of the first `sinks` positions (attention sinks, Xiao et al.
 *   2024). The query at position q sees the keys k ≤ q with q − k < window or k < sinks. Evicted ones really leave the
 *   cache, and every position keeps its number in the text.
 * - `preallocated`: all, in buffers that are allocated for `positions` positions at once.
 */
export const cachePolicySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('window'), window: count, sinks: position }),
  z.strictObject({ kind: z.literal('preallocated'), positions: count }),
]);

type AnyPolicy = Readonly<z.infer<typeof cachePolicySchema>>;
type Policies = { readonly [P in AnyPolicy as P['kind']]: P };

export type PolicyKind = keyof Policies;

/** A policy of one of these kinds; written as a mapped type, so that a table by kind takes the policy it is asked for. */
export type CachePolicy<K extends PolicyKind = PolicyKind> = {
  readonly [P in K]: { readonly kind: P } & Policies[P];
}[K];
