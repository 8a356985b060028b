import { readFileSync } from 'node:fs';
import type { PowerLaw } from '../../../../src/attention/powerLaw.ts';

/** What make.py wrote. `null`: −Infinity. */
interface Reference {
  readonly rows: readonly ReferenceRow[];
  readonly correlations: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly correlation: number;
  }[];
  readonly powerLaws: readonly (PowerLaw & { readonly x: readonly number[]; readonly y: readonly number[] })[];
}

interface ReferenceRow {
  readonly query: number;
  readonly headSize: number;
  readonly queryVector: readonly number[];
  readonly keyVectors: readonly number[];
  readonly valueVectors: readonly number[];
  readonly masked: readonly number[];
  readonly scores: readonly (number | null)[];
  readonly weights: readonly number[];
  readonly output: readonly number[];
  readonly tileSize: number;
  readonly tiles: readonly {
    readonly end: number;
    readonly maximum: number | null;
    readonly sum: number;
    readonly output: readonly number[];
  }[];
  readonly windows: readonly { readonly window: number; readonly weights: readonly number[] }[];
  readonly linear: { readonly weights: readonly number[]; readonly output: readonly number[] };
}

export const reference = JSON.parse(readFileSync(new URL('./reference.json', import.meta.url), 'utf8')) as Reference;

export function scoresOf({ scores }: ReferenceRow): Float64Array {
  return Float64Array.from(scores, (score) => score ?? -Infinity);
}
