import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Sampling } from '../../../src/protocol/generation.ts';
import { Segments } from '../../shared/controls.tsx';
import { NumberField } from './NumberField.tsx';
import type { ReadyView } from './view.ts';

/** How the next token is chosen. */
export function SamplingControls({ store, ready }: ReadyView): JSX.Element {
  const sampling = store.sampling(ready);
  const isGreedy = sampling.temperature === 0;
  const change = (part: Partial<Sampling>): void =>
    void store.apply({ kind: 'sampling', sampling: { ...sampling, ...part } });
  return (
    <div class="sampling" data-testid="sampling">
      <div class="part-title">
        <h3>{l10n.t('Choose')}</h3>
        <span class="grow" />
        <Segments
          label={l10n.t('How the next token is chosen')}
          value={isGreedy ? 'greedy' : 'sample'}
          choices={[
            { value: 'greedy', text: l10n.t('Greedy'), title: l10n.t('Always the most probable token') },
            { value: 'sample', text: l10n.t('Sample'), title: l10n.t('A random token, by its probability') },
          ]}
          onChoose={(how) => change({ temperature: how === 'greedy' ? 0 : 1 })}
        />
      </div>
      {!isGreedy && (
        <div class="fields">
          <NumberField
            label={l10n.t('Temperature')}
            title={l10n.t('Logits are divided by it: below 1 the probable becomes more probable')}
            value={sampling.temperature}
            min={0.05}
            max={10}
            step={0.05}
            onChange={(temperature) => change({ temperature })}
          />
          <NumberField
            label={l10n.t('Top k')}
            title={l10n.t('Only the k most probable tokens; 0 for all')}
            value={sampling.topK}
            min={0}
            max={2 ** 20}
            step={1}
            onChange={(topK) => change({ topK })}
          />
          <NumberField
            label={l10n.t('Top p')}
            title={l10n.t('Only the most probable tokens that add up to p; 1 for all')}
            value={sampling.topP}
            min={0.01}
            max={1}
            step={0.01}
            onChange={(topP) => change({ topP })}
          />
          <NumberField
            label={l10n.t('Seed')}
            title={l10n.t('The same seed and settings give the same text')}
            value={sampling.seed}
            min={0}
            max={2 ** 32 - 1}
            step={1}
            onChange={(seed) => change({ seed })}
          />
        </div>
      )}
    </div>
  );
}
