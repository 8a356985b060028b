import type { Partner } from '../protocol/run.ts';

/** Titles of the columns, in the user's language. */
export interface PartnerTitles {
  readonly rank: string;
  readonly token: string;
  readonly number: string;
  readonly line: string;
  readonly weight: string;
}

/** What a table says of a token beside its number. */
export interface PlacedToken {
  readonly name: string;
  /** In the document; `undefined` for a token that stands for no text. */
  readonly line: number | undefined;
}

/** A table of the partners of one token, strongest first; equal weights share a rank. */
export function partnerTable(
  partners: readonly Partner[],
  placeOf: (token: number) => PlacedToken,
  titles: PartnerTitles,
): string {
  const ranked = [...partners].sort((a, b) => b.weight - a.weight);
  let rank = 0;
  const rows = ranked.map(({ token, weight }, place) => {
    if (weight !== ranked[place - 1]?.weight) rank = place + 1;
    const { name, line = '' } = placeOf(token);
    return tableRow([rank, cellMarkdown(name), token, line, Number(weight.toPrecision(9))].map(String));
  });
  const { rank: first, token, number, line, weight } = titles;
  const head = [tableRow([first, token, number, line, weight]), tableRow(['--:', ':--', '--:', '--:', '--:'])];
  return [...head, ...rows, ''].join('\n');
}

/** A token's name as Markdown that shows it and nothing else: nothing in it is rendered. */
export function tokenMarkdown(name: string): string {
  const text = visibleText(name);
  const longestRun = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/**
 * A token in a cell of a table, which a bar ends even inside of a code span: there it is escaped. Behind a backslash that
 * fails, since the two backslashes are taken for one: such a token is written without a code span, each sign escaped.
 */
export function cellMarkdown(name: string): string {
  if (name.includes('\\|')) return visibleText(name).replace(/[!-/:-@[-`{-~]/g, '\\$&');
  return tokenMarkdown(name).replaceAll('|', '\\|');
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Blanks, line ends and characters that hide or turn text get a visible form. */
function visibleText(text: string): string {
  return text
    .replaceAll('\r', '␍')
    .replaceAll('\n', '↵')
    .replaceAll('\t', '→')
    .replaceAll(' ', '·')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `‹${character.codePointAt(0)?.toString(16)}›`);
}
