import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readGenerationConfig } from '../../../src/model/folder/generationConfig.ts';
import { wholeAttention } from '../../../src/model/runtime/wholeAttention.ts';
import { modelInMemory } from '../../support/modelInMemory.ts';
import { readModelConfig } from '../../../src/model/folder/modelFolder.ts';
import { findGraphFile } from '../../../src/model/folder/modelFiles.ts';
import { readRuntimeGraph } from '../../../src/model/graph/runtimeGraph.ts';
import { never } from '../generate/support.ts';

let temporary: string;
let count = 0;
let folder: string;
beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'explain-attention-folder-'));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));
beforeEach(async () => {
  folder = path.join(temporary, `model-${++count}`);
  await cp('test/vectors/gpt2-external', folder, { recursive: true });
});

const at = (name: string) => path.join(folder, name);

/** What the user is told. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'ExplainError' });
  return (error as Error).message;
}

/** All that loading a model reads of its folder. */
async function read(): Promise<void> {
  await readModelConfig(folder);
  await readRuntimeGraph(folder);
  await readGenerationConfig(folder);
}

async function weights(modelFolder: string): Promise<Float32Array> {
  const model = await modelInMemory(modelFolder, path.join(temporary, 'cache'));
  const ids = [52, 258, 272, 269];
  const attention = await wholeAttention(model, ids, never);
  const all = attention.region({ layer: 1, head: 2 }, { start: 0, end: 4 }, { start: 0, end: 4 });
  await model.dispose();
  return all;
}

describe('the download cache of Hugging Face', () => {
  /** snapshots/…/file is a link to ../../blobs/…, as the hub's clients lay a repository out. */
  async function snapshot(blobsIn?: string): Promise<string> {
    const repository = path.join(temporary, `models--owner--name-${count}`);
    const revision = path.join(repository, 'snapshots', '0123456789abcdef');
    const blobs = blobsIn ?? path.join(repository, 'blobs');
    await mkdir(blobs, { recursive: true });
    for (const name of await readdir(folder, { recursive: true })) {
      if (!(await stat(at(name))).isFile()) continue;
      const [blob, link] = [path.join(blobs, name.replace(/\W/g, '')), path.join(revision, name)];
      await copyFile(at(name), blob);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(path.relative(path.dirname(link), blob), link);
    }
    return revision;
  }

  test('a model whose files are all links gives the weights of the plain folder, and is called by its name', async () => {
    const revision = await snapshot();
    expect(await weights(revision)).toEqual(await weights(folder));
    expect((await readModelConfig(revision)).name).toBe(`owner/name-${count}`);
  });

  test('links that leave the repository are refused by name', async () => {
    const revision = await snapshot(path.join(temporary, `elsewhere-${count}`));
    expect(await refusal(readModelConfig(revision))).toContain(`${path.join(revision, 'config.json')} is a link to`);
  });

  test('the repository itself is not a model, but says where one is', async () => {
    const revision = await snapshot();
    const repository = path.dirname(path.dirname(revision));
    expect(await refusal(readModelConfig(repository))).toContain(`Choose one of them: ${revision}.`);
    expect(await refusal(findGraphFile(repository))).toContain(`Choose one of them: ${revision}.`);
  });
});

describe('links in a plain folder', () => {
  test('may lead through a folder whose name begins with two dots, as volumes of Kubernetes lay files out', async () => {
    await mkdir(at('..2026_11_28'));
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx']) {
      await rename(at(name), at(`..2026_11_28/${name}`));
      await symlink(`..data/${name}`, at(name));
    }
    await symlink('..2026_11_28', at('..data'));
    await read();
  });

  test.each([
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'generation_config.json',
    'onnx/model.onnx',
    'onnx/model.onnx_data',
  ])('%s may be a link within the folder, and may not lead out of it or nowhere', async (name) => {
    const kept = path.join(folder, 'kept');
    await rename(at(name), kept);
    await symlink(kept, at(name));
    await read();
    const outside = `${folder}-outside`;
    await rename(kept, outside);
    expect(await refusal(read())).toMatch(`${at(name)} is a link to a file that is not there.`);
    await rm(at(name));
    await symlink(outside, at(name));
    expect(await refusal(read())).toMatch(`${at(name)} is a link to ${outside}, which is outside of ${folder}.`);
  });
});

test('a path may hold any characters', async () => {
  const expected = await weights(folder);
  const odd = path.join(temporary, `Größe „x“ 日本 & 'y' ${count}`);
  await rename(folder, odd);
  expect(await weights(odd)).toEqual(expected);
});

