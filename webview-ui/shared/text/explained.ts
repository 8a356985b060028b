import type { HeadGrid } from '../../../src/protocol/model.ts';
import { lineOffsets } from '../../../src/protocol/lines.ts';
import { tokenName } from '../../../src/attention/tokenName.ts';
import type { RunSummary, Token, TokenRange } from '../../../src/protocol/run.ts';
import { lineOfTokens, lineStarts, segmentText, type TextLine } from './segments.ts';
import { outermostBlocks } from './blocks.ts';

/** A run's text as the views need it. */
export interface Explained {
  readonly summary: RunSummary;
  readonly grid: HeadGrid;
  readonly causal: boolean;
  readonly tokens: readonly Token[];
  /** The tokens before the selection, which were only read with it; 0 where it is explained by itself. */
  readonly precedingTokens: number;
  /** What each token is called. */
  readonly names: readonly string[];
  readonly lines: readonly TextLine[];
  /** Where each line begins in the text. */
  readonly lineOffsets: readonly number[];
  /** For each token the line, counted from 0, in which it begins; −1 for one that stands for no text. */
  readonly lineOf: Int32Array;
  readonly lineStarts: ReadonlySet<number>;
  /** The tokens of each outermost block of the text. */
  readonly blocks: readonly TokenRange[];
}

export function explainedText(summary: RunSummary): Explained {
  const { text, tokens, model } = summary;
  const lines = segmentText(text, tokens);
  const offsets = lineOffsets(text);
  const lineOf = lineOfTokens(offsets, tokens);
  return {
    summary,
    grid: { layers: model.layers, heads: model.heads },
    causal: model.causal,
    tokens,
    precedingTokens: summary.selection.start,
    names: tokens.map((token) => tokenName(token, text)),
    lines,
    lineOffsets: offsets,
    lineOf,
    lineStarts: lineStarts(lines),
    blocks: outermostBlocks(text, lineOf),
  };
}

/** The token whose list is shown before the user chose one: the last, for which the model predicts what follows. */
export function firstShown(tokens: readonly Token[]): number {
  const last = tokens.findLastIndex((token) => token.end > token.start);
  return Math.max(0, last);
}
