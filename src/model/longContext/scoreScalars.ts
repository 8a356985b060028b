import type { LayerFacts, Scalar } from '../graph/layerFacts.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';

/** The numbers between a product q·k and its score: score = scale · q·k, or cap · tanh(scale · q·k). */
export interface ScoreScalars {
  /** NaN where the graph doesn't show it. */
  readonly scale: number;
  readonly cap: number | undefined;
}

/** Those of each layer, from a pass over a token. The queries that are kept hold their own scale. */
export async function scoreScalars(model: LoadedModel, id: number): Promise<readonly ScoreScalars[]> {
  const wanted = model.facts.map((facts) => (facts ? scalarsOf(facts).map(({ tensor }) => tensor) : []));
  const steps = new Map(wanted.flatMap((tensors, layer) => (tensors.length > 0 ? [[layer, tensors] as const] : [])));
  const pass = { ids: [id], positions: [0], pastLength: 0, past: model.emptyPast };
  const result = await model.run(steps.size > 0 ? { ...pass, steps } : pass);
  return model.facts.map((facts, layer) => {
    if (!facts) return { scale: NaN, cap: undefined };
    const numbers = result.steps(layer);
    const product = (scalars: readonly Scalar[]): number =>
      scalars.reduce((factor, { tensor, divides }) => {
        const value = numbers.get(tensor)![0]!;
        return divides ? factor / value : factor * value;
      }, 1);
    return {
      scale: product(facts.key.scalars) * product(facts.productScalars),
      cap: facts.capScalars && product(facts.capScalars),
    };
  });
}

function scalarsOf({ key, productScalars, capScalars = [] }: LayerFacts): readonly Scalar[] {
  return [...key.scalars, ...productScalars, ...capScalars];
}
