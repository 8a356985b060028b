import type { RequestType } from 'vscode-jsonrpc';
import * as vscode from 'vscode';
import type { ModelProcess } from './modelProcess.ts';
import { ExplainError, type Failure } from './protocol/failure.ts';
import { type Answer, type HeadRoles, type InspectRequest, isAnswerTo } from './protocol/inspection.ts';
import {
  type ExplainProgress,
  type ExplainRequest,
  inspectRequest,
  overviewRequest,
  partnersRequest,
  peaksRequest,
  releaseRequest,
  sliceRequest,
} from './protocol/modelWire.ts';
import type {
  Overview,
  OverviewRequest,
  PartnersRequest,
  Peaks,
  PeaksRequest,
  RunId,
  RunSummary,
  Slice,
  SliceRequest,
  TokenPartners,
} from './protocol/run.ts';

let runCount = 0;

/**
 * One explained text whose tensors lie in the model process. When a process no longer has them (it was stopped when
 * idle, or lost between requests), the same text is run again before the request is answered. So `summary.run` is a
 * number of the host's own, and not the one under which the present process knows the run.
 */
export class RemoteRun implements vscode.Disposable {
  readonly summary: RunSummary;
  private remote: RunId;
  private renewal: Promise<void> | undefined;
  private readonly lifetime = new vscode.CancellationTokenSource();

  private constructor(
    private readonly process: ModelProcess,
    private readonly request: Omit<ExplainRequest, 'progress'>,
    summary: RunSummary,
  ) {
    this.remote = summary.run;
    this.summary = { ...summary, run: ++runCount };
  }

  /**
   * @param spare runs whose tensors are given up where the text does not fit beside them; they are renewed on demand
   * @throws ExplainError, CancellationError
   */
  static async start(
    process: ModelProcess,
    request: Omit<ExplainRequest, 'progress'>,
    onProgress: (progress: ExplainProgress) => void,
    token: vscode.CancellationToken,
    spare: readonly RemoteRun[] = [],
  ): Promise<RemoteRun> {
    const remotes = spare.map(({ remote }) => remote);
    return new RemoteRun(process, request, await process.explain({ ...request, spare: remotes }, onProgress, token));
  }

  slice(request: Omit<SliceRequest, 'run'>, token: vscode.CancellationToken): Promise<Slice> {
    return this.ask(sliceRequest, request, token);
  }

  overview(request: Omit<OverviewRequest, 'run'>, token: vscode.CancellationToken): Promise<Overview> {
    return this.ask(overviewRequest, request, token);
  }

  peaks(request: Omit<PeaksRequest, 'run'>, token: vscode.CancellationToken): Promise<Peaks> {
    return this.ask(peaksRequest, request, token);
  }

  partners(request: Omit<PartnersRequest, 'run'>, token: vscode.CancellationToken): Promise<TokenPartners> {
    return this.ask(partnersRequest, request, token);
  }

  inspect(request: Omit<InspectRequest, 'run'>, token: vscode.CancellationToken): Promise<Answer> {
    return this.ask(inspectRequest, request, token);
  }

  /** What each head does on the standard probes; `undefined` for a model in which that cannot be measured. */
  async roles(): Promise<HeadRoles | undefined> {
    try {
      const answer = await this.inspect({ question: { kind: 'roles' } }, this.lifetime.token);
      return isAnswerTo('roles', answer) ? answer : undefined;
    } catch (error) {
      if (error instanceof ExplainError && error.failure.code === 'unsupportedForm') return undefined;
      throw error;
    }
  }

  /** Frees the tensors in the model process. */
  dispose(): void {
    this.lifetime.cancel();
    this.process.notify(releaseRequest, { run: this.remote });
  }

  private async ask<P extends object, R>(
    type: RequestType<P & { readonly run: RunId }, R, Failure>,
    request: P,
    token: vscode.CancellationToken,
  ): Promise<R> {
    const remote = this.remote;
    try {
      return await this.process.request(type, { ...request, run: remote }, token);
    } catch (error) {
      if (!(error instanceof ExplainError) || error.failure.code !== 'unknownRun') throw error;
      if (remote === this.remote) await (this.renewal ??= this.renew());
      return await this.process.request(type, { ...request, run: this.remote }, token);
    }
  }

  private async renew(): Promise<void> {
    try {
      const { run } = await this.process.explain(this.request, () => undefined, this.lifetime.token);
      this.remote = run;
      if (this.lifetime.token.isCancellationRequested) this.process.notify(releaseRequest, { run });
    } finally {
      this.renewal = undefined;
    }
  }
}
