import type { HeadSelection } from '../protocol/run.ts';

const LONGEST_NAME = 80;

/** A name for an exported file that any file system takes: where the text is from, and which heads. */
export function exportName(source: string, heads: HeadSelection | undefined, extension: string): string {
  const name = `${source} ${heads ? headsName(heads) : 'attention'}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const end = Array.from(name).slice(-LONGEST_NAME).join('');
  return `${end.replace(/^[-.]+/, '')}.${extension}`;
}

function headsName(heads: HeadSelection): string {
  if (heads.kind === 'head') return `L${heads.layer}H${heads.head}`;
  if (heads.kind === 'rollout') return `rollout-L${heads.layer}`;
  return heads.heads === 'all' ? heads.kind : `${heads.kind} of ${heads.heads.length}`;
}
