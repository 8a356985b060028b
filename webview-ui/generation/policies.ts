import * as l10n from '@vscode/l10n';
import type { CachePolicy, PolicyKind } from '../../src/protocol/cachePolicy.ts';
import type { GenerationOrigin } from '../../src/protocol/generation.ts';

/** A choice of the list of policies. */
export interface PolicyChoice {
  readonly name: string;
  readonly label: string;
  /** What it begins with. */
  readonly policy: CachePolicy;
  /** Why the model can't run it. */
  readonly refusal?: string | undefined;
}

/** A number of a policy: a whole one from `min` to `max`. */
export interface PolicyField {
  readonly label: string;
  readonly title: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly changedTo: (value: number) => CachePolicy;
}

export interface PolicyView {
  /** Name of the choice that it is. */
  readonly choice: string;
  readonly fields: readonly PolicyField[];
  /** Positions that have a cell from the beginning. */
  readonly reserved: number;
  /** Whether it drops keys for good: tokens show it, and its effect is measured. */
  readonly evicts: boolean;
}

const MOST_POSITIONS = 2 ** 20;
/** What a policy begins with when it is chosen. */
const WINDOW = 16;
const SINKS = 4;
const RESERVED = 256;

const policies: {
  readonly [K in PolicyKind]: {
    readonly choices: (origin: GenerationOrigin) => readonly PolicyChoice[];
    readonly view: (policy: CachePolicy<K>) => Partial<PolicyView>;
  };
} = {
  full: {
    choices: () => [{ name: 'full', label: l10n.t('Keep everything'), policy: { kind: 'full' } }],
    view: () => ({}),
  },
  none: {
    choices: () => [{ name: 'none', label: l10n.t('No cache'), policy: { kind: 'none' } }],
    view: () => ({}),
  },
  window: {
    choices: ({ windowRefusal: refusal }) => [
      {
        name: 'window',
        label: l10n.t('Sliding window'),
        policy: { kind: 'window', window: WINDOW, sinks: 0 },
        refusal,
      },
      {
        name: 'sinks',
        label: l10n.t('Window + first positions'),
        policy: { kind: 'window', window: WINDOW, sinks: SINKS },
        refusal,
      },
    ],
    view: (policy) => ({
      choice: policy.sinks > 0 ? 'sinks' : 'window',
      evicts: true,
      fields: [
        {
          label: l10n.t('Window'),
          title: l10n.t('The newest positions that are kept'),
          value: policy.window,
          min: 1,
          max: MOST_POSITIONS,
          changedTo: (window) => ({ ...policy, window }),
        },
        {
          label: l10n.t('First'),
          title: l10n.t('Positions at the beginning that are kept too: attention sinks'),
          value: policy.sinks,
          min: 0,
          max: MOST_POSITIONS,
          changedTo: (sinks) => ({ ...policy, sinks }),
        },
      ],
    }),
  },
  preallocated: {
    choices: ({ model }) => [
      {
        name: 'preallocated',
        label: l10n.t('Preallocated'),
        policy: { kind: 'preallocated', positions: Math.min(RESERVED, model.contextLength) },
      },
    ],
    view: (policy) => ({
      reserved: policy.positions,
      fields: [
        {
          label: l10n.t('Positions'),
          title: l10n.t('Allocated at once, used or not'),
          value: policy.positions,
          min: 1,
          max: MOST_POSITIONS,
          changedTo: (positions) => ({ ...policy, positions }),
        },
      ],
    }),
  },
};

export function policyChoices(origin: GenerationOrigin): readonly PolicyChoice[] {
  return Object.values(policies).flatMap(({ choices }) => choices(origin));
}

export function policyView<K extends PolicyKind>(policy: CachePolicy<K>): PolicyView {
  const plain = { choice: policy.kind, fields: [], reserved: 0, evicts: false };
  return { ...plain, ...policies[policy.kind].view(policy) };
}
