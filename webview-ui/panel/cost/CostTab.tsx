import type { JSX } from 'preact';
import type { TokenPanel } from '../components/panel.ts';
import { useShownRow } from '../steps/shownRow.ts';
import { GrowthSection } from './GrowthSection.tsx';
import { RowSection } from './RowSection.tsx';
import { TimingSection } from './TimingSection.tsx';

/** What attention costs as texts grow, and other ways to compute the shown token's row. */
export function CostTab(props: TokenPanel): JSX.Element {
  const shown = useShownRow(props);
  return (
    <div class="cost" data-testid="cost">
      <GrowthSection {...props} shown={shown} />
      <TimingSection {...props} />
      <RowSection {...props} shown={shown} />
    </div>
  );
}
