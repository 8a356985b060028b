import './withoutFloat16Array.ts';
import type { InferenceSession } from 'onnxruntime-node';

/**
 * How ONNX Runtime runs every model here. Softmax leaves numbers below 1e-38, on which processors are many times slower:
 * they count as 0. The first session of a process decides that for all of them, so all say the same.
 *
 * @param weightsFolder where a graph that is given as bytes finds the files that it names
 */
export function sessionOptions(threads: number, weightsFolder?: string): InferenceSession.SessionOptions {
  const weights = weightsFolder !== undefined && { model_external_initializers_file_folder_path: weightsFolder };
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    // Fatal ones only: what fails is thrown too, and its log lines hold numbers of the text.
    logSeverityLevel: 4,
    extra: { session: { set_denormal_as_zero: '1', ...weights } },
  };
}
