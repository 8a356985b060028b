import type { CachePolicy } from '../../protocol/cachePolicy.ts';
import type { ChosenBy, Prediction, Sampling, StepFigures } from '../../protocol/generation.ts';

/** Under what tokens are predicted and taken. Each change makes another object: they are compared by identity. */
export interface Settings {
  readonly policy: CachePolicy;
  readonly sampling: Sampling;
}

export interface TakenToken {
  readonly id: number;
  readonly probability: number | undefined;
  readonly chosenBy: ChosenBy;
}

/** A generated token, or the prompt, with what followed from it. */
export class TokenNode {
  readonly children: TokenNode[] = [];
  /** Generated tokens up to this one. */
  readonly depth: number;

  /**
   * @param number names it as a branch.
   * @param token what it appends; nothing at the prompt.
   * @param takenUnder the settings under which it was taken.
   */
  constructor(
    readonly number: number,
    readonly parent: TokenNode | undefined,
    readonly token: TakenToken | undefined,
    readonly takenUnder: Settings,
    /** Behind it, with the settings that it holds for. */
    public prediction: { readonly of: Prediction; readonly under: Settings },
    public figures: StepFigures,
  ) {
    this.depth = parent ? parent.depth + 1 : 0;
  }
}

/** From the prompt to a token. */
export function pathTo(end: TokenNode): readonly TokenNode[] {
  const nodes: TokenNode[] = [];
  for (let node: TokenNode | undefined = end; node; node = node.parent) nodes.push(node);
  return nodes.reverse();
}

/** Where the latest continuation of a token ends. */
export function latestLeaf(start: TokenNode): TokenNode {
  let node = start;
  for (let next = node.children.at(-1); next; next = node.children.at(-1)) node = next;
  return node;
}

/** All ends of continuations, in the order in which they were begun. */
export function leavesOf(root: TokenNode): readonly TokenNode[] {
  const leaves: TokenNode[] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.children.length === 0) leaves.push(node);
    open.push(...node.children);
  }
  return leaves.sort((a, b) => a.number - b.number);
}
