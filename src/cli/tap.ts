import { Engine } from '../model/engine.ts';
import { Runtime } from '../model/runtime/runtime.ts';
import type { EngineArguments } from './arguments.ts';

/** A text on which the tap is checked: a few dozen tokens are enough for every invariant. */
export const probeText = "The animal didn't cross the road because it was too tired.";

/** Taps a model, runs it once, and says what was found in which layer and whether the invariants hold. */
export async function tap(options: EngineArguments, json: boolean): Promise<string> {
  const engine = new Engine(new Runtime(options));
  const request = { ...options, text: probeText };
  const { model, check, tokens } = await engine.explain(request, () => undefined, new AbortController().signal);
  if (json) return JSON.stringify({ ...model, selfCheck: check }, undefined, 2);
  const layers = model.tap.map(({ layer, operator, node, tensor }) => `  ${layer}  ${operator}  ${node}  → ${tensor}`);
  const future =
    check.futureWeight === undefined ? 'bidirectional' : `largest weight on a later token ${check.futureWeight}`;
  return [
    `${model.name}: ${model.architecture}, ${model.layers} layers × ${model.heads} heads, ${model.keyValueHeads} key-value heads, context ${model.contextLength}`,
    `stored in ${model.storage}, computed in ${model.compute}`,
    'layer, operator, node → tensor that holds the attention weights:',
    ...layers,
    `self-check on ${tokens.length} tokens: passed; largest |row sum − 1| ${check.rowSumError.toExponential(1)}, ${future}`,
  ].join('\n');
}
