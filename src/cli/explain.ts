import type { AttentionSource } from '../attention/source.ts';
import { runMetadata, tokenTensors } from '../export/matrix.ts';
import { safetensorsPieces, type TensorToWrite } from '../export/safetensors.ts';
import { Engine } from '../model/engine.ts';
import type { RunSummary } from '../protocol/run.ts';
import type { EngineArguments } from './arguments.ts';
import { readText, type TextRange, within } from './textFile.ts';
import { writeWhole } from './wholeFile.ts';

export interface ExplainArguments extends EngineArguments {
  readonly textFile: string;
  /** `undefined`: the whole text. */
  readonly range: TextRange | undefined;
  readonly out: string;
}

/** Writes the attention of a file's text: `input_ids`, `spans`, `attention.{layer}`. Returns what to tell the user. */
export async function explain(options: ExplainArguments, version: string): Promise<string> {
  const engine = new Engine(options);
  const text = within(await readText(options.textFile), options.range);
  const summary = await engine.explain({ ...options, text }, () => undefined, new AbortController().signal);
  const tensors = tensorsOf(summary, engine.attention(summary.run));
  await writeWhole(options.out, safetensorsPieces(tensors, runMetadata(summary, version)));
  return sentence(summary, options.out);
}

function tensorsOf({ tokens, model }: RunSummary, attention: AttentionSource): readonly TensorToWrite[] {
  const n = tokens.length;
  const whole = { start: 0, end: n };
  const layer = (index: number): TensorToWrite => ({
    name: `attention.${index}`,
    type: 'F32',
    shape: [model.heads, n, n],
    *parts() {
      for (let head = 0; head < model.heads; head++) yield attention.region({ layer: index, head }, whole, whole);
    },
  });
  return [...tokenTensors(tokens), ...Array.from({ length: model.layers }, (_, index) => layer(index))];
}

function sentence({ tokens, model, cut }: RunSummary, out: string): string {
  const written = `${out}: ${tokens.length} tokens, ${model.layers} layers, ${model.heads} heads, ${model.compute}.`;
  if (cut === undefined) return written;
  const limit = cut.reason === 'context' ? "the model's context" : 'the memory budget';
  return `${written} Only the first ${cut.usedLength} of ${cut.totalLength} characters were used: ${limit} ends at ${cut.tokenLimit} tokens.`;
}
