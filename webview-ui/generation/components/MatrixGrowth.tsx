import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { openSurface } from '../../shared/surface.ts';
import type { Theme } from '../../shared/theme.ts';
import { type Matrix, paintBeginning, peakOfSlice } from '../paint/trianglePaint.ts';
import { Section } from './Section.tsx';
import type { ReadyView } from './view.ts';

/** Steps that are drawn beside each other. */
const DRAWN = 4;
const SIDE = 64;

/** How the matrix grows: recomputed as a whole, against the one new row. */
export function MatrixGrowth(view: ReadyView): JSX.Element {
  const { store, ready } = view;
  const length = ready.origin.promptTokens.length + ready.state.taken;
  return (
    <Section store={store} id="growth" title={l10n.t('The Matrix Grows')} summary={l10n.t('{0} × {0}', length)}>
      {() => <Pictures {...view} />}
    </Section>
  );
}

function Pictures({ store, theme, ready: latest }: ReadyView): JSX.Element {
  // The matrix is computed from scratch: where that would slow the steps, it stays that of an earlier one.
  const drawn = useRef(latest);
  if (store.unhurried.value) drawn.current = latest;
  const ready = drawn.current;
  const length = ready.origin.promptTokens.length + ready.state.taken;
  const loaded = store.numbers.triangle(ready, store.heads.value);
  const slice = loaded.kind === 'ready' ? loaded.value : undefined;
  const matrix = useMemo(() => slice && { slice, tokens: length, peak: peakOfSlice(slice) }, [slice]);
  if (loaded.kind === 'failed') return <p role="alert">{loaded.failure.message}</p>;
  const first = Math.max(1, length - DRAWN + 1);
  const sizes = Array.from({ length: length - first + 1 }, (_, place) => first + place);
  const picture = (size: number, part: 'all' | 'lastRow'): JSX.Element => (
    <td key={size}>
      <Picture matrix={matrix} size={size} part={part} theme={theme.value} />
    </td>
  );
  const computed = ready.state.steps[ready.state.taken]?.cached.positions ?? length;
  return (
    <>
      <table class="pictures" data-testid="matrix-growth" data-state={loaded.kind}>
        <thead>
          <tr>
            {sizes.map((size) => (
              <th key={size} scope="col">
                {l10n.t('{0} × {0}', size)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th class="row-name" colSpan={sizes.length} scope="rowgroup">
              {l10n.t('from scratch: the whole matrix, each time')}
            </th>
          </tr>
          <tr>{sizes.map((size) => picture(size, 'all'))}</tr>
          <tr>
            <th class="row-name" colSpan={sizes.length} scope="rowgroup">
              {l10n.t('with cache: one new row')}
            </th>
          </tr>
          <tr>{sizes.map((size) => picture(size, 'lastRow'))}</tr>
        </tbody>
      </table>
      {ready !== latest && <p class="muted small">{l10n.t('Drawn again when play pauses.')}</p>}
      <p class="muted small">{triangleText(length, computed)}</p>
    </>
  );
}

/** How many weights the triangle has, and how many of them were there before the rows that the step computed. */
function triangleText(length: number, computed: number): string {
  const triangle = (rows: number): number => (rows * (rows + 1)) / 2;
  const [all, known] = [triangle(length), triangle(length - computed)];
  return known === 0
    ? l10n.t(
        'At {0} tokens the triangle has {1} weights in each head; none of them was known before this step.',
        length,
        all,
      )
    : l10n.t(
        'At {0} tokens the triangle has {1} weights in each head. {2} of them were known from the steps before; this step computed {3}.',
        length,
        all,
        known,
        all - known,
      );
}

interface PictureProps {
  readonly matrix: Matrix | undefined;
  readonly size: number;
  readonly part: 'all' | 'lastRow';
  readonly theme: Theme;
}

function Picture({ matrix, size, part, theme }: PictureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    // A matrix of an earlier step may still be there: its picture would be wrong.
    if (!canvas.current || !matrix || size > matrix.tokens) return;
    const surface = openSurface(canvas.current, SIDE, SIDE);
    if (surface) paintBeginning(surface, matrix, size, part, theme);
  }, [matrix, size, part, theme]);
  const label = part === 'all' ? l10n.t('Triangle of {0} rows', size) : l10n.t('One row of {0} weights', size);
  return <canvas ref={canvas} width={SIDE} height={SIDE} role="img" aria-label={label} />;
}
