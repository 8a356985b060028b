import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { bytesText } from '../../shared/amounts.ts';
import { CacheChart } from './CacheChart.tsx';
import { CacheGrid } from './CacheGrid.tsx';
import { CacheGrowth } from './CacheGrowth.tsx';
import { PolicyChange, PolicyForm } from './Policy.tsx';
import { Section } from './Section.tsx';
import type { ReadyView } from './view.ts';

/** What the KV cache holds, under which policy, and how large it grows. */
export function Cache(view: ReadyView): JSX.Element {
  const { store, ready } = view;
  const { used, reserved } = ready.state.cache.bytes;
  const summary = reserved > used ? l10n.t('{0} of {1}', bytesText(used), bytesText(reserved)) : bytesText(used);
  return (
    <Section store={store} id="cache" title={l10n.t('KV Cache')} summary={<b data-testid="cache-bytes">{summary}</b>}>
      {() => (
        <>
          <PolicyForm {...view} />
          <CacheGrid {...view} />
          <Shape {...view} />
          <CacheChart state={ready.state} />
          <PolicyChange {...view} />
          <CacheGrowth {...view} />
        </>
      )}
    </Section>
  );
}

function Shape({ ready }: ReadyView): JSX.Element {
  const { layers, keyValueHeads, queryHeads, headSize, elementType, bytesPerPosition } = ready.origin.cache;
  const { kept, bytes } = ready.state.cache;
  const elementBytes = elementType === 'float16' ? 2 : 4;
  return (
    <p class="formula" data-testid="cache-shape">
      {l10n.t(
        '{0} positions × {1} layers × 2 (key, value) × {2} heads × {3} × {4} B = {5}',
        kept.length,
        layers,
        keyValueHeads,
        headSize,
        elementBytes,
        bytesText(bytes.used),
      )}
      <br />
      {l10n.t(
        'Each layer: keys and values [1, {0}, {1}, {2}], {3}: {4}, of which {5} a position.',
        keyValueHeads,
        kept.length,
        headSize,
        elementType,
        bytesText(bytes.used / layers),
        bytesText(bytesPerPosition / layers),
      )}{' '}
      {keyValueHeads === queryHeads
        ? l10n.t('Every query head has its own keys and values ({0}).', queryHeads)
        : l10n.t('{0} query heads share {1} key/value heads.', queryHeads, keyValueHeads)}
    </p>
  );
}
