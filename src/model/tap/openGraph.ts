import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { type ByteSource, fileSource } from '../onnx/byteSource.ts';
import { GraphIndex } from '../onnx/graphIndex.ts';
import { MalformedFile } from '../onnx/malformedFile.ts';
import { readModel } from '../onnx/readModel.ts';
import type { SourceFile } from './modelFiles.ts';

/**
 * Reads the graph of an ONNX file and keeps the file open while it is worked on.
 *
 * @throws ExplainError `modelFile` when the file cannot be read or is no ONNX model.
 */
export async function openGraph<T>(
  file: SourceFile,
  use: (source: ByteSource, index: GraphIndex) => Promise<T> | T,
): Promise<T> {
  const handle = await openFile(file);
  try {
    const source = await fileSource(handle);
    return await use(source, new GraphIndex(readModel(source)));
  } catch (error) {
    if (error instanceof MalformedFile) throw unreadable(file, error.message, error);
    throw error;
  } finally {
    await handle.close();
  }
}

async function openFile(file: SourceFile): Promise<FileHandle> {
  try {
    return await open(file.path);
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: SourceFile, reason: string, cause: unknown): ExplainError {
  return new ExplainError(
    {
      code: 'modelFile',
      message: l10n.t('{0} cannot be read as an ONNX model: {1}.', path.basename(file.path), reason),
      advice: l10n.t('Download or export the model again, or choose another one.'),
    },
    { cause },
  );
}
