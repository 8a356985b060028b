import type { HeadDistances } from '../../../src/protocol/inspection.ts';
import type { HeadGrid, HeadId } from '../../../src/protocol/model.ts';
import { headAt } from '../../shared/headSelection.ts';

/** The heads as their pictures are arranged: layer by layer, or, with distances, the farthest from the mean first. */
export function headOrder({ layers, heads }: HeadGrid, distances: HeadDistances | undefined): readonly HeadId[] {
  const order = Array.from({ length: layers * heads }, (_, place) => headAt(place, heads));
  return distances === undefined ? order : order.sort((a, b) => distanceOf(distances, b) - distanceOf(distances, a));
}

export function distanceOf({ heads, distances }: HeadDistances, { layer, head }: HeadId): number {
  return distances[layer * heads + head]!;
}
