import { selectionFileName } from '../attention/headKinds.ts';
import type { Focus } from '../protocol/panelWire.ts';

const LONGEST_NAME = 80;

type Shown = Pick<Focus, 'heads' | 'quantity'>;

/** A name for an exported file that any file system takes: where the text is from, which heads, and norms by name. */
export function exportName(source: string, shown: Shown | undefined, extension: string): string {
  const what = shown ? `${selectionFileName(shown.heads)}${shown.quantity === 'weight' ? '' : ' norm'}` : 'attention';
  const name = `${source} ${what}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const end = Array.from(name).slice(-LONGEST_NAME).join('');
  return `${end.replace(/^[-.]+/, '')}.${extension}`;
}
