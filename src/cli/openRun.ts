import { Engine, type ExplainOptions } from '../model/engine.ts';
import { Runtime } from '../model/runtime/runtime.ts';
import { type Answer, type InspectionKind, isAnswerTo, type Question } from '../protocol/inspection.ts';
import type { RunSummary } from '../protocol/run.ts';
import type { EngineArguments } from './arguments.ts';

/** An explained text, and what can be asked about it. */
export interface EngineRun {
  readonly engine: Engine;
  readonly summary: RunSummary;
  readonly ask: <K extends InspectionKind>(question: Question & { readonly kind: K }) => Promise<Answer<K>>;
}

/** Explains a text for as long as it is worked with. */
export async function withRun<T>(
  options: EngineArguments & ExplainOptions,
  use: (run: EngineRun) => Promise<T>,
): Promise<T> {
  const runtime = new Runtime(options);
  const engine = new Engine(runtime);
  const { signal } = new AbortController();
  try {
    const summary = await engine.explain(options, () => undefined, signal);
    const ask: EngineRun['ask'] = async (question) => {
      const answer = await engine.inspect({ run: summary.run, question }, signal);
      if (!isAnswerTo(question.kind, answer)) throw new Error(`“${answer.kind}” does not answer “${question.kind}”.`);
      return answer;
    };
    return await use({ engine, summary, ask });
  } finally {
    await engine.dispose();
    await runtime.dispose();
  }
}
