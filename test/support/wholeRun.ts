import { allHeads, type AttentionSource, PiecewiseAttention } from '../../src/attention/source.ts';
import type { AttentionReader } from '../../src/model/runtime/attentionReader.ts';
import type { Engine } from '../../src/model/engine.ts';
import type { RunId } from '../../src/protocol/run.ts';

const never = new AbortController().signal;

/** All weights that a reader answers with, cell by cell. */
export async function wholeOf(reader: AttentionReader): Promise<AttentionSource> {
  const { layers, heads, tokens } = reader;
  const whole = { start: 0, end: tokens };
  const held = Array.from({ length: layers }, () => new Float32Array(heads * tokens * tokens));
  for (const head of allHeads(reader)) {
    const request = { rows: whole, columns: whole, block: { rows: 1, columns: 1 }, pooling: 'max' } as const;
    const { data } = await reader.slice({ ...request, heads: { kind: 'head', ...head } }, never);
    held[head.layer]!.set(data, head.head * tokens * tokens);
  }
  return new PiecewiseAttention([{ rows: whole, keys: tokens, layers: held }], heads);
}

/** The weights of an open run. */
export async function attentionOf(engine: Engine, run: RunId): Promise<AttentionSource> {
  return wholeOf(await engine.reader(run, 'weight', never));
}
