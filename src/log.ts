import * as vscode from 'vscode';
import { ExplainError, type Failure, type FailureCode } from './protocol/failure.ts';

/** The failure that an error stands for; one that was not foreseen becomes `internal`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ExplainError) return error.failure;
  return {
    code: 'internal',
    message: vscode.l10n.t(
      'Something unexpected happened: {0}',
      error instanceof Error ? error.message : String(error),
    ),
    advice: vscode.l10n.t('Run again; if it happens again, report it with the log.'),
  };
}

const toasted: ReadonlySet<FailureCode> = new Set(['internal', 'processLost', 'notWritten']);

/** Logs a failure and, where the log says more than the panel does, shows one toast that opens it. */
export function reportFailure(log: vscode.LogOutputChannel, failure: Failure, error: unknown): void {
  const cause = error instanceof ExplainError ? error.cause : error;
  log.error(`${failure.code}: ${failure.message}`, ...(cause === undefined ? [] : [cause]));
  if (!toasted.has(failure.code)) return;
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(failure.message, showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
