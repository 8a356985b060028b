import { parseArgs } from 'node:util';
import {
  type CancellationToken,
  createMessageConnection,
  ErrorCodes,
  IPCMessageReader,
  IPCMessageWriter,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { ExplainError, type Failure } from '../protocol/failure.ts';
import {
  explainProgress,
  explainRequest,
  overviewRequest,
  partnersRequest,
  releaseRequest,
  sliceRequest,
} from '../protocol/modelWire.ts';
import { Engine } from './engine.ts';

/** The model process: answers the extension host's requests over IPC and ends with it. */

const { values } = parseArgs({ options: { cache: { type: 'string' }, threads: { type: 'string' } } });
if (values.cache === undefined) throw new Error('usage: modelProcess --cache FOLDER [--threads N]');

const engine = new Engine({ cacheFolder: values.cache, threads: Number(values.threads ?? 1) });
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));

connection.onRequest(explainRequest, ({ progress, ...options }, token) =>
  answer(() =>
    engine.explain(
      options,
      (stage) => void connection.sendProgress(explainProgress, progress, { stage }),
      signalOf(token),
    ),
  ),
);
connection.onRequest(sliceRequest, (request) => answer(() => engine.slice(request)));
connection.onRequest(overviewRequest, (request) => answer(() => engine.overview(request)));
connection.onRequest(partnersRequest, (request) => answer(() => engine.partners(request)));
connection.onRequest(releaseRequest, ({ run }) => answer(() => engine.release(run)));
connection.listen();

process.on('disconnect', () => process.exit());

/** Lets a failure cross the wire whole: as the data of the error. */
async function answer<T>(work: () => T | Promise<T>): Promise<T | ResponseError<Failure>> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return new ResponseError(ErrorCodes.UnknownErrorCode, message, failureOf(error));
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ExplainError) return error.failure;
  return {
    code: 'internal',
    message: `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`,
    advice: 'Run again; if it happens again, report it with the log.',
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => {
    controller.abort();
  });
  return controller.signal;
}
