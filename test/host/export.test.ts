import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { partnerTable } from '../../src/export/markdown.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import type { ExportFormat } from '../../src/protocol/exportFormat.ts';
import { readSafetensorsFile } from '../unit/safetensors.ts';
import { activateExtension, closeEverything, explain, openText, ready, run } from './support.ts';

const prefix = 'Some text before. ';
const text = 'The animal was tired, "very" tired.';

describe('Taking away what is shown', () => {
  let api: ExplainAttentionApi;
  let folder: string;
  const { showSaveDialog, showErrorMessage } = vscode.window;
  let offered: vscode.SaveDialogOptions | undefined;
  const complaints: unknown[][] = [];

  /** Stands for the user in the save dialog. */
  function answerDialog(place: vscode.Uri | undefined): void {
    Reflect.set(vscode.window, 'showSaveDialog', async (options: vscode.SaveDialogOptions) => {
      offered = options;
      return place;
    });
  }

  async function exportTo(name: string, format: ExportFormat): Promise<Buffer> {
    const file = path.join(folder, name);
    answerDialog(vscode.Uri.file(file));
    await run('export', format);
    assert.deepEqual(complaints, []);
    return readFile(file);
  }

  before(async () => {
    api = await activateExtension();
    Reflect.set(vscode.window, 'showErrorMessage', async (...args: unknown[]) => {
      complaints.push(args);
      return undefined;
    });
  });

  after(() => {
    Reflect.set(vscode.window, 'showSaveDialog', showSaveDialog);
    Reflect.set(vscode.window, 'showErrorMessage', showErrorMessage);
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-exports-'));
    complaints.splice(0);
    await openText(`${prefix}${text} Some text after.`, prefix.length, prefix.length + text.length);
    await explain(api);
  });

  afterEach(async () => {
    await closeEverything();
    await rm(folder, { recursive: true, force: true });
  });

  it('writes the same numbers as CSV, JSON and safetensors', async () => {
    const csv = (await exportTo('a.csv', 'csv')).toString();
    const json = JSON.parse((await exportTo('a.json', 'json')).toString()) as {
      readonly cells: readonly (readonly number[])[];
      readonly text: string;
    };
    await exportTo('a.safetensors', 'safetensors');
    const { tensors, metadata } = await readSafetensorsFile(path.join(folder, 'a.safetensors'));
    const n = ready(api).summary.tokens.length;
    const stored = tensors.get('attention');
    assert.deepEqual(stored?.shape, [n, n]);
    const weights = [...(stored.data as Float32Array)];
    assert.ok(weights.some((weight) => weight > 0 && weight < 1));
    assert.deepEqual(json.cells.flat().map(Math.fround), weights);
    const lines = csv.trimEnd().split('\r\n').slice(1);
    assert.deepEqual(
      lines.flatMap((line) =>
        line
          .split(',')
          .slice(-n)
          .map((field) => Math.fround(Number(field))),
      ),
      weights,
    );
    assert.equal(json.text, text);
    assert.equal(metadata['selection'], '{"kind":"mean","heads":"all"}');
  });

  it('asks the panel for the pictures', async () => {
    const svg = (await exportTo('a.svg', 'svg')).toString();
    assert.match(svg, /^<\?xml[^>]*\?>\n<svg .*<\/svg>\n$/s);
    assert.match(svg, />Attention weights: Mean of 48 heads</);
    const png = await exportTo('a.png', 'png');
    const [width, height] = [/width="(\d+)"/, /height="(\d+)"/].map((size) => Number(size.exec(svg)?.[1]));
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * (width ?? 0), 2 * (height ?? 0)]);
  });

  it('asks a panel that is hidden, too', async () => {
    const other = await vscode.workspace.openTextDocument({ content: '' });
    await vscode.commands.executeCommand('explainAttention.showPanel');
    const column = vscode.window.tabGroups.all.find(({ activeTab }) => activeTab?.label.startsWith('Attention'));
    await vscode.window.showTextDocument(other, column?.viewColumn);
    assert.match((await exportTo('hidden.svg', 'svg')).toString(), /Mean of 48 heads/);
  });

  it('writes the pinned token’s table, and says what to do without a pin', async () => {
    await run('pinToken', 3);
    const table = (await exportTo('a.md', 'markdown')).toString();
    assert.equal(table.split('\n').filter((line) => /^\| \d+ \| `.*` \| \d+ \| 1? \| /.test(line)).length, 4);
    assert.match(table, /^What `.*` \(token 3, line 1\) looks at\./);
    await run('clearPin');
    answerDialog(vscode.Uri.file(path.join(folder, 'none.md')));
    await run('export', 'markdown');
    assert.deepEqual(await readdir(folder), ['a.md']);
  });

  it('writes a table whose cells VS Code renders as the tokens are', async () => {
    const names = ['|', 'a|b', '\\|', '\\\\|', '`', '`|`', '<b>', '*a*', '\\', '&lt;'];
    const partners = names.map((_, token) => ({ token, weight: 2 ** -token }));
    const titles = { rank: 'Rank', token: 'Token', number: 'Number', line: 'Line', weight: 'Weight' };
    const table = partnerTable(partners, (token) => ({ name: names[token]!, line: token + 1 }), titles);
    const html = await vscode.commands.executeCommand<string>('markdown.api.render', table);
    const cells = [...html.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) =>
      cell!
        .replace(/<[^>]+>/g, '')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&'),
    );
    const expected = names.flatMap((name, token) => [token + 1, name, token, token + 1, 2 ** -token].map(String));
    assert.deepEqual(cells, expected);
  });

  it('offers a name from the source, beside the document', async () => {
    await exportTo('a.csv', 'csv');
    const { source, restore } = ready(api);
    const expected = vscode.Uri.joinPath(vscode.Uri.parse(restore.uri), '..', `${source.fileName}-1-mean.csv`);
    assert.equal(offered?.defaultUri?.fsPath, expected.fsPath);
  });

  it('writes nothing when the dialog is cancelled', async () => {
    answerDialog(undefined);
    for (const format of ['csv', 'json', 'safetensors', 'svg', 'png'] as const) await run('export', format);
    assert.deepEqual([await readdir(folder), complaints], [[], []]);
  });

  it('reports a place that cannot be written to once, with the log', async () => {
    answerDialog(vscode.Uri.parse('explain-attention-nowhere:/a.csv'));
    await run('export', 'csv');
    const message = 'explain-attention-nowhere:/a.csv could not be written: its file system is not available.';
    assert.deepEqual(complaints, [[message, 'Show Log']]);
  });

  it('says why a file cannot be written, with its whole path', async () => {
    const file = path.join(folder, 'x.txt', 'a.csv');
    await writeFile(path.dirname(file), '');
    answerDialog(vscode.Uri.file(file));
    await run('export', 'csv');
    assert.equal(complaints.length, 1);
    assert.match(String(complaints[0]?.[0]), /x\.txt.a\.csv could not be written: .*(folder|file)/);
    assert.doesNotMatch(String(complaints[0]?.[0]), /E[A-Z]{4,}|Error/);
  });

  it('copies a command line that gives the same numbers', async () => {
    await run('export', 'commandLine');
    const line = await vscode.env.clipboard.readText();
    assert.match(line, /^node .*cli\.mjs explain --model .* --range 18:53 /);
    const cache = path.join(folder, 'cache');
    await promisify(execFile)('sh', ['-c', `${line} --cache-folder ${cache}`], { cwd: folder });
    const [out] = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
    const { tensors } = await readSafetensorsFile(path.join(folder, out ?? ''));
    await exportTo('panel.safetensors', 'safetensors');
    const panel = (await readSafetensorsFile(path.join(folder, 'panel.safetensors'))).tensors;
    assert.deepEqual(tensors.get('input_ids')?.data, panel.get('input_ids')?.data);
    const shown = panel.get('attention')?.data as Float32Array;
    const layers = [...tensors].filter(([name]) => name.startsWith('attention.')).map(([, { data }]) => data);
    const { heads } = ready(api).summary.model;
    const largest = shown.reduce((difference, weight, place) => {
      const all = layers.flatMap((layer) =>
        Array.from({ length: heads }, (_, head) => Number(layer[head * shown.length + place])),
      );
      const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
      return Math.max(difference, Math.abs(mean - weight));
    }, 0);
    assert.ok(largest < 1e-6, String(largest));
  });

  it('copies one that writes the rows of the selection alone where more is explained', async () => {
    await run('explainWithPreceding');
    const { selection, tokens } = ready(api).summary;
    await run('export', 'commandLine');
    const line = await vscode.env.clipboard.readText();
    assert.ok(line.includes(` --range 0:53 --rows ${selection.start}:${tokens.length} `), line);
    const json = JSON.parse((await exportTo('a.json', 'json')).toString()) as object;
    assert.deepEqual(Reflect.get(json, 'selectedTokens'), selection);
  });

  const marked = '\ufeffThe animal was tired';
  const encodings: readonly (readonly [string, Buffer])[] = [
    ['UTF-8', Buffer.from(marked)],
    ['UTF-16, little end first', Buffer.from(marked, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(marked, 'utf16le').swap16()],
  ];
  for (const [encoding, content] of encodings) {
    it(`copies a command line for a file with a byte order mark that sees the same text: ${encoding}`, async () => {
      answerDialog(undefined);
      for (const [start, end, range] of [
        [4, 10, ' --range 4:10 '],
        [0, marked.length - 1, ' --memory-budget '],
      ] as const) {
        const { document } = await openText(content, start, end);
        const { summary } = await explain(api);
        assert.equal(summary.text, marked.slice(1).slice(start, end));
        await run('export', 'commandLine');
        const line = await vscode.env.clipboard.readText();
        assert.ok(line.includes(`${document.fileName}${range}`), line);
        await promisify(execFile)('sh', ['-c', `${line} --cache-folder cache`], { cwd: folder });
        const [out] = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
        const { tensors } = await readSafetensorsFile(path.join(folder, out ?? ''));
        assert.deepEqual(
          [...tensors.get('input_ids')!.data].map(Number),
          summary.tokens.map(({ id }) => id),
        );
        await rm(path.join(folder, out ?? ''));
      }
    });
  }

  it('writes the text first where the editor shows other characters than the file holds', async () => {
    await openText(Buffer.from('caf\u00e9 au lait', 'latin1'), 0, 12);
    await explain(api);
    assert.equal((await exportTo('read.txt', 'commandLine')).toString(), 'caf\ufffd au lait');
  });

  it('writes the text first where no file holds it, for the command line', async () => {
    const document = await vscode.workspace.openTextDocument({ content: text });
    const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    editor.selection = new vscode.Selection(0, 4, 0, 10);
    await explain(api);
    assert.equal((await exportTo('b c.txt', 'commandLine')).toString(), 'animal');
    assert.match(await vscode.env.clipboard.readText(), /--text-file '[^']*b c\.txt' --memory-budget/);
  });
});
