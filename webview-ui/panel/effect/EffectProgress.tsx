import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { RunSummary } from '../../../src/protocol/run.ts';
import { countText, duration } from '../../shared/phrases.ts';
import type { EffectList } from './effectList.ts';
import type { EffectView } from './effectView.ts';

/** Milliseconds that the rest of a list will take, from what a pass took so far: in this list, else when the text was explained. */
export function expectedTime(list: EffectList, summary: RunSummary): number {
  const { milliseconds, passes } = list.spent.value;
  const left = list.ablations.length - list.effects.value.length;
  return left * (passes > 0 ? milliseconds / passes : summary.milliseconds);
}

/** Begins, follows and stops the measuring; afterwards it says what was done. */
export function EffectProgress({ store, explained, token, list }: EffectView): JSX.Element {
  const count = list.ablations.length;
  const done = list.effects.value.length;
  if (list.running.value) {
    return (
      <div class="effect-progress">
        <progress max={count} value={done} aria-label={l10n.t('Progress')} />
        <span>{l10n.t('{0} of {1}', countText(done), countText(count))}</span>
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
          {done === 0 ? l10n.t('Measure') : l10n.t('Go On')}
        </button>
        <span class="muted">
          {l10n.t(
            '{0} forward passes, about {1}',
            countText(count - done),
            duration(expectedTime(list, explained.summary)),
          )}
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
