import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Precision, TappedLayer } from '../../protocol/model.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import { encodeSidecar } from '../onnx/sidecar.ts';
import { ensureEntry } from './cacheEntry.ts';
import { inspectGraph, requireAttention } from './inspect.ts';
import { findCompanions, findExternalData, findGraphFile, readTappedConfig, type SourceFile } from './modelFiles.ts';
import { openGraph } from './openGraph.ts';
import { type Keep, planTap } from './rewrite.ts';

export interface TapOptions {
  readonly modelFolder: string;
  /** Where tapped models are kept between runs. */
  readonly cacheFolder: string;
  /** Where the tapped graph ends: see `planTap`. */
  readonly keep: Keep;
}

export interface TappedModel {
  /** A folder in `cacheFolder` in the layout that transformers.js loads. */
  readonly folder: string;
  /** `model_file_name` for transformers.js; its `dtype` is 'fp32' whatever the precision, because that adds no suffix. */
  readonly fileName: string;
  readonly layers: readonly TappedLayer[];
  /** Output with the attention weights of each layer: float32 [1, heads, queries, keys]. */
  readonly attentionOutputs: readonly string[];
  /** Precision of the stored weights. */
  readonly storage: Precision;
  /** Precision in which attention is computed. */
  readonly compute: Precision;
  /** `true` if the graph shows that it continues text; `undefined` if it doesn't tell. */
  readonly causal: boolean | undefined;
}

/**
 * Makes a model's attention weights outputs of its graph, without copying the weights of the model: the tapped file
 * refers to the original one, which stands beside it as a hard link.
 *
 * @throws ExplainError `modelFolder`, `modelFile`, `noAttention` or `unsupportedForm`.
 */
export async function tapModel({ modelFolder, cacheFolder, keep }: TapOptions): Promise<TappedModel> {
  const graphFile = await findGraphFile(modelFolder);
  const config = await readTappedConfig(modelFolder);
  return openGraph(graphFile, async (source, index) => {
    const { layers, storage, compute, causal } = requireAttention(inspectGraph(index), path.basename(graphFile.path));
    const taps = layers.map(({ tensor, layer }) => ({ tensor, output: outputName(index, layer, causal === true) }));
    const plan = planTap(index, taps, keep);
    const externalData = await findExternalData(graphFile, index.model.externalFiles);
    const linked = uniqueByName([...externalData, graphFile, ...(await findCompanions(modelFolder))]);
    const fileName = unusedFileName(linked.map((file) => file.name));
    const written = new Map([
      [`onnx/${fileName}.onnx`, encodeSidecar(source, index.model, plan, path.basename(graphFile.name))],
      ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    ]);
    const folder = await ensureEntry(cacheFolder, { model: await realpath(modelFolder), kind: keep, written, linked });
    return { folder, fileName, layers, attentionOutputs: taps.map((tap) => tap.output), storage, compute, causal };
  });
}

/** A name that transformers.js collects by its prefix; never `present…`, which it would take for the KV cache. */
function outputName(index: GraphIndex, layer: number, causal: boolean): string {
  let name = `${causal ? 'decoder' : 'encoder'}_attentions.${layer}`;
  while (index.isTensorName(name)) name += '_';
  return name;
}

function uniqueByName(files: readonly SourceFile[]): readonly SourceFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

function unusedFileName(names: readonly string[]): string {
  const taken = names.map((name) => name.toLowerCase());
  let fileName = 'tapped';
  while (taken.includes(`onnx/${fileName}.onnx`)) fileName += '_';
  return fileName;
}
