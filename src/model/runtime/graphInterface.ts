import * as l10n from '@vscode/l10n';
import { fullCacheBytes } from '../../attention/costs.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { cacheForm } from './cacheForm.ts';
import type { GraphSession } from './graphSession.ts';
import type { ModelConfig } from '../folder/modelFolder.ts';
import { type CacheNames, cacheNames } from '../graph/cacheNames.ts';

/** Inputs and outputs of a graph that continues text. */
export interface GraphInterface extends CacheNames {
  readonly inputs: ReadonlySet<string>;
  /** Logits per position. */
  readonly vocabulary: number;
}

const ordinaryInputs = ['input_ids', 'attention_mask', 'position_ids', 'token_type_ids', 'num_logits_to_keep'];

/**
 * @param gates inputs that were added to the model's own.
 * @throws ExplainError `unsupportedForm` when the graph does not continue text, or keeps something else than keys and values.
 */
export function graphInterface(
  { inputs, outputs }: GraphSession,
  model: string,
  gates: readonly string[] = [],
): GraphInterface {
  const { past, present } = cacheNames([...inputs.keys()], [...outputs.keys()]);
  if (!outputs.has('logits')) throw cannotGenerate(l10n.t('“{0}” does not continue text.', model));
  if (past.length === 0 || past.length !== present.length) {
    throw cannotGenerate(l10n.t('The graph of “{0}” neither takes nor returns a KV cache.', model));
  }
  const known = new Set([...ordinaryInputs, ...gates, ...past.flatMap(({ key, value }) => [key, value])]);
  const other = [...inputs.keys()].find((name) => !known.has(name));
  if (other !== undefined)
    throw cannotGenerate(l10n.t('The graph of “{0}” wants “{1}”, which is not known.', model, other));
  const vocabulary = outputs.get('logits')?.shape.at(-1);
  if (vocabulary === undefined)
    throw cannotGenerate(l10n.t('The graph of “{0}” does not say how many tokens it knows.', model));
  return { inputs: new Set(inputs.keys()), past, present, vocabulary };
}

/** @throws ExplainError `unsupportedForm` when layers keep other things than keys and values of one size. */
export function cacheShape(
  session: GraphSession,
  { past }: Pick<CacheNames, 'past'>,
  { layers, heads, name }: ModelDescription,
  config: ModelConfig,
): CacheShape {
  const form = cacheForm(session, config);
  if (form === undefined || past.length !== layers) {
    throw cannotGenerate(l10n.t('The KV cache of “{0}” has a form that is not known.', name));
  }
  const bytesPerPosition = fullCacheBytes({ layers, ...form }, form.elementType === 'float32' ? 4 : 2, 1);
  return { layers, queryHeads: heads, ...form, bytesPerPosition };
}

function cannotGenerate(message: string): ExplainError {
  const advice = l10n.t('Choose a model that continues text, exported with its KV cache (text-generation-with-past).');
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}
