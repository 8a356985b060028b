import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Cut, SpecialTokens, Token } from '../../protocol/run.ts';
import type { GeneratingModel } from './generatingModel.ts';

export interface TokenizedPrompt {
  /** The part of the text that is used. */
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly cut: Cut | undefined;
}

/** A token takes fewer units of text than this; what lies further ahead need not be tokenized. */
const unitsPerToken = 32;
/** Positions that a prompt which had to be cut leaves free for new tokens; at most a quarter of the limit. */
const room = 64;

/**
 * Tokenizes a prompt, with the special tokens that the tokenizer adds by itself; special tokens typed in the text are
 * text unless asked otherwise. Of a text that is too long the end is used, because that is what is continued. Without any token, the model's
 * start token is used.
 *
 * @param limit most positions.
 * @throws ExplainError `emptyText` when there is nothing to start from.
 */
export async function readPrompt(
  model: GeneratingModel,
  text: string,
  limit: number,
  specialTokens: SpecialTokens = 'text',
): Promise<TokenizedPrompt> {
  const end = ending(text, limit * unitsPerToken);
  const { tokens } = await model.encoder.encode(end, specialTokens);
  if (tokens.length === 0) return { text, tokens: [startToken(model)], cut: undefined };
  if (end === text && tokens.length <= limit) return { text, tokens, cut: undefined };
  return cutPrompt(model, text, end, tokens, limit, specialTokens);
}

async function cutPrompt(
  model: GeneratingModel,
  whole: string,
  end: string,
  tokens: readonly Token[],
  limit: number,
  specialTokens: SpecialTokens,
): Promise<TokenizedPrompt> {
  const textTokens = tokens.filter((token) => token.end > token.start);
  const wanted = limit - Math.min(room, limit >> 2) - (tokens.length - textTokens.length);
  // The end alone may make other tokens than it made in its text: shorten it until they fit.
  for (let count = Math.max(wanted, 1); count > 0; count--) {
    const text = end.slice(textTokens.at(-count)?.start ?? 0);
    const encoded = (await model.encoder.encode(text, specialTokens)).tokens;
    if (encoded.length > limit) continue;
    const lengths = { usedLength: text.length, totalLength: whole.length };
    return { text, tokens: encoded, cut: { reason: 'context', ...lengths, tokenLimit: limit } };
  }
  throw new ExplainError({
    code: 'overBudget',
    message: l10n.t('The prompt does not fit: at most {0} tokens are allowed.', limit),
    advice: l10n.t('Choose another cache policy, or a shorter text.'),
  });
}

function startToken(model: GeneratingModel): Token {
  const id = model.generationConfig.startToken;
  if (id !== undefined) return { id, text: model.texts.text(id), start: -1, end: -1 };
  throw new ExplainError({
    code: 'emptyText',
    message: l10n.t('There is no text, and the model has no token to start from.'),
    advice: l10n.t('Type or select some text first.'),
  });
}

/** The last units of a text, not beginning inside a surrogate pair. */
function ending(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  return /^[\uDC00-\uDFFF]/.test(end) ? end.slice(1) : end;
}
