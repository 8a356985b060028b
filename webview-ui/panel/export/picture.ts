import * as l10n from '@vscode/l10n';
import { effect, type ReadonlySignal } from '@preact/signals';
import { formatHex, parse } from 'culori';
import { ResponseError } from 'vscode-jsonrpc/browser';
import { headsTitle } from '../../../src/attention/headWords.ts';
import type { Failure } from '../../../src/protocol/failure.ts';
import type { Focus, Picture, PictureRequest, Source } from '../../../src/protocol/panelWire.ts';
import { LOADING, mapLoaded, type Loaded } from '../../shared/loaded.ts';
import { isShare, type Measure, valueText } from '../../shared/measure.ts';
import { countText, headNames, precisionText } from '../../shared/phrases.ts';
import { LOG_DECADES, type Scale } from '../../shared/ramp.ts';
import type { Theme } from '../../shared/theme.ts';
import type { Explained } from '../../shared/text/explained.ts';
import type { PanelStore } from '../state/store.ts';
import { type FigureContent, figureOf, type FigureLook } from './figure.ts';
import { measurer, pngOf } from './png.ts';
import { svgOf } from './svg.ts';

/** Most cells on a side: more tokens are pooled, as on screen. */
const MOST_CELLS = 512;

/** Draws what the panel shows of a run, once its numbers are there. */
export async function pictureOf(
  store: PanelStore,
  theme: ReadonlySignal<Theme>,
  { run, format }: PictureRequest,
): Promise<Picture> {
  const content = await settled(() => contentOf(store, run));
  const figure = figureOf(content, lookOf(theme.peek()), measurer());
  return format === 'svg' ? { kind: 'svg', text: svgOf(figure) } : { kind: 'png', data: await pngOf(figure) };
}

function contentOf(store: PanelStore, run: number): Loaded<FigureContent> {
  const [explained, snapshot, region, weights] = [
    store.explained.value,
    store.snapshot.value,
    store.shownCells.value,
    store.weights.value,
  ];
  if (explained?.summary.run !== run || snapshot?.kind !== 'ready' || !region || !weights) return LOADING;
  const [scale, sinkApart, focus] = [store.scale.value, store.sinkApart.value, store.focus.value];
  const peak = weights.scaleEnd(scale, sinkApart);
  const kind = weights.measure;
  const pooled = weights.pooled(region.rows, region.columns, MOST_CELLS);
  if (peak.kind !== 'ready') return peak;
  const apart = sinkApart && explained.tokens.length > 1;
  return mapLoaded(pooled, (cells) => ({
    ...cells,
    names: explained.names,
    lineStarts: explained.lineStarts,
    causal: explained.causal,
    scale,
    kind,
    peak: peak.value,
    sinkApart: apart,
    pinnedRow: focus.direction === 'looksAt' ? focus.token : undefined,
    pinnedColumn: focus.direction === 'lookedAtBy' ? focus.token : undefined,
    title: titleOf(focus, explained),
    facts: factsOf(store, explained, snapshot.source, cells.block.rows > 1),
    ends: endsOf(scale, kind, peak.value),
    sinkText: l10n.t('Hatched: the first token, left out of the colour scale.'),
  }));
}

function endsOf(scale: Scale, kind: Measure, peak: number): FigureContent['ends'] {
  if (scale === 'linear') return ['0', valueText(peak, kind)];
  const lowest = peak * 10 ** -LOG_DECADES;
  return isShare(kind) ? [`≤ ${lowest}`, '1'] : [`≤ ${valueText(lowest, kind)}`, valueText(peak, kind)];
}

function titleOf({ heads, quantity }: Focus, { grid }: Explained): string {
  if (heads.kind === 'rollout') return headsTitle(heads, grid);
  return quantity === 'weight'
    ? l10n.t('Attention weights: {0}', headsTitle(heads, grid))
    : l10n.t('Value-weighted norms: {0}', headsTitle(heads, grid));
}

function factsOf(store: PanelStore, { summary, grid }: Explained, source: Source, pooled: boolean): readonly string[] {
  const { model, tokens } = summary;
  const names = headNames(store.focus.value.heads);
  return [
    l10n.t(
      '{0}, {1}, {2} layers of {3} heads',
      model.name,
      precisionText(model.storage, model.compute),
      grid.layers,
      grid.heads,
    ),
    ...(names === '' ? [] : [names]),
    l10n.t('{0}: {1} tokens. Rows look, columns are looked at.', source.label, countText(tokens.length)),
    ...(pooled ? [l10n.t('Each cell is the largest weight of a block of tokens.')] : []),
  ];
}

function lookOf({ background, foreground, pin, pinInk, ramp, labelFont, valueFont }: Theme): FigureLook {
  return {
    background: hex(background),
    foreground: hex(foreground),
    pin: hex(pin),
    pinInk: hex(pinInk),
    ramp: ramp.css.map(hex),
    ink: ramp.ink.map(hex),
    labelFont: { size: 12, family: familyOf(labelFont) },
    textFont: { size: 12, family: familyOf(valueFont) },
  };
}

/** Without what only some readers of SVG know: named colours, spaces for commas, transparency. */
function hex(colour: string): string {
  return formatHex(parse(colour)) ?? '#808080';
}

/** `12px monospace` without the size. */
function familyOf(font: string): string {
  return font.replace(/^\S+ /, '');
}

/** Waits until a value that reads signals is there. */
function settled<T>(read: () => Loaded<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let done = false;
    const stop = effect(() => {
      if (done) return;
      const loaded = read();
      if (loaded.kind === 'loading') return;
      done = true;
      if (loaded.kind === 'ready') resolve(loaded.value);
      else reject(new ResponseError<Failure>(-32000, loaded.failure.message, loaded.failure));
      queueMicrotask(() => stop());
    });
  });
}
