import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { aboutDuration, countText, duration } from '../../shared/phrases.ts';
import type { EffectView } from './effectView.ts';

/** Begins, follows and stops the measuring; afterwards it says what was done. */
export function EffectProgress({ store, token, list }: EffectView): JSX.Element {
  const count = list.ablations.length;
  const done = list.effects.value.length;
  const expected = list.expected.value;
  if (list.running.value) {
    return (
      <div class="effect-progress">
        <progress max={count} value={done} aria-label={l10n.t('Progress')} />
        <span>
          {expected === undefined
            ? l10n.t('{0} of {1}', countText(done), countText(count))
            : l10n.t('{0} of {1}, about {2} left', countText(done), countText(count), aboutDuration(expected))}
        </span>
        <button type="button" class="button secondary" data-testid="stop-effects" onClick={() => list.cancel()}>
          {l10n.t('Cancel')}
        </button>
      </div>
    );
  }
  if (done < count) {
    const run = (): void => {
      // The list stays with its token while the pointer moves on.
      store.pin(token, store.focus.value.token === token ? store.focus.value.partner : undefined);
      void list.run();
    };
    return (
      <div class="effect-progress">
        <button type="button" class="button" data-testid="run-effects" onClick={run}>
          {list.begun.value ? l10n.t('Go On') : l10n.t('Measure')}
        </button>
        <span class="muted">
          {expected === undefined
            ? l10n.t('{0} measurements; the first ones tell how long they take', countText(count))
            : l10n.t('{0} measurements, about {1}', countText(count - done), aboutDuration(expected))}
        </span>
      </div>
    );
  }
  const { milliseconds, passes } = list.spent.value;
  return (
    <p class="muted small" role="status" data-testid="effects-done">
      {l10n.t(
        '{0} forward passes in {1}. What is taken away is multiplied by 0; nothing is renormalised.',
        countText(passes),
        duration(milliseconds),
      )}
    </p>
  );
}
