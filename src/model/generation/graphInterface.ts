import * as l10n from '@vscode/l10n';
import type { InferenceSession } from 'onnxruntime-node';
import { fullCacheBytes } from '../../attention/costs.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { ModelDescription } from '../../protocol/model.ts';
import { type CacheNames, cacheNames } from '../tap/cacheNames.ts';

/** Inputs and outputs of a graph that continues text. */
export interface GraphInterface extends CacheNames {
  readonly inputs: ReadonlySet<string>;
  /** Logits per position. */
  readonly vocabulary: number;
}

const ordinaryInputs = ['input_ids', 'attention_mask', 'position_ids', 'num_logits_to_keep'];

/**
 * @param gates inputs that were added to the model's own.
 * @throws ExplainError `unsupportedForm` when the graph does not continue text, or keeps something else than keys and values.
 */
export function graphInterface(
  session: InferenceSession,
  model: string,
  gates: readonly string[] = [],
): GraphInterface {
  const { past, present } = cacheNames(session.inputNames, session.outputNames);
  if (!session.outputNames.includes('logits')) throw cannotGenerate(l10n.t('«{0}» does not continue text.', model));
  if (past.length === 0 || past.length !== present.length) {
    throw cannotGenerate(l10n.t('The graph of «{0}» neither takes nor returns a KV cache.', model));
  }
  const known = new Set([...ordinaryInputs, ...gates, ...past.flatMap(({ key, value }) => [key, value])]);
  const other = session.inputNames.find((name) => !known.has(name));
  if (other !== undefined)
    throw cannotGenerate(l10n.t('The graph of «{0}» wants «{1}», which is not known.', model, other));
  const vocabulary = lastSize(session.outputMetadata, 'logits');
  if (vocabulary === undefined)
    throw cannotGenerate(l10n.t('The graph of «{0}» does not say how many tokens it knows.', model));
  return { inputs: new Set(session.inputNames), past, present, vocabulary };
}

/** @throws ExplainError `unsupportedForm` when keys are of another type than float32 or float16. */
export function cacheShape(
  session: InferenceSession,
  { past }: Pick<CacheNames, 'past'>,
  { layers, heads, keyValueHeads, name }: ModelDescription,
  configuredHeadSize: number | undefined,
): CacheShape {
  const key = past[0]?.key ?? '';
  const metadata = session.inputMetadata.find((input) => input.name === key);
  const elementType = metadata?.isTensor === true ? metadata.type : undefined;
  const headSize = lastSize(session.inputMetadata, key) ?? configuredHeadSize;
  if ((elementType !== 'float32' && elementType !== 'float16') || headSize === undefined || past.length !== layers) {
    throw cannotGenerate(l10n.t('The KV cache of «{0}» has a form that is not known.', name));
  }
  const bytesPerPosition = fullCacheBytes({ layers, keyValueHeads, headSize }, elementType === 'float32' ? 4 : 2, 1);
  return { layers, keyValueHeads, queryHeads: heads, headSize, elementType, bytesPerPosition };
}

function lastSize(metadata: readonly InferenceSession.ValueMetadata[], name: string): number | undefined {
  const value = metadata.find((candidate) => candidate.name === name);
  const size = value?.isTensor === true ? value.shape.at(-1) : undefined;
  return typeof size === 'number' && size > 0 ? size : undefined;
}

function cannotGenerate(message: string): ExplainError {
  const advice = l10n.t('Choose a model that continues text, exported with its KV cache (text-generation-with-past).');
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}
