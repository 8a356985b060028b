import type { Failure } from '../../../src/protocol/failure.ts';
import type { Pooling, FloatPrecision } from '../../../src/protocol/run.ts';
import type { ViewSlice } from '../../../src/protocol/viewSlice.ts';
import type { Loaded } from '../loaded.ts';
import type { Measure } from '../measure.ts';
import type { Frame } from './frame.ts';
import type { MatrixModel } from './matrixModel.ts';
import { type ReadyTile, VALUES_FROM } from './matrixPaint.ts';
import { ancestors, MOST_IN_ONE_TILE, type TileAddress, tileKey, visibleTiles } from './tiles.ts';
import type { Weights } from './weights.ts';

/** What the visible part of the matrix is painted from. */
export interface Scene {
  /** Coarse tiles first: they stand in for finer ones that are under way. */
  readonly tiles: readonly ReadyTile[];
  /** Whether all of the visible part is there as finely as it can be shown. */
  readonly isComplete: boolean;
  /** The number at the upper end of the colour scale. */
  readonly peak: number;
  readonly measure: Measure;
}

interface SceneRequest {
  readonly frame: Frame;
  readonly pixelRatio: number;
  readonly causal: boolean;
  /** Tiles are not asked for while the matrix moves: those on the way would be late for where it comes to rest. */
  readonly isMoving: boolean;
  /** Level of the tiles in which the whole matrix fits the box. */
  readonly coarsest: number;
}

/** Puts together what is at hand for a frame. Reads signals: who calls it runs again when numbers arrive. */
export class SceneBuilder {
  private meansEnd: number | undefined;

  constructor(private readonly model: MatrixModel) {}

  scene({ frame, pixelRatio, causal, isMoving, coarsest }: SceneRequest): Loaded<Scene> {
    const { model } = this;
    const weights = model.weights.value;
    if (!weights) return { kind: 'loading' };
    const pooling = model.pooling.value;
    const wanted = visibleTiles(frame, pixelRatio, causal);
    const tiles = wanted.map((address) => ({
      address,
      slice: isMoving
        ? weights.knownTile(address, pooling)
        : weights.tile(address, pooling, precisionOf(address, frame, pooling)),
    }));
    const peak = model.peak.value;
    const failure = [...tiles.map(({ slice }) => slice), peak].map(failureIn).find((found) => found !== undefined);
    if (failure) return { kind: 'failed', failure };
    if (peak.kind !== 'ready') return { kind: 'loading' };
    const ready = tiles.flatMap(readyTile);
    const missing = tiles.flatMap(({ address, slice }) => (slice.kind === 'ready' ? [] : [address]));
    const shown = [...standIns(missing, weights, pooling, coarsest, frame.tokens), ...ready];
    if (shown.length === 0) return { kind: 'loading' };
    const isAveraged = pooling === 'mean' && wanted.some(({ level }) => level > 0) && model.scale.value === 'linear';
    // The largest weight would leave means in the dark. In motion colours stay as they are.
    if (!isAveraged) this.meansEnd = undefined;
    else if (!isMoving || this.meansEnd === undefined) this.meansEnd = largestOf(shown, model.sinkApart.value);
    return {
      kind: 'ready',
      value: {
        tiles: shown,
        isComplete: missing.length === 0,
        peak: this.meansEnd ?? peak.value,
        measure: weights.measure,
      },
    };
  }
}

/** Numbers that are shown as numbers are exact: in the cells, and at the upper end of the colours of means. */
function precisionOf({ level }: TileAddress, { cell, tokens }: Frame, pooling: Pooling): FloatPrecision {
  const isColourAlone = tokens > MOST_IN_ONE_TILE && cell < VALUES_FROM && (level === 0 || pooling === 'max');
  return isColourAlone ? 'half' : 'single';
}

/** For each missing tile the finest one at hand that covers it, coarse ones first. */
function standIns(
  missing: readonly TileAddress[],
  weights: Weights,
  pooling: Pooling,
  coarsest: number,
  tokens: number,
): readonly ReadyTile[] {
  const found = new Map<string, ReadyTile>();
  for (const address of missing) {
    for (const ancestor of [address, ...ancestors(address, coarsest, tokens)]) {
      const [tile] = readyTile({ address: ancestor, slice: weights.knownTile(ancestor, pooling) });
      if (!tile) continue;
      found.set(tileKey(ancestor), tile);
      break;
    }
  }
  return [...found.values()].sort((a, b) => b.address.level - a.address.level);
}

function readyTile({ address, slice }: { address: TileAddress; slice: Loaded<ViewSlice> }): readonly ReadyTile[] {
  return slice.kind === 'ready' ? [{ address, slice: slice.value }] : [];
}

/** The largest number of the tiles, without the first column of the matrix where it is set apart. */
function largestOf(tiles: readonly ReadyTile[], sinkApart: boolean): number {
  let largest = 0;
  for (const { address, slice } of tiles) {
    const first = sinkApart && address.columns.start === 0 ? 1 : 0;
    for (let row = 0; row < slice.rows; row++) {
      for (let column = first; column < slice.columns; column++) {
        largest = Math.max(largest, slice.data[row * slice.columns + column]!);
      }
    }
  }
  return largest || 1;
}

function failureIn(loaded: Loaded<unknown>): Failure | undefined {
  return loaded.kind === 'failed' ? loaded.failure : undefined;
}
