import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { Precision } from '../../../src/protocol/model.ts';
import { Icon } from '../../shared/controls.tsx';
import { scientific } from '../../shared/numbers.ts';

/** Largest difference between recomputed weights and the model's own that counts as none in fp32. */
export const TOLERANCE = 1e-4;

/** The same for numbers of any size: of the largest of them, where that is more than 1. */
export function toleranceOf(values: Float32Array): number {
  const finite = values.filter((value) => Number.isFinite(value));
  return TOLERANCE * finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
}

interface DifferenceProps {
  /** A sentence about the difference {0}. */
  readonly text: (difference: string) => string;
  readonly difference: number;
  /** The largest difference that counts as none. */
  readonly tolerance?: number;
  readonly compute: Precision;
  readonly testId: string;
}

/** How far what was computed again lies from the model's own numbers. */
export function Difference({ text, difference, tolerance = TOLERANCE, compute, testId }: DifferenceProps): JSX.Element {
  const passed = difference <= tolerance;
  return (
    <p class={passed ? 'difference passed' : 'difference'} data-testid={testId} data-difference={difference}>
      <Icon name={passed ? 'pass' : 'warning'} />
      <span>
        {text(scientific(difference))}
        {!passed &&
          ` ${l10n.t('That is more than {0}. This model computes attention in {1}.', scientific(tolerance), compute)}`}
      </span>
    </p>
  );
}
