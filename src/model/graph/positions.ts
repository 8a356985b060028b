import { elementCount } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxNode } from '../onnx/onnxModel.ts';
import { passes } from './operators.ts';

/** A tensor that counts the positions of a text. */
interface Counted {
  /** Number of the first position. */
  readonly first: number;
  /** Most positions that it can count; it is infinite where they are computed. */
  readonly most: number;
}

const farthest = 24;

/**
 * How many positions the graph holds: what the shortest of the stored tables allows in which it looks up positions, or
 * which it cuts to the length of a text (learned positions, angles of rotary ones, causal masks, biases of distances).
 *
 * @returns `undefined` where nothing of the kind is stored: then the graph takes texts of any length.
 */
export function positionTable(index: GraphIndex): number | undefined {
  const limits = index.graph.nodes.map((node) => tableLimit(index, node)).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function tableLimit(index: GraphIndex, node: OnnxNode): number | undefined {
  const [table = '', place = ''] = node.inputs;
  const dims = index.isActivation(table) ? undefined : storedDims(index, table);
  if (dims === undefined || elementCount(dims) < 2) return undefined;
  switch (node.operator) {
    case 'Gather':
    case 'GatherBlockQuantized': {
      const counted = dims.length > 1 ? countedPositions(index, place) : undefined;
      const rows = dims.at(node.attributes.get('axis')?.[0] ?? 0);
      return counted && rows !== undefined ? Math.min(counted.most, rows - counted.first) : undefined;
    }
    case 'Slice': {
      const isTable = dims.length > 1 || countedPositions(index, table) !== undefined;
      return isTable && index.isActivation(node.inputs[2] ?? '') ? slicedLimit(index, node, dims) : undefined;
    }
    default:
      return undefined;
  }
}

/** Positions are on any axis but that of features, which is the last; on the last where there are no features. */
function slicedLimit(index: GraphIndex, { inputs }: OnnxNode, dims: readonly number[]): number | undefined {
  const axes = index.integers(inputs[3] ?? '') ?? [...dims.keys()];
  const last = dims.length - 1;
  const hasFeatures = dims.length > 1 && dims[last - 1] !== 1 && dims[last - 1] !== dims[last];
  const sizes = axes
    .map((axis) => (axis < 0 ? axis + dims.length : axis))
    .filter((axis) => (dims[axis] ?? 1) > 1 && (axis !== last || !hasFeatures))
    .map((axis) => dims[axis]!);
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

/** Sizes of the stored tensor that a constant is made of. */
function storedDims(index: GraphIndex, tensor: string): readonly number[] | undefined {
  let name = tensor;
  for (let step = 0; step < farthest; step++) {
    const dims = index.storedDims(name);
    if (dims) return dims;
    const node = index.producer(name);
    if (!node || !passes(node, 'tables')) return undefined;
    name = node.inputs[0] ?? '';
  }
  return undefined;
}

/**
 * Follows an index back to where positions are counted. What is not the number of a position, but made of two of them (a
 * distance) or put into buckets, is none.
 */
export function countedPositions(index: GraphIndex, tensor: string, depth = 0): Counted | undefined {
  if (tensor === 'position_ids') return { first: 0, most: Infinity };
  const stored = index.integers(tensor);
  if (stored) return storedCount(stored, index.storedDims(tensor) ?? []);
  const node = depth < farthest ? index.producer(tensor) : undefined;
  if (!node) return undefined;
  const [left = '', right = '', third = ''] = node.inputs;
  const counted = (name: string): Counted | undefined => countedPositions(index, name, depth + 1);
  if (passes(node, 'positions')) return counted(left);
  switch (node.operator) {
    case 'Range':
      return { first: index.integers(left)?.[0] ?? 0, most: Infinity };
    case 'NonZero':
      return { first: 0, most: Infinity };
    case 'CumSum':
      return { first: node.attributes.get('exclusive')?.[0] === 1 ? 0 : 1, most: Infinity };
    case 'Add':
      return moved(counted(left), counted(right), index.integers(right) ?? index.integers(left), 1);
    case 'Sub':
      return counted(right) ? undefined : moved(counted(left), undefined, index.integers(right), -1);
    // By a mask, whose numbers are 0 and 1.
    case 'Mul':
      return moved(counted(left), counted(right), undefined, 1);
    case 'Where':
      return counted(right) ?? counted(third);
    default:
      return undefined;
  }
}

function moved(
  left: Counted | undefined,
  right: Counted | undefined,
  by: readonly number[] | undefined,
  sign: number,
): Counted | undefined {
  const counted = left && right ? undefined : (left ?? right);
  return counted && { ...counted, first: counted.first + sign * (by?.[0] ?? 0) };
}

/** A stored list of positions: each is one more than the one before. */
function storedCount(numbers: readonly number[], dims: readonly number[]): Counted | undefined {
  const [first = 0] = numbers;
  const isCount = numbers.length > 1 && numbers.every((number, place) => number === first + place);
  return isCount ? { first, most: elementCount(dims) } : undefined;
}
