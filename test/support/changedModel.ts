import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AddedNode, integerTensor } from '../../src/model/onnx/addedNode.ts';
import type { OnnxNode } from '../../src/model/onnx/onnxModel.ts';
import type { GraphIndex } from '../../src/model/onnx/graphIndex.ts';
import { encodeSidecar, type SidecarPlan } from '../../src/model/onnx/sidecar.ts';
import { findGraphFile } from '../../src/model/folder/modelFiles.ts';
import { openGraph } from '../../src/model/graph/openGraph.ts';

export interface GraphChanges extends Partial<
  Pick<SidecarPlan, 'inputs' | 'outputs' | 'values' | 'initializers' | 'addedInputs'>
> {
  readonly addedNodes?: readonly AddedNode[];
  readonly addedIntegers?: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Nodes that take another tensor: the new name of an input by its old one. */
  readonly rewired?: ReadonlyMap<OnnxNode, ReadonlyMap<string, string>>;
}

interface Changes {
  /** What is other in the graph than in the model's. */
  readonly graph?: (index: GraphIndex) => GraphChanges;
  /** Keys of config.json with other values; `undefined` takes one away. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tokenizerConfig?: Readonly<Record<string, unknown>>;
}

/** Makes a copy of a model in which something is other. Its weights stay in the original's file, beside the new graph. */
export async function changedModel(original: string, folder: string, changes: Changes): Promise<string> {
  await cp(original, folder, { recursive: true });
  const { graph, config, tokenizerConfig } = changes;
  if (graph) await changeGraph(folder, graph);
  if (config) await changeJson(path.join(folder, 'config.json'), config);
  if (tokenizerConfig) await changeJson(path.join(folder, 'tokenizer_config.json'), tokenizerConfig);
  return folder;
}

async function changeGraph(folder: string, change: (index: GraphIndex) => GraphChanges): Promise<void> {
  const file = await findGraphFile(folder);
  const weights = 'original.onnx';
  const bytes = await openGraph(file, (source, index) => {
    const { addedNodes = [], addedIntegers = [], rewired, ...changes } = change(index);
    const plan: SidecarPlan = {
      ...index.graph,
      nodes: [
        ...index.graph.nodes.map((own) => ({ own, names: rewired?.get(own) ?? new Map<string, string>() })),
        ...addedNodes,
      ],
      addedTensors: addedIntegers.map(({ name, values }) => integerTensor(name, values)),
      ...{ addedInputs: [], addedOutputs: [] },
      ...changes,
    };
    return encodeSidecar(source, index.model, plan, weights);
  });
  await rename(file.path, path.join(folder, 'onnx', weights));
  await writeFile(file.path, bytes);
}

async function changeJson(file: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const known = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...known, ...values }));
}
