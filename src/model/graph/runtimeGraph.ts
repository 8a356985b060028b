import type { Precision, TappedLayer } from '../../protocol/model.ts';
import { findExternalData, findGraphFile } from '../folder/modelFiles.ts';
import type { ModelFile } from '../folder/modelFile.ts';
import type { OnnxValue } from '../onnx/onnxModel.ts';
import { encodeSidecar, type Sidecar } from '../onnx/sidecar.ts';
import { inspectGraph, requireAttention } from './graphReport.ts';
import { linearWeights } from './linearWeights.ts';
import { openGraph } from './openGraph.ts';
import { planRuntime, type RuntimeParts } from './runtimePlan.ts';

/** A model's graph with the parts that every feature asks for, and what it shows of the model. */
export interface RuntimeGraph extends RuntimeParts {
  readonly sidecar: Sidecar;
  /** The graph's file and those that hold its tensors. */
  readonly files: readonly ModelFile[];
  /** Name of the graph's file, for messages. */
  readonly file: string;
  /** What has to be fed of the model's own inputs. */
  readonly inputs: readonly OnnxValue[];
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
  /** Numbers in the matrices that activations are multiplied by, the output head's included. */
  readonly linearWeights: number;
}

/**
 * Makes the graph of a model with all parts that the runtime asks for, without copying the weights of the model: they
 * stay in its files.
 *
 * @throws ExplainError `modelFolder`, `modelFile`, `noAttention` or `unsupportedForm`.
 */
export async function readRuntimeGraph(modelFolder: string): Promise<RuntimeGraph> {
  const graphFile = await findGraphFile(modelFolder);
  return openGraph(graphFile, async (source, index) => {
    const report = requireAttention(inspectGraph(index), graphFile.name);
    const externalData = await findExternalData(modelFolder, graphFile, index.model.externalFiles);
    const moved = new Map([...externalData].map(([location, { place }]) => [location, place]));
    const { layers, storage, compute, causal, passDependence, positions } = report;
    const { plan, parts } = planRuntime(index);
    return {
      ...parts,
      ...{ layers, storage, compute, causal, passDependence, positions },
      sidecar: {
        bytes: encodeSidecar(source, index.model, plan, graphFile.place, moved),
        weightsFolder: graphFile.home,
      },
      files: [graphFile, ...externalData.values()],
      file: graphFile.name,
      inputs: plan.inputs,
      linearWeights: linearWeights(index),
    };
  });
}
