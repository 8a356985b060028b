/** Why something the user asked for could not be done. */
export type FailureCode =
  | 'modelFolder'
  | 'modelFile'
  | 'noAttention'
  | 'unsupportedForm'
  | 'selfCheck'
  | 'emptyText'
  | 'overBudget'
  | 'unknownRun'
  | 'processLost'
  | 'notWritten'
  | 'cancelled'
  | 'internal';

/**
 * A failure in words for the user. It crosses both wires as the `data` of a JSON-RPC error.
 * `message` says what happened, `advice` what to do.
 */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly advice: string;
}

/** Throw this for anything the user can act on; everything else reaches the user as `internal`. */
export class ExplainError extends Error {
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(`${failure.message} ${failure.advice}`, options);
    this.name = 'ExplainError';
  }
}
