import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import type { Message } from 'vscode-jsonrpc/node';
import type { Engine } from '../../src/model/engine.ts';
import { revealTokenSchema } from '../../src/protocol/compareSchemas.ts';
import * as wire from '../../src/protocol/compareWire.ts';
import type { CompareSnapshot, ContextPlace, Pair } from '../../src/protocol/compareWire.ts';
import type { InspectRequest } from '../../src/protocol/inspection.ts';
import { inspectSchema } from '../../src/protocol/inspectionSchemas.ts';
import { packed } from '../../src/protocol/packed.ts';
import { actionSchema, peaksSchema, sliceSchema } from '../../src/protocol/panelSchemas.ts';
import type { PanelAction } from '../../src/protocol/panelWire.ts';
import { packSlice } from '../../src/protocol/viewSlice.ts';
import type { RunSummary } from '../../src/protocol/run.ts';
import { asResponse, PageReader, PageWriter, signalOf, testSource } from './testHost.ts';

/** Stands where the extension host stands for «Compare Contexts»: answers from a real engine, and validates messages. */
export class CompareHost {
  readonly actions: PanelAction[] = [];
  readonly revealed: wire.RevealRequest[] = [];
  /** Called for each question before it is answered; may throw. */
  beforeInspect: (request: InspectRequest) => void = () => undefined;
  private snapshot: CompareSnapshot = { kind: 'empty' };
  private connection: MessageConnection | undefined;
  private reader = new PageReader();

  constructor(
    private readonly engine: Engine,
    private readonly post: (json: string) => Promise<void>,
  ) {}

  receive(json: string): void {
    const message = JSON.parse(json) as Message & { readonly method?: string };
    if (message.method === wire.compareReady.method) this.connect();
    this.reader.accept(message);
  }

  async show(snapshot: CompareSnapshot): Promise<void> {
    this.snapshot = snapshot;
    await this.connection?.sendNotification(wire.compareSnapshot, snapshot);
  }

  async ready(
    summaries: Pair<RunSummary>,
    changes: { readonly stale?: boolean; readonly words?: Pair<ContextPlace['word']> } = {},
  ): Promise<void> {
    const [first, second] = summaries.map((summary, side) => ({
      kind: 'ready' as const,
      source: { ...testSource, label: `crane.txt ${side + 1}`, fileName: 'crane.txt', firstLine: side + 1 },
      summary,
      stale: changes.stale ?? false,
      place: { uri: `file:///crane-${side}.txt`, start: 0, end: summary.text.length, word: changes.words?.[side] },
    }));
    await this.show({ kind: 'open', contexts: [first!, second!] });
  }

  private connect(): void {
    this.connection?.dispose();
    this.reader = new PageReader();
    const connection = createMessageConnection(this.reader, new PageWriter(this.post));
    this.connection = connection;
    connection.onRequest(wire.compareReady, () => this.snapshot);
    connection.onRequest(wire.comparePeaks, (params, token) =>
      this.engine.peaks(peaksSchema.parse(params), signalOf(token)),
    );
    connection.onRequest(wire.compareSlice, async (params, token) => {
      const request = sliceSchema.parse(params);
      return packSlice(await this.engine.slice(request, signalOf(token)), request.precision);
    });
    connection.onRequest(wire.comparePeaks, (params, token) =>
      this.engine.peaks(peaksSchema.parse(params), signalOf(token)),
    );
    connection.onRequest(wire.compareInspect, async (params, token) => {
      try {
        const request = inspectSchema.parse(params);
        this.beforeInspect(request);
        return packed(await this.engine.inspect(request, signalOf(token)));
      } catch (error) {
        throw asResponse(error);
      }
    });
    connection.onNotification(wire.compareReveal, (params) => this.revealed.push(revealTokenSchema.parse(params)));
    connection.onNotification(wire.compareAction, (params) => this.actions.push(actionSchema.parse(params).action));
    connection.listen();
  }
}
