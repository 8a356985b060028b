import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Precision, TappedLayer } from '../../protocol/model.ts';
import { encodeSidecar } from '../onnx/sidecar.ts';
import { ensureEntry } from './cacheEntry.ts';
import { inspectGraph, requireAttention } from './inspect.ts';
import { findCompanions, findExternalData, findGraphFile, readTappedConfig } from './modelFiles.ts';
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
    const found = requireAttention(inspectGraph(index), path.basename(graphFile.path));
    const names = outputNames(index.isTensorName.bind(index), found.layers.length, found.causal === true);
    const plan = planTap(
      index,
      found.layers.map((layer) => layer.tensor),
      names,
      keep,
    );
    const external = await findExternalData(graphFile, index.model.externalFiles);
    const weights = { ...graphFile, name: `onnx/${path.basename(graphFile.path)}` };
    const linked = [
      ...new Map(
        [...external, weights, ...(await findCompanions(modelFolder))].map((file) => [file.name, file]),
      ).values(),
    ];
    const fileName = unusedFileName(linked.map((file) => file.name));
    const sidecar = encodeSidecar(source, index.model, plan, path.basename(weights.name));
    const written = new Map([
      [`onnx/${fileName}.onnx`, sidecar],
      ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    ]);
    const folder = await ensureEntry(cacheFolder, { model: await realpath(modelFolder), kind: keep, written, linked });
    const { layers, storage, compute, causal } = found;
    return { folder, fileName, layers, attentionOutputs: names, storage, compute, causal };
  });
}

/** The names that transformers.js collects by their prefix; never `present…`, which it would take for the KV cache. */
function outputNames(isTaken: (name: string) => boolean, layers: number, causal: boolean): readonly string[] {
  const prefix = causal ? 'decoder_attentions' : 'encoder_attentions';
  return Array.from({ length: layers }, (_, layer) => {
    let name = `${prefix}.${layer}`;
    while (isTaken(name)) name += '_';
    return name;
  });
}

function unusedFileName(names: readonly string[]): string {
  let fileName = 'tapped';
  while (names.includes(`onnx/${fileName}.onnx`)) fileName += '_';
  return fileName;
}
