import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  type RequestType,
  ResponseError,
} from 'vscode-jsonrpc/node';
import * as vscode from 'vscode';
import { allocatorEnvironment } from './protocol/allocator.ts';
import { ExplainError, type Failure } from './protocol/failure.ts';
import { startGeneration, type StartedGeneration, type StartGenerationRequest } from './protocol/generationWire.ts';
import {
  type ExplainProgress,
  explainProgress,
  explainRequest,
  type ExplainRequest,
  type ExplainStage,
} from './protocol/modelWire.ts';
import type { RunSummary } from './protocol/run.ts';

/** A forward pass blocks the process: this long it may take to notice a cancellation before it is replaced. */
const CANCEL_GRACE_MS = 1000;

export interface ModelProcessOptions {
  /** The bundle that is forked. */
  readonly modulePath: string;
  readonly cacheFolder: string;
  readonly log: vscode.LogOutputChannel;
  /** Both are read anew: threads at each start, the idle time after each request. */
  readonly settings: { readonly threads: number; readonly idleMilliseconds: number };
}

/**
 * The host's side of the model process: starts it with the first request, restarts it with the first request after
 * it was lost, stops it when it is idle. Requests fail with ExplainError, or CancellationError once cancelled.
 */
export class ModelProcess implements vscode.Disposable {
  private child: Child | undefined;
  private pending = 0;
  private progressCount = 0;
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ModelProcessOptions) {}

  /** Its process id while it runs. */
  get id(): number | undefined {
    return this.child?.id;
  }

  /** Explains a text. */
  explain(
    request: Omit<ExplainRequest, 'progress'>,
    onProgress: (progress: ExplainProgress) => void,
    token: vscode.CancellationToken,
  ): Promise<RunSummary> {
    return this.inStages(explainRequest, (progress) => ({ ...request, progress }), onProgress, token);
  }

  /** Starts a generation. */
  generate(
    request: Omit<StartGenerationRequest, 'progress'>,
    onStage: (stage: ExplainStage) => void,
    token: vscode.CancellationToken,
  ): Promise<StartedGeneration> {
    return this.inStages(
      startGeneration,
      (progress) => ({ ...request, progress }),
      ({ stage }) => onStage(stage),
      token,
    );
  }

  request<P, R>(type: RequestType<P, R, Failure>, params: P, token: vscode.CancellationToken): Promise<R> {
    return this.whileBusy(token, (child) => child.request(type, params, token));
  }

  /** Sends a request whose answer nobody waits for; nothing happens when no process runs. */
  notify<P>(type: RequestType<P, void, Failure>, params: P): void {
    this.child?.request(type, params).catch((error: unknown) => {
      this.options.log.debug(`${type.method}:`, error);
    });
  }

  /** Ends the process; requests under way are sent again to the next one. */
  restart(): void {
    this.stop('restart');
  }

  dispose(): void {
    clearTimeout(this.idleTimer);
    this.stop('the extension stops');
  }

  /** Sends a request that tells its stages; once cancelled, a process that does not answer soon is replaced. */
  private inStages<P, R>(
    type: RequestType<P, R, Failure>,
    request: (progress: string) => P,
    onProgress: (progress: ExplainProgress) => void,
    token: vscode.CancellationToken,
  ): Promise<R> {
    const progress = `request-${++this.progressCount}`;
    return this.whileBusy(token, async (child) => {
      const listener = child.connection.onProgress(explainProgress, progress, onProgress);
      let grace: NodeJS.Timeout | undefined;
      const cancelled = token.onCancellationRequested(() => {
        grace = setTimeout(() => this.stop('it did not answer a cancellation'), CANCEL_GRACE_MS);
      });
      try {
        return await child.request(type, request(progress), token);
      } finally {
        clearTimeout(grace);
        cancelled.dispose();
        listener.dispose();
      }
    });
  }

  private async whileBusy<R>(token: vscode.CancellationToken, work: (child: Child) => Promise<R>): Promise<R> {
    clearTimeout(this.idleTimer);
    this.pending++;
    try {
      for (;;) {
        throwIfCancelled(token);
        const child = (this.child ??= this.start());
        try {
          return await work(child);
        } catch (error) {
          throwIfCancelled(token);
          if (!child.replaced) throw child.meaningOf(error);
        }
      }
    } finally {
      this.pending--;
      this.restIfIdle();
    }
  }

  private restIfIdle(): void {
    const { idleMilliseconds } = this.options.settings;
    if (this.pending > 0 || idleMilliseconds === 0) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.stop('idle'), idleMilliseconds);
  }

  private start(): Child {
    const { modulePath, cacheFolder, log, settings } = this.options;
    const forked = fork(modulePath, ['--cache', cacheFolder, '--threads', String(settings.threads)], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...process.env, ...allocatorEnvironment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const child = new Child(forked, log, () => {
      if (this.child === child) this.child = undefined;
    });
    return child;
  }

  private stop(reason: string): void {
    if (this.child === undefined) return;
    this.options.log.info(`Model process ${this.child.id} is stopped: ${reason}`);
    this.child.replace();
    this.child = undefined;
  }
}

/** One process with its connection, from start to exit. */
class Child {
  readonly connection: MessageConnection;
  /** Ended on purpose: its requests may be sent again. */
  replaced = false;
  private end: string | undefined;

  constructor(
    private readonly process: ChildProcess,
    log: vscode.LogOutputChannel,
    onEnd: () => void,
  ) {
    this.connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process), {
      error: (message) => log.error(message),
      warn: (message) => log.warn(message),
      info: (message) => log.info(message),
      log: (message) => log.debug(message),
    });
    const end = (what: string): void => {
      if (this.end !== undefined) return;
      this.end = what;
      if (!this.replaced) log.error(`Model process ${process.pid} ended: ${what}`);
      onEnd();
      this.connection.dispose();
    };
    process.once('error', (error) => end(error.message));
    process.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    if (process.stdout) createInterface(process.stdout).on('line', (line) => log.debug(`[model] ${line}`));
    if (process.stderr) createInterface(process.stderr).on('line', (line) => log.warn(`[model] ${line}`));
    this.connection.listen();
    log.info(`Model process ${process.pid} started`);
  }

  get id(): number | undefined {
    return this.process.pid;
  }

  async request<P, R>(type: RequestType<P, R, Failure>, params: P, token?: vscode.CancellationToken): Promise<R> {
    return this.connection.sendRequest(type, params, token);
  }

  replace(): void {
    this.replaced = true;
    // A blocked process handles no gentler signal.
    this.process.kill('SIGKILL');
    this.connection.dispose();
  }

  /** What a rejected request means: a failure for the user where there is one. */
  meaningOf(error: unknown): unknown {
    if (this.end !== undefined || !this.process.connected) {
      return new ExplainError({
        code: 'processLost',
        message: vscode.l10n.t('The model process ended while it was working ({0}).', this.end ?? 'disconnected'),
        advice: vscode.l10n.t('Run again: a new process starts by itself. If it ends again, select less text.'),
      });
    }
    return error instanceof ResponseError && isFailure(error.data) ? new ExplainError(error.data) : error;
  }
}

function throwIfCancelled(token: vscode.CancellationToken): void {
  if (token.isCancellationRequested) throw new vscode.CancellationError();
}

function isFailure(data: unknown): data is Failure {
  const failure = data as Partial<Failure> | null | undefined;
  return typeof failure?.code === 'string' && typeof failure.message === 'string' && typeof failure.advice === 'string';
}