describe('where the graph is found', () => {
  const place = async (...names: string[]): Promise<void> => {
    for (const name of names) await writeFile(at(name), '');
    await rm(at('onnx/model.onnx'));
  };

  test.each([
    ['onnx/model_quantized.onnx'],
    ['model.onnx'],
    ['model_fp16.onnx'],
    ['onnx/decoder_model.onnx'],
    ['onnx/decoder_model_merged.onnx'],
    ['decoder_with_past_model_q4.onnx'],
    ['onnx/some other name.onnx'],
  ])('alone: %s', async (name) => {
    await place(name);
    expect((await findGraphFile(folder)).name).toBe(name);
  });

  test.each([
    ['precision before name', ['onnx/model_quantized.onnx', 'decoder_model_merged.onnx'], 'decoder_model_merged.onnx'],
    ['name before place', ['onnx/decoder_model.onnx', 'model.onnx'], 'model.onnx'],
    ['onnx/ before the folder itself', ['model_fp16.onnx', 'onnx/model_fp16.onnx'], 'onnx/model_fp16.onnx'],
    [
      'the whole text before a part',
      ['onnx/decoder_with_past_model.onnx', 'onnx/decoder_model_merged.onnx', 'onnx/decoder_model.onnx'],
      'onnx/decoder_model.onnx',
    ],
    ['a usual name before others', ['onnx/a.onnx', 'onnx/model_int8.onnx'], 'onnx/model_int8.onnx'],
  ])('%s', async (_, names, expected) => {
    await place(...names);
    expect((await findGraphFile(folder)).name).toBe(expected);
  });

  test('an encoder with a decoder is refused as that, in either place', async () => {
    await place('encoder_model.onnx', 'decoder_model_merged.onnx');
    expect(await refusal(findGraphFile(folder))).toContain(`${folder} holds an encoder with a decoder`);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['several of no usual name', () => place('onnx/a.onnx', 'b.onnx'), 'holds onnx/a.onnx, b.onnx, but not onnx/model'],
    ['weights of another kind', () => place('model.safetensors'), 'holds model.safetensors, but no ONNX file. Export'],
    ['no graph at all', () => place(), 'holds no ONNX file: looked for was onnx/model.onnx'],
    ['no model at all', () => place().then(() => rm(at('config.json'))), 'holds no config.json. Choose a folder'],
  ])('says what is there: %s', async (_, change, message) => {
    await change();
    expect(await refusal(findGraphFile(folder))).toContain(`The folder ${folder} ${message}`);
  });

  test.each<[string, () => string, () => string]>([
    ['nothing', () => at('nowhere'), () => `There is no folder ${at('nowhere')}.`],
    ['a file', () => at('onnx/model.onnx'), () => `${at('onnx/model.onnx')} is a file. Choose the folder`],
    ['the folder of the graph', () => at('onnx'), () => `is only a part of a model. Choose ${folder}.`],
  ])('says what was chosen instead of a model: %s', async (_, chosen, message) => {
    expect(await refusal(readModelConfig(chosen()))).toContain(message());
  });

  test('a pointer of Git LFS is told from a damaged file', async () => {
    await writeFile(at('onnx/model.onnx'), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
    expect(await refusal(readRuntimeGraph(folder))).toMatch(`${at('onnx/model.onnx')} cannot be read: it is only a`);
  });
});

describe('JSON files', () => {
  const required = ['config.json', 'tokenizer.json'];
  const optional = ['tokenizer_config.json', 'generation_config.json'];
  /** That a tokenizer is whole is for what makes tokens of it to find. */
  const readHere = ['config.json', ...optional];

  test.each(required)('%s is needed', async (name) => {
    await rm(at(name));
    expect(await refusal(read())).toContain(`The folder ${folder} holds no ${name}.`);
  });

  test.each(optional)('%s is not needed', async (name) => {
    await rm(at(name));
    await read();
  });

  test.each(readHere)('%s may begin with a byte order mark, in UTF-16 too', async (name) => {
    const plain = [await readModelConfig(folder), await readGenerationConfig(folder)];
    const text = await readFile(at(name), 'utf8');
    await writeFile(at(name), `\ufeff${text}`);
    expect([await readModelConfig(folder), await readGenerationConfig(folder)]).toEqual(plain);
    await writeFile(at(name), Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect([await readModelConfig(folder), await readGenerationConfig(folder)]).toEqual(plain);
  });

  test.each(
    readHere.flatMap((name) =>
      (
        [
          ['empty', 'it is empty', () => writeFile(at(name), '')],
          ['cut off', 'it is not valid JSON, or only a part of it', () => truncate(at(name), 30)],
          ['a list', 'it does not hold a JSON object', () => writeFile(at(name), '[]')],
          ['null', 'it does not hold a JSON object', () => writeFile(at(name), 'null')],
          ['bytes', 'it is not a text file', () => writeFile(at(name), Uint8Array.of(0x80, 0x81))],
          ['a folder', 'it is a folder and not a file', () => rm(at(name)).then(() => mkdir(at(name)))],
          [
            'a pointer',
            'it is only a pointer of Git LFS',
            () => writeFile(at(name), 'version https://git-lfs.github.com/spec/v1'),
          ],
        ] as const
      ).map(([what, message, change]) => [name, what, message, change] as const),
    ),
  )('%s that is %s', async (name, _, message, change) => {
    await change();
    expect(await refusal(read())).toContain(`${at(name)} cannot be read: ${message}`);
  });

  test('a config.json of other types names the field', async () => {
    await writeFile(at('config.json'), '{"model_type": 5}');
    expect(await refusal(read())).toContain('“model_type” is missing, or not what it is in a model');
  });

  test('a config.json that says nothing is enough: the graph shows the rest', async () => {
    await writeFile(at('config.json'), '{}');
    await read();
  });
});
