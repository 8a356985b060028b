import { tokenName } from '../../../src/attention/tokenName.ts';
import type { GenerationOrigin, GenerationState } from '../../../src/protocol/generation.ts';
import { drawableText, quotedName } from '../../shared/tokenLabel.ts';

/** A token of the prompt or a generated one, as it is drawn. */
export interface StreamToken {
  readonly position: number;
  /** Of a generated token its place, counted from 0. */
  readonly index: number | undefined;
  readonly text: string;
  /** `part`: it shares the character of the token before it. `bytes`: part of a character that is not whole yet. */
  readonly kind: 'text' | 'special' | 'part' | 'bytes';
  readonly probability: number | undefined;
  /** Behind the pointer: not taken now. */
  readonly ahead: boolean;
}

const BYTES = /^(?:<0x[0-9A-F]{2}>)+$/;

export function streamOf(origin: GenerationOrigin, state: GenerationState): readonly StreamToken[] {
  const prompt = origin.promptTokens.map((token, position): StreamToken => {
    const kind = token.start < 0 ? 'special' : token.end > token.start ? 'text' : 'part';
    const text = kind === 'part' ? '' : tokenName(token, origin.prompt);
    return { position, index: undefined, text, kind, probability: undefined, ahead: false };
  });
  const generated = state.tokens.map((token, index): StreamToken => {
    const text = state.text.slice(token.start, token.end);
    const kind = text === '' ? 'part' : BYTES.test(text) && BYTES.test(token.text) ? 'bytes' : 'text';
    const position = prompt.length + index;
    return { position, index, text, kind, probability: token.probability, ahead: index >= state.taken };
  });
  return [...prompt, ...generated];
}

/** A token's text with a sign at each line end. One that two tokens share ends its line once. */
export function drawnText(text: string, next: string | undefined): string {
  const isHalf = text.endsWith('\r') && next?.startsWith('\n') === true;
  const [whole, half] = isHalf ? [text.slice(0, -1), '\r'] : [text, ''];
  return (whole.replace(/\r\n|\r|\n/g, '↵\n') + half).replace(/[^\n]+/g, (part) => drawableText(part));
}

/** What the token at a position is called. */
export function nameAt(origin: GenerationOrigin, state: GenerationState, position: number): string {
  const own = origin.promptTokens[position];
  if (own) return quotedName(tokenName(own, origin.prompt));
  return quotedName(state.tokens[position - origin.promptTokens.length]?.text ?? '');
}

/** Weight of each position in a row; positions that were not visible have none. */
export function weightsByPosition(keys: readonly number[], weights: Float32Array): ReadonlyMap<number, number> {
  return new Map(keys.map((key, place) => [key, weights[place]!]));
}

/** The largest weight apart from that on the first token, on which many heads park their attention. */
export function peakOf(keys: readonly number[], weights: Float32Array): number {
  let peak = 0;
  keys.forEach((key, place) => {
    if (key !== 0 && weights[place]! > peak) peak = weights[place]!;
  });
  return peak || 1;
}
