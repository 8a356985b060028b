import { cellMarkdown, tableRow } from '../export/markdown.ts';
import type { HeadPartner, Partner, Quantity } from '../protocol/run.ts';

/** With the measured role of the head, where it has one. */
export type RolePartner = HeadPartner & { readonly role?: string | undefined };

/** Partners of one kind, e.g. those in the mean of all heads. */
export interface PartnerColumn {
  readonly title: string;
  readonly partners: readonly (Partner | RolePartner)[];
}

/** Rows of a table with the partners in one direction, one rank in each; columns may differ in length. */
export function partnerRows(
  nameOf: (token: number) => string,
  direction: string,
  columns: readonly PartnerColumn[],
  quantity: Quantity,
): string {
  const ranks = Math.max(0, ...columns.map(({ partners }) => partners.length));
  const rows = Array.from({ length: ranks }, (_, rank) => {
    const cells = columns.map(({ partners }) => partnerCell(nameOf, partners[rank], quantity));
    return tableRow([rank === 0 ? `**${direction}**` : '', ...cells]);
  });
  return rows.join('\n');
}

/** Head of that table, with an empty cell above the directions. */
export function tableHead(columns: readonly PartnerColumn[]): string {
  const titles = ['', ...columns.map(({ title }) => title)];
  return [tableRow(titles), tableRow(titles.map(() => ':--'))].join('\n');
}

/** The number comes first: weights are of one length, so they stand in line. Norms have no scale of their own. */
function partnerCell(
  nameOf: (token: number) => string,
  partner: Partner | RolePartner | undefined,
  quantity: Quantity,
): string {
  if (partner === undefined) return '';
  const head = 'head' in partner ? ` ${headText(partner)}` : '';
  const number = quantity === 'weight' ? partner.weight.toFixed(3) : String(Number(partner.weight.toPrecision(3)));
  return `${number} ${cellMarkdown(nameOf(partner.token))}${head}`;
}

function headText({ layer, head, role }: RolePartner): string {
  const name = `L${layer} H${head}`;
  return role === undefined ? name : `${name} (${role})`;
}
