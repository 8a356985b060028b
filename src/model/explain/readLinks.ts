import { strongestLinks } from '../../attention/links.ts';
import { blockWithin } from '../../protocol/cells.ts';
import type { Links } from '../../protocol/inspection.ts';
import type { TokenRange } from '../../protocol/run.ts';
import { nextTurn } from '../runtime/turns.ts';
import type { ChosenHeads } from './readPartners.ts';

const COUNT = 8;
/** Fewest tokens between a query and its key. */
const CLOSEST = 16;
/** In a long text, the part of it that lies between them: to be told from one another on a map of the whole. */
const PLACES = 64;
/** Blocks on a side, as they are kept of long texts. */
const BLOCKS = 512;
const SMALLEST_BLOCK = 8;
/** Blocks after which others have their turn. */
const BLOCKS_AT_ONCE = 16;

/** Where a matrix has most to show: see `strongestLinks`. */
export async function readLinks({ reader, heads }: ChosenHeads, signal: AbortSignal): Promise<Links> {
  const { tokens } = reader;
  const whole: TokenRange = { start: 0, end: tokens };
  const block = Math.max(SMALLEST_BLOCK, blockWithin(tokens, BLOCKS));
  const apart = Math.max(CLOSEST, Math.ceil(tokens / PLACES));
  const region = { heads, pooling: 'max' } as const;
  const blocks = { rows: block, columns: block };
  const { data: maxima } = await reader.slice({ ...region, rows: whole, columns: whole, block: blocks }, signal);
  let looked = 0;
  const cells = async (rows: TokenRange, columns: TokenRange): Promise<Float32Array> => {
    if (++looked % BLOCKS_AT_ONCE === 0) await nextTurn(signal);
    return (await reader.slice({ ...region, rows, columns, block: { rows: 1, columns: 1 } }, signal)).data;
  };
  const links = await strongestLinks({ tokens, block, maxima, cells }, { count: COUNT, apart });
  return { apart, links };
}
