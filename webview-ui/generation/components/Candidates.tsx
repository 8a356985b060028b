import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Candidate } from '../../../src/protocol/generation.ts';
import { Icon, TokenLabel } from '../../shared/controls.tsx';
import { weightText } from '../../shared/numbers.ts';
import { shareOf } from '../../shared/ramp.ts';
import { labelText } from '../../shared/tokenLabel.ts';
import type { ReadyView } from './view.ts';

/** The most probable next tokens; a click takes one. */
export function Candidates({ store, ready }: ReadyView): JSX.Element {
  const { candidates, choice } = ready.state.prediction;
  const shown = candidates.some(({ id }) => id === choice.id) ? candidates : [...candidates, choice];
  const taken = ready.state.tokens[ready.state.taken]?.id;
  const samples = ready.state.sampling.temperature > 0;
  return (
    <div class="candidates">
      <div class="part-title">
        <h3>{l10n.t('Next token')}</h3>
        <span class="grow" />
        <button
          type="button"
          class="toggle"
          aria-pressed={store.logarithmic.value}
          title={l10n.t('Bars on a logarithmic scale')}
          data-testid="log"
          onClick={() => (store.logarithmic.value = !store.logarithmic.value)}
        >
          {l10n.t('Log')}
        </button>
      </div>
      <ol data-testid="candidates" aria-label={l10n.t('Most probable next tokens')}>
        {shown.map((candidate) => (
          <CandidateRow
            key={candidate.id}
            candidate={candidate}
            share={shareOf(candidate.probability, store.logarithmic.value ? 'log' : 'linear', 1)}
            isChoice={candidate.id === choice.id}
            isTaken={candidate.id === taken}
            samples={samples}
            onTake={() => {
              store.player.stop();
              void store.step(candidate.id);
            }}
          />
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly candidate: Candidate;
  readonly share: number;
  readonly isChoice: boolean;
  readonly isTaken: boolean;
  readonly samples: boolean;
  readonly onTake: () => void;
}

function CandidateRow({ candidate, share, isChoice, isTaken, samples, onTake }: RowProps): JSX.Element {
  const { text, probability, afterSampling } = candidate;
  const title = isChoice
    ? l10n.t('The next step takes this token. Probability {0}', weightText(probability))
    : l10n.t('Take this token instead. Probability {0}', weightText(probability));
  return (
    <li>
      <button
        type="button"
        class={isChoice ? 'choice' : ''}
        title={samples ? l10n.t('{0}; {1} after sampling settings', title, weightText(afterSampling)) : title}
        aria-label={l10n.t('{0}: {1}', labelText(text), weightText(probability))}
        data-token={candidate.id}
        onClick={onTake}
      >
        <span class="name">
          <TokenLabel name={text} />
        </span>
        <span class="bar">
          <i style={{ width: `${(share * 100).toFixed(1)}%` }} />
        </span>
        <span class="number">{weightText(probability)}</span>
        {samples && <span class="number muted">{weightText(afterSampling)}</span>}
        <Icon name={isTaken ? 'arrow-right' : isChoice ? 'check' : 'git-branch'} />
      </button>
    </li>
  );
}
