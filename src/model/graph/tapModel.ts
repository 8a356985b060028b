import type { Precision, TappedLayer } from '../../protocol/model.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import type { ModelFile } from '../folder/modelFile.ts';
import type { OnnxValue } from '../onnx/onnxModel.ts';
import { encodeSidecar, type Sidecar, type SidecarPlan } from '../onnx/sidecar.ts';
import { inspectGraph, requireAttention } from './graphReport.ts';
import { type InspectionPlan, planInspection } from './inspectionPlan.ts';
import { findExternalData, findGraphFile } from '../folder/modelFiles.ts';
import { openGraph } from './openGraph.ts';
import { type MapPlan, planMap } from './mapPlan.ts';
import { type Keep, planTap } from './rewrite.ts';

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
  readonly sidecar: Sidecar;
  /** The graph's file and those that hold its tensors. */
  readonly files: readonly ModelFile[];
  /** Output with the attention weights of each layer: float32 [1, heads, queries, keys], or in other axes. */
  readonly attentionOutputs: readonly string[];
  /** What has to be fed. */
  readonly inputs: readonly OnnxValue[];
}

export interface InspectedGraph extends TappedGraph, Omit<InspectionPlan, 'plan'> {
  readonly sidecar: Sidecar;
}

/**
 * Makes a model's attention weights outputs of its graph, without copying the weights of the model: they stay in its files.
 *
 * @param keep where the tapped graph ends: see `planTap`
 * @throws ExplainError `modelFolder`, `modelFile`, `noAttention` or `unsupportedForm`.
 */
export function tapModel(modelFolder: string, keep: Keep): Promise<TappedModel> {
  return withGraph(modelFolder, (graph) => {
    const { index, layers, causal, files, encode } = graph;
    const taps = layers.map(({ tensor, layer }) => ({ tensor, output: outputName(index, layer, causal === true) }));
    const plan = planTap(index, taps, keep);
    const inputs = plan.inputs.filter(({ name }) => !index.initializers.has(name));
    const attentionOutputs = taps.map((tap) => tap.output);
    return { ...described(graph), sidecar: encode(plan), files, attentionOutputs, inputs };
  });
}

/**
 * Makes all tensors of a model's attention outputs of its whole graph, and its weights subject to gates.
 *
 * @throws ExplainError as `tapModel`, and `unsupportedForm` where the steps of attention can't be told apart.
 */
export function tapForInspection(modelFolder: string): Promise<InspectedGraph> {
  return withGraph(modelFolder, (graph) => {
    const { plan, facts, outputs, gates } = planInspection(graph.index, graph.file);
    return { ...described(graph), facts, outputs, gates, sidecar: graph.encode(plan) };
  });
}

export interface MappedGraph extends Omit<MapPlan, 'plan'> {
  readonly sidecar: Sidecar;
}

/**
 * Makes what a map of long attention is made of outputs of a model's graph, cut as for explaining.
 *
 * @returns `undefined` where the graph is too old for that
 * @throws ExplainError as `tapModel`.
 */
export function tapForMap(modelFolder: string): Promise<MappedGraph | undefined> {
  return withGraph(modelFolder, (graph) => {
    const planned = planMap(graph.index);
    if (!planned) return undefined;
    const { plan, ...outputs } = planned;
    return { ...outputs, sidecar: graph.encode(plan) };
  });
}

interface OpenGraph extends TappedGraph {
  readonly index: GraphIndex;
  /** Name of its file, for messages. */
  readonly file: string;
  readonly files: readonly ModelFile[];
  readonly encode: (plan: SidecarPlan) => Sidecar;
}

function described({ layers, storage, compute, causal, passDependence, positions }: TappedGraph): TappedGraph {
  return { layers, storage, compute, causal, passDependence, positions };
}

async function withGraph<T>(modelFolder: string, use: (graph: OpenGraph) => T): Promise<T> {
  const graphFile = await findGraphFile(modelFolder);
  return openGraph(graphFile, async (source, index) => {
    const report = requireAttention(inspectGraph(index), graphFile.name);
    const externalData = await findExternalData(modelFolder, graphFile, index.model.externalFiles);
    const moved = new Map([...externalData].map(([location, { place }]) => [location, place]));
    return use({
      ...described(report),
      index,
      file: graphFile.name,
      files: [graphFile, ...externalData.values()],
      encode: (plan) => ({
        bytes: encodeSidecar(source, index.model, plan, graphFile.place, moved),
        weightsFolder: graphFile.home,
      }),
    });
  });
}

/** Never `present…`, which would be taken for the KV cache. */
function outputName(index: GraphIndex, layer: number, causal: boolean): string {
  let name = `${causal ? 'decoder' : 'encoder'}_attentions.${layer}`;
  while (index.isTensorName(name)) name += '_';
  return name;
}
