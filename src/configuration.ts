import { availableParallelism, homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { FloatPrecision, SpecialTokens } from './protocol/run.ts';
import { expandSetting } from './protocol/userPath.ts';

/** The user's settings, read when they are needed; defaults stand in package.json. */
export class Configuration {
  private static readonly section = 'explainAttention';

  constructor(private readonly extensionUri: vscode.Uri) {}

  /** Absolute path of the model's folder: the bundled model's where the user has set none. */
  get modelFolder(): string {
    const folder = expandSetting(String(this.read<unknown>('modelFolder', '')), homedir(), process.env);
    if (folder === '') return vscode.Uri.joinPath(this.extensionUri, 'models', 'default').fsPath;
    // The setting belongs to the machine and not to a workspace.
    return path.resolve(homedir(), folder);
  }

  get threads(): number {
    const threads = this.number('threads', 0);
    return threads > 0 ? threads : automaticThreads(availableParallelism());
  }

  /** In bytes. */
  get memoryBudget(): number {
    return this.number('memoryBudgetMB', 1) * 2 ** 20;
  }

  /** Of the queries and keys of long texts. */
  get precision(): FloatPrecision {
    return this.read<unknown>('longTextPrecision', 'single') === 'half' ? 'half' : 'single';
  }

  /** How special tokens whose names stand in a text are read. */
  get specialTokens(): SpecialTokens {
    return this.read<unknown>('specialTokensInText', 'text') === 'special' ? 'special' : 'text';
  }

  async setSpecialTokens(specialTokens: SpecialTokens): Promise<void> {
    const settings = vscode.workspace.getConfiguration(Configuration.section);
    await settings.update('specialTokensInText', specialTokens, vscode.ConfigurationTarget.Global);
  }

  /** Time without requests after which the model process stops; 0: never. */
  get idleMilliseconds(): number {
    return this.number('idleMinutes', 0) * 60_000;
  }

  /** Fires when settings changed that hold for the whole life of a model process. */
  onDidChangeProcess(listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${Configuration.section}.threads`)) listener();
    });
  }

  /** settings.json is edited by hand: what is no number or too small becomes the minimum. */
  private number(key: string, minimum: number): number {
    const value = this.read<unknown>(key, minimum);
    return typeof value === 'number' && value > minimum ? value : minimum;
  }

  private read<T>(key: string, fallback: T): T {
    return vscode.workspace.getConfiguration(Configuration.section).get(key, fallback);
  }
}

/** One thread for each physical core, guessed as half of the logical ones, at most 4: more gain little on short text. */
function automaticThreads(logicalCores: number): number {
  return Math.min(4, Math.max(Math.min(2, logicalCores), Math.ceil(logicalCores / 2)));
}
