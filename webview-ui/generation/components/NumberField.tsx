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

/** A number with its name; what is not within its bounds is put back. */
export function NumberField({ label, title, value, min, max, step, onChange }: NumberFieldProps): JSX.Element {
  return (
    <label class="number-field" title={title}>
      <span>{label}</span>
      <input
        type="number"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget: input }) => {
          if (input.value !== '' && input.valueAsNumber >= min && input.valueAsNumber <= max) {
            onChange(step === 1 ? Math.round(input.valueAsNumber) : input.valueAsNumber);
          } else input.value = String(value);
        }}
      />
    </label>
  );
}
