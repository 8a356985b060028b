import * as l10n from '@vscode/l10n';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

interface NumberFieldProps {
  readonly label: string;
  readonly title: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/**
 * A number with its name. What is typed is the field's own until it is left or confirmed, whatever is drawn meanwhile;
 * what is not within the bounds is put back, and that is said.
 */
export function NumberField({ label, title, value, min, max, step, onChange }: NumberFieldProps): JSX.Element {
  const draft = useSignal<string | undefined>(undefined);
  const isRefused = useSignal(false);
  const commit = (input: HTMLInputElement): void => {
    draft.value = undefined;
    const { valueAsNumber: entry } = input;
    isRefused.value = !(entry >= min && entry <= max);
    if (isRefused.value) input.value = String(value);
    else onChange(step === 1 ? Math.round(entry) : entry);
  };
  return (
    <>
      <label class="number-field" title={title}>
        <span>{label}</span>
        <input
          type="number"
          value={draft.value ?? value}
          min={min}
          max={max}
          step={step}
          onInput={({ currentTarget }) => {
            draft.value = currentTarget.value;
            isRefused.value = false;
          }}
          onChange={({ currentTarget }) => commit(currentTarget)}
          onBlur={() => (draft.value = undefined)}
        />
      </label>
      {isRefused.value && (
        <p class="refused small" role="alert">
          {l10n.t('{0}: a number from {1} to {2} is needed.', label, min, max)}
        </p>
      )}
    </>
  );
}
