import type { HeadPartner, Partner, Token } from '../protocol/run.ts';

/** Token text as Markdown that shows it and nothing else: nothing in it is rendered. */
export function tokenMarkdown(token: Token): string {
  const text = visibleText(token.text);
  const longestRun = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/** A row of the hover's table for each rank; columns of different length are filled up with empty cells. */
export function partnerTable(
  tokens: readonly Token[],
  columns: readonly { readonly title: string; readonly partners: readonly (Partner | HeadPartner)[] }[],
): string {
  const rank = Math.max(0, ...columns.map(({ partners }) => partners.length));
  const rows = Array.from({ length: rank }, (_, row) =>
    columns.map(({ partners }) => partnerCells(tokens, partners[row])).join(' | '),
  );
  const header = columns.map(({ title }) => `${title} | `).join(' | ');
  const rule = columns.map(() => ':-- | --:').join(' | ');
  return [header, rule, ...rows].map((row) => `| ${row} |`).join('\n');
}

function partnerCells(tokens: readonly Token[], partner: Partner | HeadPartner | undefined): string {
  const token = partner && tokens[partner.token];
  if (partner === undefined || token === undefined) return ' | ';
  const head = 'head' in partner ? `L${partner.layer} H${partner.head} ` : '';
  // A bar ends a cell even inside of a code span, and escaping it fails after a backslash: a look-alike stands for it.
  return `${head}${tokenMarkdown(token).replaceAll('|', '\u2502')} | ${partner.weight.toFixed(3)}`;
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
