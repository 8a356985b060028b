import { parseArgs } from 'node:util';
import * as web from 'onnxruntime-web/wasm';
import {
  encodeTile,
  feedsOf,
  type TileForm,
  TileGraphs,
  type TileNumbers,
} from '../src/model/longContext/tileGraph.ts';
import { interleaved, machine, median, table } from './measure.ts';

/**
 * Three ways to compute a tile of weights from queries and keys, exp(scale · q·k − top score) · top weight: typed arrays
 * with register blocking, WebAssembly SIMD (the same graph in the runtime's build for browsers), and a graph in the
 * runtime that runs the models.
 */

const { values } = parseArgs({ options: { 'head-size': { type: 'string', default: '48' } } });
const headSize = Number(values['head-size']);
const ROUNDS = 15;

const nativeOne = new TileGraphs(1);
const nativeTwo = new TileGraphs(2);
web.env.wasm.numThreads = 1;

process.stdout.write(`${machine()}; head size ${headSize}, medians of ${ROUNDS} interleaved rounds, milliseconds\n\n`);
const rows: (string | number)[][] = [];
for (const heads of [1, 8, 48]) {
  for (const side of [64, 256]) rows.push(await measured(heads, side));
}
const header = [
  ...['heads, joined by their mean', 'tile', 'typed arrays', 'WebAssembly SIMD', 'graph, 1 thread', 'graph, 2 threads'],
  ...['typed arrays ÷ graph, 1 thread', 'WebAssembly ÷ graph, 1 thread', 'largest difference'],
];
process.stdout.write(`${table(header, rows)}\n`);
await nativeOne.dispose();
await nativeTwo.dispose();

async function measured(heads: number, side: number): Promise<(string | number)[]> {
  const tile = tileOf(heads, side);
  const form: TileForm = {
    ...{ hasCap: false, isCausal: false, hasWindow: false, hasNorms: false, hasHalves: false, pooling: undefined },
    heads: heads === 1 ? 'apart' : 'mean',
  };
  const session = await web.InferenceSession.create(encodeTile(form));
  const feeds = Object.fromEntries(
    Object.entries(feedsOf(form, tile)).map(([name, { type, data, dims }]) => [
      name,
      new web.Tensor(type as 'float32', data as Float32Array, dims),
    ]),
  );
  const inWebAssembly = async (): Promise<Float32Array> => (await session.run(feeds))['tile']!.data as Float32Array;
  const reference = await nativeOne.run(form, tile);
  const largest = [typedTile(tile), await inWebAssembly()]
    .flatMap((found) => [...found].map((weight, cell) => Math.abs(weight - reference[cell]!)))
    .reduce((most, difference) => Math.max(most, difference), 0);
  const times = await interleaved(ROUNDS, {
    typed: () => Promise.resolve(typedTile(tile)),
    webAssembly: inWebAssembly,
    one: () => nativeOne.run(form, tile),
    two: () => nativeTwo.run(form, tile),
  });
  await session.release();
  const [typed, webAssembly, one, two] = [times.typed, times.webAssembly, times.one, times.two].map(median);
  const ratios = [typed! / one!, webAssembly! / one!];
  return [String(heads), `${side}²`, typed!, webAssembly!, one!, two!, ...ratios, largest.toExponential(0)];
}

function tileOf(heads: number, side: number): TileNumbers {
  const waves = (length: number, step: number): Float32Array =>
    Float32Array.from({ length }, (_, place) => Math.sin(place * step));
  return {
    ...{ heads, keyHeads: heads, rows: side, columns: side, offset: side, scale: headSize ** -0.5 },
    block: { rows: 1, columns: 1 },
    queries: waves(heads * side * headSize, 0.37),
    keys: waves(heads * side * headSize, 0.61),
    topScores: new Float32Array(heads * side).fill(headSize ** 0.5),
    topWeights: new Float32Array(heads * side).fill(0.5),
  };
}

/** The mean of the heads [rows, columns]; four queries and two keys at a time, their sums in registers. */
function typedTile({ queries, keys, topScores, topWeights, heads, rows, columns, scale }: TileNumbers): Float32Array {
  const mean = new Float32Array(rows * columns);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row += 4) {
      const query = (head * rows + row) * headSize;
      for (let column = 0; column < columns; column += 2) {
        const key = (head * columns + column) * headSize;
        let [a0, a1, b0, b1, c0, c1, d0, d1] = [0, 0, 0, 0, 0, 0, 0, 0];
        for (let i = 0; i < headSize; i++) {
          const [k0, k1] = [keys[key + i]!, keys[key + headSize + i]!];
          const [a, b] = [queries[query + i]!, queries[query + headSize + i]!];
          const [c, d] = [queries[query + 2 * headSize + i]!, queries[query + 3 * headSize + i]!];
          a0 += a * k0;
          a1 += a * k1;
          b0 += b * k0;
          b1 += b * k1;
          c0 += c * k0;
          c1 += c * k1;
          d0 += d * k0;
          d1 += d * k1;
        }
        const products = [a0, a1, b0, b1, c0, c1, d0, d1];
        for (let place = 0; place < 8; place++) {
          const at = row + (place >> 1);
          const weight =
            Math.exp(products[place]! * scale - topScores[head * rows + at]!) * topWeights[head * rows + at]!;
          mean[at * columns + column + (place & 1)]! += weight / heads;
        }
      }
    }
  }
  return mean;
}
