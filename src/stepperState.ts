import type { CachePolicy } from './protocol/cachePolicy.ts';
import type { Failure } from './protocol/failure.ts';
import type { GenerationOrigin, GenerationState, Sampling } from './protocol/generation.ts';
import type { GenerationRestorePoint, GenerationSnapshot, Prompt } from './protocol/generationViewWire.ts';
import type { ExplainStage } from './protocol/modelWire.ts';

export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, seed: 1 };

const everything: CachePolicy = { kind: 'full' };

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly stage: ExplainStage }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | {
      readonly kind: 'ready';
      readonly origin: GenerationOrigin;
      readonly state: GenerationState;
      readonly note: string | undefined;
    };

/** The state of the view «Step Through Generation»: how far it is, and what could be started again. */
export class StepperState {
  private phase: Phase = { kind: 'idle' };
  private point: GenerationRestorePoint | undefined;

  get kind(): GenerationSnapshot['kind'] {
    return this.phase.kind;
  }

  /** What could be started again. */
  get restore(): GenerationRestorePoint | undefined {
    return this.point;
  }

  /** How a new generation begins: with the settings of the one before. */
  beginning(prompt: Prompt): GenerationRestorePoint {
    const { policy, sampling } = this.point ?? { policy: everything, sampling: greedy };
    return { prompt, tokens: [], taken: 0, policy, sampling };
  }

  /** What the view kept over a reload is offered as long as nothing else was started. */
  offer(point: GenerationRestorePoint): boolean {
    const isNew = this.phase.kind === 'idle' && this.point === undefined;
    if (isNew) this.point = point;
    return isNew;
  }

  setStarting(point: GenerationRestorePoint, stage: ExplainStage): void {
    this.point = point;
    this.phase = { kind: 'starting', stage };
  }

  setFailed(failure: Failure): void {
    this.phase = { kind: 'failed', failure };
  }

  setIdle(): void {
    this.phase = { kind: 'idle' };
  }

  /** @param note what the user has to know beside the numbers */
  setReady(origin: GenerationOrigin, state: GenerationState, note: string | undefined): void {
    const before = this.point?.prompt;
    const cutOff = (before?.text.length ?? 0) - origin.prompt.length;
    const place = before?.place && { uri: before.place.uri, start: before.place.start + cutOff };
    this.phase = { kind: 'ready', origin, state, note };
    this.point = {
      prompt: { text: origin.prompt, label: before?.label, note: before?.note, place },
      tokens: state.tokens.map(({ id, probability, chosenBy }) => ({ id, probability, chosenBy })),
      taken: state.taken,
      policy: state.cache.policy,
      sampling: state.sampling,
    };
  }

  /** The prompt's document was replaced by another one. */
  movePrompt(uri: string, label: string): void {
    const { point } = this;
    if (point?.prompt.place === undefined) return;
    this.point = { ...point, prompt: { ...point.prompt, label, place: { ...point.prompt.place, uri } } };
  }

  snapshot(): GenerationSnapshot {
    const { phase, point } = this;
    return phase.kind === 'idle' || point === undefined
      ? { kind: 'idle', restore: point }
      : { ...phase, restore: point };
  }
}
