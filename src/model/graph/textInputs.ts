import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import { elementType } from '../onnx/elementType.ts';
import type { OnnxValue } from '../onnx/onnxModel.ts';

/** What a graph may take of a text, by the number of its axes: [1, positions], or one number. */
const ranks: Readonly<Record<string, number>> = {
  input_ids: 2,
  attention_mask: 2,
  position_ids: 2,
  token_type_ids: 2,
  num_logits_to_keep: 0,
};

const { int64, int32, float32, float16, bool } = elementType;
const numberTypes: readonly unknown[] = [int64, int32, float32];
const maskTypes: readonly unknown[] = [...numberTypes, float16, bool];
const cacheTypes: readonly unknown[] = [float32, float16];

/**
 * Makes sure, before any weight is read, that a graph can be fed: a single text of any length, with a cache of keys and
 * values [1, heads, positions, head size].
 *
 * @throws ExplainError `unsupportedForm` that names the input and what it is fixed to.
 */
export function requireFeedable(inputs: readonly OnnxValue[], model: string): void {
  for (const input of inputs) {
    const { name, elementType: type, shape } = input;
    const isCache = name.startsWith('past_key_values.');
    const rank = isCache ? 4 : ranks[name];
    if (rank === undefined)
      throw refused(l10n.t('The graph of “{0}” takes an input “{1}”, which is not known.', model, name));
    const types = isCache ? cacheTypes : name === 'attention_mask' ? maskTypes : numberTypes;
    if (!types.includes(type))
      throw refused(l10n.t('The graph of “{0}” takes “{1}” as numbers of a type that is not supported.', model, name));
    if (shape === undefined || shape.length === 0) continue;
    const given = shape.map((size) => size ?? '?').join(', ');
    if (shape.length !== rank) {
      throw refused(
        l10n.t('The graph of “{0}” takes “{1}” in the form [{2}], which is not supported.', model, name, given),
      );
    }
    const [batch, length] = [shape[0], shape[isCache ? 2 : 1]];
    if ((typeof batch === 'number' && batch !== 1) || typeof length === 'number') {
      throw refused(
        l10n.t('{0} was exported for one fixed shape: it takes “{1}” as [{2}] and nothing else.', model, name, given),
      );
    }
  }
}

function refused(message: string): ExplainError {
  const advice = l10n.t('Export the model for a batch of 1 and texts of any length, with its usual inputs.');
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}
