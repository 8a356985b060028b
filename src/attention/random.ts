/**
 * The number at a place of mulberry32's sequence: Tommy Ettinger's generator of 2017, in the public domain
 * (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). Its state is a counter that grows by
 * 0x6D2B79F5, so that any place can be had without those before: the text at a place depends on the seed alone, not on
 * what was stepped back before.
 *
 * @param seed 32 bits.
 * @returns a number in [0, 1), a multiple of 2⁻³².
 */
export function uniformAt(seed: number, place: number): number {
  const state = (seed + Math.imul(place + 1, 0x6d2b79f5)) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
