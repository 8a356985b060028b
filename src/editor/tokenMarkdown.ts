import type { HeadPartner, Partner, Token } from '../protocol/run.ts';

/** Token text as Markdown that shows it and nothing else: nothing in it is rendered. */
export function tokenMarkdown(token: Token): string {
  const text = visibleText(token.text);
  const longestRun = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}

/** Partners of one kind, e.g. those in the mean of all heads. */
export interface PartnerColumn {
  readonly title: string;
  readonly partners: readonly (Partner | HeadPartner)[];
}

/** Rows of a table with the partners in one direction, one rank in each; columns may differ in length. */
export function partnerRows(tokens: readonly Token[], direction: string, columns: readonly PartnerColumn[]): string {
  const ranks = Math.max(0, ...columns.map(({ partners }) => partners.length));
  const rows = Array.from({ length: ranks }, (_, rank) => {
    const cells = columns.map(({ partners }) => partnerCell(tokens, partners[rank]));
    return tableRow([rank === 0 ? `**${direction}**` : '', ...cells]);
  });
  return rows.join('\n');
}

/** Head of that table, with an empty cell above the directions. */
export function tableHead(columns: readonly PartnerColumn[]): string {
  const titles = ['', ...columns.map(({ title }) => title)];
  return [tableRow(titles), tableRow(titles.map(() => ':--'))].join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The weight comes first: all are of one length, so they stand in line. */
function partnerCell(tokens: readonly Token[], partner: Partner | HeadPartner | undefined): string {
  const token = partner && tokens[partner.token];
  if (partner === undefined || token === undefined) return '';
  const head = 'head' in partner ? ` L${partner.layer} H${partner.head}` : '';
  // A bar ends a cell even inside of a code span, and escaping it fails after a backslash: a look-alike stands for it.
  return `${partner.weight.toFixed(3)} ${tokenMarkdown(token).replaceAll('|', '\u2502')}${head}`;
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
