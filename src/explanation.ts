import { hasHead, hasNorms, MEAN_OF_ALL, missingHead } from './attention/headKinds.ts';
import { type Edit, type OffsetRange, type ReadText, TrackedText } from './editor/trackedText.ts';
import { aligned, type CellRegion } from './protocol/cells.ts';
import type { Failure } from './protocol/failure.ts';
import type { Ablation, Question } from './protocol/inspection.ts';
import { titled } from './editor/titled.ts';
import type { ExplainStage, PassProgress, Preceding } from './protocol/modelWire.ts';
import { lineEnds } from './protocol/lines.ts';
import { exactBuffer } from './protocol/packed.ts';
import type {
  Focus,
  GuideLine,
  PanelSnapshot,
  RestorePoint,
  RunProgress,
  Source,
  StopReason,
} from './protocol/panelWire.ts';
import type { HeadSelection, Quantity, RunSummary, TokenRange } from './protocol/run.ts';

/** Most UTF-16 units of a text's beginning that a view shows before it is run. */
const BEGINNING = 300;

/** What is to be explained. */
export interface Target {
  readonly uri: string;
  /** What was selected, [start, end) in the document. */
  readonly selection: OffsetRange;
  /** What is sent to the model process: the selected text, or as much of its beginning, behind what may precede it. */
  readonly text: string;
  /** Lines of the selection. */
  readonly lines: number;
  /** What of the text precedes the selection; `undefined`: nothing, it is explained by itself. */
  readonly preceding: Preceding | undefined;
  readonly source: Source;
}

export const defaultFocus: Focus = {
  heads: MEAN_OF_ALL,
  quantity: 'weight',
  direction: 'looksAt',
  token: undefined,
  partner: undefined,
};

type Phase =
  | { readonly kind: 'running'; readonly stage: ExplainStage; readonly progress: RunProgress | undefined }
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ready'; readonly summary: RunSummary };

/** The state of one explained text: how far it is, where it stands in its document now, what the views look at. */
export class Explanation {
  source: Source;
  private place: string;
  private phase: Phase = { kind: 'running', stage: 'tapping', progress: undefined };
  private chosen: Focus;
  private guide: readonly GuideLine[] = [];
  private closedNote: string | undefined;
  /** All that is explained. */
  private readonly text: TrackedText;
  /** Of that the selection. */
  private readonly selected: TrackedText;
  /** UTF-16 units that are explained before the selection. */
  private preceding: number;
  private readonly beginning: string;
  /** UTF-16 units of the selection beyond the explained text. Edits there are not followed: nothing shows them. */
  private rest: number;

  constructor(target: Target, focus: Focus) {
    this.place = target.uri;
    this.source = target.source;
    this.chosen = focus;
    const { text, selection, preceding } = target;
    this.preceding = preceding?.length ?? 0;
    this.text = new TrackedText(text, selection.start - this.preceding);
    this.selected = new TrackedText(text.slice(this.preceding), selection.start);
    this.beginning = text.slice(this.preceding, this.preceding + BEGINNING);
    this.rest = selection.end - selection.start - (text.length - this.preceding);
  }

  /** Of the document that holds the text now. */
  get uri(): string {
    return this.place;
  }

  /** The finished run; `undefined` while it runs and after it failed. */
  get summary(): RunSummary | undefined {
    return this.phase.kind === 'ready' ? this.phase.summary : undefined;
  }

  get running(): boolean {
    return this.phase.kind === 'running';
  }

  /** No editor holds the document. */
  get closed(): boolean {
    return this.closedNote !== undefined;
  }

  get stale(): boolean {
    return this.text.stale;
  }

  get focus(): Focus {
    return this.chosen;
  }

  /** What the user selected, where it stands in the document now. */
  get selection(): OffsetRange {
    const { start, end } = this.selected.range;
    return { start, end: end + this.rest };
  }

  /** What is explained, where it stands in the document now: with what precedes the selection, without what was cut. */
  get explained(): OffsetRange {
    return this.text.range;
  }

  /** Where what precedes the selection begins; `undefined` where it is explained by itself. */
  get from(): number | undefined {
    return this.preceding > 0 ? this.text.range.start : undefined;
  }

  /** @param passes how far the passes over the text are; the newest picture stays until there is another one */
  setStage(stage: ExplainStage, passes: PassProgress | undefined): void {
    const before = this.phase.kind === 'running' ? this.phase.progress?.preview : undefined;
    const preview = passes?.preview ? { ...passes.preview, data: exactBuffer(passes.preview.data) } : before;
    this.phase = { kind: 'running', stage, progress: passes && { ...passes, preview } };
  }

  setStopped(reason: StopReason): void {
    this.phase = { kind: 'stopped', reason };
  }

  setFailed(failure: Failure): void {
    this.phase = { kind: 'failed', failure };
  }

