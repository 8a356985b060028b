import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Answer, Effect, InspectionKind, Inspections, Question } from '../../protocol/inspection.ts';
import type { OpenRun } from '../runtime/attentionStore.ts';
import { readLinearWeights } from '../graph/linearWeights.ts';
import type { LanguageModel } from '../runtime/languageModel.ts';
import { requireWithin } from '../generate/limits.ts';
import { nextTurn } from '../runtime/graphSession.ts';
import type { TextMap, Vectors } from '../longContext/textMap.ts';
import { gatingOf } from './gates.ts';
import type { HeadProjection } from './headProjection.ts';
import { headRoles } from './headRoles.ts';
import { InspectedModel } from './inspectedModel.ts';
import { InspectedText } from './inspectedText.ts';
import { Prediction } from './prediction.ts';
import { rowSteps, stepTensors } from './rowSteps.ts';
import { layerValueNorms } from './valueNorms.ts';

export interface InspectorOptions {
  readonly threads: number;
}

type QuestionOf<K extends InspectionKind> = Inspections[K]['question'];
/** What needs the model; the others can be read off the weights of the run. */
export type ModelQuestion = Exclude<Question, { readonly kind: 'distances' | 'links' | 'pair' }>;
type AnswerOf<K extends InspectionKind> = Inspections[K]['answer'];

/** Answers questions about the runs of one model. Its graph is loaded with the first of them. */
export class Inspector {
  private model: InspectedModel | undefined;
  /** The text asked about last, with what is cached of it. */
  private last: { readonly run: OpenRun; readonly text: InspectedText } | undefined;

  private norms: { readonly run: OpenRun; readonly values: Float32Array } | undefined;

  constructor(
    private readonly languageModel: LanguageModel,
    private readonly options: InspectorOptions,
  ) {}

  async answer(run: OpenRun, question: ModelQuestion, signal: AbortSignal): Promise<Answer> {
    switch (question.kind) {
      case 'row':
        return { kind: 'row', ...(await this.row(run, question, signal)) };
      case 'reads':
        return { kind: 'reads', ...(await this.reads(run, question, signal)) };
      case 'effects':
        return { kind: 'effects', ...(await this.effects(run, question, signal)) };
      case 'roles':
        return { kind: 'roles', ...(await headRoles(this.languageModel, signal)) };
      case 'timing':
        return { kind: 'timing', ...(await this.timing(run, question, signal)) };
      case 'linearWeights':
        return { kind: 'linearWeights', linearWeights: await this.linearWeights() };
    }
  }

  /**
   * ‖v_j·W_Oʰ‖₂ of every token's value vector in every head: [layers, heads, tokens]. Times the weight on the token,
   * it is the value-weighted norm (Kobayashi et al. 2020).
   *
   * @throws ExplainError `unsupportedForm` when the graph hides W_O.
   */
  async valueNorms(run: OpenRun, signal: AbortSignal): Promise<Float32Array> {
    if (this.norms?.run === run) return this.norms.values;
    const values = concatenated(
      run.map ? await this.longNorms(run, run.map, signal) : await this.textNorms(run, signal),
    );
    this.norms = { run, values };
    return values;
  }

  private async textNorms(run: OpenRun, signal: AbortSignal): Promise<readonly Float32Array[]> {
    const { model, text } = await this.open(run);
    const values = model.facts.map(({ value }) => value);
    const last = await text.at(run.tokens.length - 1, values, signal);
    const norms: Float32Array[] = [];
    for (const layer of model.facts.keys()) {
      await nextTurn(signal);
      norms.push(layerValueNorms(model.facts[layer]!, last, await this.projection(run, model, layer)));
    }
    return norms;
  }

  /** From the values that are kept of a long text. */
  private async longNorms(run: OpenRun, map: TextMap<Vectors>, signal: AbortSignal): Promise<readonly Float32Array[]> {
    const model = await this.load();
    const norms: Float32Array[] = [];
    for (const [layer, { values }] of map.layers.entries()) {
      const projection = await this.projection(run, model, layer);
      for (let head = 0; head < map.heads; head++) {
        await nextTurn(signal);
        const from = Math.floor((head * map.keyValueHeads) / map.heads) * map.positions * map.headSize;
        norms.push(projection.norms(head, values.subarray(from, from + map.tokens * map.headSize)));
      }
    }
    return norms;
  }

