import * as vscode from 'vscode';
import { HEAT_LEVELS, heatLevels } from '../attention/heat.ts';
import { DisposableStore } from '../lifecycle.ts';
import type { AttentionRow, GenerationOrigin } from '../protocol/generation.ts';
import type { Prompt } from '../protocol/generationViewWire.ts';
import { EditorDecorations } from './decorations.ts';
import { DocumentMoves } from './documentMoves.ts';
import { readerOf } from './documentWatch.ts';
import { openDocument } from './openDocument.ts';
import { type OffsetRange, TrackedText } from './trackedText.ts';

/** Draws what a new token looked at into the prompt, as long as its document still holds that. */
export class PromptMarks implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly decorations = this.store.add(new EditorDecorations());
  private readonly text: TrackedText;
  private row: AttentionRow | undefined;
  private current: string;

  /**
   * @param place where the text of `origin.prompt` stands
   * @param onMoved another document took the place of the one that held the prompt
   */
  constructor(
    private readonly origin: GenerationOrigin,
    place: NonNullable<Prompt['place']>,
    onMoved: (document: vscode.TextDocument, range: OffsetRange) => void,
  ) {
    this.current = place.uri;
    this.text = new TrackedText(origin.prompt, place.start);
    this.text.recheck(readerOf(place.uri));
    this.store.add(vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)));
    this.store.add(
      new DocumentMoves(this, (uri) => {
        this.current = uri;
        const follow = (document: vscode.TextDocument): void => {
          if (this.current !== uri) return;
          this.text.recheck(readerOf(uri));
          this.draw();
          onMoved(document, this.text.range);
        };
        openDocument(uri).then(follow, () => this.decorations.clear());
      }),
    );
  }

  /** Of the document that holds the prompt now. */
  get uri(): string {
    return this.current;
  }

  /** @param row `undefined` takes the heat away */
  show(row: AttentionRow | undefined): void {
    this.row = row;
    this.draw();
  }

  dispose(): void {
    this.decorations.clear();
    this.store.dispose();
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document.uri.toString() !== this.current || contentChanges.length === 0) return;
    const edits = contentChanges.map(({ rangeOffset: offset, rangeLength: length, text }) => ({
      offset,
      length,
      text,
    }));
    this.text.apply(edits, readerOf(this.current));
    this.draw();
  }

  private draw(): void {
    if (this.row === undefined || this.text.stale) this.decorations.clear();
    else this.decorations.show(this.current, { pinned: undefined, lit: undefined, heat: this.heat(this.row) });
  }

  private heat({ keys, weights }: AttentionRow): readonly (readonly OffsetRange[])[] {
    const byLevel: OffsetRange[][] = Array.from({ length: HEAT_LEVELS }, () => []);
    heatLevels(weights, keys.indexOf(0)).forEach((level, place) => {
      const range = this.rangeOf(keys[place]);
      if (level > 0 && range !== undefined) byLevel[level - 1]?.push(range);
    });
    return byLevel;
  }

  /** Where a token of the prompt stands, without the space before it. */
  private rangeOf(position: number | undefined): OffsetRange | undefined {
    const token = position === undefined ? undefined : this.origin.promptTokens[position];
    if (token === undefined || token.start < 0 || token.start === token.end) return undefined;
    const source = this.origin.prompt.slice(token.start, token.end);
    const lead = source.trim() === '' ? 0 : source.length - source.trimStart().length;
    const { start } = this.text.range;
    return { start: start + token.start + lead, end: start + token.end };
  }
}
