import { runMetadata, tokenTensors } from '../export/matrix.ts';
import { safetensorsPieces, type TensorToWrite } from '../export/safetensors.ts';
import type { RunSummary, TokenRange } from '../protocol/run.ts';
import { type EngineArguments, UsageError } from './arguments.ts';
import { type EngineRun, withRun } from './openRun.ts';
import { readText, type TextRange, within } from './inputText.ts';
import { writeWhole } from './wholeFile.ts';

export interface ExplainArguments extends EngineArguments {
  readonly textFile: string;
  /** `undefined`: the whole text. */
  readonly range: TextRange | undefined;
  /** Tokens whose rows are written, and layers and heads; `undefined`: all. */
  readonly rows: TokenRange | undefined;
  readonly layers: readonly number[] | undefined;
  readonly heads: readonly number[] | undefined;
  readonly out: string;
}

/** What is written of a run. */
interface Part {
  readonly rows: TokenRange;
  readonly layers: readonly number[];
  readonly heads: readonly number[];
}

/** Cells that are asked for at a time. */
const CELLS_AT_ONCE = 2 ** 22;

/** Writes the attention of a file's text: `input_ids`, `spans`, `attention.{layer}`. Returns what to tell the user. */
export async function explain(options: ExplainArguments, version: string): Promise<string> {
  const text = within(await readText(options.textFile), options.range);
  return withRun({ ...options, text }, async (run) => {
    const part = partOf(run.summary, options);
    const chosen = {
      ...(options.rows && { rows: `${part.rows.start}:${part.rows.end}` }),
      ...(options.layers && { chosen_layers: JSON.stringify(part.layers) }),
      ...(options.heads && { chosen_heads: JSON.stringify(part.heads) }),
    };
    const metadata = { ...runMetadata(run.summary, version), ...chosen };
    await writeWhole(options.out, safetensorsPieces(tensorsOf(run, part), metadata));
    return sentence(run.summary, part, options.out);
  });
}

/** @throws UsageError for what the run does not have */
function partOf({ tokens, model }: RunSummary, { rows, layers, heads }: ExplainArguments): Part {
  if (rows && rows.end > tokens.length) {
    throw new UsageError(`--rows ${rows.start}:${rows.end} is beyond the ${tokens.length} tokens of the text.`);
  }
  const chosen = (option: string, numbers: readonly number[] | undefined, count: number): readonly number[] => {
    const beyond = numbers?.find((number) => number >= count);
    if (beyond !== undefined) throw new UsageError(`${option} ${beyond}: there are ${count}, counted from 0.`);
    return numbers ?? Array.from({ length: count }, (_, index) => index);
  };
  return {
    rows: rows ?? { start: 0, end: tokens.length },
    layers: chosen('--layers', layers, model.layers),
    heads: chosen('--heads', heads, model.heads),
  };
}

function tensorsOf({ engine, summary }: EngineRun, { rows, layers, heads }: Part): readonly TensorToWrite[] {
  const n = summary.tokens.length;
  const { signal } = new AbortController();
  const step = Math.max(1, Math.floor(CELLS_AT_ONCE / n));
  const tensor = (layer: number): TensorToWrite => ({
    name: `attention.${layer}`,
    type: 'F32',
    shape: [heads.length, rows.end - rows.start, n],
    async *parts() {
      const reader = await engine.reader(summary.run, 'weight', signal);
      for (const head of heads) {
        for (let start = rows.start; start < rows.end; start += step) {
          const part = { start, end: Math.min(rows.end, start + step) };
          const columns = { start: 0, end: n };
          const block = { rows: 1, columns: 1 };
          const one = { kind: 'head', layer, head } as const;
          yield (await reader.slice({ heads: one, rows: part, columns, block, pooling: 'max' }, signal)).data;
        }
      }
    },
  });
  return [...tokenTensors(summary.tokens), ...layers.map(tensor)];
}

function sentence(
  { tokens, model, cut, specialTokens }: RunSummary,
  { rows, layers, heads }: Part,
  out: string,
): string {
  const isWhole = rows.end - rows.start === tokens.length;
  const of = isWhole ? '' : `, rows ${rows.start} to ${rows.end - 1}`;
  const written = `${out}: ${tokens.length} tokens${of}, ${layers.length} layers, ${heads.length} heads, ${model.compute}.${specialSentence(specialTokens)}`;
  if (cut === undefined) return written;
  const limits = {
    context: "the model's context",
    length: 'what is explained at once',
    memory: 'the memory budget',
  };
  const needed = cut.bytesNeeded === undefined ? '' : `; the text needs ${Math.ceil(cut.bytesNeeded / 2 ** 20)} MiB`;
  return `${written} Only the first ${cut.usedLength} of ${cut.totalLength} characters were used: ${limits[cut.reason]} ends at ${cut.tokenLimit} tokens${needed}.`;
}

function specialSentence({ found, readAs }: RunSummary['specialTokens']): string {
  if (found.length === 0) return '';
  return ` Special tokens that the text contains (${found.join(', ')}) were read as ${readAs === 'text' ? 'text' : 'special tokens'}.`;
}
