import { type FileHandle, open } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { systemReason } from '../../protocol/systemErrors.ts';
import { type ModelFile, realPathOf, unusable } from '../folder/modelFile.ts';
import { isLfsPointer, lfsReason } from '../folder/modelJson.ts';
import { type ByteSource, fileSource } from '../onnx/byteSource.ts';
import { GraphIndex } from '../onnx/graphIndex.ts';
import { MalformedFile } from '../onnx/malformedFile.ts';
import { readModel } from '../onnx/readModel.ts';

/**
 * Reads the graph of an ONNX file and keeps the file open while it is worked on.
 *
 * @throws ExplainError `modelFile` when the file cannot be read or is no ONNX model.
 */
export async function openGraph<T>(
  file: ModelFile,
  use: (source: ByteSource, index: GraphIndex) => Promise<T> | T,
): Promise<T> {
  const handle = await openFile(file);
  try {
    const source = await fileSource(handle);
    if (isLfsPointer(beginningOf(source))) throw unusable(file.path, lfsReason());
    return await use(source, new GraphIndex(readModel(source)));
  } catch (error) {
    if (error instanceof MalformedFile) throw unreadable(file, error.message, error);
    throw error;
  } finally {
    await handle.close();
  }
}

async function openFile(file: ModelFile): Promise<FileHandle> {
  try {
    return await open(realPathOf(file));
  } catch (error) {
    throw unusable(file.path, systemReason(error) ?? l10n.t('the system refuses it'), error);
  }
}

function beginningOf(source: ByteSource): string {
  const bytes = new Uint8Array(64);
  return new TextDecoder('latin1').decode(bytes.subarray(0, source.read(bytes, 0)));
}

function unreadable(file: ModelFile, reason: string, cause: unknown): ExplainError {
  return new ExplainError(
    {
      code: 'modelFile',
      message: l10n.t('{0} cannot be read as an ONNX model: {1}.', file.path, reason),
      advice: l10n.t('Download or export the model again, or choose another one.'),
    },
    { cause },
  );
}
