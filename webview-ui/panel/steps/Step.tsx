import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface StepProps {
  readonly number: number;
  readonly title: string;
  /** One sentence: what happens here, and why. */
  readonly idea: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** One step on the way from two vectors to what leaves the head. */
export function Step({ number, title, idea, tools, children }: StepProps): JSX.Element {
  return (
    <section class="step" data-testid={`step-${number}`}>
      <header>
        <span class="step-number" aria-hidden="true">
          {number}
        </span>
        <h3>{title}</h3>
        <span class="grow" />
        {tools}
      </header>
      <p class="idea muted">{idea}</p>
      {children}
    </section>
  );
}

export interface Working {
  readonly name: string;
  /** What is done with the number above. */
  readonly operation?: string;
  readonly value: string;
  /** Whether the number is what the step is about. */
  readonly result?: boolean;
}

/** A calculation, line by line. */
export function Workings({
  lines,
  testId,
}: {
  readonly lines: readonly Working[];
  readonly testId: string;
}): JSX.Element {
  return (
    <table class="workings" data-testid={testId}>
      <tbody>
        {lines.map(({ name, operation, value, result }) => (
          <tr key={name} class={result ? 'result' : ''}>
            <th scope="row">{name}</th>
            <td class="muted">{operation}</td>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface TwinProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** The cells of a row, its name first. */
  readonly row: (place: number) => readonly string[];
}

/** Longest table for screen readers; arrow keys on the plot reach the rest. */
const LONGEST = 64;

/** The numbers of a plot as a table, for screen readers. It follows the plot: what is seen does not wait for it. */
export function Twin(props: TwinProps): JSX.Element {
  const [shown, show] = useState<TwinProps | undefined>(undefined);
  useEffect(() => show(props));
  return <div class="screen-reader">{shown && <TwinTable {...shown} />}</div>;
}

function TwinTable({ caption, columns, rows, row }: TwinProps): JSX.Element {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: Math.min(rows, LONGEST) }, (_, place) => {
          const [name, ...values] = row(place);
          return (
            <tr key={place}>
              <th scope="row">{name}</th>
              {values.map((value, column) => (
                <td key={column}>{value}</td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
