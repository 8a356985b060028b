import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCodeServer } from '../scripts/codeServer.mjs';
import { root } from '../scripts/setup/places.mjs';
import { setUpVSCode } from '../scripts/setup/vscode.mjs';
import { AttentionPanel } from '../test/support/attentionPanel.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { Editor } from '../test/support/editor.ts';
import { testSettings } from '../test/support/globalServer.ts';
import { VSCodeWindow } from '../test/support/vscodeWindow.ts';
import { machine, median, percentile, table } from './measure.ts';
import { commandToMatrix, frameOf, framesPerSecond, hoverLatencies, stepsLatencies } from './pageTimes.ts';
import { newest, processesOf, type ProcessMemory } from './processes.ts';
import { mapReport, measureMap } from './vscodeMap.ts';

/** What a user waits for, in a real VS Code in headless Chromium without a GPU: all figures in milliseconds or MiB. */

/** Tokens of the bundled model in one line of the files that are explained. */
const tokensPerLine = 16;
const line = 'the cat sat on the mat and the dog ran to the old house\n';
const lengths = [16, 64, 256, 512];
/** Texts that are shown as a map: no pixel for every cell. */
const mapLengths = [2048, 4096, 8192, 16_384];

const folder = await mkdtemp(path.join(tmpdir(), 'explain-attention-bench-'));
const extensions = path.join(folder, 'extensions');
const workspace = path.join(folder, 'workspace');
await mkdir(extensions);
await mkdir(workspace);
for (const n of [...lengths, ...mapLengths])
  await writeFile(path.join(workspace, `${n}.txt`), line.repeat(n / tokensPerLine));
await symlink(root, path.join(extensions, 'explain-attention'));
const server = await startCodeServer(await setUpVSCode(), {
  profile: path.join(folder, 'profile'),
  extensions,
  settings: testSettings,
});
const browser = await launchBrowser();

try {
  process.stdout.write(`${machine()}, headless Chromium ${browser.version()}\n\n`);
  const rows: (string | number)[][] = [];
  for (const n of lengths) rows.push(await measureLength(n));
  const header = [
    'n',
    'tokens',
    'cold',
    'warm',
    'hover, median',
    'hover, 95 %',
    'zoom and pan, frames/s',
    'Steps, page’s work',
    'Steps painted, median',
    'Steps painted, 95 %',
  ];
  process.stdout.write(
    `Command to painted matrix, pointer move to painted highlight, answer to painted Steps\n\n${table(header, rows)}\n\n`,
  );
  const maps: Awaited<ReturnType<typeof measureMap>>[] = [];
  for (const n of mapLengths) maps.push(await measureMap(() => openText(n), browser, server.processGroup));
  process.stdout.write(`Maps of long texts\n\n${mapReport(maps)}\n\n`);
  process.stdout.write(`${await measureSteps()}\n\n${await measureExtensionHost()}\n`);
} finally {
  await browser.close();
  server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measureLength(n: number): Promise<(string | number)[]> {
  const window = await openText(n);
  const editor = new Editor(window.page);
  const panel = new AttentionPanel(window.page);
  await window.page.getByText('Loading').first().waitFor({ state: 'hidden' });
  const cold = await commandToMatrix(editor, panel, undefined);
  const warm: number[] = [];
  for (let round = 0; round < 7; round++) {
    warm.push(await commandToMatrix(editor, panel, await panel.part('ready').getAttribute('data-run')));
  }
  const tokens = /\d+/.exec(await panel.part('token-count').innerText())?.[0] ?? '';
  const frame = await frameOf(window, panel);
  const hovers = await hoverLatencies(frame, panel);
  const frames = await framesPerSecond(frame, window, panel);
  const steps = await stepsLatencies(frame);
  await window.close();
  return [
    String(n),
    tokens,
    cold,
    median(warm),
    median(hovers),
    percentile(hovers, 0.95),
    frames,
    median(steps.done),
    median(steps.painted),
    percentile(steps.painted, 0.95),
  ];
}

/** From a click on «step» until the new token is on screen, in the view that steps through generation. */
async function measureSteps(): Promise<string> {
  const window = await openText(64);
  await new Editor(window.page).selectAll();
  await window.runCommand('Attention: Step Through Generation');
  const view = window.page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await view.locator('[data-testid="ready"][data-taken="0"]').waitFor({ timeout: 60_000 });
  const steps = await view.locator('body').evaluate(async (body) => {
    const button = body.querySelector<HTMLElement>('[data-testid="step"]');
    const state = body.querySelector('[data-testid="ready"]');
    const milliseconds: number[] = [];
    for (let step = 1; step <= 60 && button && state; step++) {
      const start = performance.now();
      button.click();
      while (state.getAttribute('data-taken') !== String(step)) await new Promise(requestAnimationFrame);
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
      milliseconds.push(performance.now() - start);
      // The second lane of this step ends before the next one begins.
      await new Promise((rested) => setTimeout(rested, 150));
    }
    return milliseconds;
  });
  await window.close();
  return `A step of generation, click to painted: median ${median(steps).toFixed(0)}, 95 % ${percentile(steps, 0.95).toFixed(0)}`;
}

/** Activation as VS Code itself measures it, and memory of the processes before and after the first run. */
async function measureExtensionHost(): Promise<string> {
  const window = await openText(512);
  const editor = new Editor(window.page);
  const panel = new AttentionPanel(window.page);
  await window.page.waitForTimeout(10_000);
  const before = await processesOf(server.processGroup);
  await commandToMatrix(editor, panel, undefined);
  await window.page.waitForTimeout(5_000);
  const after = await processesOf(server.processGroup);
  await window.runCommand('Developer: Show Running Extensions');
  const entry = window.page.locator('.runtime-extensions-editor .extension').filter({ hasText: 'Explain Attention' });
  const list = window.page.locator('.runtime-extensions-editor .monaco-list-rows');
  await list.hover();
  // The slowest come first, and only what is in sight exists.
  while (!(await entry.isVisible())) await window.page.mouse.wheel(0, 50);
  const activation = await entry.locator('.activation-time').innerText();
  await window.close();
  const host = (list: readonly ProcessMemory[]): number => newest(list, 'extensionHost');
  return [
    `Activation, by VS Code’s own measure: ${activation}`,
    `Extension host: ${host(before).toFixed(0)} MiB before, ${host(after).toFixed(0)} MiB after the first run (512 tokens)`,
    `Model process: ${newest(after, 'modelProcess').toFixed(0)} MiB`,
  ].join('\n');
}

function openText(n: number): Promise<VSCodeWindow> {
  return VSCodeWindow.open(browser, server, workspace, `${n}.txt`);
}
