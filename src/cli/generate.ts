import type { CachePolicy } from '../protocol/cachePolicy.ts';
import type { GenerationState, GenerationOrigin, Sampling } from '../protocol/generation.ts';
import { Generations } from '../model/generate/generations.ts';
import type { Generation } from '../model/generate/textGeneration.ts';
import { Runtime } from '../model/runtime/runtime.ts';
import type { EngineArguments } from './arguments.ts';
import { readText } from './inputText.ts';
import { writeWhole } from './wholeFile.ts';

export interface GenerateArguments extends EngineArguments {
  readonly textFile: string;
  readonly out: string;
  readonly steps: number;
  readonly policy: CachePolicy;
  readonly sampling: Sampling;
  readonly attention: boolean;
}

/** How the steps went, for the last line of the file and for the user. */
interface Ending {
  readonly steps: number;
  readonly text: string;
  /** Why there are fewer steps than asked for. */
  readonly stopped: string | null;
}

/**
 * Continues a file's text and writes each step as one line of a JSON file: the positions computed and reused in its
 * pass, the ten most probable tokens after it, and the token taken. A step is written when it is done, so that memory
 * does not grow with the file. Returns what to tell the user.
 */
export async function generate(options: GenerateArguments, version: string): Promise<string> {
  const runtime = new Runtime(options);
  const generations = new Generations(runtime);
  const { signal } = new AbortController();
  const text = await readText(options.textFile);
  const { origin } = await generations.start({ ...options, text }, () => undefined, signal);
  const ending: Ending = await generations.with(origin.generation, signal, async (generation) => {
    const lines = new Lines(generation, origin, options, version);
    await writeWhole(options.out, lines.pieces(signal));
    return lines.ending;
  });
  await runtime.dispose();
  return sentence(origin, ending, options.out);
}

class Lines {
  ending: Ending = { steps: 0, text: '', stopped: null };

  constructor(
    private readonly generation: Generation,
    private readonly origin: GenerationOrigin,
    private readonly options: GenerateArguments,
    private readonly version: string,
  ) {}

  async *pieces(signal: AbortSignal): AsyncGenerator<string> {
    const { generation, origin, options } = this;
    const { model, promptTokens, cut } = origin;
    const head = {
      version: this.version,
      model: model.name,
      precision: model.compute,
      cache: options.policy,
      sampling: options.sampling,
      ...(cut && { cut }),
      prompt_ids: promptTokens.map(({ id }) => id),
    };
    yield `${JSON.stringify(head).slice(0, -1)},"steps":[`;
    const ids: number[] = [];
    let stopped: string | null = null;
    while (stopped === null && ids.length < options.steps) {
      const { state } = generation;
      const { choice } = state.prediction;
      const attention = options.attention ? await this.attention(signal) : {};
      yield `${ids.length > 0 ? ',' : ''}\n${JSON.stringify({ ...stepOf(state), ...attention })}`;
      ids.push(choice.id);
      if (generation.model.generationConfig.endTokens.has(choice.id)) stopped = 'endOfText';
      else if (ids.length < options.steps) stopped = await this.taken(signal);
    }
    const text = generation.model.texts.join(ids).text;
    this.ending = { steps: ids.length, text, stopped: ids.length < options.steps ? stopped : null };
    yield `\n],${JSON.stringify({ text, stopped: this.ending.stopped }).slice(1)}\n`;
  }

  /** Takes the next token; says why if it can't. */
  private async taken(signal: AbortSignal): Promise<string | null> {
    const { end } = this.generation.state;
    if (end) return end.reason;
    await this.generation.step(undefined, signal);
    return null;
  }

  private async attention(signal: AbortSignal) {
    const { layers, queryHeads } = this.origin.cache;
    const weights: number[][][] = [];
    let keys: readonly number[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const heads: number[][] = [];
      for (let head = 0; head < queryHeads; head++) {
        const row = await this.generation.row({ kind: 'head', layer, head }, undefined, signal);
        // Nine digits say a float32 exactly.
        heads.push(Array.from(row.weights, (weight) => Number(weight.toPrecision(9))));
        keys = row.keys;
      }
      weights.push(heads);
    }
    return { attention: weights, attention_keys: keys };
  }
}

function stepOf({ prediction, steps }: GenerationState) {
  const { cached, reused, cacheBytes } = steps.at(-1)!;
  const { id, text } = prediction.choice;
  return {
    id,
    text,
    top: prediction.candidates.map((candidate) => {
      return { id: candidate.id, text: candidate.text, probability: candidate.probability };
    }),
    milliseconds: cached.milliseconds,
    computed: cached.positions,
    reused,
    cache_bytes: cacheBytes.used,
  };
}

function sentence({ model, promptTokens, cut }: GenerationOrigin, { steps, stopped }: Ending, out: string): string {
  const written = `${out}: ${promptTokens.length} prompt tokens, ${steps} steps, ${model.compute}.`;
  const why = stopped === null ? '' : ` ${reasons[stopped] ?? stopped}`;
  const used = cut ? ` Only the last ${cut.usedLength} of ${cut.totalLength} characters of the text were used.` : '';
  return written + why + used;
}

const reasons: Readonly<Record<string, string>> = {
  endOfText: 'The model ended its text.',
  context: "The model's context is full: a window goes on (--cache window:W).",
  memory: 'The memory budget is used up: raise it (--memory-budget).',
};
