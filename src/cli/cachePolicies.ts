import type { CachePolicy, PolicyKind } from '../protocol/cachePolicy.ts';

/** A way to write a policy behind `--cache`. */
interface PolicyForm {
  readonly form: string;
  readonly note: string;
  /** Finds the numbers of the policy. */
  readonly pattern: RegExp;
  readonly policy: (...numbers: number[]) => CachePolicy;
}

const policies: Readonly<Record<PolicyKind, readonly PolicyForm[]>> = {
  full: [{ form: 'full', note: ' (default)', pattern: /^full$/, policy: () => ({ kind: 'full' }) }],
  none: [{ form: 'none', note: '', pattern: /^none$/, policy: () => ({ kind: 'none' }) }],
  window: [
    {
      form: 'window:W',
      note: ', those of the last W positions',
      pattern: /^window:([1-9]\d{0,8})$/,
      policy: (window: number) => ({ kind: 'window', window, sinks: 0 }),
    },
    {
      form: 'window:W,sink:S',
      note: ', those of the first S positions too',
      pattern: /^window:([1-9]\d{0,8}),sink:(\d{1,9})$/,
      policy: (window: number, sinks: number) => ({ kind: 'window', window, sinks }),
    },
  ],
  // What is reserved is not written into the file of steps.
  preallocated: [],
};

const forms = Object.values(policies).flat();
const names = forms.map(({ form }) => form);

export const policyNames = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
export const policyNotes = forms.map(({ form, note }) => form + note).join('; ');

export function readCachePolicy(value: string): CachePolicy | undefined {
  const form = forms.find(({ pattern }) => pattern.test(value));
  return form?.policy(...(form.pattern.exec(value) ?? []).slice(1).map(Number));
}
