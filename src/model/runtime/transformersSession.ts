import './withoutFloat16Array.ts';
import { env, LogLevel, PretrainedConfig, PreTrainedModel } from '@huggingface/transformers';
import type { InferenceSession } from 'onnxruntime-node';
import type { Sidecar } from '../onnx/sidecar.ts';
import { sessionOptions } from './sessionOptions.ts';

/** Graphs on their way into a session, by the name of the model that transformers.js is asked for. */
const graphs = new Map<string, Uint8Array>();
let asked = 0;

// A graph is made here and written nowhere: transformers.js finds it in this cache, and may reach for nothing else.
env.allowRemoteModels = false;
env.useFSCache = false;
env.useCustomCache = true;
env.customCache = {
  // It asks by a local path first and then by an address; the name of the model stands in both.
  match: (file) => {
    const bytes = graphs.get(/([^/]+)\/(?:resolve\/main\/)?onnx\/model\.onnx$/.exec(file)?.[1] ?? '');
    return Promise.resolve(bytes && new Response(bytes as Uint8Array<ArrayBuffer>));
  },
  put: () => Promise.resolve(),
};
env.logLevel = LogLevel.NONE;

/**
 * Opens a tapped graph by transformers.js, whose base class does that for a model of any architecture: what the graph is
 * has been read from itself. Weights stay in their files.
 */
export async function transformersSession(
  { bytes, weightsFolder }: Sidecar,
  threads: number,
): Promise<InferenceSession> {
  const name = `tapped-${++asked}`;
  graphs.set(name, bytes);
  try {
    const { sessions } = await PreTrainedModel.from_pretrained(name, {
      config: new PretrainedConfig({ model_type: 'custom' }),
      local_files_only: true,
      // Adds nothing to the file's name: the precision is that of the graph.
      dtype: 'fp32',
      device: 'cpu',
      session_options: sessionOptions(threads, weightsFolder),
    });
    return sessions['model'] as InferenceSession;
  } finally {
    graphs.delete(name);
  }
}
