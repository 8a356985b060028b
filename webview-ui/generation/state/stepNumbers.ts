import { selectionKey } from '../../../src/attention/headKinds.ts';
import type { AttentionRow, CacheNorms, PolicyEffect } from '../../../src/protocol/generation.ts';
import type { HeadCombination, Slice } from '../../../src/protocol/run.ts';
import { LatestRequest } from '../../shared/latestRequest.ts';
import type { Loaded } from '../../shared/loaded.ts';
import type { GenerationHost } from './host.ts';
import type { Ready } from './ready.ts';

/** Most cells on a side of the matrix that is asked for. */
const RESOLUTION = 256;

/** Numbers of the present step beyond its state, asked for as they are drawn; each new step cancels those before. */
export class StepNumbers {
  private readonly rows = new LatestRequest<AttentionRow>();
  private readonly triangles = new LatestRequest<Slice>();
  private readonly norms = new LatestRequest<CacheNorms>();
  private readonly effects = new LatestRequest<PolicyEffect>();

  constructor(private readonly host: GenerationHost) {}

  /** What the last token before the pointer looked at. */
  row(ready: Ready, heads: HeadCombination): Loaded<AttentionRow> {
    const { generation } = ready.origin;
    const key = `${placeOf(ready)} ${selectionKey(heads)}`;
    return this.rows.get(key, (token) => this.host.row({ generation, heads }, token)).value;
  }

  triangle(ready: Ready, heads: HeadCombination): Loaded<Slice> {
    const { generation } = ready.origin;
    const key = `${placeOf(ready)} ${selectionKey(heads)}`;
    const request = { generation, heads, resolution: RESOLUTION };
    return this.triangles.get(key, (token) => this.host.triangle(request, token)).value;
  }

  cacheNorms(ready: Ready, layer: number): Loaded<CacheNorms> {
    const { generation } = ready.origin;
    return this.norms.get(`${placeOf(ready)} ${layer}`, (token) => this.host.norms({ generation, layer }, token)).value;
  }

  effect(ready: Ready): Loaded<PolicyEffect> {
    const { generation } = ready.origin;
    const key = `${placeOf(ready)} ${JSON.stringify(ready.state.sampling)}`;
    return this.effects.get(key, (token) => this.host.effect(generation, token)).value;
  }
}

/** Names the text up to the pointer, and the cache under it. */
function placeOf({ origin, state }: Ready): string {
  const ids = state.tokens.slice(0, state.taken).map(({ id }) => id);
  return `${origin.generation} ${ids.join(',')} ${JSON.stringify(state.cache.policy)} ${state.cache.kept.length}`;
}
