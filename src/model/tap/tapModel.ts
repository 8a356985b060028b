import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Precision, TappedLayer } from '../../protocol/model.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { OnnxValue } from '../onnx/onnxModel.ts';
import { encodeSidecar, type SidecarPlan } from '../onnx/sidecar.ts';
import { ensureEntry } from './cacheEntry.ts';
import { inspectGraph, requireAttention } from './inspect.ts';
import { type InspectionPlan, planInspection } from './inspectionPlan.ts';
import { findCompanions, findExternalData, findGraphFile, readTappedConfig, type SourceFile } from './modelFiles.ts';
import { openGraph } from './openGraph.ts';
import { type MapPlan, planMap } from './mapPlan.ts';
import { type Keep, planTap } from './rewrite.ts';

export interface TapOptions {
  readonly modelFolder: string;
  /** Where tapped models are kept between runs. */
  readonly cacheFolder: string;
  /** Where the tapped graph ends: see `planTap`. */
  readonly keep: Keep;
}

interface TappedGraph {
  readonly layers: readonly TappedLayer[];
  /** Precision of the stored weights. */
  readonly storage: Precision;
  /** Precision in which attention is computed. */
  readonly compute: Precision;
  /** `true` if the graph shows that it continues text; `undefined` if it doesn't tell. */
  readonly causal: boolean | undefined;
  /** The operator for which a text has to run in one pass: see `passDependence`. */
  readonly passDependence: string | undefined;
  /** Positions that the graph holds; `undefined` where it takes texts of any length. */
  readonly positions: number | undefined;
}

export interface TappedModel extends TappedGraph {
  /** A folder in `cacheFolder` in the layout that transformers.js loads. */
  readonly folder: string;
  /** `model_file_name` for transformers.js; its `dtype` is 'fp32' whatever the precision, because that adds no suffix. */
  readonly fileName: string;
  /** Output with the attention weights of each layer: float32 [1, heads, queries, keys], or in other axes. */
  readonly attentionOutputs: readonly string[];
  /** What has to be fed. */
  readonly inputs: readonly OnnxValue[];
}

export interface InspectedGraph extends TappedGraph, Omit<InspectionPlan, 'plan'> {
  readonly file: string;
}

/**
 * Makes a model's attention weights outputs of its graph, without copying the weights of the model: the tapped file
 * refers to the original one, which stands beside it as a hard link.
 *
 * @throws ExplainError `modelFolder`, `modelFile`, `noAttention` or `unsupportedForm`.
 */
export function tapModel({ keep, ...folders }: TapOptions): Promise<TappedModel> {
  return withGraph(folders, async (graph, write) => {
    const { index, layers, causal } = graph;
    const taps = layers.map(({ tensor, layer }) => ({ tensor, output: outputName(index, layer, causal === true) }));
    const plan = planTap(index, taps, keep);
    const { folder, fileName } = await write(keep, plan);
    const inputs = plan.inputs.filter(({ name }) => !index.initializers.has(name));
    return { ...described(graph), folder, fileName, attentionOutputs: taps.map((tap) => tap.output), inputs };
  });
}

/**
 * Makes all tensors of a model's attention outputs of its whole graph, and its weights subject to gates.
 *
 * @throws ExplainError as `tapModel`, and `unsupportedForm` where the steps of attention can't be told apart.
 */
export function tapForInspection(folders: Omit<TapOptions, 'keep'>): Promise<InspectedGraph> {
  return withGraph(folders, async (graph, write) => {
    const { plan, facts, outputs, gates } = planInspection(graph.index, graph.file);
    const { folder, fileName } = await write('inspection', plan);
    return { ...described(graph), facts, outputs, gates, file: path.join(folder, 'onnx', `${fileName}.onnx`) };
  });
}

export interface MappedGraph extends Omit<MapPlan, 'plan'> {
  readonly file: string;
}

/**
 * Makes what a map of long attention is made of outputs of a model's graph, cut as for explaining.
 *
 * @returns `undefined` where the graph is too old for that
 * @throws ExplainError as `tapModel`.
 */
export function tapForMap(folders: Omit<TapOptions, 'keep'>): Promise<MappedGraph | undefined> {
  return withGraph(folders, async (graph, write) => {
    const planned = planMap(graph.index);
    if (!planned) return undefined;
    const { plan, ...outputs } = planned;
    const { folder, fileName } = await write('map', plan);
    return { ...outputs, file: path.join(folder, 'onnx', `${fileName}.onnx`) };
  });
}

interface OpenGraph extends TappedGraph {
  readonly index: GraphIndex;
  readonly file: string;
}

function described({ layers, storage, compute, causal, passDependence, positions }: TappedGraph): TappedGraph {
  return { layers, storage, compute, causal, passDependence, positions };
}

/** Writes a sidecar into the cache, where the model's files stand beside it. */
type WriteSidecar = (
  kind: string,
  plan: SidecarPlan,
) => Promise<{ readonly folder: string; readonly fileName: string }>;

async function withGraph<T>(
  { modelFolder, cacheFolder }: Omit<TapOptions, 'keep'>,
  use: (graph: OpenGraph, write: WriteSidecar) => Promise<T>,
): Promise<T> {
  const graphFile = await findGraphFile(modelFolder);
  const config = await readTappedConfig(modelFolder);
  return openGraph(graphFile, async (source, index) => {
    const file = path.basename(graphFile.path);
    const report = requireAttention(inspectGraph(index), file);
    return use({ ...described(report), index, file }, async (kind, plan) => {
      const externalData = await findExternalData(graphFile, index.model.externalFiles);
      const linked = uniqueByName([...externalData, graphFile, ...(await findCompanions(modelFolder))]);
      const fileName = unusedFileName(linked.map((linkedFile) => linkedFile.name));
      const written = new Map([
        [`onnx/${fileName}.onnx`, encodeSidecar(source, index.model, plan, path.basename(graphFile.name))],
        ['config.json', new TextEncoder().encode(JSON.stringify(config))],
      ]);
      const folder = await ensureEntry(cacheFolder, { model: await realpath(modelFolder), kind, written, linked });
      return { folder, fileName };
    });
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