  setReady(summary: RunSummary, read: ReadText): void {
    const { start, end } = this.selection;
    const { text, precedingLength } = summary;
    const leftOut = this.preceding - precedingLength;
    const selectedLength = text.length - precedingLength;
    const firstLine = this.source.firstLine + lineEnds(this.text.content.slice(0, leftOut));
    const preceding = this.preceding > 0 && precedingLength === 0 ? 'noRoom' : this.source.preceding;
    this.source = titled({ ...this.source, firstLine, preceding }, text, precedingLength);
    this.phase = { kind: 'ready', summary };
    this.text.narrow({ start: leftOut, end: leftOut + text.length }, read);
    this.selected.narrow({ start: 0, end: selectedLength }, read);
    this.preceding = precedingLength;
    this.rest = Math.max(0, end - start - selectedLength);
    if (!isFocusOf(summary, this.chosen)) this.chosen = defaultFocus;
  }

  /** Says what to look at, and turns to the first of it where nothing is pinned yet. */
  setGuide(lines: readonly GuideLine[]): void {
    this.guide = lines;
    const first = lines.find(({ focus }) => focus !== undefined)?.focus;
    if (first !== undefined && this.chosen.token === undefined) this.setFocus(first);
  }

  /** @returns whether the focus fits the run; one that does not is left aside */
  setFocus(focus: Focus): boolean {
    const fits = this.summary !== undefined && isFocusOf(this.summary, focus);
    if (fits) this.chosen = focus;
    return fits;
  }

  edit(edits: readonly Edit[], read: ReadText): void {
    this.text.apply(edits, read);
    this.selected.apply(edits, read);
  }

  /** @param note stands in for the source's own note as long as the document is closed */
  close(note: string): void {
    this.closedNote = note;
  }

  /** Another document took the place of the one that held the text. */
  moveTo(uri: string): void {
    this.place = uri;
  }

  reopen(read: ReadText): void {
    this.closedNote = undefined;
    this.text.recheck(read);
    this.selected.recheck(read);
  }

  /** Where a token stands in the document; `undefined` for a special token and once the text changed. */
  rangeOf(token: number): OffsetRange | undefined {
    const { start, end } = this.summary?.tokens[token] ?? { start: -1, end: -1 };
    if (this.stale || start < 0 || start >= end) return undefined;
    return { start: this.text.range.start + start, end: this.text.range.start + end };
  }

  /** The first token that covers an offset of the document. */
  tokenAt(offset: number): number | undefined {
    const tokens = this.summary?.tokens;
    if (tokens === undefined || this.stale) return undefined;
    const inText = offset - this.text.range.start;
    const index = tokens.findIndex(({ start, end }) => start <= inText && inText < end);
    return index < 0 ? undefined : index;
  }

  /** @param hasEarlier whether, should this one have failed, the result before can be shown again */
  snapshot(hasEarlier = false): Exclude<PanelSnapshot, { kind: 'empty' }> {
    const phase = this.phase;
    const { start, end } = this.selection;
    const restore: RestorePoint = { uri: this.uri, ...this.selection, from: this.from, focus: this.chosen };
    const source = this.closed ? { ...this.source, note: this.closedNote, offersFile: false } : this.source;
    const common = { source, restore };
    switch (phase.kind) {
      case 'ready':
        return { ...common, ...phase, focus: this.chosen, stale: this.stale, guide: this.guide };
      case 'stopped':
        return { ...common, ...phase, length: end - start, beginning: this.beginning };
      case 'failed':
        return { ...common, ...phase, hasEarlier };
      case 'running':
        return { ...common, ...phase };
    }
  }
}

export function isTokenOf({ tokens }: RunSummary, token: number): boolean {
  return token < tokens.length;
}

/** Whether the run has a region, and it is made of whole blocks. */
export function isRegionOf({ tokens }: RunSummary, { rows, columns, block }: CellRegion): boolean {
  const fits = (range: TokenRange, size: number): boolean => {
    const { start, end } = aligned(range, size, tokens.length);
    return range.start < range.end && start === range.start && end === range.end;
  };
  return fits(rows, block.rows) && fits(columns, block.columns);
}

/** Whether the run has these heads and this quantity of them. */
export function isMatrixOf({ model }: RunSummary, heads: HeadSelection, quantity: Quantity): boolean {
  return missingHead(heads, model) === undefined && (quantity === 'weight' || hasNorms(heads));
}

/** Whether a question is about tokens and heads that the run has. */
export function isQuestionOf(summary: RunSummary, question: Question): boolean {
  switch (question.kind) {
    case 'row':
      return isTokenOf(summary, question.query) && hasHead(summary.model, question);
    case 'effects':
      return isTokenOf(summary, question.query) && question.ablations.every((one) => isAblationOf(summary, one));
    case 'reads':
      return isTokenOf(summary, question.token);
    case 'pair':
      return isTokenOf(summary, question.query) && isTokenOf(summary, question.key);
    case 'links':
      return isMatrixOf(summary, question.heads, question.quantity);
    case 'timing':
      return question.tokens <= summary.model.contextLength;
    case 'roles':
    case 'distances':
    case 'linearWeights':
      return true;
  }
}

function isAblationOf(summary: RunSummary, ablation: Ablation): boolean {
  if (ablation.kind === 'token' && !isTokenOf(summary, ablation.token)) return false;
  return ablation.heads === 'all' || ablation.heads.every((head) => hasHead(summary.model, head));
}

function isFocusOf(summary: RunSummary, { heads, quantity, token, partner }: Focus): boolean {
  const tokensFit = [token, partner].every((index) => index === undefined || isTokenOf(summary, index));
  return tokensFit && isMatrixOf(summary, heads, quantity);
}
