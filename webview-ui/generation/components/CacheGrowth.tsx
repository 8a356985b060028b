import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { fullCacheBytes } from '../../../src/attention/costs.ts';
import { growthLengths, knownShapes } from '../../../src/attention/knownShapes.ts';
import { bytesText } from '../../shared/amounts.ts';
import type { ReadyView } from './view.ts';

const HALF = 2;

/** How large a full cache is at lengths that are in use, for this model and for well-known ones. */
export function CacheGrowth({ ready }: ReadyView): JSX.Element {
  const { cache, model } = ready.origin;
  const own = { ...cache, name: model.name, source: undefined, bytes: cache.elementType === 'float16' ? HALF : 4 };
  const rows = [own, ...knownShapes.map((shape) => ({ ...shape, bytes: HALF }))];
  return (
    <details class="growth" data-testid="growth">
      <summary>{l10n.t('How it grows')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{l10n.t('model')}</th>
            {growthLengths.map((length) => (
              <th scope="col" key={length}>
                {l10n.t('{0}K', length / 1024)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th
                scope="row"
                title={l10n.t(
                  '{0} layers, {1} query heads, {2} key/value heads of {3}, {4} bytes a number',
                  row.layers,
                  row.queryHeads,
                  row.keyValueHeads,
                  row.headSize,
                  row.bytes,
                )}
              >
                {row.source === undefined ? row.name : <a href={row.source}>{row.name}</a>}
              </th>
              {growthLengths.map((length) => (
                <td key={length}>{bytesText(fullCacheBytes(row, row.bytes, length))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted small">
        {l10n.t(
          'Full cache of one text: layers × 2 × key/value heads × head size × bytes × positions. Shapes from the models’ published configurations, in 16 bits; some of them were not made for such lengths.',
        )}
      </p>
    </details>
  );
}
