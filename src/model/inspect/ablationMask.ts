import { firstChanged } from '../../attention/ablation.ts';
import type { Ablation } from '../../protocol/inspection.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import type { TokenRange } from '../../protocol/run.ts';
import type { Ablated } from '../runtime/pass.ts';

/** What an ablation hides in a pass over some positions, which see so many keys. */
export type AblationMask = (rows: TokenRange, keys: number) => Ablated | undefined;

/**
 * How an ablation multiplies the weights by 0, and the first position whose weights it changes.
 *
 * @param query the position whose prediction is looked at.
 */
export function ablationMask(
  ablation: Ablation,
  query: number,
  { layers, heads: headCount }: Pick<ModelDescription, 'layers' | 'heads'>,
): { readonly first: number; readonly mask: AblationMask } {
  const heads = Array.from({ length: layers }, (_, layer) => hiddenHeads(ablation, layer, headCount));
  const token = ablation.kind === 'token' ? ablation.token : undefined;
  const fromQuery = ablation.kind === 'token' && ablation.hiddenFrom === 'query';
  const affects = (row: number): boolean =>
    token === undefined || row === query || (!fromQuery && row > token && row <= query);
  const mask = ({ start, end }: TokenRange, keys: number): Ablated | undefined => {
    if (token !== undefined && token >= keys) return undefined;
    return {
      heads,
      rows: Array.from({ length: end - start }, (_, row) => affects(start + row)),
      keys: token === undefined ? undefined : Array.from({ length: keys }, (_, key) => key === token),
    };
  };
  return { first: firstChanged(ablation, query), mask };
}

/** Which heads of a layer an ablation changes. */
function hiddenHeads({ heads: chosen }: Ablation, layer: number, heads: number): readonly boolean[] {
  return Array.from({ length: heads }, (_, head) => {
    return chosen === 'all' || chosen.some((id) => id.layer === layer && id.head === head);
  });
}
