import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Answer, Effect, InspectionKind, Inspections, Question } from '../../protocol/inspection.ts';
import type { LayerFacts } from '../graph/layerFacts.ts';
import type { KvCache } from '../runtime/kvCache.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import { type MemoryUse, requireWithin } from '../runtime/memoryUse.ts';
import type { OpenRun } from '../runtime/openRuns.ts';
import { nextTurn } from '../runtime/turns.ts';
import { wholeAttention } from '../runtime/wholeAttention.ts';
import { ablationMask } from './ablationMask.ts';
import type { HeadProjection } from './headProjection.ts';
import { HeadProjections } from './headProjections.ts';
import { headRoles } from './headRoles.ts';
import { InspectedText } from './inspectedText.ts';
import { NextToken } from './nextToken.ts';
import { rowSteps, stepTensors } from './rowSteps.ts';
import { layerValueNorms } from './valueNorms.ts';

type QuestionOf<K extends InspectionKind> = Inspections[K]['question'];
/** What needs the model; the others can be read off the weights of the run. */
export type ModelQuestion = Exclude<Question, { readonly kind: 'distances' | 'links' | 'pair' }>;
type AnswerOf<K extends InspectionKind> = Inspections[K]['answer'];

/** Answers questions about open runs with the model that made them. */
export class Inspector {
  /** The text asked about last, with what is cached of it. */
  private last: { readonly run: OpenRun; readonly model: LoadedModel; readonly text: InspectedText } | undefined;
  private norms: { readonly run: OpenRun; readonly values: Float32Array } | undefined;
  private readonly projections = new WeakMap<LoadedModel, HeadProjections>();

  constructor(private readonly memory: MemoryUse) {}

  async answer(model: LoadedModel, run: OpenRun, question: ModelQuestion, signal: AbortSignal): Promise<Answer> {
    switch (question.kind) {
      case 'row':
        return { kind: 'row', ...(await this.row(model, run, question, signal)) };
      case 'reads':
        return { kind: 'reads', ...(await this.reads(model, run, question, signal)) };
      case 'effects':
        return { kind: 'effects', ...(await this.effects(model, run, question, signal)) };
      case 'roles':
        return { kind: 'roles', ...(await headRoles(model, signal)) };
      case 'timing':
        return { kind: 'timing', ...(await this.timing(model, run, question, signal)) };
      case 'linearWeights':
        return { kind: 'linearWeights', linearWeights: model.linearWeights };
    }
  }

  /**
   * ‖v_j·W_Oʰ‖₂ of every token's value vector in every head: [layers, heads, tokens]. Times the weight on the token,
   * it is the value-weighted norm (Kobayashi et al. 2020).
   *
   * @throws ExplainError `unsupportedForm` when the graph hides W_O.
   */
  async valueNorms(model: LoadedModel, run: OpenRun, signal: AbortSignal): Promise<Float32Array> {
    if (this.norms?.run === run) return this.norms.values;
    const values = concatenated(
      run.values ? await this.keptNorms(model, run, run.values, signal) : await this.textNorms(model, run, signal),
    );
    this.norms = { run, values };
    return values;
  }

  private async textNorms(model: LoadedModel, run: OpenRun, signal: AbortSignal): Promise<readonly Float32Array[]> {
    const facts = knownFacts(model);
    const wanted = new Map(facts.map(({ value }, layer) => [layer, [value]] as const));
    const tensors = await this.textOf(model, run).at(run.tokens.length - 1, wanted, signal);
    const norms: Float32Array[] = [];
    for (const [layer, layerFacts] of facts.entries()) {
      await nextTurn(signal);
      norms.push(layerValueNorms(layerFacts, tensors.get(layer)!, await this.shownProjection(model, run, layer)));
    }
    return norms;
  }

