import { FIT, type View } from './matrix/frame.ts';

/** A part of what an earlier version of a page may have kept. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The seen part of a matrix; all of it, if that is not what was kept. */
export function savedMatrixView(value: unknown): View {
  const [zoom, left, top] = ['zoom', 'left', 'top'].map((name) => property(value, name));
  return isLength(zoom) && isLength(left) && isLength(top) ? { zoom: Math.max(1, zoom), left, top } : FIT;
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
