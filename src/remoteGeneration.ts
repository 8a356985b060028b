import type { RequestType } from 'vscode-jsonrpc';
import * as vscode from 'vscode';
import type { ModelProcess } from './modelProcess.ts';
import { ExplainError, type Failure } from './protocol/failure.ts';
import type {
  AttentionRow,
  AttentionRowRequest,
  CacheNorms,
  GenerationId,
  GenerationOrigin,
  GenerationState,
  PolicyEffect,
  TriangleRequest,
} from './protocol/generation.ts';
import type { GenerationChange } from './protocol/generationViewWire.ts';
import {
  attentionRow,
  attentionTriangle,
  cacheNorms,
  closeGeneration,
  goToToken,
  policyEffect,
  recomputeStep,
  type ResumedToken,
  returnToBranch,
  setCachePolicy,
  setSampling,
  type StartGenerationRequest,
  stepGeneration,
} from './protocol/generationWire.ts';
import type { ExplainStage } from './protocol/modelWire.ts';
import type { Slice } from './protocol/run.ts';

type Start = Omit<StartGenerationRequest, 'progress' | 'resume'>;

let generationCount = 0;

/**
 * One generation, whose cache lies in the model process. When a process no longer has it (it was stopped when idle, or
 * lost between requests), it is started again from the same tokens before the request is answered; its branches are
 * lost. So `origin.generation` is a number of the host's own.
 */
export class RemoteGeneration implements vscode.Disposable {
  readonly origin: GenerationOrigin;
  /** Times that it was started again. */
  renewals = 0;
  private remote: GenerationId;
  private renewal: Promise<void> | undefined;
  private readonly lifetime = new vscode.CancellationTokenSource();

  private constructor(
    private readonly process: ModelProcess,
    private readonly request: Start,
    origin: GenerationOrigin,
    private current: GenerationState,
  ) {
    this.remote = origin.generation;
    this.origin = { ...origin, generation: ++generationCount };
  }

  /** @throws ExplainError, CancellationError */
  static async start(
    process: ModelProcess,
    request: Start,
    resume: readonly ResumedToken[],
    onStage: (stage: ExplainStage) => void,
    token: vscode.CancellationToken,
  ): Promise<RemoteGeneration> {
    const { origin, state } = await process.generate({ ...request, resume }, onStage, token);
    return new RemoteGeneration(process, { ...request, text: origin.prompt }, origin, state);
  }

  get state(): GenerationState {
    return this.current;
  }

  /** Changes the generation; the new state is in `state`. */
  async change(change: GenerationChange, token: vscode.CancellationToken): Promise<void> {
    const { remote } = this;
    this.current = await this.ask(async (generation) => {
      // The branch that was meant is gone with the process that knew it.
      const isGone = change.kind === 'returnTo' && generation !== remote;
      return isGone ? this.current : this.send(change, generation, token);
    });
  }

  row(request: Omit<AttentionRowRequest, 'generation'>, token: vscode.CancellationToken): Promise<AttentionRow> {
    return this.ask((generation) => this.process.request(attentionRow, { ...request, generation }, token));
  }

  triangle(request: Omit<TriangleRequest, 'generation'>, token: vscode.CancellationToken): Promise<Slice> {
    return this.ask((generation) => this.process.request(attentionTriangle, { ...request, generation }, token));
  }

  norms(layer: number, token: vscode.CancellationToken): Promise<CacheNorms> {
    return this.ask((generation) => this.process.request(cacheNorms, { generation, layer }, token));
  }

  effect(token: vscode.CancellationToken): Promise<PolicyEffect> {
    return this.ask((generation) => this.process.request(policyEffect, { generation }, token));
  }

  /** Frees the cache in the model process. */
  dispose(): void {
    this.lifetime.cancel();
    this.process.notify(closeGeneration, { generation: this.remote });
  }

  private send(
    change: GenerationChange,
    generation: GenerationId,
    token: vscode.CancellationToken,
  ): Promise<GenerationState> {
    const ask = <P>(type: RequestType<P, GenerationState, Failure>, params: P): Promise<GenerationState> =>
      this.process.request(type, params, token);
    switch (change.kind) {
      case 'step':
        return ask(stepGeneration, { generation, token: change.token });
      case 'goTo':
        return ask(goToToken, { generation, taken: change.taken });
      case 'returnTo':
        return ask(returnToBranch, { generation, branch: change.branch });
      case 'policy':
        return ask(setCachePolicy, { generation, policy: change.policy });
      case 'sampling':
        return ask(setSampling, { generation, sampling: change.sampling });
      case 'recompute':
        return ask(recomputeStep, { generation });
    }
  }

  private async ask<R>(send: (generation: GenerationId) => Promise<R>): Promise<R> {
    const { remote } = this;
    try {
      return await send(remote);
    } catch (error) {
      if (!(error instanceof ExplainError) || error.failure.code !== 'unknownRun') throw error;
      if (remote === this.remote) await (this.renewal ??= this.renew());
      return send(this.remote);
    }
  }

  private async renew(): Promise<void> {
    const { tokens, taken, sampling, cache } = this.current;
    const { token } = this.lifetime;
    try {
      const request = { ...this.request, sampling, policy: cache.policy, resume: resumable(tokens) };
      const started = await this.process.generate(request, () => undefined, token);
      this.remote = started.origin.generation;
      this.renewals++;
      if (token.isCancellationRequested) this.process.notify(closeGeneration, { generation: this.remote });
      else this.current = await this.send({ kind: 'goTo', taken }, this.remote, token);
    } finally {
      this.renewal = undefined;
    }
  }
}

/** What of a state's tokens a start needs to take them over. */
function resumable(tokens: GenerationState['tokens']): readonly ResumedToken[] {
  return tokens.map(({ id, probability, chosenBy }) => ({ id, probability, chosenBy }));
}
