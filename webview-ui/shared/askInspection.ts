import type { CancellationToken, MessageConnection, RequestType } from 'vscode-jsonrpc/browser';
import type { Failure } from '../../src/protocol/failure.ts';
import { type Answer, type InspectRequest, isAnswerTo, type Question } from '../../src/protocol/inspection.ts';
import { type Packed, unpacked } from '../../src/protocol/packed.ts';
import type { RunId } from '../../src/protocol/run.ts';

/** Asks the host a question about a run. @throws an error with the host's failure */
export async function askInspection<Q extends Question>(
  connection: MessageConnection,
  type: RequestType<InspectRequest, Packed<Answer>, Failure>,
  run: RunId,
  question: Q,
  token: CancellationToken,
): Promise<Answer<Q['kind']>> {
  const kind: Q['kind'] = question.kind;
  const answer = unpacked<Answer>(await connection.sendRequest(type, { run, question }, token));
  if (!isAnswerTo(kind, answer)) throw new Error(`“${answer.kind}” was answered.`);
  return answer;
}
