import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { largestDifference } from '../../../src/attention/difference.ts';
import { attentionTiles, type Tile } from '../../../src/attention/attentionTiles.ts';
import { IconButton, Segments } from '../../shared/controls.tsx';
import { numberText } from '../../shared/numbers.ts';
import { countText } from '../../shared/phrases.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import { evenDomain } from '../steps/axis.ts';
import { paintBars } from '../steps/barPaint.ts';
import { ColumnPlot, type Lane } from '../steps/ColumnPlot.tsx';
import { Difference } from '../steps/Difference.tsx';
import { Twin, Workings } from '../steps/Step.tsx';
import type { RowView } from './rowView.ts';
import { paintTile } from './tilePaint.ts';

const SIZES = ['4', '8', '16', '32', '64'] as const;
type Size = (typeof SIZES)[number];

const LANE_HEIGHT = 44;

/** The same sum in another order, in double precision, differs by less. */
const SAME = 1e-6;

/** The row tile by tile with a running maximum and sum; a stepper shows what is kept after each tile. */
export function TilesView(props: RowView): JSX.Element {
  const { explained, row, recomputed } = props;
  const size = useSignal<Size>('8');
  const step = useSignal(0);
  const tiles = useMemo(
    () => attentionTiles(recomputed.scores, row.valueVectors, Number(size.value)),
    [recomputed, row, size.value],
  );
  const place = Math.min(step.value, tiles.length - 1);
  const tile = tiles[place]!;
  return (
    <>
      <p>
        {l10n.t(
          'Each tile of scores is used once and dropped. What is kept is the largest score, a sum and one vector: {0} numbers however long the row is, beside the scores of one tile, {1} at most. The usual softmax keeps all scores of the row, here {2}. When the largest score rises, the sum and the vector are scaled down to match.',
          countText(2 + row.output.length),
          countText(Math.min(Number(size.value), row.keys)),
          countText(row.keys),
        )}
      </p>
      <div class="cost-choices">
        <Segments
          label={l10n.t('Keys in a tile')}
          value={size.value}
          choices={SIZES.map((value) => ({ value, text: value, title: l10n.t('{0} keys in a tile', value) }))}
          onChoose={(value) => (size.value = value)}
        />
        <IconButton
          label={l10n.t('Previous Tile')}
          icon="chevron-left"
          disabled={place === 0}
          onClick={() => (step.value = place - 1)}
        />
        <input
          type="range"
          min={0}
          max={tiles.length - 1}
          value={place}
          aria-label={l10n.t('Tile')}
          aria-valuetext={tileText(tile, place, tiles.length)}
          data-testid="tile"
          onInput={({ currentTarget }) => (step.value = currentTarget.valueAsNumber)}
        />
        <IconButton
          label={l10n.t('Next Tile')}
          icon="chevron-right"
          disabled={place === tiles.length - 1}
          onClick={() => (step.value = place + 1)}
        />
      </div>
      <p class="muted" data-testid="tile-place">
        {tileText(tile, place, tiles.length)}
      </p>
      <TilePlots {...props} tile={tile} />
      <Workings
        testId="tile-numbers"
        lines={[
          { name: l10n.t('maximum'), operation: l10n.t('m, of all scores so far'), value: numberText(tile.maximum) },
          { name: l10n.t('scaled by'), operation: l10n.t('e^(m before − m)'), value: numberText(tile.factor) },
          { name: l10n.t('sum'), operation: l10n.t('Σ e^(s − m)'), value: numberText(tile.sum), result: true },
        ]}
      />
      <Difference
        text={(difference) =>
          l10n.t('After the last tile the output differs from that of the whole softmax by at most {0}.', difference)
        }
        difference={largestDifference(tiles.at(-1)!.output, recomputed.output)}
        tolerance={SAME}
        compute={explained.summary.model.compute}
        testId="tiles-difference"
      />
      <Difference
        text={(difference) => l10n.t('It differs from the model’s own output of this head by at most {0}.', difference)}
        difference={largestDifference(tiles.at(-1)!.output, row.output)}
        compute={explained.summary.model.compute}
        testId="tiles-model-difference"
      />
      <Twin
        caption={l10n.t('What is kept after each tile')}
        columns={[l10n.t('keys'), l10n.t('maximum'), l10n.t('scaled by'), l10n.t('sum')]}
        rows={tiles.length}
        row={(place) => {
          const { start, end, maximum, factor, sum } = tiles[place]!;
          return [l10n.t('{0} to {1}', start, end - 1), ...[maximum, factor, sum].map(numberText)];
        }}
      />
    </>
  );
}

function TilePlots({ theme, explained, row, recomputed, tile }: RowView & { readonly tile: Tile }): JSX.Element {
  const [key, dimension] = [useSignal<number | undefined>(undefined), useSignal<number | undefined>(undefined)];
  const keyLanes = useMemo((): readonly Lane[] => {
    const shares = recomputed.scores.map((score, index) =>
      index < tile.end && score > -Infinity ? Math.exp(score - tile.maximum) : -Infinity,
    );
    return [
      {
        title:
          key.value === undefined
            ? l10n.t('e^(s − m) of the keys so far')
            : keyText(explained.names, shares, key.value),
        height: LANE_HEIGHT,
        paint: (surface, axis, now) => {
          paintTile(surface, axis, now, tile);
          paintBars(surface, axis, now, shares, { low: 0, high: 1 });
        },
      },
    ];
  }, [recomputed, tile, key.value]);
  const outputLanes = useMemo((): readonly Lane[] => {
    const domain = evenDomain(tile.output, recomputed.output);
    const lane = (title: string, values: Float64Array): Lane => ({
      title:
        dimension.value === undefined ? title : `${title} [${dimension.value}] ${numberText(values[dimension.value]!)}`,
      height: LANE_HEIGHT,
      paint: (surface, axis, now) => paintBars(surface, axis, now, values, domain),
    });
    return [lane(l10n.t('output so far'), tile.output), lane(l10n.t('output of the whole row'), recomputed.output)];
  }, [recomputed, tile, dimension.value]);
  return (
    <>
      <ColumnPlot
        theme={theme}
        label={l10n.t('e^(s − m) of the keys so far')}
        count={row.keys}
        lanes={keyLanes}
        at={key.value}
        start={tile.start}
        onPoint={(column) => (key.value = column)}
        onWalk={() => undefined}
        testId="tile-keys"
      />
      <ColumnPlot
        theme={theme}
        label={l10n.t('Output of the head so far, and of the whole row')}
        count={row.output.length}
        lanes={outputLanes}
        at={dimension.value}
        start={0}
        onPoint={(column) => (dimension.value = column)}
        onWalk={() => undefined}
        testId="tile-output"
      />
    </>
  );
}

function tileText({ start, end }: Tile, place: number, count: number): string {
  return l10n.t('Tile {0} of {1}: keys {2} to {3}', place + 1, count, start, end - 1);
}

function keyText(names: readonly string[], shares: Float64Array, key: number): string {
  const share = shares[key]!;
  const name = labelText(names[key] ?? '');
  return share === -Infinity ? l10n.t('{0}: not read yet', name) : l10n.t('{0}: {1}', name, numberText(share));
}
