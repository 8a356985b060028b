import { cellMarkdown, tableRow } from '../export/markdown.ts';
import type { HeadPartner, Partner, Token } from '../protocol/run.ts';

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

/** The weight comes first: all are of one length, so they stand in line. */
function partnerCell(tokens: readonly Token[], partner: Partner | HeadPartner | undefined): string {
  const token = partner && tokens[partner.token];
  if (partner === undefined || token === undefined) return '';
  const head = 'head' in partner ? ` L${partner.layer} H${partner.head}` : '';
  return `${partner.weight.toFixed(3)} ${cellMarkdown(token)}${head}`;
}
