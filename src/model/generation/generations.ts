import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { GenerationId } from '../../protocol/generation.ts';
import type { StartedGeneration, StartGenerationRequest } from '../../protocol/generationWire.ts';
import type { ExplainStage } from '../../protocol/modelWire.ts';
import { GeneratingModel } from './generatingModel.ts';
import { Generation } from './generation.ts';
import { rulesOf } from './policies/rulesOf.ts';
import { windowRefusal } from './policies/window.ts';
import { readPrompt } from './prompt.ts';

export interface GenerationsOptions {
  readonly threads: number;
}

/** What is asked for a start; its wire's progress name left out. */
export type StartOptions = Omit<StartGenerationRequest, 'progress'>;

/** The generations that views have open. They share models and take turns, one request at a time, but nothing else. */
export class Generations {
  private readonly open = new Map<GenerationId, Generation>();
  private model: GeneratingModel | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  /** Begins with the clock, so that no generation of an earlier process has the number of one of this. */
  private lastId = Date.now();

  constructor(private readonly options: GenerationsOptions) {}

  /**
   * Loads the model, runs the prompt, and takes the tokens to resume with.
   *
   * @throws ExplainError for everything the user can act on; the signal's reason when it is aborted.
   */
  start(
    options: StartOptions,
    onStage: (stage: ExplainStage) => void,
    signal: AbortSignal,
  ): Promise<StartedGeneration> {
    return this.inTurn(signal, async () => {
      const { policy, sampling, memoryBudget } = options;
      const model = await this.load(options.modelFolder, onStage);
      onStage('tokenizing');
      const limit = rulesOf(policy).positionLimit(model.description.contextLength, model.positionTable);
      const prompt = await readPrompt(model, options.text, Math.min(limit, longestPrompt), options.specialTokens);
      onStage('running');
      const generation = await Generation.start(model, prompt, { policy, sampling }, memoryBudget, signal);
      await generation.resume(options.resume ?? [], signal);
      this.open.set(++this.lastId, generation);
      const { description, cacheShape, windowTraits } = model;
      const origin = {
        generation: this.lastId,
        model: description,
        prompt: prompt.text,
        promptTokens: prompt.tokens,
        cut: prompt.cut,
        cache: cacheShape,
        windowRefusal: windowRefusal(windowTraits),
        passDependence: model.passDependence,
      };
      return { origin, state: generation.state };
    });
  }

  /**
   * Works with an open generation when its turn comes.
   *
   * @throws ExplainError `unknownRun` when it was closed or belongs to an earlier process.
   */
  with<T>(id: GenerationId, signal: AbortSignal, work: (generation: Generation) => T | Promise<T>): Promise<T> {
    return this.inTurn(signal, () => work(this.get(id)));
  }

  /** Frees all that a generation holds; what it is doing ends first. */
  close(id: GenerationId): Promise<void> {
    return this.inTurn(new AbortController().signal, () => void this.open.delete(id));
  }

  /** Frees the model too. */
  async dispose(): Promise<void> {
    this.open.clear();
    await this.model?.dispose();
    this.model = undefined;
  }

  private get(id: GenerationId): Generation {
    const generation = this.open.get(id);
    if (generation !== undefined) return generation;
    throw new ExplainError({
      code: 'unknownRun',
      message: l10n.t('This generation is no longer in memory.'),
      advice: l10n.t('Start again from the same tokens.'),
    });
  }

  private inTurn<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
    const turn = this.queue.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** The model stays until another one is wanted and none of its generations is open. */
  private async load(modelFolder: string, onStage: (stage: ExplainStage) => void): Promise<GeneratingModel> {
    const open = [...this.open.values()].map(({ model }) => model);
    const loaded = [...open, this.model].find((model) => model?.description.folder === modelFolder);
    if (loaded && !(await loaded.isReplaced())) return loaded;
    if (this.model && !open.includes(this.model)) await this.model.dispose();
    this.model = undefined;
    onStage('tapping');
    const onTapped = async (): Promise<void> => {
      onStage('loading');
      await nextTurn();
    };
    this.model = await GeneratingModel.load({ ...this.options, modelFolder, onTapped });
    return this.model;
  }
}

/** Lets the process send its messages. */
async function nextTurn(): Promise<void> {
  await new Promise(setImmediate);
}

/** Positions of the longest prompt where neither the model nor the policy sets a limit. */
const longestPrompt = 2 ** 17;
