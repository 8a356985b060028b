import type { SpecialTokens } from '../protocol/run.ts';

/** A call of the command line that computes the attention of a text anew. */
export interface ExplainCall {
  /** Path of the built command line. */
  readonly program: string;
  readonly model: string;
  readonly textFile: string;
  /** [start, end) in the file, in UTF-16 units; `undefined`: all of it. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** Tokens whose rows are written; `undefined`: all. */
  readonly rows: { readonly start: number; readonly end: number } | undefined;
  /** In megabytes. */
  readonly memoryBudget: number;
  readonly specialTokens: SpecialTokens;
  readonly out: string;
}

export type Shell = 'posix' | 'windows';

/** The call as one line for a shell. */
export function commandLine(call: ExplainCall, shell: Shell): string {
  const { program, model, textFile, range, rows, memoryBudget, specialTokens, out } = call;
  const quote = shell === 'posix' ? posixWord : windowsWord;
  return [
    'node',
    quote(program),
    'explain',
    '--model',
    quote(model),
    '--text-file',
    quote(textFile),
    ...(range ? ['--range', `${range.start}:${range.end}`] : []),
    ...(specialTokens === 'special' ? ['--special-tokens', 'special'] : []),
    ...(rows ? ['--rows', `${rows.start}:${rows.end}`] : []),
    '--memory-budget',
    String(memoryBudget),
    '--out',
    quote(out),
  ].join(' ');
}

function posixWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** For cmd and PowerShell; a path of Windows holds no quotation mark. */
function windowsWord(text: string): string {
  return `"${text}"`;
}
