import { ExplainError } from '../protocol/failure.ts';
import { lineEnds, linesOf } from '../protocol/lines.ts';
import type { Preceding } from '../protocol/modelWire.ts';
import type { EndCut, SpecialTokens, Token } from '../protocol/run.ts';
import type { LoadedModel } from './runtime/loadedModel.ts';
import { bytesOf, LONGEST_TEXT, type RunShape, tokensWithin } from './longContext/memory.ts';
import { beginningOf, MOST_PRECEDING } from './explain/preceding.ts';
import type { EncodedPrefix, EncodedText } from './tokens/tokenEncoder.ts';

/** What is to be explained, as far as it fits. */
export interface WantedText {
  readonly text: string;
  readonly preceding?: Preceding | undefined;
  readonly specialTokens: SpecialTokens;
}

/** What a run is made of. */
export interface Fitted {
  readonly text: string;
  readonly precedingLength: number;
  readonly encoded: EncodedText;
  readonly cut: EndCut | undefined;
  /** Bytes that the run may take. */
  readonly budget: number;
}

/**
 * A selection with as much of what precedes it as fits, or as much of its beginning as context, longest length and budget
 * hold.
 *
 * @throws ExplainError when nothing is left.
 */
export async function fitting(
  { description, encoder, mostPositions }: LoadedModel,
  shape: RunShape,
  { text: whole, preceding = { length: 0, starts: [] }, specialTokens }: WantedText,
  roomFor: (bytes: number) => number,
): Promise<Fitted> {
  const { contextLength } = description;
  const most = Math.min(mostPositions, LONGEST_TEXT);
  const text = whole.slice(preceding.length);
  let encoded = await encoder.encodePrefix(text, most, specialTokens);
  const wanted = encoded.ids.length;
  if (preceding.length > 0 && encoded.usedLength === text.length && encoded.tokens.some(isOfText)) {
    const limit = Math.min(most, contextLength, wanted + MOST_PRECEDING);
    const from = (offset: number): Promise<EncodedPrefix> =>
      encoder.encodePrefix(whole.slice(offset), limit, specialTokens);
    const start = await beginningOf(whole, preceding, async (offset) => {
      const { ids, usedLength } = await from(offset);
      const bytes = bytesOf(ids.length, shape);
      return offset + usedLength === whole.length && bytes <= roomFor(bytes);
    });
    const precedingLength = preceding.length - start;
    if (precedingLength > 0) {
      const encoded = await from(start);
      const budget = roomFor(bytesOf(encoded.ids.length, shape));
      return { text: whole.slice(start), precedingLength, encoded, cut: undefined, budget };
    }
  }
  const budget = roomFor(bytesOf(wanted, shape));
  const limit = bytesOf(wanted, shape) <= budget ? most : tokensWithin(budget, shape, wanted);
  const isMemory = limit < wanted;
  if (isMemory) encoded = await encoder.encodePrefix(text, limit, specialTokens);
  if (!encoded.tokens.some(isOfText)) throw nothingToExplain(limit);
  const { usedLength } = encoded;
  const used = text.slice(0, usedLength);
  const fitted = { text: used, precedingLength: 0, encoded, cut: undefined, budget };
  if (usedLength === text.length) return fitted;
  const cut: EndCut = {
    reason: isMemory ? 'memory' : mostPositions <= LONGEST_TEXT ? 'context' : 'length',
    usedLength,
    totalLength: text.length,
    usedLines: lineEnds(used),
    totalLines: linesOf(text),
    tokenLimit: limit,
    ...(isMemory && { bytesNeeded: bytesOf(wanted, shape) }),
  };
  return { ...fitted, cut };
}

function isOfText({ start, end }: Token): boolean {
  return start < end;
}

function nothingToExplain(limit: number): ExplainError {
  return limit < 2
    ? new ExplainError({
        code: 'overBudget',
        message: 'The memory budget does not hold the attention of a single token.',
        advice: 'Close other explanations, or raise the setting “Explain Attention: Memory Budget”.',
      })
    : new ExplainError({
        code: 'emptyText',
        message: 'The text holds no token that the model could look at.',
        advice: 'Select some text first.',
      });
}
