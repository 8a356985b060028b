import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  ResponseError,
  type CancellationToken,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { Engine } from '../../src/model/engine.ts';
import type { ExportFormat, PictureFormat } from '../../src/protocol/exportFormat.ts';
import { ExplainError, type Failure } from '../../src/protocol/failure.ts';
import type { InspectRequest } from '../../src/protocol/inspection.ts';
import { inspectSchema } from '../../src/protocol/inspectionSchemas.ts';
import { packed } from '../../src/protocol/packed.ts';
import {
  actionSchema,
  exportSchema,
  focusSchema,
  hoverSchema,
  overviewSchema,
  peaksSchema,
  pictureSchema,
  revealSchema,
  sliceSchema,
} from '../../src/protocol/panelSchemas.ts';
import * as wire from '../../src/protocol/panelWire.ts';
import type { Focus, PanelSnapshot, Source } from '../../src/protocol/panelWire.ts';
import { packSlice } from '../../src/protocol/viewSlice.ts';
import type { RunSummary, SliceRequest } from '../../src/protocol/run.ts';

/** What the view told the host, newest last. */
interface Heard {
  readonly focus: Focus[];
  readonly hover: (number | undefined)[];
  readonly reveal: number[];
  readonly actions: wire.PanelAction[];
  readonly exports: ExportFormat[];
}

/**
 * Stands where the extension host stands: owns the snapshot, answers from a real engine, and validates every message.
 * Messages go as JSON text, as VS Code sends them: what is undefined arrives as absent.
 */
export class TestHost {
  readonly heard: Heard = { focus: [], hover: [], reveal: [], actions: [], exports: [] };
  /** Called for each slice before it is answered; may throw or wait. */
  beforeSlice: (request: SliceRequest) => void | Promise<void> = () => undefined;
  /** Called for each inspection before it is answered; may throw or wait. */
  beforeInspect: (request: InspectRequest, signal: AbortSignal) => void | Promise<void> = () => undefined;
  /** Whether a change of focus is answered by a snapshot at once. */
  answersFocus = true;
  snapshot: PanelSnapshot = { kind: 'empty' };
  private connection: MessageConnection | undefined;
  private reader = new PageReader();

  constructor(
    private readonly engine: Engine,
    private readonly post: (json: string) => Promise<void>,
  ) {}

  /** Takes a message of the page; a page that is ready gets a connection of its own. */
  receive(json: string): void {
    const message = JSON.parse(json, buffers) as Message & { readonly method?: string };
    if (message.method === wire.panelReady.method) this.connect();
    this.reader.accept(message);
  }

  async show(snapshot: PanelSnapshot): Promise<void> {
    this.snapshot = snapshot;
    await this.connection?.sendNotification(wire.panelSnapshot, snapshot);
  }

  async highlight(token: number | undefined): Promise<void> {
    await this.connection?.sendNotification(wire.panelHighlight, { token });
  }

  async ready(summary: RunSummary, changes: Partial<Extract<PanelSnapshot, { kind: 'ready' }>> = {}): Promise<void> {
    const focus: Focus = { heads: { kind: 'head', layer: 2, head: 1 }, quantity: 'weight', direction: 'looksAt' };
    await this.show({
      kind: 'ready',
      source: testSource,
      summary,
      focus,
      stale: false,
      guide: [],
      restore: { uri: 'file:///example.ts', start: 0, end: summary.text.length, focus },
      ...changes,
    });
  }

  private connect(): void {
    this.connection?.dispose();
    this.reader = new PageReader();
    const connection = createMessageConnection(this.reader, new PageWriter(this.post));
    this.connection = connection;
    connection.onRequest(wire.panelReady, () => this.snapshot);
    connection.onRequest(wire.panelSlice, async (params, token) => {
      const request = sliceSchema.parse(params);
      try {
        await this.beforeSlice(request);
        return packSlice(await this.engine.slice(request, signalOf(token)), request.precision);
      } catch (error) {
        throw asResponse(error);
      }
    });
    connection.onRequest(wire.panelOverview, async (params, token) => {
      const { side, data } = await this.engine.overview(overviewSchema.parse(params), signalOf(token));
      return { side, data: data.buffer as ArrayBuffer };
    });
    connection.onRequest(wire.panelPeaks, (params, token) =>
      this.engine.peaks(peaksSchema.parse(params), signalOf(token)),
    );
    connection.onRequest(wire.panelInspect, async (params, token) => {
      const request = inspectSchema.parse(params);
      const signal = signalOf(token);
      try {
        await this.beforeInspect(request, signal);
        return packed(await this.engine.inspect(request, signal));
      } catch (error) {
        throw asResponse(error);
      }
    });
    connection.onNotification(wire.panelFocus, (params) => void this.refocus(focusSchema.parse(params)));
    connection.onNotification(wire.panelHover, (params) => this.heard.hover.push(hoverSchema.parse(params).token));
    connection.onNotification(wire.panelReveal, (params) => this.heard.reveal.push(revealSchema.parse(params).token));
    connection.onNotification(wire.panelExport, (params) => this.heard.exports.push(exportSchema.parse(params).format));
    connection.onNotification(wire.panelAction, (params) => this.heard.actions.push(actionSchema.parse(params).action));
    connection.listen();
  }

  /** What the page draws of what it shows. */
  async picture(run: RunSummary['run'], format: PictureFormat): Promise<wire.Picture> {
    return pictureSchema.parse(await this.connection!.sendRequest(wire.panelPicture, { run, format }));
  }

  private async refocus(focus: Focus): Promise<void> {
    this.heard.focus.push(focus);
    if (this.answersFocus) await this.answer(focus);
  }

  async answer(focus: Focus): Promise<void> {
    if (this.snapshot.kind !== 'ready') return;
    await this.show({ ...this.snapshot, focus, restore: { ...this.snapshot.restore, focus } });
  }
}

export const testSource: Source = {
  label: 'example.ts 12–19',
  fileName: 'example.ts',
  firstLine: 12,
  languageId: 'typescript',
  note: undefined,
  offersFile: false,
  preceding: 'nothing',
};

/** Turns base64 back into the bytes that VS Code would carry. */
function buffers(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  return Uint8Array.from(Buffer.from(String(value.base64), 'base64')).buffer;
}

export class PageReader extends AbstractMessageReader {
  private callback: DataCallback | undefined;

  listen(callback: DataCallback): Disposable {
    this.callback = callback;
    return { dispose: () => (this.callback = undefined) };
  }

  accept(message: Message): void {
    this.callback?.(message);
  }
}

export class PageWriter extends AbstractMessageWriter {
  constructor(private readonly post: (json: string) => Promise<void>) {
    super();
  }

  write(message: Message): Promise<void> {
    return this.post(
      JSON.stringify(message, (_, value: unknown) =>
        value instanceof ArrayBuffer ? { base64: Buffer.from(value).toString('base64') } : value,
      ),
    );
  }

  end(): void {
    // The page and its channel end together.
  }
}

export function signalOf(token: CancellationToken): AbortSignal {
  const cancelled = new AbortController();
  token.onCancellationRequested(() => cancelled.abort());
  return cancelled.signal;
}

export function asResponse(error: unknown): unknown {
  return error instanceof ExplainError ? new ResponseError<Failure>(-32000, error.message, error.failure) : error;
}
