import type { Browser } from 'playwright-core';
import { fittedPowerLaw } from '../src/attention/powerLaw.ts';
import { AttentionPanel } from '../test/support/attentionPanel.ts';
import { Editor } from '../test/support/editor.ts';
import type { VSCodeWindow } from '../test/support/vscodeWindow.ts';
import { median, percentile, table } from './measure.ts';
import { commandToMatrix, detailLatencies, frameOf, framesPerSecond, hoverLatencies } from './pageTimes.ts';
import { newest, processesOf, renderersOf } from './processes.ts';

/** What a long text takes in VS Code: milliseconds, and MiB that it adds. */
interface MapFigures {
  readonly tokens: number;
  readonly cold: number;
  readonly hovers: readonly number[];
  readonly frames: number;
  /** Of the mean of all heads, and of a single one. */
  readonly details: readonly number[];
  readonly detailsOfOne: readonly number[];
  readonly memory: { readonly page: number; readonly host: number; readonly model: number };
}

/** @param open a window with a text, its panel not yet shown */
export async function measureMap(
  open: () => Promise<VSCodeWindow>,
  browser: Browser,
  serverGroup: number,
): Promise<MapFigures> {
  const window = await open();
  const panel = new AttentionPanel(window.page);
  await window.page.getByText('Loading').first().waitFor({ state: 'hidden' });
  const memory = async (): Promise<{ page: number; host: number; model: number }> => {
    const processes = await processesOf(serverGroup);
    return {
      page: await renderersOf(browser),
      host: newest(processes, 'extensionHost'),
      model: newest(processes, 'modelProcess'),
    };
  };
  const before = await memory();
  const cold = await commandToMatrix(new Editor(window.page), panel, undefined);
  const tokens = Number((await panel.part('token-count').innerText()).replaceAll(/\D/g, ''));
  const frame = await frameOf(window, panel);
  const hovers = await hoverLatencies(frame, panel);
  const frames = await framesPerSecond(frame, window, panel);
  const details = await detailLatencies(frame);
  await panel.part('head-2-3').click();
  const detailsOfOne = await detailLatencies(frame);
  const after = await memory();
  await window.close();
  return {
    ...{ tokens, cold, hovers, frames, details, detailsOfOne },
    memory: { page: after.page - before.page, host: after.host - before.host, model: after.model },
  };
}

export function mapReport(figures: readonly MapFigures[]): string {
  const times = figures.map(({ tokens, cold, hovers, frames, details, detailsOfOne }) => [
    ...[tokens, cold, median(hovers), percentile(hovers, 0.95), frames],
    ...[details, detailsOfOne].flatMap((of) => [median(of), percentile(of, 1)]),
  ]);
  const header = [
    ...['tokens', 'cold', 'hover, median', 'hover, 95 %', 'zoom and pan, frames/s'],
    ...['detail after rest, mean of all', 'longest', 'detail after rest, one head', 'longest'],
  ];
  const memory = figures.map(({ tokens, memory: { page, host, model } }) => [
    tokens,
    ...[page, host, model].map((mebibytes) => mebibytes.toFixed(0)),
  ]);
  const exponent = (of: (figures: MapFigures) => number): string =>
    fittedPowerLaw(figures.map((one) => ({ x: one.tokens, y: Math.max(1, of(one)) }))).exponent.toFixed(2);
  return [
    table(header, times),
    table(['tokens', 'the pages’ processes, added MiB', 'extension host, added MiB', 'model process, MiB'], memory),
    `Growth with n: pages n^${exponent(({ memory }) => memory.page)}, extension host n^${exponent(({ memory }) => memory.host)}, model process n^${exponent(({ memory }) => memory.model)}`,
  ].join('\n\n');
}
