import { ResponseError } from 'vscode-jsonrpc/browser';
import * as l10n from '@vscode/l10n';
import type { Failure } from '../../src/protocol/failure.ts';

/** A value that is asked for: under way, there, or not to be had. */
export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

export const LOADING = { kind: 'loading' } as const;

/** Applies a function to a value once it is there. */
export function mapLoaded<T, U>(loaded: Loaded<T>, change: (value: T) => U): Loaded<U> {
  return loaded.kind === 'ready' ? { kind: 'ready', value: change(loaded.value) } : loaded;
}

/** The failure that crossed the wire with an error, or the error itself in words. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ResponseError && isFailure(error.data)) return error.data;
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    advice: l10n.t('Run the explanation again; the log says more.'),
  };
}

/** Numbers as they travel: the bytes of a Float32Array. */
export function floats(data: ArrayBuffer, length: number | undefined): Float32Array {
  const values = new Float32Array(data);
  if (length !== undefined && values.length !== length) {
    throw new Error(l10n.t('The answer holds {0} numbers instead of {1}.', values.length, length));
  }
  return values;
}

function isFailure(data: unknown): data is Failure {
  return typeof data === 'object' && data !== null && 'message' in data && 'advice' in data && 'code' in data;
}
