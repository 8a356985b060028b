import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { CostTab } from '../cost/CostTab.tsx';
import { EffectTab } from '../effect/EffectTab.tsx';
import { StepsTab } from '../steps/StepsTab.tsx';
import { inspectorTabs, type InspectorTab } from '../state/viewState.ts';
import type { TokenPanel } from './panel.ts';
import { WeightsTab } from './WeightsTab.tsx';

interface Tab {
  readonly title: () => string;
  readonly Content: (props: TokenPanel) => JSX.Element;
}

const tabs: Readonly<Record<InspectorTab, Tab>> = {
  weights: { title: () => l10n.t('Weights'), Content: WeightsTab },
  steps: { title: () => l10n.t('Steps'), Content: StepsTab },
  effect: { title: () => l10n.t('Effect'), Content: EffectTab },
  cost: { title: () => l10n.t('Cost'), Content: CostTab },
};

/** All that is told of the shown token, one tab at a time. */
export function Inspector(props: TokenPanel): JSX.Element {
  const { tab } = props.store;
  const { Content } = tabs[tab.value];
  const list = useRef<HTMLDivElement>(null);
  const choose = (name: InspectorTab): void => {
    tab.value = name;
    // In one column the inspector stands below the matrix: what was chosen would be out of sight.
    list.current?.closest('.reading')?.scrollIntoView();
  };
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (inspectorTabs.indexOf(tab.value) + step + inspectorTabs.length) % inspectorTabs.length;
    choose(inspectorTabs[next]!);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus({ preventScroll: true });
  };
  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-label={l10n.t('About this token')} onKeyDown={onKeyDown}>
        {inspectorTabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-controls="inspector"
            aria-selected={tab.value === name}
            tabIndex={tab.value === name ? 0 : -1}
            data-testid={`tab-${name}`}
            onClick={() => choose(name)}
          >
            {tabs[name].title()}
          </button>
        ))}
      </div>
      <div
        class="inspector"
        role="tabpanel"
        id="inspector"
        aria-labelledby={`tab-${tab.value}`}
        data-testid="inspector"
      >
        <Content {...props} />
      </div>
    </>
  );
}
