import type { AttentionSource } from '../attention/source.ts';
import { Engine } from '../model/engine.ts';
import type { RunSummary } from '../protocol/run.ts';
import type { EngineArguments } from './arguments.ts';
import { readText } from './textFile.ts';
import { type TensorToWrite, writeSafetensors } from './safetensors.ts';

export interface ExplainArguments extends EngineArguments {
  readonly textFile: string;
  readonly out: string;
}

/** Writes the attention of a file's text: `input_ids`, `spans`, `attention.{layer}`. Returns what to tell the user. */
export async function explain(options: ExplainArguments, version: string): Promise<string> {
  const engine = new Engine(options);
  const text = await readText(options.textFile);
  const summary = await engine.explain({ ...options, text }, () => undefined, new AbortController().signal);
  await writeSafetensors(options.out, tensorsOf(summary, engine.attention(summary.run)), metadataOf(summary, version));
  return sentence(summary, options.out);
}

function tensorsOf({ tokens, model }: RunSummary, attention: AttentionSource): readonly TensorToWrite[] {
  const n = tokens.length;
  const whole = { start: 0, end: n };
  const ids = BigInt64Array.from(tokens, (token) => BigInt(token.id));
  const spans = Int32Array.from(tokens.flatMap((token) => [token.start, token.end]));
  const layer = (index: number): TensorToWrite => ({
    name: `attention.${index}`,
    type: 'F32',
    shape: [model.heads, n, n],
    *parts() {
      for (let head = 0; head < model.heads; head++) yield attention.region({ layer: index, head }, whole, whole);
    },
  });
  return [
    { name: 'input_ids', type: 'I64', shape: [n], parts: () => [ids] },
    { name: 'spans', type: 'I32', shape: [n, 2], parts: () => [spans] },
    ...Array.from({ length: model.layers }, (_, index) => layer(index)),
  ];
}

function metadataOf({ model, cut }: RunSummary, version: string): Readonly<Record<string, string>> {
  return {
    model: model.name,
    architecture: model.architecture,
    layers: String(model.layers),
    heads: String(model.heads),
    precision: model.compute,
    storage: model.storage,
    version,
    ...(cut && { cut: JSON.stringify(cut) }),
  };
}

function sentence({ tokens, model, cut }: RunSummary, out: string): string {
  const written = `${out}: ${tokens.length} tokens, ${model.layers} layers, ${model.heads} heads, ${model.compute}.`;
  if (cut === undefined) return written;
  const limit = cut.reason === 'context' ? "the model's context" : 'the memory budget';
  return `${written} Only the first ${cut.usedLength} of ${cut.totalLength} characters were used: ${limit} ends at ${cut.tokenLimit} tokens.`;
}
