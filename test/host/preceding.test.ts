import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExplainAttentionApi } from '../../src/extension.ts';
import { activateExtension, closeEverything, explain, hoverAt, openText, ready, run } from './support.ts';

const preceding = 'The cat came in.\n\nIt was tired ';
const selected = 'and sat on the mat.';
const text = `${preceding}${selected}\nThen it slept.\n`;

/** Explains the last of some lines with what precedes it, as far as there is memory for about 400 tokens. */
async function explainLastOf(lines: readonly string[], api: ExplainAttentionApi) {
  const content = lines.join('\n');
  await openText(content, content.length - lines.at(-1)!.length, content.length);
  const settings = vscode.workspace.getConfiguration('explainAttention');
  await settings.update('memoryBudgetMB', 32, vscode.ConfigurationTarget.Global);
  try {
    await run('explainWithPreceding');
    return { content, ...ready(api) };
  } finally {
    await settings.update('memoryBudgetMB', undefined, vscode.ConfigurationTarget.Global);
  }
}

describe('A selection and what precedes it', () => {
  let api: ExplainAttentionApi;

  before(async () => {
    api = await activateExtension();
  });

  afterEach(closeEverything);

  it('a selection is explained by itself, and whether text precedes it is known', async () => {
    await openText(text, preceding.length, preceding.length + selected.length);
    const { summary, source, restore } = await explain(api);
    assert.deepEqual([summary.text, source.preceding, restore.from], [selected, 'leftOut', undefined]);
    await openText(`\n  \n${selected}`, 4, 4 + selected.length);
    assert.equal((await explain(api)).source.preceding, 'nothing');
  });

  it('is explained with it: the same selection, a longer text, titled so', async () => {
    const { document } = await openText(text, preceding.length, preceding.length + selected.length);
    await run('explainWithPreceding');
    const { summary, source, restore } = ready(api);
    assert.equal(summary.text, preceding + selected);
    assert.equal(summary.precedingLength, preceding.length);
    assert.match(source.label, /^text-\d+\.txt 3 with lines 1–3 before it$/);
    assert.deepEqual([source.firstLine, source.preceding], [1, 'included']);
    assert.deepEqual(
      [restore.from, restore.start, restore.end],
      [0, preceding.length, preceding.length + selected.length],
    );
    for (const word of ['cat', 'mat']) assert.match(await hoverAt(document, text.indexOf(word)), /Attention/);
    assert.equal(await hoverAt(document, text.indexOf('slept')), '');
  });

  it('keeps both parts through edits, and when it is run again', async () => {
    const editor = await openText(text, preceding.length, preceding.length + selected.length);
    await run('explainWithPreceding');
    await editor.edit((edit) => edit.replace(new vscode.Range(0, 4, 0, 7), 'old cat'));
    assert.equal(ready(api).stale, true);
    await run('rerun');
    const { summary, stale, restore, source } = ready(api);
    assert.deepEqual([summary.text, stale], [preceding.replace('cat', 'old cat') + selected, false]);
    assert.equal(summary.text.slice(summary.precedingLength), selected);
    assert.equal(restore.start, preceding.length + 4);
    // What is written above all of it moves it, and does not join it.
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Title\n'));
    await run('rerun');
    assert.equal(ready(api).summary.text, summary.text);
    assert.equal(ready(api).restore.from, 'Title\n'.length);
    assert.equal(ready(api).source.label, source.label.replace('3 with lines 1–3', '4 with lines 2–4'));
  });

  it('begins with the first of the document’s blocks that fits', async () => {
    const lines = Array.from({ length: 120 }, (_, line) => `line ${line} of the animals and the road`);
    const provider: vscode.DocumentSymbolProvider = {
      provideDocumentSymbols: (document) =>
        Array.from({ length: Math.floor(document.lineCount / 10) }, (_, block) => {
          const range = new vscode.Range(10 * block + 3, 0, 10 * block + 12, 0);
          return new vscode.DocumentSymbol(`block ${block}`, '', vscode.SymbolKind.Function, range, range);
        }),
    };
    const registered = vscode.languages.registerDocumentSymbolProvider({ pattern: '**/text-*.txt' }, provider);
    try {
      const { content, summary, source, restore } = await explainLastOf(lines, api);
      const first = Number(/^line (\d+)/.exec(summary.text)?.[1]);
      assert.equal(first % 10, 3);
      assert.ok(first > 3 && first < 113, String(first));
      assert.equal(summary.text, content.slice(content.indexOf(`line ${first} `)));
      assert.match(source.label, new RegExp(`120 with lines ${first + 1}–119 before it$`));
      assert.equal(restore.from, content.indexOf(`line ${first} `));
      assert.equal(summary.cut, undefined);
      // As much as fits: the block before has ten lines more.
      assert.ok(summary.tokens.length * (1 + 10 / (120 - first)) > 400, `${summary.tokens.length} tokens`);
    } finally {
      registered.dispose();
    }
  });

  it('begins with a line where no symbols are known', async () => {
    const lines = Array.from({ length: 120 }, (_, line) => `line ${line} of the animals and the road`);
    const { summary } = await explainLastOf(lines, api);
    assert.match(summary.text, /^line \d+ of/);
    assert.ok(summary.tokens.length > 380, `${summary.tokens.length} tokens`);
  });

  it('stays alone, and says so, where nothing more fits', async () => {
    const { summary, source } = await explainLastOf(['The cat.', 'the cat sat on the mat '.repeat(200)], api);
    assert.deepEqual([summary.precedingLength, source.preceding, summary.cut?.reason], [0, 'noRoom', 'memory']);
    assert.match(source.label, / 2$/);
  });

  it('is not explained with nothing', async () => {
    await openText(`\n\n${selected}`, 2, 2 + selected.length);
    await run('explainWithPreceding');
    assert.deepEqual(api.snapshot(), { kind: 'empty' });
  });
});
