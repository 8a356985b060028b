import type { Token } from '../protocol/run.ts';

/** What a token is called: its text in the document, or the tokenizer's name where it has none of its own. */
export function tokenName(token: Token, text: string): string {
  if (token.start < 0) return specialName(token.text);
  return token.end > token.start ? text.slice(token.start, token.end) : token.text;
}

/** A special token's name without the signs that only keep it apart from text: `<|endoftext|>` is endoftext. */
function specialName(name: string): string {
  return /^<\|(.+)\|>$/.exec(name)?.[1] ?? name;
}