  private async reads(run: OpenRun, { token }: QuestionOf<'reads'>, signal: AbortSignal) {
    const { model, text } = await this.open(run);
    const inputs = model.facts.map(({ input }) => input ?? cannotShow(l10n.t('the input of its attention')));
    const tensors = await text.at(token, inputs, signal);
    const vectors = inputs.map((input) => tensors.vector(input));
    return { layers: vectors.length, width: vectors[0]!.length, vectors: concatenated(vectors) };
  }

  private async effects(run: OpenRun, { query, ablations }: QuestionOf<'effects'>, signal: AbortSignal) {
    const { model, text } = await this.open(run);
    if (!model.predictsNextToken) throw predictsNothing(model.description.name);
    const began = performance.now();
    const base = await text.logits(query, signal);
    const untouched = new Prediction(base.logits);
    const next = run.tokens[query + 1];
    const id = next?.id ?? untouched.mostProbable;
    let passes = base.passes;
    const effects: Effect[] = [];
    for (const ablation of ablations) {
      const { first, gating } = gatingOf(ablation, query, model.description);
      const ablated = await text.logits(query, signal, first, gating);
      passes += ablated.passes;
      const began = performance.now();
      const prediction = new Prediction(ablated.logits);
      const [probability, divergence] = [prediction.probability(id), untouched.divergence(prediction)];
      const milliseconds = ablated.work.milliseconds + performance.now() - began;
      effects.push({ probability, divergence, positions: ablated.work.positions, milliseconds });
    }
    return {
      target: { id, text: next?.text ?? this.languageModel.texts.text(id), follows: next !== undefined },
      probability: untouched.probability(id),
      effects,
      milliseconds: performance.now() - began,
      passes,
      baseline: base.work,
    };
  }

  private async timing(run: OpenRun, { tokens }: QuestionOf<'timing'>, signal: AbortSignal) {
    const { layers, heads } = this.languageModel.description;
    requireWithin(run.memoryBudget, layers * heads * tokens ** 2 * Float32Array.BYTES_PER_ELEMENT);
    const own = idsOf(run);
    const ids = Array.from({ length: tokens }, (_, index) => own[index % own.length]!);
    const began = performance.now();
    await this.languageModel.attention(ids, signal);
    return { tokens, milliseconds: performance.now() - began };
  }

  private async linearWeights(): Promise<number> {
    return readLinearWeights(this.languageModel.description.folder);
  }

  private async projection(run: OpenRun, model: InspectedModel, layer: number): Promise<HeadProjection> {
    const projection = await model.projection(layer, run.tokens[0]!.id);
    return projection ?? cannotShow(l10n.t('the matrix that joins its heads'));
  }

  private async row(
    run: OpenRun,
    { query, ...head }: QuestionOf<'row'>,
    signal: AbortSignal,
  ): Promise<AnswerOf<'row'>> {
    const { model, text } = await this.open(run);
    const facts = model.facts[head.layer]!;
    const projection = await model.projection(head.layer, run.tokens[0]!.id);
    const tensors = await text.at(query, stepTensors(facts), signal);
    return rowSteps(facts, tensors, head, model.description, projection);
  }

  /** Frees what is kept of a run. */
  release(run: OpenRun | undefined): void {
    if (this.last?.run === run) this.last = undefined;
    if (this.norms?.run === run) this.norms = undefined;
  }

  /** Frees the model too. */
  async dispose(): Promise<void> {
    this.last = undefined;
    this.norms = undefined;
    await this.model?.dispose();
    this.model = undefined;
  }

  private async load(): Promise<InspectedModel> {
    return (this.model ??= await InspectedModel.load(this.languageModel, this.options));
  }

  private async open(run: OpenRun) {
    const model = await this.load();
    if (this.last?.run !== run) this.last = { run, text: new InspectedText(model, idsOf(run), run.memoryBudget) };
    return { model, text: this.last.text };
  }
}

function idsOf({ tokens }: OpenRun): readonly number[] {
  return tokens.map(({ id }) => id);
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
