import type { ComponentChildren, JSX } from 'preact';
import { labelParts, quotedName } from './tokenLabel.ts';

export function Icon({ name, className = '' }: { readonly name: string; readonly className?: string }): JSX.Element {
  return <span class={`codicon codicon-${name} ${className}`} aria-hidden="true" />;
}

interface ButtonProps {
  readonly label: string;
  readonly icon: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly testId?: string;
}

export function IconButton({ label, icon, onClick, disabled, pressed, testId }: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      data-testid={testId}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

interface Choice<T extends string> {
  readonly value: T;
  readonly text: string;
  readonly title: string;
  readonly disabled?: boolean;
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChoose: (value: T) => void;
  /** Called for a click on the value that is chosen already. */
  readonly onRepeat?: (value: T) => void;
}

/** A row of buttons of which one is chosen; arrow keys move the choice. */
export function Segments<T extends string>({
  label,
  value,
  choices,
  onChoose,
  onRepeat,
}: SegmentsProps<T>): JSX.Element {
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const open = choices.filter(({ disabled }) => disabled !== true);
    const place = open.findIndex((choice) => choice.value === value);
    const next = (place + step + open.length) % open.length;
    onChoose(open[next]!.value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=radio]:enabled')[next]?.focus();
  };
  return (
    <div class="segments" role="radiogroup" aria-label={label} onKeyDown={move}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          title={choice.title}
          disabled={choice.disabled}
          onClick={() => (choice.value === value ? onRepeat?.(value) : onChoose(choice.value))}
        >
          {choice.text}
        </button>
      ))}
    </div>
  );
}

/** A token's text with signs for what cannot be seen. */
export function TokenLabel({ name }: { readonly name: string }): JSX.Element {
  return (
    <bdi class="token-label">
      {labelParts(name).map(({ text, glyph }, place) =>
        glyph ? (
          <span key={place} class="glyph">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}

/** A token as a word in a sentence. */
export function Quoted({ name }: { readonly name: string }): JSX.Element {
  return (
    <b class="quoted">
      “<TokenLabel name={quotedName(name)} />”
    </b>
  );
}

/** A translated sentence whose {0}, {1}, … are elements. */
export function Sentence({
  text,
  parts,
}: {
  readonly text: string;
  readonly parts: readonly ComponentChildren[];
}): JSX.Element {
  return <>{text.split(/\{(\d+)\}/).map((piece, place) => (place % 2 === 0 ? piece : parts[Number(piece)]))}</>;
}