  /** From the values that are kept of a long text. */
  private async keptNorms(
    model: LoadedModel,
    run: OpenRun,
    layers: readonly Float32Array[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const { heads, keyValueHeads } = model.description;
    const norms: Float32Array[] = [];
    for (const [layer, values] of layers.entries()) {
      const projection = await this.shownProjection(model, run, layer);
      const held = values.length / keyValueHeads;
      for (let head = 0; head < heads; head++) {
        await nextTurn(signal);
        const from = Math.floor((head * keyValueHeads) / heads) * held;
        norms.push(projection.norms(head, values.subarray(from, from + run.tokens.length * projection.valueSize)));
      }
    }
    return norms;
  }

  private async reads(model: LoadedModel, run: OpenRun, { token }: QuestionOf<'reads'>, signal: AbortSignal) {
    const inputs = knownFacts(model).map(({ input }) => input ?? cannotShow(l10n.t('the input of its attention')));
    const wanted = new Map(inputs.map((input, layer) => [layer, [input]] as const));
    const tensors = await this.textOf(model, run).at(token, wanted, signal);
    const vectors = inputs.map((input, layer) => tensors.get(layer)!.vector(input));
    return { layers: vectors.length, width: vectors[0]!.length, vectors: concatenated(vectors) };
  }

  private async effects(
    model: LoadedModel,
    run: OpenRun,
    { query, ablations }: QuestionOf<'effects'>,
    signal: AbortSignal,
  ) {
    const { causal, name } = model.description;
    if (!causal || !model.hasLogits) throw predictsNothing(name);
    const text = this.textOf(model, run);
    const began = performance.now();
    const base = await text.logits(query, signal);
    const untouched = new NextToken(base.logits);
    const next = run.tokens[query + 1];
    const id = next?.id ?? untouched.mostProbable;
    let passes = base.passes;
    const effects: Effect[] = [];
    for (const ablation of ablations) {
      const { first, mask } = ablationMask(ablation, query, model.description);
      const ablated = await text.logits(query, signal, first, mask);
      passes += ablated.passes;
      const began = performance.now();
      const prediction = new NextToken(ablated.logits);
      const [probability, divergence] = [prediction.probability(id), untouched.divergence(prediction)];
      const milliseconds = ablated.work.milliseconds + performance.now() - began;
      effects.push({ probability, divergence, positions: ablated.work.positions, milliseconds });
    }
    return {
      target: { id, text: next?.text ?? model.texts.text(id), follows: next !== undefined },
      probability: untouched.probability(id),
      effects,
      milliseconds: performance.now() - began,
      passes,
      baseline: base.work,
    };
  }

  private async timing(model: LoadedModel, run: OpenRun, { tokens }: QuestionOf<'timing'>, signal: AbortSignal) {
    const { layers, heads } = model.description;
    const room = this.memory.room(run.memoryBudget, run);
    requireWithin(room, layers * heads * tokens ** 2 * Float32Array.BYTES_PER_ELEMENT);
    const own = run.tokens.map(({ id }) => id);
    const ids = Array.from({ length: tokens }, (_, index) => own[index % own.length]!);
    const began = performance.now();
    await wholeAttention(model, ids, signal);
    return { tokens, milliseconds: performance.now() - began };
  }

  private async row(
    model: LoadedModel,
    run: OpenRun,
    { query, ...head }: QuestionOf<'row'>,
    signal: AbortSignal,
  ): Promise<AnswerOf<'row'>> {
    const facts = knownFacts(model)[head.layer]!;
    const text = this.textOf(model, run);
    const projection = await this.projection(model, run, head.layer);
    const tensors = await text.at(query, new Map([[head.layer, stepTensors(facts)]]), signal);
    return rowSteps(facts, tensors.get(head.layer)!, head, model.description, projection);
  }

  /** Takes the keys and values of a run as those of the text asked about last, so that no question runs it again. */
  takeOver(model: LoadedModel, run: OpenRun, cache: KvCache): void {
    if (cache.bytes.used > this.memory.room(run.memoryBudget, run)) return;
    this.last = { run, model, text: new InspectedText(model, run, this.memory, cache) };
  }

  /** Frees what is kept of a run. */
  release(run: OpenRun): void {
    if (this.last?.run === run) this.last = undefined;
    if (this.norms?.run === run) this.norms = undefined;
  }

  private textOf(model: LoadedModel, run: OpenRun): InspectedText {
    if (this.last?.run !== run || this.last.model !== model) {
      this.last = { run, model, text: new InspectedText(model, run, this.memory) };
    }
    return this.last.text;
  }

  private projection(model: LoadedModel, run: OpenRun, layer: number): Promise<HeadProjection | undefined> {
    const projections = this.projections.get(model) ?? new HeadProjections(model);
    this.projections.set(model, projections);
    return projections.of(layer, run.tokens[0]!.id);
  }

  private async shownProjection(model: LoadedModel, run: OpenRun, layer: number): Promise<HeadProjection> {
    return (await this.projection(model, run, layer)) ?? cannotShow(l10n.t('the matrix that joins its heads'));
  }
}

/** @throws ExplainError `unsupportedForm` when the graph doesn't show the steps of its attention. */
function knownFacts({ facts, graphFile }: LoadedModel): readonly LayerFacts[] {
  return facts.map((layer) => {
    if (layer) return layer;
    throw new ExplainError({
      code: 'unsupportedForm',
      message: l10n.t('The steps of the attention in {0} are written in a form that cannot be taken apart.', graphFile),
      advice: l10n.t('Use an export of this model in which attention is two plain matrix products.'),
    });
  });
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function cannotShow(what: string): never {
  throw new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('The graph of this model does not show {0}.', what),
    advice: l10n.t('Choose another model, or another export of this one.'),
  });
}

function predictsNothing(model: string): ExplainError {
  return new ExplainError({
    code: 'unsupportedForm',
    message: l10n.t('“{0}” predicts no next token, so effects cannot be measured.', model),
    advice: l10n.t('Choose a model that continues text.'),
  });
}
