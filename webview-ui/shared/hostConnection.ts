import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/browser';

/** What VS Code gives to a webview, once. */
export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Opens the JSON-RPC connection with the extension host: one plain message object per `postMessage`. */
export function connectToHost(api: VsCodeApi): MessageConnection {
  return createMessageConnection(new WindowReader(), new HostWriter(api));
}

class WindowReader extends AbstractMessageReader implements MessageReader {
  listen(callback: DataCallback): Disposable {
    const receive = (event: MessageEvent<unknown>): void => {
      if (isMessage(event.data)) callback(event.data);
    };
    window.addEventListener('message', receive);
    return { dispose: () => window.removeEventListener('message', receive) };
  }
}

class HostWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly api: VsCodeApi) {
    super();
  }

  async write(message: Message): Promise<void> {
    this.api.postMessage(message);
  }

  end(): void {
    // The page and its channel end together.
  }
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'jsonrpc' in data;
}
