import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphIndex } from '../../../src/model/onnx/graphIndex.ts';
import { MalformedFile } from '../../../src/model/onnx/malformedFile.ts';
import { readModel } from '../../../src/model/onnx/readModel.ts';
import { encodeSidecar } from '../../../src/model/onnx/sidecar.ts';
import { inspectGraph, requireAttention } from '../../../src/model/graph/graphReport.ts';
import { planRuntime } from '../../../src/model/graph/runtimePlan.ts';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { ExplainError } from '../../../src/protocol/failure.ts';
import { encodeModel, externalFloats, memorySource, node } from '../onnx/graphBuilder.ts';

/** All that is done with the bytes of a model file. */
function tapBytes(bytes: Uint8Array): number {
  const source = memorySource(bytes);
  try {
    const index = new GraphIndex(readModel(source));
    requireAttention(inspectGraph(index), 'model.onnx');
    encodeSidecar(source, index.model, planRuntime(index).plan, 'model.onnx');
  } catch (error) {
    if (!(error instanceof MalformedFile || error instanceof ExplainError)) throw error;
  }
  return source.bytesRead;
}

describe.each(['gpt2-q8/onnx/model_quantized', 'bert/onnx/model', 't5/onnx/decoder_model_merged'])('%s', (name) => {
  const original = readFileSync(`test/vectors/${name}.onnx`);

  test('cut off anywhere: refused or read, with nothing read twice over', () => {
    fc.assert(
      fc.property(fc.nat(original.length), (length) => {
        expect(tapBytes(original.subarray(0, length))).toBeLessThan(4 * length + 2 * 64 * 1024);
      }),
    );
  });

  test('changed anywhere: refused or read', () => {
    const change = fc.record({ position: fc.nat(original.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
        const bytes = Uint8Array.from(original);
        for (const { position, value } of changes) bytes[position] = value;
        tapBytes(bytes);
      }),
      { numRuns: 200 },
    );
  });
});

test('random bytes: refused or read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void tapBytes(bytes)),
    { numRuns: 1000 },
  );
});

describe('folders', () => {
  let temporary: string;
  let modelFolder: string;
  let graphFile: string;
  beforeAll(async () => {
    temporary = await mkdtemp(path.join(os.tmpdir(), 'tap-hostile-'));
  });
  afterAll(() => rm(temporary, { recursive: true }));

  async function folderWith(name: string, change: () => Promise<unknown>): Promise<unknown> {
    modelFolder = path.join(temporary, name);
    graphFile = path.join(modelFolder, 'onnx/model.onnx');
    await cp('test/vectors/gpt2-external', modelFolder, { recursive: true });
    await change();
    return readRuntimeGraph(modelFolder);
  }

  const pointingTo = (location: string) =>
    encodeModel({
      nodes: [node('MatMul', 'q k', 's'), node('Softmax', 's', 'a', { axis: -1 }), node('MatMul', 'a q', 'out')],
      inputs: { q: [], k: [] },
      initializers: [externalFloats('w', [1], location)],
    });

  test.each<[string, string, string, () => Promise<unknown>]>([
    ['empty file', 'modelFile', 'no graph', () => writeFile(graphFile, '')],
    ['text', 'modelFile', 'model.onnx', () => writeFile(graphFile, 'This is a text.')],
    ['half a file', 'modelFile', 'beyond its end', () => truncate(graphFile, 40_000)],
    ['directory', 'modelFile', 'model.onnx', () => rm(graphFile).then(() => mkdir(graphFile))],
    ['data missing', 'modelFile', 'is missing', () => rm(`${graphFile}_data`)],
    ['data above', 'modelFile', 'outside', () => writeFile(graphFile, pointingTo('../config.json'))],
    ['data above, by a detour', 'modelFile', 'outside', () => writeFile(graphFile, pointingTo('d/../../config.json'))],
    ['data elsewhere', 'modelFile', 'outside', () => writeFile(graphFile, pointingTo('/etc/passwd'))],
    ['data on a drive', 'modelFile', 'outside', () => writeFile(graphFile, pointingTo('C:\\data'))],
    ['data nowhere', 'modelFile', 'outside', () => writeFile(graphFile, pointingTo(''))],
    [
      'data in a directory',
      'modelFile',
      'it is a folder',
      () => {
        return writeFile(graphFile, pointingTo('d')).then(() => mkdir(path.join(path.dirname(graphFile), 'd')));
      },
    ],
    [
      'data through a link',
      'modelFile',
      'onnx/model.onnx_data is a link to /etc/passwd',
      () => {
        return rm(`${graphFile}_data`).then(() => symlink('/etc/passwd', `${graphFile}_data`));
      },
    ],
    [
      'data through a linked folder',
      'modelFile',
      'onnx/d/passwd is a link to /etc/passwd',
      () => {
        return writeFile(graphFile, pointingTo('d/passwd')).then(() =>
          symlink('/etc', path.join(path.dirname(graphFile), 'd')),
        );
      },
    ],
  ])('refused: %s', async (name, code, named, change) => {
    const message = expect.stringContaining(named) as string;
    await expect(folderWith(name, change)).rejects.toMatchObject({ name: 'ExplainError', failure: { code, message } });
  });
});
