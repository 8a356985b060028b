import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { startCodeServer } from '../scripts/codeServer.mjs';
import { root } from '../scripts/setup/places.mjs';
import { setUpVSCode } from '../scripts/setup/vscode.mjs';
import { AttentionPanel } from '../test/support/attentionPanel.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { Editor } from '../test/support/editor.ts';
import { testSettings } from '../test/support/globalServer.ts';
import { VSCodeWindow } from '../test/support/vscodeWindow.ts';
import { machine, median, percentile, table } from './measure.ts';
import { processesOf, type ProcessMemory } from './processes.ts';

/** What a user waits for, in a real VS Code in headless Chromium without a GPU: all figures in milliseconds or MiB. */

/** Tokens of the bundled model in one line of the files that are explained. */
const tokensPerLine = 16;
const line = 'the cat sat on the mat and the dog ran to the old house\n';
const lengths = [16, 64, 256, 512];
/** Texts that are shown as a map: no pixel for every cell. */
const mapLengths = [4096, 8192];

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
  const maps: (string | number)[][] = [];
  for (const n of mapLengths) maps.push(await measureMap(n));
  const mapHeader = [
    'n',
    'tokens',
    'cold',
    'hover, median',
    'hover, 95 %',
    'zoom and pan, frames/s',
    'detail after rest, median',
    'detail after rest, longest',
  ];
  process.stdout.write(`Maps of long texts\n\n${table(mapHeader, maps)}\n\n`);
  process.stdout.write(`${await measureSteps()}\n\n${await measureExtensionHost()}\n`);
} finally {
  await browser.close();
  server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measureLength(n: number): Promise<(string | number)[]> {
  const window = await VSCodeWindow.open(browser, server, workspace, `${n}.txt`);
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

async function measureMap(n: number): Promise<(string | number)[]> {
  const window = await VSCodeWindow.open(browser, server, workspace, `${n}.txt`);
  const panel = new AttentionPanel(window.page);
  await window.page.getByText('Loading').first().waitFor({ state: 'hidden' });
  const cold = await commandToMatrix(new Editor(window.page), panel, undefined);
  const tokens = (await panel.part('token-count').innerText()).replaceAll(/\D/g, '');
  const frame = await frameOf(window, panel);
  const hovers = await hoverLatencies(frame, panel);
  const frames = await framesPerSecond(frame, window, panel);
  const details = await detailLatencies(frame);
  await window.close();
  return [
    String(n),
    tokens,
    cold,
    median(hovers),
    percentile(hovers, 0.95),
    frames,
    median(details),
    percentile(details, 1),
  ];
}

/** From the last step of a zoom to places not seen before until all of what is seen is there as fine as it gets. */
function detailLatencies(frame: Frame): Promise<readonly number[]> {
  return frame.evaluate(async () => {
    const matrix = document.querySelector<HTMLElement>('[data-testid="matrix"]');
    if (!matrix) throw new Error('There is no matrix.');
    const next = (): Promise<unknown> => new Promise(requestAnimationFrame);
    const complete = async (): Promise<void> => {
      while (matrix.dataset['state'] !== 'ready') await next();
    };
    const { left, top, width, height } = matrix.getBoundingClientRect();
    const latencies: number[] = [];
    for (const share of [0.35, 0.5, 0.65, 0.8]) {
      matrix.dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true }));
      await complete();
      const [clientX, clientY] = [left + width * (0.2 + share / 3), top + height * share];
      for (let step = 0; step < 8; step++) {
        matrix.dispatchEvent(
          new WheelEvent('wheel', { deltaY: -150, ctrlKey: true, clientX, clientY, cancelable: true }),
        );
        await next();
      }
      const start = performance.now();
      await complete();
      latencies.push(performance.now() - start);
    }
    return latencies;
  });
}

/** From the key that runs the command until the matrix of a new run is on screen. */
async function commandToMatrix(
  editor: Editor,
  panel: AttentionPanel,
  before: string | null | undefined,
): Promise<number> {
  await editor.selectAll();
  const start = performance.now();
  await editor.explain();
  await panel.frame
    .locator(`[data-run]:not([data-run="${before ?? ''}"]) [data-testid="matrix"][data-state="ready"]`)
    .waitFor({ timeout: 120_000 });
  await panel.matrix.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
  return performance.now() - start;
}

