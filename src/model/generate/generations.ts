import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { GenerationId } from '../../protocol/generation.ts';
import type { StartedGeneration, StartGenerationRequest } from '../../protocol/generationWire.ts';
import type { ExplainStage } from '../../protocol/modelWire.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { nextTurn } from '../runtime/turns.ts';
import { requireGenerating, windowTraits } from './generatingModel.ts';
import { Generation } from './textGeneration.ts';
import { rulesOf } from './policies/rulesOf.ts';
import { windowRefusal } from './policies/window.ts';
import { readPrompt } from './prompt.ts';

/** What is asked for a start; its wire's progress name left out. */
export type StartOptions = Omit<StartGenerationRequest, 'progress'>;

interface OpenGeneration {
  readonly generation: Generation;
  /** Gives the model back. */
  readonly release: () => void;
}

/** The generations that views have open. */
export class Generations {
  private readonly open = new Map<GenerationId, OpenGeneration>();
  /** Begins with the clock, so that no generation of an earlier process has the number of one of this. */
  private lastId = Date.now();

  constructor(private readonly runtime: Runtime) {}

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
    const { turns, models } = this.runtime;
    return turns.run(signal, async () => {
      const begin = async (stage: ExplainStage): Promise<void> => {
        onStage(stage);
        await nextTurn(signal);
      };
      const { model, release } = await models.lease(options.modelFolder, begin);
      const memory = this.runtime.memory.shareOf(options.memoryBudget);
      try {
        requireGenerating(model);
        const { policy, sampling } = options;
        await begin('tokenizing');
        const limit = rulesOf(policy).positionLimit(model.description.contextLength, model.positionTable);
        const prompt = await readPrompt(model, options.text, Math.min(limit, longestPrompt), options.specialTokens);
        await begin('running');
        const generation = await Generation.start(model, prompt, { policy, sampling }, memory, signal);
        await generation.resume(options.resume ?? [], signal);
        this.open.set(++this.lastId, { generation, release });
        const origin = {
          generation: this.lastId,
          model: model.description,
          prompt: prompt.text,
          promptTokens: prompt.tokens,
          cut: prompt.cut,
          cache: model.cacheShape,
          windowRefusal: windowRefusal(windowTraits(model)),
          passDependence: model.passDependence,
        };
        return { origin, state: generation.state };
      } catch (error) {
        memory.take(0);
        release();
        throw error;
      }
    });
  }

  /**
   * Works with an open generation when its turn comes.
   *
   * @throws ExplainError `unknownRun` when it was closed or belongs to an earlier process.
   */
  with<T>(id: GenerationId, signal: AbortSignal, work: (generation: Generation) => T | Promise<T>): Promise<T> {
    return this.runtime.turns.question(signal, () => work(this.get(id).generation));
  }

  /** Frees all that a generation holds; what it is doing ends first. */
  close(id: GenerationId): Promise<void> {
    return this.runtime.turns.question(new AbortController().signal, () => {
      const found = this.open.get(id);
      this.open.delete(id);
      found?.generation.release();
      found?.release();
    });
  }

  private get(id: GenerationId): OpenGeneration {
    const found = this.open.get(id);
    if (found !== undefined) return found;
    throw new ExplainError({
      code: 'unknownRun',
      message: l10n.t('This generation is no longer in memory.'),
      advice: l10n.t('Start again from the same tokens.'),
    });
  }
}

/** Positions of the longest prompt where neither the model nor the policy sets a limit. */
const longestPrompt = 2 ** 17;
