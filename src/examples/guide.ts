import * as vscode from 'vscode';
import { MEAN_OF_ALL } from '../attention/headKinds.ts';
import { ROLE_THRESHOLD, roleSentence, rolesOf } from '../attention/roleScores.ts';
import { allHeads } from '../attention/source.ts';
import { measurePair, measureSink, type PairMeasure, type PairVerdict, pairVerdict } from '../attention/wordPair.ts';
import type { HeadRoles } from '../protocol/inspection.ts';
import type { Focus, GuideLine } from '../protocol/panelWire.ts';
import type { RunSummary, Slice, SliceRequest, TokenRange } from '../protocol/run.ts';
import type { Look } from './catalog.ts';
import { type Place, wordTokens } from './words.ts';

/** What the guide reads of a run. */
export interface GuideSource {
  readonly summary: RunSummary;
  slice(request: Omit<SliceRequest, 'run'>, token: vscode.CancellationToken): Promise<Slice>;
  /** What each head does on any text; `undefined` where that cannot be measured. */
  roles(): Promise<HeadRoles | undefined>;
}

/** Looks for what is worth seeing in a run of an example, and says what was found, in words and numbers. */
export async function guideOf(
  source: GuideSource,
  looks: readonly Look[],
  token: vscode.CancellationToken,
): Promise<readonly GuideLine[]> {
  const lines: GuideLine[] = [];
  for (const look of looks) {
    const line = await lineOf(source, look, token);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

/** `undefined` where the text was cut before what the look is about. */
async function lineOf(
  source: GuideSource,
  look: Look,
  token: vscode.CancellationToken,
): Promise<GuideLine | undefined> {
  const { summary } = source;
  if (look.kind === 'size') return sizeLine(summary);
  const query = wordTokens(summary, look.query);
  if (query === undefined) return undefined;
  // A word of several tokens is read to its end only at the last one.
  const last = query.end - 1;
  switch (look.kind) {
    case 'pair': {
      const [key, other] = [wordTokens(summary, look.key), wordTokens(summary, look.other)];
      if (key === undefined || other === undefined) return undefined;
      const measure = measurePair(await rowsOf(source, last, token), summary.model.heads, key, other);
      const found = { measure, roles: await source.roles(), query: last, word: key };
      const focus = { heads: { kind: 'head', ...measure.head }, token: last, partner: key.end - 1 } as const;
      return { text: pairText(summary, look, found), focus: { ...looking, ...focus } };
    }
    case 'unseen': {
      const later = wordTokens(summary, look.later);
      if (!summary.model.causal || later === undefined || later.start <= last) return undefined;
      const text = vscode.l10n.t(
        'This model is causal: at “{0}” it has not read “{1}” yet, so this row would be the same with any other word there.',
        look.query.text,
        look.later.text,
      );
      return { text, focus: undefined };
    }
    case 'seen': {
      const earlier = wordTokens(summary, look.earlier);
      if (earlier === undefined || earlier.end > query.start) return undefined;
      const text = vscode.l10n.t(
        'At “{0}”, token {1}, the model has already read “{2}”, so it can tell which of the two is meant. Whether its vectors differ is measured by Compare Contexts: run it on one line, then on the other.',
        look.query.text,
        last,
        look.earlier.text,
      );
      return { text, focus: undefined };
    }
    case 'sink': {
      const text = sinkText(summary, look.query.text, await rowsOf(source, last, token), await source.roles());
      return { text, focus: { ...looking, heads: MEAN_OF_ALL, token: last, partner: 0 } };
    }
  }
}

const looking = { quantity: 'weight', direction: 'looksAt' } as const satisfies Partial<Focus>;

/** What was measured of a pair of words. */
interface FoundPair {
  readonly measure: PairMeasure;
  readonly roles: HeadRoles | undefined;
  readonly query: number;
  readonly word: TokenRange;
}

function pairText(
  summary: RunSummary,
  { query, key, other }: Extract<Look, { kind: 'pair' }>,
  { measure, roles, query: token, word }: FoundPair,
): string {
  const { head, weight, mean, meanOther } = measure;
  const found = vscode.l10n.t(
    'Of {0} heads, layer {1}, head {2} puts the largest share of the attention of “{3}” on “{4}”: {5}, against {6} on {7}. In the mean of all heads it is {8} against {9}.',
    headCount(summary),
    head.layer,
    head.head,
    query.text,
    key.text,
    share(weight),
    share(measure.other),
    named(key, other),
    share(mean),
    share(meanOther),
  );
  const several =
    word.end - word.start > 1 ? [vscode.l10n.t('“{0}” is {1} tokens, added up.', key.text, word.end - word.start)] : [];
  const headRoles = roles ? rolesOf(roles, head) : [];
  const names = headRoles.map(({ role }) => role);
  const verdict = verdictText(pairVerdict(measure, names, token, word), named(key, other), headCount(summary));
  return [found, ...several, ...headRoles.map(roleSentence), verdict].join(' ');
}

/** What the numbers allow to say. */
function verdictText(verdict: PairVerdict, other: string, heads: number): string {
  switch (verdict) {
    case 'otherGetsMore':
      return vscode.l10n.t('Even this head puts at least as much on {0}.', other);
    case 'role':
      return vscode.l10n.t(
        'That is where it attends whatever the words are, so the number says little about these two.',
      );
    case 'meanAgrees':
      return vscode.l10n.t(
        'The mean agrees. Still, this is one sentence, and the largest of {0} numbers; it shows where attention goes, not why.',
        heads,
      );
    case 'meanDisagrees':
      return vscode.l10n.t(
        'The mean does not agree: the largest of {0} numbers is large for almost any pair, so this is no sign that the model relates these words.',
        heads,
      );
  }
}

function sinkText(
  summary: RunSummary,
  word: string,
  rows: readonly Float32Array[],
  roles: HeadRoles | undefined,
): string {
  const { mean, most } = measureSink(rows);
  const found = vscode.l10n.t(
    '“{0}” puts {1} of its attention on the first token in the mean of all heads; in {2} of {3} heads it puts more than half there.',
    word,
    share(mean),
    most,
    headCount(summary),
  );
  if (roles === undefined) return found;
  const sinks = allHeads(summary.model).filter((head) =>
    rolesOf(roles, head).some(({ role }) => role === 'firstToken'),
  ).length;
  const anywhere = vscode.l10n.t(
    'On random tokens {0} of the heads put at least {1} there on average: they use it as an attention sink.',
    sinks,
    ROLE_THRESHOLD,
  );
  return `${found} ${anywhere}`;
}

/** The other word, told apart from an equal one. */
function named(key: Place, other: Place): string {
  return key.text === other.text ? vscode.l10n.t('the other “{0}”', other.text) : vscode.l10n.t('“{0}”', other.text);
}

function sizeLine({ tokens, model }: RunSummary): GuideLine {
  const cells = tokens.length ** 2;
  const heads = model.layers * model.heads;
  const text = vscode.l10n.t(
    '{0} tokens: a matrix of {1} weights in each of {2} heads, {3} MB in all at 4 bytes each. Twice the text has four times as many. The Cost tab counts and measures them.',
    count(tokens.length),
    count(cells),
    heads,
    count(Math.round((cells * heads * 4) / 1e6)),
  );
  return { text, focus: undefined };
}

async function rowsOf(
  source: GuideSource,
  query: number,
  token: vscode.CancellationToken,
): Promise<readonly Float32Array[]> {
  const { tokens, model } = source.summary;
  const rows = { start: query, end: query + 1 };
  const columns = { start: 0, end: tokens.length };
  const block = { rows: 1, columns: 1 };
  const slices = allHeads(model).map((head) =>
    source.slice({ heads: { kind: 'head', ...head }, quantity: 'weight', rows, columns, block, pooling: 'max' }, token),
  );
  return (await Promise.all(slices)).map(({ data }) => data);
}

function headCount({ model }: RunSummary): number {
  return model.layers * model.heads;
}

function share(weight: number): string {
  return weight.toFixed(3);
}

function count(value: number): string {
  return value.toLocaleString(vscode.env.language);
}
