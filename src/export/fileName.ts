import type { Focus } from '../protocol/panelWire.ts';
import type { HeadSelection } from '../protocol/run.ts';

const LONGEST_NAME = 80;

type Shown = Pick<Focus, 'heads' | 'quantity'>;

/** A name for an exported file that any file system takes: where the text is from, which heads, and norms by name. */
export function exportName(source: string, shown: Shown | undefined, extension: string): string {
  const what = shown ? `${headsName(shown.heads)}${shown.quantity === 'weight' ? '' : ' norm'}` : 'attention';
  const name = `${source} ${what}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const end = Array.from(name).slice(-LONGEST_NAME).join('');
  return `${end.replace(/^[-.]+/, '')}.${extension}`;
}

function headsName(heads: HeadSelection): string {
  if (heads.kind === 'head') return `L${heads.layer}H${heads.head}`;
  if (heads.kind === 'rollout') return `rollout-L${heads.layer}`;
  return heads.heads === 'all' ? heads.kind : `${heads.kind} of ${heads.heads.length}`;
}
