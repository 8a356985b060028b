import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { IconButton } from '../../shared/controls.tsx';
import { SPEEDS, type Speed } from '../state/viewState.ts';
import type { ReadyView } from './view.ts';

/** Steps, play and speed. */
export function Controls({ store, ready }: ReadyView): JSX.Element {
  const { taken, tokens } = ready.state;
  const playing = store.player.playing.value;
  return (
    <div class="controls" role="toolbar" aria-label={l10n.t('Steps')}>
      <IconButton
        label={l10n.t('Back to the Prompt (Home)')}
        icon="debug-restart"
        testId="restart"
        disabled={taken === 0}
        onClick={() => void store.goTo(0)}
      />
      <IconButton
        label={l10n.t('Step Back (←)')}
        icon="debug-step-back"
        testId="back"
        disabled={taken === 0}
        onClick={() => store.back()}
      />
      <IconButton
        label={playing ? l10n.t('Pause (Space)') : l10n.t('Play (Space)')}
        icon={playing ? 'debug-pause' : 'play'}
        testId="play"
        pressed={playing}
        onClick={() => store.player.toggle()}
      />
      <IconButton label={l10n.t('Step (→)')} icon="debug-step-over" testId="step" onClick={() => void store.step()} />
      <input
        type="range"
        min={0}
        max={tokens.length}
        value={store.taken.value}
        disabled={tokens.length === 0}
        aria-label={l10n.t('Generated tokens taken')}
        data-testid="position"
        onInput={(event) => void store.goTo(event.currentTarget.valueAsNumber)}
      />
      {store.slow.value && !playing && (
        <IconButton
          label={l10n.t('Cancel (Escape)')}
          icon="debug-stop"
          testId="cancel"
          onClick={() => store.cancel()}
        />
      )}
      <span class="count" data-testid="count" aria-hidden="true">
        {l10n.t('{0} of {1}', taken, tokens.length)}
      </span>
      <select
        aria-label={l10n.t('Speed')}
        title={l10n.t('Tokens per second while playing')}
        data-testid="speed"
        value={store.speed.value}
        onChange={(event) => (store.speed.value = event.currentTarget.value as Speed)}
      >
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed === 'max' ? l10n.t('max') : l10n.t('{0}/s', speed)}
          </option>
        ))}
      </select>
      {store.busy.value && <progress class="working" aria-label={l10n.t('Computing')} />}
    </div>
  );
}
