import { expect, test } from 'vitest';
import type { Pooling, FloatPrecision } from '../../../src/protocol/run.ts';
import type { ViewSlice } from '../../../src/protocol/viewSlice.ts';
import type { Loaded } from '../../../webview-ui/shared/loaded.ts';
import { FIT, frameOf } from '../../../webview-ui/shared/matrix/frame.ts';
import type { MatrixModel } from '../../../webview-ui/shared/matrix/matrixModel.ts';
import { SceneBuilder } from '../../../webview-ui/shared/matrix/matrixScene.ts';
import { levelOf, tileKey, type TileAddress } from '../../../webview-ui/shared/matrix/tiles.ts';

const box = { width: 1000, height: 800, tokens: 4000, labelWidth: 60, profiles: 0 };
const coarsest = levelOf(frameOf(box, FIT).cell, 1);
const smaller = 0.25;

/** Numbers that are there once they were asked for and delivered; of the whole matrix only the first token's are large. */
class Numbers {
  readonly measure = 'weight';
  readonly asked: { readonly address: TileAddress; readonly precision: FloatPrecision }[] = [];
  private readonly there = new Map<string, FloatPrecision>();

  readonly tile = (address: TileAddress, _: Pooling, precision: FloatPrecision): Loaded<ViewSlice> => {
    const known = this.knownTile(address);
    if (known.kind === 'ready' && (precision === 'half' || known.value.precision === 'single')) return known;
    this.asked.push({ address, precision });
    return { kind: 'loading' };
  };

  readonly knownTile = (address: TileAddress): Loaded<ViewSlice> => {
    const precision = this.there.get(tileKey(address));
    if (!precision) return { kind: 'loading' };
    const first = address.level < coarsest || address.columns.start === 0 ? 1 : smaller;
    return { kind: 'ready', value: { rows: 1, columns: 2, precision, data: Float32Array.of(first, smaller) } };
  };

  deliver(): void {
    for (const { address, precision } of this.asked.splice(0)) this.there.set(tileKey(address), precision);
  }
}

function builderOf(numbers: Numbers, pooling: 'max' | 'mean') {
  const builder = new SceneBuilder({
    weights: { value: numbers },
    pooling: { value: pooling },
    scale: { value: 'linear' },
    sinkApart: { value: true },
    peak: { value: { kind: 'ready', value: 0.9 } },
  } as unknown as MatrixModel);
  return (view: typeof FIT, isMoving: boolean) => {
    const scene = builder.scene({ frame: frameOf(box, view), pixelRatio: 1, causal: true, isMoving, coarsest });
    if (scene.kind !== 'ready') return scene.kind;
    const levels = [...new Set(scene.value.tiles.map(({ address }) => address.level))];
    return { levels, isComplete: scene.value.isComplete, peak: scene.value.peak };
  };
}

test('in motion the coarse tiles stand in, and nothing is asked for; at rest what is seen is', () => {
  const numbers = new Numbers();
  const scene = builderOf(numbers, 'max');
  expect(scene(FIT, false)).toBe('loading');
  numbers.deliver();
  expect(scene(FIT, false)).toEqual({ levels: [coarsest], isComplete: true, peak: 0.9 });

  const near = { zoom: 8, left: 1000, top: 2000 };
  const inMotion = scene(near, true);
  expect(inMotion).toEqual({ levels: [coarsest], isComplete: false, peak: 0.9 });
  expect(numbers.asked).toEqual([]);
  expect(scene(near, false)).toEqual(inMotion);
  expect(numbers.asked.length).toBeGreaterThan(0);
  numbers.deliver();
  expect(scene(near, false)).toEqual({ levels: [0], isComplete: true, peak: 0.9 });
});

test('means have a scale of their own, without the first token', () => {
  const numbers = new Numbers();
  const scene = builderOf(numbers, 'mean');
  scene(FIT, false);
  numbers.deliver();
  expect(scene(FIT, false)).toMatchObject({ peak: smaller });
  // Of tiles that begin with another token the first column counts: only at rest, so that colours stay in motion.
  const near = { zoom: 4, left: 2000, top: 3000 };
  scene(near, false);
  numbers.deliver();
  expect(scene(near, true)).toMatchObject({ isComplete: true, peak: smaller });
  expect(scene(near, false)).toMatchObject({ isComplete: true, peak: 1 });
});

test('what only becomes a colour comes in half precision; numbers that are printed are exact', () => {
  const numbers = new Numbers();
  const scene = builderOf(numbers, 'max');
  scene(FIT, false);
  expect(numbers.asked.map(({ precision }) => precision)).not.toContain('single');
  numbers.deliver();

  const [few, printed] = [200, 10].map((tokens) => ({ zoom: box.tokens / tokens, left: 1000, top: 2000 }));
  scene(few!, false);
  expect(numbers.asked.map(({ precision }) => precision)).not.toContain('single');
  numbers.deliver();
  // The halves that are there stand in until the exact numbers are.
  expect(scene(printed!, false)).toEqual({ levels: [0], isComplete: false, peak: 0.9 });
  expect(numbers.asked.map(({ precision }) => precision)).not.toContain('half');
  numbers.deliver();
  expect(scene(printed!, false)).toMatchObject({ isComplete: true });
});

test('means end their scale at an exact number', () => {
  const numbers = new Numbers();
  builderOf(numbers, 'mean')(FIT, false);
  expect(numbers.asked.map(({ precision }) => precision)).not.toContain('half');
});
