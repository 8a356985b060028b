import {
  type CancellationToken,
  createMessageConnection,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Generation } from '../../src/model/generate/textGeneration.ts';
import type { Generations } from '../../src/model/generate/generations.ts';
import { ExplainError } from '../../src/protocol/failure.ts';
import type { GenerationState } from '../../src/protocol/generation.ts';
import {
  changeSchema,
  effectSchema,
  generationActionSchema,
  normsSchema,
  rowSchema,
  startSchema,
  triangleSchema,
} from '../../src/protocol/generationViewSchemas.ts';
import * as wire from '../../src/protocol/generationViewWire.ts';
import type { GenerationChange, GenerationSnapshot } from '../../src/protocol/generationViewWire.ts';
import { StepperState } from '../../src/stepperState.ts';
import { asResponse, PageReader, PageWriter } from './testHost.ts';

/** Stands where the extension host stands: real generations behind the real messages, each validated. */
export class GenerationHost {
  readonly state = new StepperState();
  /** What the view told, newest last. */
  readonly actions: wire.GenerationAction[] = [];
  readonly started: string[] = [];
  readonly changes: GenerationChange[] = [];
  /** Called before each change; may throw or wait. */
  beforeChange: (change: GenerationChange, token: CancellationToken) => void | Promise<void> = () => undefined;
  private connection: MessageConnection | undefined;
  private reader = new PageReader();

  constructor(
    private readonly generations: Generations,
    private readonly modelFolder: string,
    private readonly post: (json: string) => Promise<void>,
  ) {}

  receive(json: string): void {
    const message = JSON.parse(json) as Message & { readonly method?: string };
    if (message.method === wire.viewReady.method) this.connect();
    this.reader.accept(message);
  }

  async start(text: string): Promise<void> {
    const point = this.state.beginning({ text, label: 'example.ts 1', note: undefined, place: undefined });
    this.state.setStarting(point, 'running');
    const { origin, state } = await this.generations.start(
      { modelFolder: this.modelFolder, text, policy: point.policy, sampling: point.sampling, memoryBudget: 2 ** 30 },
      () => undefined,
      new AbortController().signal,
    );
    this.state.setReady(origin, state, undefined);
    await this.tell();
  }

  async tell(): Promise<void> {
    await this.connection?.sendNotification(wire.viewSnapshot, this.state.snapshot());
  }

  private connect(): void {
    this.connection?.dispose();
    this.reader = new PageReader();
    const connection = createMessageConnection(this.reader, new PageWriter(this.post));
    this.connection = connection;
    const within = async <T>(id: number, work: (generation: Generation) => T | Promise<T>): Promise<T> => {
      try {
        return await this.generations.with(id, new AbortController().signal, work);
      } catch (error) {
        throw asResponse(error);
      }
    };
    connection.onRequest(wire.viewReady, () => this.state.snapshot());
    connection.onRequest(wire.viewChange, async (params, token) => {
      const { generation, change } = changeSchema.parse(params);
      this.changes.push(change);
      try {
        await this.beforeChange(change, token);
      } catch (error) {
        throw asResponse(error);
      }
      return this.take(await within(generation, (of) => changed(of, change)));
    });
    connection.onRequest(wire.viewRow, async (params) => {
      const { generation, heads, position } = rowSchema.parse(params);
      const row = await within(generation, (of) => of.row(heads, position, new AbortController().signal));
      return { ...row, weights: Float32Array.from(row.weights).buffer };
    });
    connection.onRequest(wire.viewTriangle, async (params) => {
      const { generation, heads, resolution } = triangleSchema.parse(params);
      const slice = await within(generation, (of) => of.triangle(heads, resolution));
      return { ...slice, data: Float32Array.from(slice.data).buffer };
    });
    connection.onRequest(wire.viewNorms, async (params) => {
      const { generation, layer } = normsSchema.parse(params);
      const { positions, keys, values } = await within(generation, (of) => of.norms(layer));
      return { positions, keys: Float32Array.from(keys).buffer, values: Float32Array.from(values).buffer };
    });
    connection.onRequest(wire.viewEffect, (params) =>
      within(effectSchema.parse(params).generation, (of) => of.effect(new AbortController().signal)),
    );
    connection.onNotification(wire.viewStart, (params) => {
      const { text } = startSchema.parse(params);
      this.started.push(text);
      void this.start(text);
    });
    connection.onNotification(wire.viewAction, (params) =>
      this.actions.push(generationActionSchema.parse(params).action),
    );
    connection.listen();
  }

  private take(state: GenerationState): GenerationSnapshot {
    const snapshot = this.state.snapshot();
    if (snapshot.kind !== 'ready') throw new ExplainError({ code: 'internal', message: 'not ready', advice: '' });
    this.state.setReady(snapshot.origin, state, undefined);
    return this.state.snapshot();
  }
}

async function changed(generation: Generation, change: GenerationChange): Promise<GenerationState> {
  const { signal } = new AbortController();
  switch (change.kind) {
    case 'step':
      await generation.step(change.token, signal);
      break;
    case 'goTo':
      await generation.goTo(change.taken, signal);
      break;
    case 'returnTo':
      await generation.returnTo(change.branch, signal);
      break;
    case 'policy':
      await generation.setPolicy(change.policy, signal);
      break;
    case 'sampling':
      await generation.setSampling(change.sampling, signal);
      break;
    case 'recompute':
      await generation.recompute(signal);
  }
  return generation.state;
}
