import { partnersIn } from '../../attention/partners.ts';
import type { HeadCombination, Partners, TokenPartners, TokenRange } from '../../protocol/run.ts';
import type { AttentionReader } from '../runtime/attentionReader.ts';

/** Heads, and where they are read. */
export interface ChosenHeads {
  readonly reader: AttentionReader;
  readonly heads: HeadCombination;
}

/**
 * The strongest partners of one token, as a query (its row) and as a key (its column).
 *
 * @param all what the lists of all heads are read from
 * @throws RangeError when there is no such token
 */
export async function readPartners(
  chosen: ChosenHeads,
  all: AttentionReader,
  { token, count }: { readonly token: number; readonly count: number },
  signal: AbortSignal,
): Promise<TokenPartners> {
  const { layers, heads, tokens } = all;
  if (token < 0 || token >= tokens) throw new RangeError(`There is no token ${token}: the text has ${tokens}.`);
  const whole: TokenRange = { start: 0, end: tokens };
  const itself: TokenRange = { start: token, end: token + 1 };
  const block = { rows: 1, columns: 1 };
  const along = async (rows: TokenRange, columns: TokenRange): Promise<Partners> => {
    const { data } = await chosen.reader.slice({ heads: chosen.heads, rows, columns, block, pooling: 'max' }, signal);
    return partnersIn({ layers, heads, chosen: data, all: await all.stack(rows, columns, signal) }, count);
  };
  return { looksAt: await along(itself, whole), lookedAtBy: await along(whole, itself) };
}
