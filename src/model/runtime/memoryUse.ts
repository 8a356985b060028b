import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';

const MEBIBYTE = 2 ** 20;

/** What open runs and generations take of the one memory budget. */
export class MemoryUse {
  private readonly owners = new Map<object, number>();

  /** An owner takes so many bytes now; none: it is gone. */
  set(owner: object, bytes: number): void {
    if (bytes === 0) this.owners.delete(owner);
    else this.owners.set(owner, bytes);
  }

  /** A share of a budget for an owner that has no name here. */
  shareOf(budget: number): MemoryShare {
    const owner = {};
    const room = (): number => this.room(budget, owner);
    return {
      get room() {
        return room();
      },
      take: (bytes) => this.set(owner, bytes),
    };
  }

  /** Bytes of a budget that nobody takes, an owner's own apart. */
  room(budget: number, owner?: object): number {
    let used = 0;
    for (const [other, bytes] of this.owners) if (other !== owner) used += bytes;
    return Math.max(0, budget - used);
  }
}

/** What one owner takes of a budget. */
export interface MemoryShare {
  /** Bytes that the owner may take in all. */
  readonly room: number;
  take(bytes: number): void;
}

/** @throws ExplainError `overBudget` when something would take more memory than there is room for. */
export function requireWithin(room: number, bytes: number): void {
  if (bytes <= room) return;
  throw new ExplainError({
    code: 'overBudget',
    message: l10n.t(
      'This needs {0} MiB; {1} MiB of the memory budget are free.',
      Math.ceil(bytes / MEBIBYTE),
      Math.floor(room / MEBIBYTE),
    ),
    advice: l10n.t(
      'Close other explanations, use a shorter text or a smaller cache, or raise the setting “Explain Attention: Memory Budget”.',
    ),
  });
}
