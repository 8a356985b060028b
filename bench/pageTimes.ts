import type { Frame } from 'playwright-core';
import type { AttentionPanel } from '../test/support/attentionPanel.ts';
import type { Editor } from '../test/support/editor.ts';
import type { VSCodeWindow } from '../test/support/vscodeWindow.ts';

/** What a user of the panel waits for, in milliseconds. */

/** From the key that runs the command until the matrix of a new run is on screen. */
export async function commandToMatrix(
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

export async function frameOf(window: VSCodeWindow, panel: AttentionPanel): Promise<Frame> {
  const element = await panel.body.elementHandle();
  const frame = await element.ownerFrame();
  if (!frame) throw new Error(`The panel has no frame in ${window.page.url()}.`);
  return frame;
}

/** From each pointer event in the matrix until the frame that follows it has been painted. */
export async function hoverLatencies(frame: Frame, panel: AttentionPanel): Promise<readonly number[]> {
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
export async function framesPerSecond(frame: Frame, window: VSCodeWindow, panel: AttentionPanel): Promise<number> {
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

/** From the last step of a zoom to places not seen before until all of what is seen is there as fine as it gets. */
export function detailLatencies(frame: Frame): Promise<readonly number[]> {
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

export interface StepsLatencies {
  /** Until the page's own work is done: one that takes less than a frame does not miss the next one. */
  readonly done: readonly number[];
  /** Until the frame that shows the steps has been painted: with the wait for that frame, and the browser's part. */
  readonly painted: readonly number[];
}

/** From the message with a row's vectors. */
export function stepsLatencies(frame: Frame): Promise<StepsLatencies> {
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
