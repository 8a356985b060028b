import type { Ablation } from '../protocol/inspection.ts';

/**
 * The first position whose attention an ablation changes: all before it compute what they did.
 *
 * @param query the position whose prediction is looked at
 */
export function firstChanged(ablation: Ablation, query: number): number {
  if (ablation.kind === 'heads') return 0;
  return ablation.hiddenFrom === 'query' ? query : Math.min(ablation.token + 1, query);
}
