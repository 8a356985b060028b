import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { examples } from '../../src/examples/catalog.ts';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, hoverAt, ready, run, until } from './support.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly title: string;
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
  };
}

describe('Examples', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  for (const { file, looks } of examples) {
    it(`${file} opens, runs, and says what to look at with the numbers of this run`, async () => {
      await run('openExample', file);
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), `explain-attention-example:/${file}`);
      const { summary } = ready(api);
      const lines = await until(() => ready(api).guide.length > 0 && ready(api).guide);
      const found = looks.filter(({ kind }) => kind === 'pair' || kind === 'sink').length;
      assert.equal(lines.filter(({ focus }) => focus !== undefined).length, found);
      for (const { text } of lines) assert.match(text, /\d|causal/);
      const pair = lines.find(({ focus }) => focus?.heads.kind === 'head')?.focus;
      if (pair !== undefined) {
        assert.ok(pair.token !== undefined && pair.token < summary.tokens.length);
        assert.deepEqual(ready(api).focus, lines[0]?.focus);
      }
    });
  }

  it('say what a head does on any text where that alone leads it to the word', async () => {
    await run('openExample', 'time.txt');
    const [line] = await until(() => ready(api).guide.length > 0 && ready(api).guide);
    assert.match(line!.text, /previous-token head: on random tokens it puts 0\.\d\d of its attention/);
    assert.match(line!.text, /says little about these two/);
  });

  it('have hovers that name what a head does on any text', async () => {
    await run('openExample', 'time.txt');
    const { document } = vscode.window.activeTextEditor!;
    const end = document.getText().indexOf('fast') + 'fast'.length;
    const hover = (): Promise<string> => hoverAt(document, end - 1);
    await until(async () => (await hover()).includes('L3 H6 (previous token)'));
    assert.match(await hover(), /This head is a previous-token head/);
  });

  it('cannot be written to, nor reach other files', async () => {
    const { fs } = vscode.workspace;
    const one = vscode.Uri.parse('explain-attention-example:/cat.txt');
    await assert.rejects(async () => fs.writeFile(one, new Uint8Array()));
    await assert.rejects(async () => fs.readFile(one.with({ path: '/../package.json' })));
  });

  it('are reached by a walkthrough whose commands and pictures exist', async () => {
    const extension = vscode.extensions.getExtension('explain-attention.explain-attention');
    assert.ok(extension);
    const { commands, walkthroughs } = (extension.packageJSON as Manifest).contributes;
    const known = new Set(commands.map(({ command }) => command));
    const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.ok(steps.length > 3);
    const host = await readFile(path.join(extension.extensionPath, 'dist', 'host.js'), 'utf8');
    for (const { title, description, media, completionEvents } of steps) {
      assert.doesNotMatch(title + description, /%/);
      for (const [, command = ''] of description.matchAll(/\(command:([\w.]+)\)/g))
        assert.ok(known.has(command), command);
      // What was done, not which command was called: it may have failed.
      for (const event of completionEvents) {
        const [, key] = /^onContext:explainAttention\.(\w+)$/.exec(event) ?? [];
        assert.ok(key !== undefined && host.includes(`("${key}")`), event);
      }
      await access(path.join(extension.extensionPath, media.svg));
    }
  });
});
