/** A stretch of a label; `glyph` stands for something that cannot be seen by itself. */
export interface LabelPart {
  readonly text: string;
  readonly glyph: boolean;
}

const GLYPHS: Readonly<Record<string, string>> = {
  ' ': '·',
  '\t': '→',
  '\n': '↵',
  '\r': '␍',
  '\u00a0': '⍽',
  '\u202f': '⍽',
  '\u3000': '□',
};

/** Characters that draw nothing or reorder their neighbours; joiners and variation selectors belong to emoji. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const CONTROLS = /[^\P{Cc}\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const JOINING = /[\u200c\u200d]/u;
const SEEN = /[^\s\p{Cc}\p{Cf}]/u;

/** Splits a token's text into what can be read and what must be shown by a sign. */
export function labelParts(text: string): readonly LabelPart[] {
  if (text === '') return [{ text: '∅', glyph: true }];
  const keepJoiners = SEEN.test(text);
  const parts: LabelPart[] = [];
  for (const character of text) {
    const sign = signOf(character, keepJoiners);
    const part = { text: sign ?? character, glyph: sign !== undefined };
    const last = parts.at(-1);
    if (last?.glyph === part.glyph) parts[parts.length - 1] = { text: last.text + part.text, glyph: part.glyph };
    else parts.push(part);
  }
  return parts;
}

/** The label in one string. */
export function labelText(text: string): string {
  return labelParts(text)
    .map((part) => part.text)
    .join('');
}

/** The text as it is to be drawn in lines: signs for control characters, which would hide or turn what follows. */
export function drawableText(text: string): string {
  return text.replace(CONTROLS, (character) => signOf(character, false) ?? character);
}

/** A token as it is quoted in a sentence: without the space that belongs to most words. */
export function quotedName(name: string): string {
  return /^ \S/.test(name) ? name.slice(1) : name;
}

function signOf(character: string, keepJoiners: boolean): string | undefined {
  const glyph = GLYPHS[character];
  if (glyph !== undefined) return glyph;
  if (!INVISIBLE.test(character) || (keepJoiners && JOINING.test(character))) return undefined;
  return `‹${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`;
}
