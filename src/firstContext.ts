import * as vscode from 'vscode';
import { ContextKey } from './contextKey.ts';
import type { Context } from './editor/contexts.ts';
import { DocumentWatch } from './editor/documentWatch.ts';
import { defaultFocus, Explanation } from './explanation.ts';

/** The context that was taken first and waits for a second one; it is followed through edits of its document. */
export class FirstContext implements vscode.Disposable {
  private readonly key = new ContextKey('firstContext');
  private taken:
    { readonly context: Context; readonly explanation: Explanation; readonly watch: DocumentWatch } | undefined;

  get isTaken(): boolean {
    return this.taken !== undefined;
  }

  /** Where it stands now; a string says why there is none. */
  get context(): Context | string {
    if (this.taken === undefined) {
      return vscode.l10n.t('No context was taken first: select one and run “Compare: Take This as First”.');
    }
    const { context, explanation } = this.taken;
    if (explanation.stale) {
      return vscode.l10n.t(
        '“{0}” changed since it was taken as the first context: take it again.',
        explanation.source.label,
      );
    }
    const { uri, selection, source } = explanation;
    return { ...context, target: { ...context.target, uri, selection, source } };
  }

  take(context: Context): void {
    this.release();
    const explanation = new Explanation(context.target, defaultFocus);
    const ignored = (): void => undefined;
    const watch = new DocumentWatch(explanation, { changed: ignored, moved: ignored, caret: ignored });
    this.taken = { context, explanation, watch };
    this.key.set(true);
  }

  release(): void {
    this.taken?.watch.dispose();
    this.taken = undefined;
    this.key.set(false);
  }

  dispose(): void {
    this.taken?.watch.dispose();
    this.taken = undefined;
  }
}
