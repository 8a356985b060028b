import * as vscode from 'vscode';
import { HEAT_LEVELS, heatLevels } from '../attention/heat.ts';
import { DisposableStore } from '../lifecycle.ts';
import type { AttentionRow, GenerationOrigin } from '../protocol/generation.ts';
import type { Prompt } from '../protocol/generationViewWire.ts';
import { EditorDecorations } from './decorations.ts';
import { readerOf } from './documentWatch.ts';
import { type OffsetRange, TrackedText } from './trackedText.ts';

/** Draws what a new token looked at into the prompt, as long as its document still holds that. */
export class PromptMarks implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly decorations = this.store.add(new EditorDecorations());
  private readonly text: TrackedText;
  private row: AttentionRow | undefined;

  /** @param place where the text of `origin.prompt` stands */
  constructor(
    private readonly origin: GenerationOrigin,
    private readonly place: NonNullable<Prompt['place']>,
  ) {
    this.text = new TrackedText(origin.prompt, place.start);
    this.text.recheck(readerOf(place.uri));
    this.store.add(vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)));
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
    if (document.uri.toString() !== this.place.uri || contentChanges.length === 0) return;
    const edits = contentChanges.map(({ rangeOffset: offset, rangeLength: length, text }) => ({
      offset,
      length,
      text,
    }));
    this.text.apply(edits, readerOf(this.place.uri));
    this.draw();
  }

  private draw(): void {
    if (this.row === undefined || this.text.stale) this.decorations.clear();
    else this.decorations.show(this.place.uri, { pinned: undefined, lit: undefined, heat: this.heat(this.row) });
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