async function frameOf(window: VSCodeWindow, panel: AttentionPanel): Promise<Frame> {
  const element = await panel.body.elementHandle();
  const frame = await element.ownerFrame();
  if (!frame) throw new Error(`The panel has no frame in ${window.page.url()}.`);
  return frame;
}

/** From each pointer event in the matrix until the frame that follows it has been painted. */
async function hoverLatencies(frame: Frame, panel: AttentionPanel): Promise<readonly number[]> {
  await frame.evaluate(() => {
    const latencies: number[] = [];
    Object.assign(globalThis, { latencies });
    addEventListener('pointermove', (event) => {
      requestAnimationFrame(() => setTimeout(() => latencies.push(performance.now() - event.timeStamp)));
    });
  });
  for (let step = 0; step < 60; step++) await panel.hoverMatrix(0.3 + 0.005 * step, 0.4 + 0.007 * step);
  return frame.evaluate(() => (globalThis as unknown as { latencies: number[] }).latencies);
}

/** Frames painted in a second while the matrix is zoomed and panned without a pause. */
async function framesPerSecond(frame: Frame, window: VSCodeWindow, panel: AttentionPanel): Promise<number> {
  await panel.hoverMatrix(0.5, 0.5);
  const counting = frame.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        let frames = 0;
        const next = (): void => {
          frames += 1;
          const seconds = (performance.now() - start) / 1000;
          if (seconds < 3) requestAnimationFrame(next);
          else resolve(frames / seconds);
        };
        requestAnimationFrame(next);
      }),
  );
  const moving = { yes: true };
  const move = async (): Promise<void> => {
    for (let step = 0; moving.yes; step++) {
      const zooming = step % 40 < 20;
      if (zooming) await window.page.keyboard.down('Control');
      await window.page.mouse.wheel(zooming ? 0 : 20, step % 80 < 40 ? -30 : 30);
      if (zooming) await window.page.keyboard.up('Control');
    }
  };
  const motion = move();
  const rate = await counting;
  moving.yes = false;
  await motion;
  return rate;
}

interface StepsLatencies {
  /** Until the page's own work is done: one that takes less than a frame does not miss the next one. */
  readonly done: readonly number[];
  /** Until the frame that shows the steps has been painted: with the wait for that frame, and the browser's part. */
  readonly painted: readonly number[];
}

/** From the message with a row's vectors. */
function stepsLatencies(frame: Frame): Promise<StepsLatencies> {
  return frame.evaluate(async () => {
    const part = (name: string): HTMLElement | null => document.querySelector(`[data-testid="${name}"]`);
    const query = (): string | undefined => part('steps')?.dataset['query'];
    const painted = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    let received = 0;
    addEventListener('message', () => (received = performance.now()), true);
    part('tab-steps')?.click();
    while (query() === undefined) await painted();
    const latencies = { done: [] as number[], painted: [] as number[] };
    for (let round = 0; round < 12; round++) {
      const before = query();
      const shown = new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (query() === before) return;
          observer.disconnect();
          // Asks for the layout, which is part of the work.
          document.body.getBoundingClientRect();
          latencies.done.push(performance.now() - received);
          resolve(received);
        });
        observer.observe(document.body, { subtree: true, attributeFilter: ['data-query'] });
      });
      document.querySelector<HTMLElement>('[aria-label="Previous Token"]')?.click();
      const start = await shown;
      await painted();
      latencies.painted.push(performance.now() - start);
    }
    return latencies;
  });
}

/** From a click on «step» until the new token is on screen, in the view that steps through generation. */
async function measureSteps(): Promise<string> {
  const window = await VSCodeWindow.open(browser, server, workspace, '64.txt');
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
  const window = await VSCodeWindow.open(browser, server, workspace, '512.txt');
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

function newest(list: readonly ProcessMemory[], part: string): number {
  return list.filter(({ command }) => command.includes(part)).at(-1)?.mebibytes ?? Number.NaN;
}
