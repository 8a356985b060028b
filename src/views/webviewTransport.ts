import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import type { Webview } from 'vscode';

/** Reads the messages of a webview: one plain JSON-RPC object per `postMessage`. */
export class WebviewReader extends AbstractMessageReader implements MessageReader {
  private callback: DataCallback | undefined;

  listen(callback: DataCallback): Disposable {
    this.callback = callback;
    return { dispose: () => (this.callback = undefined) };
  }

  /** Takes what the webview posted; what is no JSON-RPC message is reported by the connection and left aside. */
  accept(message: unknown): void {
    this.callback?.(message as Message);
  }
}

export class WebviewWriter extends AbstractMessageWriter implements MessageWriter {
  private open = true;

  constructor(private readonly webview: Webview) {
    super();
  }

  async write(message: Message): Promise<void> {
    if (this.open) await this.webview.postMessage(message);
  }

  end(): void {
    this.open = false;
  }

  override dispose(): void {
    this.end();
    super.dispose();
  }
}
