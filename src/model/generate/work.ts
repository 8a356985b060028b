import type { Work } from '../../protocol/generation.ts';

export const noWork: Work = { positions: 0, keys: 0, cells: 0, operations: 0, milliseconds: 0 };

/** Work done one after the other; `keys` are those of the last. */
export function sumOf(first: Work, second: Work): Work {
  return {
    positions: first.positions + second.positions,
    keys: second.positions > 0 ? second.keys : first.keys,
    cells: first.cells + second.cells,
    operations: first.operations + second.operations,
    milliseconds: first.milliseconds + second.milliseconds,
  };
}
