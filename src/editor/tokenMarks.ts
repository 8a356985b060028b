import * as vscode from 'vscode';
import { HEAT_LEVELS, heatLevels } from '../attention/heat.ts';
import type { Explanation } from '../explanation.ts';
import type { SliceRequest } from '../protocol/run.ts';
import type { RemoteRun } from '../remoteRun.ts';
import type { EditorDecorations, Marks } from './decorations.ts';
import type { OffsetRange } from './trackedText.ts';

/** Most early decoders give their first token what they have no use for; it does not set the scale of the heat. */
const SINK = 0;

/** Keeps the marks in the editor true to an explanation: the pinned token, the lit one, the heat of either. */
export class TokenMarks implements vscode.Disposable {
  private lit: number | undefined;
  private levels: Uint8Array | undefined;
  /** What `#levels` was or is being fetched for. */
  private subject: string | undefined;
  private fetch = new vscode.CancellationTokenSource();

  constructor(
    private readonly explanation: Explanation,
    private readonly run: RemoteRun,
    private readonly decorations: EditorDecorations,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Lights the token under the pointer of a view. */
  light(token: number | undefined): void {
    this.lit = token;
    this.update();
  }

  /** To be called after every change of the explanation. */
  update(): void {
    const { focus } = this.explanation;
    const token = this.hotToken;
    const subject = JSON.stringify([token, focus.heads, focus.quantity, focus.direction]);
    if (subject !== this.subject) {
      this.subject = subject;
      this.levels = undefined;
      this.fetch.cancel();
      this.fetch = new vscode.CancellationTokenSource();
      if (token !== undefined) void this.fetchLevels(token, this.fetch.token);
    }
    this.draw();
  }

  dispose(): void {
    this.fetch.cancel();
    this.decorations.clear();
  }

  /** Hovering previews, but a pin holds. */
  private get hotToken(): number | undefined {
    return this.explanation.focus.token ?? this.lit;
  }

  private async fetchLevels(token: number, cancellation: vscode.CancellationToken): Promise<void> {
    try {
      const slice = await this.run.slice(lineOf(this.explanation, token, this.run.summary.tokens.length), cancellation);
      if (cancellation.isCancellationRequested) return;
      this.levels = heatLevels(slice.data, SINK);
      this.draw();
    } catch (error) {
      if (!cancellation.isCancellationRequested) this.onError(error);
    }
  }

  private draw(): void {
    const { explanation } = this;
    if (explanation.stale || explanation.closed) {
      this.decorations.clear();
      return;
    }
    const place = (token: number | undefined): OffsetRange | undefined =>
      token === undefined ? undefined : this.visibleRangeOf(token);
    this.decorations.show(explanation.uri, {
      pinned: place(explanation.focus.token),
      lit: place(this.lit),
      heat: this.heat(),
    });
  }

  private heat(): Marks['heat'] {
    const byLevel: OffsetRange[][] = Array.from({ length: HEAT_LEVELS }, () => []);
    this.levels?.forEach((level, token) => {
      const range = this.visibleRangeOf(token);
      if (level > 0 && range !== undefined) byLevel[level - 1]?.push(range);
    });
    return byLevel;
  }

  /** Where a token stands without the space before it: a mark on that would stand alone at the end of a wrapped line. */
  private visibleRangeOf(token: number): OffsetRange | undefined {
    const range = this.explanation.rangeOf(token);
    const { text, tokens } = this.run.summary;
    const source = text.slice(tokens[token]?.start, tokens[token]?.end);
    const visible = source.trimStart();
    return range === undefined || visible === ''
      ? range
      : { start: range.start + source.length - visible.length, end: range.end };
  }
}

/** The token's row as a query or its column as a key, unpooled. */
function lineOf({ focus }: Explanation, token: number, tokens: number): Omit<SliceRequest, 'run'> {
  const one = { start: token, end: token + 1 };
  const all = { start: 0, end: tokens };
  const looksAt = focus.direction === 'looksAt';
  return {
    heads: focus.heads,
    quantity: focus.quantity,
    rows: looksAt ? one : all,
    columns: looksAt ? all : one,
    block: { rows: 1, columns: 1 },
    pooling: 'max',
  };
}
