import type { ReadonlySignal } from '@preact/signals';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RunProgress } from '../../../src/protocol/panelWire.ts';
import { floats } from '../../shared/loaded.ts';
import { slicePixels } from '../../shared/matrix/slicePixels.ts';
import type { Ramp } from '../../shared/ramp.ts';
import type { Theme } from '../../shared/theme.ts';

type Preview = NonNullable<RunProgress['preview']>;

interface RunPreviewProps {
  readonly theme: ReadonlySignal<Theme>;
  readonly preview: Preview;
}

/** The rows that are done of a run under way: in each cell the largest weight of its block in the mean of all heads. */
export function RunPreview({ theme, preview }: RunPreviewProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ramp } = theme.value;
  useLayoutEffect(() => paint(canvas.current!, preview, ramp), [preview, ramp]);
  return (
    <canvas
      ref={canvas}
      class="preview"
      width={preview.side}
      height={preview.side}
      role="img"
      aria-label={l10n.t('The rows of the matrix that are done')}
      data-testid="preview"
      data-rows={preview.rows}
    />
  );
}

/** On a logarithmic scale, whose end no later row moves. */
function paint(canvas: HTMLCanvasElement, { side, rows, data }: Preview, ramp: Ramp): void {
  const slice = { rows, columns: side, data: floats(data, rows * side) };
  const pixels = slicePixels(slice, (row) => row + 1, { ramp, scale: 'log', peak: 1 });
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}
