import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../../scripts/setup/places.mjs';

/** What each file imports, and the rule that must object. */
const forbidden: Readonly<Record<string, { readonly imports?: string; readonly rule: RegExp }>> = {
  'src/protocol/a.ts': { imports: '../attention/leaf.ts', rule: /^from src\/protocol/ },
  'src/attention/a.ts': { imports: '../model/leaf.ts', rule: /^from src\/attention/ },
  'src/attention/b.ts': { imports: './missing.ts', rule: /^everything resolves/ },
  'src/attention/c.ts': { imports: './loop.ts', rule: /^no cycles/ },
  'src/attention/orphan.ts': { rule: /^no orphans/ },
  'src/export/a.ts': { imports: '../model/leaf.ts', rule: /^from src\/export/ },
  'src/model/a.ts': { imports: '../editor/leaf.ts', rule: /^from src\/model/ },
  'src/model/b.ts': { imports: 'vscode', rule: /^vscode only/ },
  'src/model/folder/a.ts': { imports: '../tokens/leaf.ts', rule: /^from src\/model\/folder/ },
  'src/model/onnx/a.ts': { imports: '../graph/leaf.ts', rule: /^from src\/model\/onnx/ },
  'src/model/graph/a.ts': { imports: '../runtime/leaf.ts', rule: /^from src\/model\/graph/ },
  'src/model/tokens/a.ts': { imports: '../graph/leaf.ts', rule: /^from src\/model\/tokens/ },
  'src/model/runtime/a.ts': { imports: '../explain/leaf.ts', rule: /^from src\/model\/runtime/ },
  'src/model/explain/a.ts': { imports: '../longContext/leaf.ts', rule: /^from src\/model\/explain/ },
  'src/model/longContext/a.ts': { imports: '../explain/leaf.ts', rule: /^from src\/model\/longContext/ },
  'src/model/inspect/a.ts': { imports: '../generate/leaf.ts', rule: /^from src\/model\/inspect/ },
  'src/model/generate/a.ts': { imports: '../leaf.ts', rule: /^from src\/model\/generate/ },
  'src/cli/a.ts': { imports: '../views/leaf.ts', rule: /^from src\/cli/ },
  'src/views/a.ts': { imports: '../model/leaf.ts', rule: /^from src\/\(/ },
  'src/a.ts': { imports: '../webview-ui/leaf.ts', rule: /^from src\/\(/ },
  'src/b.ts': { imports: '../test/leaf.ts', rule: /^nothing from test/ },
  'webview-ui/a.ts': { imports: '../src/editor/leaf.ts', rule: /^from webview-ui/ },
  'webview-ui/b.ts': { imports: 'node:fs', rule: /^no Node\.js/ },
};
const innocent: Readonly<Record<string, { readonly imports?: string }>> = {
  'src/attention/leaf.ts': {},
  'src/attention/loop.ts': { imports: './c.ts' },
  'src/model/leaf.ts': {},
  'src/model/graph/leaf.ts': {},
  'src/model/tokens/leaf.ts': {},
  'src/model/runtime/leaf.ts': { imports: '../graph/leaf.ts' },
  'src/model/explain/leaf.ts': { imports: '../runtime/leaf.ts' },
  'src/model/longContext/leaf.ts': { imports: '../graph/leaf.ts' },
  'src/model/generate/leaf.ts': {},
  'src/editor/leaf.ts': {},
  'src/views/leaf.ts': { imports: '../attention/leaf.ts' },
  'webview-ui/leaf.ts': { imports: '../src/attention/leaf.ts' },
  'test/leaf.ts': {},
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-imports-'));
  await copyFile(path.join(root, 'tsconfig.base.json'), path.join(folder, 'tsconfig.base.json'));
  for (const [file, { imports }] of Object.entries({ ...forbidden, ...innocent })) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), imports === undefined ? 'export {};\n' : `import '${imports}';\n`);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the import rules catch each forbidden import, and only those', async () => {
  const dependencyCruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', path.join(root, '.dependency-cruiser.mjs'), '--output-type', 'json'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [dependencyCruiser, ...options, 'src', 'webview-ui', 'test'],
    { cwd: folder },
  );
  const { summary } = JSON.parse(stdout) as ICruiseResult;
  const caught = summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
  for (const [file, { rule }] of Object.entries(forbidden)) {
    expect(caught).toContainEqual({ from: file, rule: expect.stringMatching(rule) as string });
  }
  expect(new Set(caught.map(({ from }) => from))).toEqual(new Set(Object.keys(forbidden)));
});
