import * as vscode from 'vscode';

/** A fact that `when` clauses of package.json read; false until it is set. */
export class ContextKey {
  private value = false;

  /** @param name as in package.json, behind `explainAttention.` */
  constructor(private readonly name: string) {}

  set(value: boolean): void {
    if (value === this.value) return;
    this.value = value;
    void vscode.commands.executeCommand('setContext', `explainAttention.${this.name}`, value);
  }
}
