import type { Precision } from '../../protocol/model.ts';
import { elementCount, elementType } from '../onnx/elementType.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { AttentionBlock } from './findAttention.ts';
import { isIntegerProduct } from './operators.ts';

const floatPrecisions: ReadonlyMap<number, Precision> = new Map([
  [elementType.float32, 'fp32'],
  [elementType.float16, 'fp16'],
  [elementType.bfloat16, 'bf16'],
]);

const integerPrecisions: ReadonlyMap<number, Precision> = new Map([
  [elementType.int8, 'int8'],
  [elementType.uint8, 'int8'],
  [elementType.int4, 'int4'],
  [elementType.uint4, 'int4'],
]);

/** A format that holds at least this share of the parameters names the whole; below it the storage is mixed. */
const dominantShare = 0.9;

/** Number format of the stored weights: the one that holds nearly all parameters. */
export function storagePrecision(index: GraphIndex): Precision {
  const packed = packedFourBit(index);
  const parameters = new Map<Precision, number>();
  let total = 0;
  for (const { name, dims, elementType: type } of index.graph.initializers) {
    const precision = packed.has(name) ? 'int4' : (floatPrecisions.get(type) ?? integerPrecisions.get(type));
    if (!precision) continue;
    const count = elementCount(dims) * (packed.has(name) ? 2 : 1);
    parameters.set(precision, (parameters.get(precision) ?? 0) + count);
    total += count;
  }
  const dominant = [...parameters].find(([, count]) => count >= total * dominantShare);
  return dominant?.[0] ?? (total === 0 ? 'fp32' : 'mixed');
}

/** Weights that hold two 4-bit numbers in each byte. */
function packedFourBit(index: GraphIndex): ReadonlySet<string> {
  const blockwise = index.graph.nodes.filter((node) => node.attributes.get('bits')?.[0] === 4);
  return new Set(blockwise.flatMap((node) => node.inputs.slice(0, 2)));
}

/** Number format in which a layer multiplies queries and keys and normalizes the scores. */
export function computePrecision(index: GraphIndex, block: AttentionBlock): Precision {
  if (isIntegerProduct(block.scores)) return 'int8';
  return floatPrecisions.get(index.elementType(block.weights) ?? elementType.float32) ?? 'fp32';
}
