import * as vscode from 'vscode';
import { measurePair, measureSink, type PairMeasure } from '../attention/wordPair.ts';
import { allHeads } from '../attention/source.ts';
import type { Focus, GuideLine } from '../protocol/panelWire.ts';
import type { RunSummary, Slice, SliceRequest } from '../protocol/run.ts';
import type { Look } from './catalog.ts';
import { type Place, tokensOf } from './words.ts';

/** What the guide reads of a run. */
export interface GuideSource {
  readonly summary: RunSummary;
  slice(request: Omit<SliceRequest, 'run'>, token: vscode.CancellationToken): Promise<Slice>;
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
  const query = tokensOf(summary, look.query);
  if (query === undefined) return undefined;
  // A word of several tokens is read to its end only at the last one.
  const last = query.end - 1;
  switch (look.kind) {
    case 'pair': {
      const [key, other] = [tokensOf(summary, look.key), tokensOf(summary, look.other)];
      if (key === undefined || other === undefined) return undefined;
      const measure = measurePair(await rowsOf(source, last, token), summary.model.heads, key, other);
      const focus = { heads: { kind: 'head', ...measure.head }, token: last, partner: key.end - 1 } as const;
      return { text: pairText(summary, look, measure), focus: { ...looking, ...focus } };
    }
    case 'unseen': {
      const later = tokensOf(summary, look.later);
      if (!summary.model.causal || later === undefined || later.start <= last) return undefined;
      const text = vscode.l10n.t(
        'This model reads from left to right: at «{0}» it has not read «{1}» yet, so this row would be the same with any other word there.',
        look.query.text,
        look.later.text,
      );
      return { text, focus: undefined };
    }
    case 'sink': {
      const { mean, most } = measureSink(await rowsOf(source, last, token));
      const text = vscode.l10n.t(
        '«{0}» leaves {1} of its attention on the first token in the mean of all heads; {2} of {3} heads leave more than half there. Heads that find nothing to read rest on it.',
        look.query.text,
        share(mean),
        most,
        headCount(summary),
      );
      return { text, focus: { ...looking, heads: { kind: 'mean', heads: 'all' }, token: last, partner: 0 } };
    }
  }
}

const looking = { quantity: 'weight', direction: 'looksAt' } as const satisfies Partial<Focus>;

function pairText(
  summary: RunSummary,
  { query, key, other }: Extract<Look, { kind: 'pair' }>,
  measure: PairMeasure,
): string {
  const { head, weight, mean, meanOther } = measure;
  const found = vscode.l10n.t(
    'Of {0} heads, layer {1}, head {2} joins «{3}» to «{4}» most: {5} of its attention, against {6} on «{7}». In the mean of all heads: {8} against {9}.',
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
  return `${found} ${verdict(key, other, measure, mean > meanOther)}`;
}

/** What the numbers allow to say. */
function verdict(key: Place, other: Place, { weight, other: otherWeight }: PairMeasure, meanAgrees: boolean): string {
  if (weight <= otherWeight) {
    return vscode.l10n.t(
      'Even there «{0}» gets more: a large model may tell the two apart, this one does not here.',
      named(key, other),
    );
  }
  return meanAgrees
    ? vscode.l10n.t('Both agree, but one sentence proves nothing: the best of many heads flatters any model.')
    : vscode.l10n.t(
        'The mean does not agree: among many heads one is found for almost any pair. This model shows no sign here of what a large one does.',
      );
}

/** The other word, told apart from an equal one. */
function named(key: Place, other: Place): string {
  return key.text === other.text ? vscode.l10n.t('the other {0}', other.text) : other.text;
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
