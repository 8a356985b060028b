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
  attentionRow,
  attentionTriangle,
  cacheNorms,
  closeGeneration,
  goToToken,
  policyEffect,
  recomputeStep,
  returnToBranch,
  setCachePolicy,
  setSampling,
  startGeneration,
  stepGeneration,
} from '../protocol/generationWire.ts';
import type { GenerationId, GenerationState } from '../protocol/generation.ts';
import {
  explainProgress,
  explainRequest,
  inspectRequest,
  overviewRequest,
  partnersRequest,
  peaksRequest,
  releaseRequest,
  sliceRequest,
} from '../protocol/modelWire.ts';
import { Engine } from './engine.ts';
import { collectAtRest } from './runtime/garbage.ts';
import type { Generation } from './generate/textGeneration.ts';
import { Generations } from './generate/generations.ts';
import { Runtime } from './runtime/runtime.ts';

/** The model process: answers the extension host's requests over IPC and ends with it. */

const { values } = parseArgs({ options: { cache: { type: 'string' }, threads: { type: 'string' } } });
if (values.cache === undefined) throw new Error('usage: modelProcess --cache FOLDER [--threads N]');

const runtime = new Runtime({ cacheFolder: values.cache, threads: Number(values.threads ?? 1) });
const engine = new Engine(runtime);
const generations = new Generations(runtime);
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));

connection.onRequest(explainRequest, ({ progress, ...options }, token) =>
  answer(() =>
    engine
      .explain(options, (told) => void connection.sendProgress(explainProgress, progress, told), signalOf(token))
      .finally(collectAtRest),
  ),
);
connection.onRequest(sliceRequest, (request, token) => answer(() => engine.slice(request, signalOf(token))));
connection.onRequest(overviewRequest, (request, token) => answer(() => engine.overview(request, signalOf(token))));
connection.onRequest(peaksRequest, (request, token) => answer(() => engine.peaks(request, signalOf(token))));
connection.onRequest(partnersRequest, (request, token) => answer(() => engine.partners(request, signalOf(token))));
connection.onRequest(inspectRequest, (request, token) => answer(() => engine.inspect(request, signalOf(token))));
connection.onRequest(releaseRequest, ({ run }) =>
  answer(() => {
    engine.release(run);
    collectAtRest();
  }),
);

connection.onRequest(startGeneration, ({ progress, ...request }, token) =>
  answer(() =>
    generations.start(
      request,
      (stage) => void connection.sendProgress(explainProgress, progress, { stage }),
      signalOf(token),
    ),
  ),
);
connection.onRequest(stepGeneration, ({ generation, token: chosen }, token) =>
  changed(generation, token, (of, signal) => of.step(chosen, signal)),
);
connection.onRequest(goToToken, ({ generation, taken }, token) =>
  changed(generation, token, (of, signal) => of.goTo(taken, signal)),
);
connection.onRequest(returnToBranch, ({ generation, branch }, token) =>
  changed(generation, token, (of, signal) => of.returnTo(branch, signal)),
);
connection.onRequest(setCachePolicy, ({ generation, policy }, token) =>
  changed(generation, token, (of, signal) => of.setPolicy(policy, signal)),
);
connection.onRequest(setSampling, ({ generation, sampling }, token) =>
  changed(generation, token, (of, signal) => of.setSampling(sampling, signal)),
);
connection.onRequest(recomputeStep, ({ generation }, token) =>
  changed(generation, token, (of, signal) => of.recompute(signal)),
);
connection.onRequest(policyEffect, ({ generation }, token) =>
  asked(generation, token, (of, signal) => of.effect(signal)),
);
connection.onRequest(attentionRow, ({ generation, heads, position }, token) =>
  asked(generation, token, (of, signal) => of.row(heads, position, signal)),
);
connection.onRequest(attentionTriangle, ({ generation, heads, resolution }, token) =>
  asked(generation, token, (of) => of.triangle(heads, resolution)),
);
connection.onRequest(cacheNorms, ({ generation, layer }, token) => asked(generation, token, (of) => of.norms(layer)));
connection.onRequest(closeGeneration, ({ generation }) =>
  answer(async () => {
    await generations.close(generation);
    collectAtRest();
  }),
);
connection.listen();

process.on('disconnect', () => process.exit());

/** Answers with what is asked of a generation. */
function asked<T>(
  id: GenerationId,
  token: CancellationToken,
  work: (generation: Generation, signal: AbortSignal) => T | Promise<T>,
): Promise<T | ResponseError<Failure>> {
  const signal = signalOf(token);
  return answer(() => generations.with(id, signal, (generation) => work(generation, signal)));
}

/** Answers with the state after a generation was changed. */
function changed(
  id: GenerationId,
  token: CancellationToken,
  change: (generation: Generation, signal: AbortSignal) => Promise<void>,
): Promise<GenerationState | ResponseError<Failure>> {
  return asked(id, token, async (generation, signal) => {
    await change(generation, signal);
    return generation.state;
  });
}

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
