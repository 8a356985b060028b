import type { Partner, Token } from '../protocol/run.ts';

/** Titles of the columns, in the user's language. */
export interface PartnerTitles {
  readonly rank: string;
  readonly token: string;
  readonly weight: string;
}

/** A table of the partners of one token, strongest first; equal weights share a rank. */
export function partnerTable(tokens: readonly Token[], partners: readonly Partner[], titles: PartnerTitles): string {
  const ranked = [...partners].sort((a, b) => b.weight - a.weight);
  let rank = 0;
  const rows = ranked.map(({ token, weight }, place) => {
    if (weight !== ranked[place - 1]?.weight) rank = place + 1;
    return tableRow([String(rank), cellMarkdown(tokens[token]!), String(Number(weight.toPrecision(9)))]);
  });
  return [tableRow([titles.rank, titles.token, titles.weight]), tableRow(['--:', ':--', '--:']), ...rows, ''].join(
    '\n',
  );
}

/** Token text as Markdown that shows it and nothing else: nothing in it is rendered. */
export function tokenMarkdown(token: Token): string {
  const text = visibleText(token.text);
  const longestRun = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/** A token in a cell of a table. */
export function cellMarkdown(token: Token): string {
  // A bar ends a cell even inside of a code span, and escaping it fails after a backslash: a look-alike stands for it.
  return tokenMarkdown(token).replaceAll('|', '\u2502');
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Blanks, line ends and characters that hide or turn text get a visible form. */
function visibleText(text: string): string {
  return text
    .replaceAll('\r\n', '↵')
    .replace(/[\r\n]/g, '↵')
    .replaceAll('\t', '→')
    .replaceAll(' ', '·')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `‹${character.codePointAt(0)?.toString(16)}›`);
}
