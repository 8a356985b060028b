import * as l10n from '@vscode/l10n';
import type { CostShape } from '../../attention/costs.ts';
import { ExplainError } from '../../protocol/failure.ts';
import type { CacheShape } from '../../protocol/generation.ts';
import type { LoadedModel } from '../runtime/loadedModel.ts';
import type { WindowTraits } from './policyRules.ts';

/** A model that continues text with a cache. */
export type GeneratingModel = LoadedModel & { readonly cacheShape: CacheShape };

/** @throws ExplainError `unsupportedForm` when the graph does not continue text, or keeps something else than keys and values. */
export function requireGenerating(model: LoadedModel): asserts model is GeneratingModel {
  const { name, causal } = model.description;
  if (!causal || !model.hasLogits) throw cannotGenerate(l10n.t('“{0}” does not continue text.', name));
  if (!model.hasCache) throw cannotGenerate(l10n.t('The graph of “{0}” neither takes nor returns a KV cache.', name));
  if (!model.cacheShape) throw cannotGenerate(l10n.t('The KV cache of “{0}” has a form that is not known.', name));
}

export function costShape({ cacheShape, linearWeights }: GeneratingModel): CostShape {
  return { ...cacheShape, linearWeights };
}

export function windowTraits({ config, takesPositions }: LoadedModel): WindowTraits {
  return { ownWindow: config.ownWindow, alibi: config.alibi, takesPositions };
}

function cannotGenerate(message: string): ExplainError {
  const advice = l10n.t('Choose a model that continues text, exported with its KV cache (text-generation-with-past).');
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}
