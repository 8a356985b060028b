import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';

/** How ONNX Runtime names, in its messages, the operator that it can't go on with, and the node. */
const operatorForms = [
  /while running (?<operator>\S+) node\. Name:'(?<node>[^']*)'/,
  /(?<operator>[^\s:]+)\(-?\d+\) is not a registered function/,
  /implementation for (?<operator>[^\s(]+)\(\d+\) node with name '(?<node>[^']*)'/,
  /Node \((?<node>[^)]*)\) Op \((?<operator>[^)]+)\)/,
];
const outOfMemory = /bad_alloc|bad allocation|failed to allocate|not enough memory|array buffer allocation/i;

/** What the runtime says when it can't load a graph; that names files and operators, and nothing of a text. */
export function loadFailure(model: string, cause: unknown): ExplainError {
  const said = messageOf(cause);
  if (outOfMemory.test(said)) {
    const message = l10n.t('There is not enough memory to load the model “{0}”.', model);
    const advice = l10n.t('Close other programs or explanations, or choose a smaller model.');
    return new ExplainError({ code: 'overBudget', message, advice }, { cause });
  }
  const operator = operatorIn(said);
  return new ExplainError(
    {
      code: 'modelFile',
      message:
        operator === undefined
          ? l10n.t('ONNX Runtime cannot load the model “{0}”.', model)
          : l10n.t('ONNX Runtime cannot load the model “{0}”: it does not get past the operator {1}.', model, operator),
      advice: l10n.t('Check that all its files are there and complete, or choose another model.'),
    },
    { cause },
  );
}

/**
 * What the runtime says when it can't run a graph, without its own words: they may hold numbers of the text, and so
 * don't reach the log either.
 */
export function runFailure(model: string, tokens: number | undefined, cause: unknown): ExplainError {
  const said = messageOf(cause);
  if (outOfMemory.test(said)) {
    const message = l10n.t('There is not enough memory to run the model “{0}” over this text.', model);
    return new ExplainError({
      code: 'overBudget',
      message,
      advice: l10n.t('Select less text, or choose a smaller model.'),
    });
  }
  const operator = operatorIn(said) ?? l10n.t('that is not named');
  return new ExplainError({
    code: 'modelFile',
    message:
      tokens === undefined
        ? l10n.t('ONNX Runtime cannot run the model “{0}”: its operator {1} fails.', model, operator)
        : l10n.t(
            'ONNX Runtime cannot run the model “{0}” over {1} tokens: its operator {2} fails.',
            model,
            tokens,
            operator,
          ),
    advice: l10n.t('Try a shorter text, or choose another model or another export of this one.'),
  });
}

export function selfCheckFailure(detail: string): ExplainError {
  return new ExplainError({
    code: 'selfCheck',
    message: `What was read out of the model is not its attention: ${detail}`,
    advice: 'Nothing is shown, because it could be wrong. Choose another model or another export of this one.',
  });
}

function operatorIn(message: string): string | undefined {
  const groups = operatorForms.map((form) => form.exec(message)?.groups).find(Boolean);
  if (!groups) return undefined;
  const { operator, node } = groups;
  return node ? `${operator} (${node})` : operator;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
