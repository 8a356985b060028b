/** [start, end) in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Characters that a normaliser may join to the one before: marks, Hangul vowels and finals, half-width sound marks. */
const joining = /[\p{M}\u1160-\u11ff\u3131-\u318e\uff9e\uff9f\uffa0-\uffdc]/u;
const joined = new RegExp(`${joining.source}*`, 'uy');

/**
 * Turns the library's offsets, [start, end) in code points, into UTF-16 units. Where a normaliser joins several
 * characters the library gives the token only the first: those behind it that no token stands for are added.
 */
export function utf16Spans(text: string, offsets: readonly (readonly number[])[]): readonly Span[] {
  const unitOf = unitsOfCodePoints(text);
  const spans = offsets.map(([start = 0, end = 0]) => ({ start: unitOf(start), end: unitOf(end) }));
  return joining.test(text) ? withJoined(text, spans) : spans;
}

function unitsOfCodePoints(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (codePoint) => codePoint;
  const units = new Uint32Array(text.length + 1);
  let [count, unit] = [0, 0];
  for (const character of text) {
    units[count++] = unit;
    unit += character.length;
  }
  units[count] = unit;
  return (codePoint) => units[Math.min(codePoint, count)]!;
}

function withJoined(text: string, spans: readonly Span[]): readonly Span[] {
  const widened = [...spans];
  let next = text.length;
  for (let index = spans.length - 1; index >= 0; index--) {
    const { start, end } = spans[index]!;
    const following = spans[index + 1]?.start ?? next;
    if (following >= end) next = following;
    if (start === end || end >= next) continue;
    joined.lastIndex = end;
    const length = joined.exec(text)?.[0].length ?? 0;
    widened[index] = { start, end: Math.min(end + length, next) };
  }
  return widened;
}
