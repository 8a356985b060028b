import * as vscode from 'vscode';
import { MEAN_OF_ALL, sameSelection } from '../attention/headKinds.ts';
import { plainHeadsTitle } from '../attention/headWords.ts';
import { roleSentence, rolesOf } from '../attention/roleScores.ts';
import { tokenName } from '../attention/tokenName.ts';
import { tokenMarkdown } from '../export/markdown.ts';
import type { Explanation } from '../explanation.ts';
import { roleTraits } from '../protocol/headRole.ts';
import type { HeadRoles } from '../protocol/inspection.ts';
import type { HeadPartner, HeadSelection, Partners, Quantity, TokenPartners } from '../protocol/run.ts';
import type { RemoteRun } from '../remoteRun.ts';
import { rangeOf } from './target.ts';
import { type PartnerColumn, partnerRows, type RolePartner, tableHead } from './partnerRows.ts';

/** Partners in each list of a hover. */
const COUNT = 3;

/** Hovers left in the cache; one per token is plenty for any text that a user reads. */
const CACHE_SIZE = 256;

/** Shows what a token of the explained range looks at, and what looks at it. */
export class TokenHoverProvider implements vscode.HoverProvider {
  private readonly cache = new Map<string, vscode.Hover>();
  /** Asked for with the first hover; no hover waits for them. */
  private roles: HeadRoles | undefined;
  private asksRoles = false;

  constructor(
    private readonly explanation: Explanation,
    private readonly run: RemoteRun,
    private readonly onError: (error: unknown) => void,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    cancellation: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (document.uri.toString() !== this.explanation.uri) return undefined;
    const token = this.explanation.tokenAt(document.offsetAt(position));
    const range = token === undefined ? undefined : this.explanation.rangeOf(token);
    if (token === undefined || range === undefined) return undefined;
    const { heads, quantity } = this.explanation.focus;
    const place = rangeOf(document, range);
    this.askRoles();
    const { roles } = this;
    const key = JSON.stringify([token, heads, quantity, place, roles !== undefined]);
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    try {
      const partners = await this.run.partners({ token, heads, quantity, count: COUNT }, cancellation);
      const hover = new vscode.Hover(this.describe(token, heads, quantity, partners, roles), place);
      if (this.cache.size >= CACHE_SIZE) this.cache.clear();
      this.cache.set(key, hover);
      return hover;
    } catch (error) {
      if (!cancellation.isCancellationRequested) this.onError(error);
      return undefined;
    }
  }

  private askRoles(): void {
    if (this.asksRoles) return;
    this.asksRoles = true;
    this.run.roles().then((roles) => (this.roles = roles), this.onError);
  }

  private describe(
    index: number,
    heads: HeadSelection,
    quantity: Quantity,
    partners: TokenPartners,
    roles: HeadRoles | undefined,
  ): vscode.MarkdownString {
    const { text, tokens } = this.run.summary;
    const nameOf = (token: number): string => tokenName(tokens[token]!, text);
    const markdown = new vscode.MarkdownString();
    markdown.supportHtml = false;
    markdown.isTrusted = { enabledCommands: ['explainAttention.pinToken', 'explainAttention.showPanel'] };
    if (tokens[index] === undefined) return markdown;
    const argument = encodeURIComponent(JSON.stringify([index]));
    const looksAt = columnsOf(partners.looksAt, heads, roles);
    const lookedAtBy = columnsOf(partners.lookedAtBy, heads, roles);
    const heading = [
      quantity === 'weight'
        ? vscode.l10n.t('**Attention** of {0}, token {1}', tokenMarkdown(nameOf(index)), index)
        : vscode.l10n.t('**Value-weighted norms** of {0}, token {1}', tokenMarkdown(nameOf(index)), index),
      `[${vscode.l10n.t('Pin')}](command:explainAttention.pinToken?${argument})`,
      `[${vscode.l10n.t('Show in Panel')}](command:explainAttention.showPanel?${argument})`,
    ].join(' · ');
    const table = [
      tableHead(looksAt),
      partnerRows(nameOf, vscode.l10n.t('looks at'), looksAt, quantity),
      partnerRows(nameOf, vscode.l10n.t('is looked at by'), lookedAtBy, quantity),
    ].join('\n');
    const own = heads.kind === 'head' && roles ? rolesOf(roles, heads).map(roleSentence).join(' ') : '';
    markdown.value = [heading, table, ...(own ? [own] : [])].join('\n\n');
    return markdown;
  }
}

function columnsOf(
  { selected, overall, byHead }: Partners,
  heads: HeadSelection,
  roles: HeadRoles | undefined,
): readonly PartnerColumn[] {
  const withRole = (partner: HeadPartner): RolePartner => {
    const [clearest] = roles ? rolesOf(roles, partner) : [];
    return { ...partner, role: clearest && roleTraits[clearest.role].name() };
  };
  const meanOfAll = { title: vscode.l10n.t('Mean of all heads'), partners: overall };
  const strongest = { title: vscode.l10n.t('Strongest heads'), partners: byHead.map(withRole) };
  if (sameSelection(heads, MEAN_OF_ALL)) return [meanOfAll, strongest];
  return [{ title: plainHeadsTitle(heads), partners: selected }, meanOfAll, strongest];
}
