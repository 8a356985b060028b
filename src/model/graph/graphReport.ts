import * as l10n from '@vscode/l10n';
import { ExplainError } from '../../protocol/failure.ts';
import type { Precision, TappedLayer } from '../../protocol/model.ts';
import type { GraphIndex } from '../onnx/graphIndex.ts';
import { qualifiedOperator } from '../onnx/onnxModel.ts';
import { findAttention } from './findAttention.ts';
import { isFusedAttention } from './operators.ts';
import { passDependence } from './passDependence.ts';
import { positionTable } from './positions.ts';
import { computePrecision, storagePrecision } from './precision.ts';

/** How often an operator occurs. */
export interface OperatorCount {
  readonly operator: string;
  readonly count: number;
}

/** A layer whose weights are computed by separate operators, from the product of queries and keys on. */
export interface FoundLayer extends TappedLayer {
  readonly form: readonly string[];
}

/** What a graph shows of its attention, without judging whether that is enough. */
export interface GraphReport {
  readonly layers: readonly FoundLayer[];
  /** Whether all layers have the same form. */
  readonly uniform: boolean;
  readonly storage: Precision;
  readonly compute: Precision;
  readonly causal: boolean | undefined;
  /** Operators that compute attention in one piece, most frequent first. */
  readonly fused: readonly OperatorCount[];
  /** The operator that joins more columns to the scores of a layer than there are keys. */
  readonly joinsColumns: string | undefined;
  /** The operator for which a text has to run in one pass: see `passDependence`. */
  readonly passDependence: string | undefined;
  /** Positions that the graph holds; `undefined` where it takes texts of any length. */
  readonly positions: number | undefined;
  /** Attention in the subgraph of a top-level node or in a local function: the name of that. */
  readonly nestedIn: string | undefined;
  /** All operators of the file, most frequent first. */
  readonly operators: readonly OperatorCount[];
}

export function inspectGraph(index: GraphIndex): GraphReport {
  const blocks = findAttention(index);
  const { model, graph } = index;
  const operators = countOperators(graph.nodes.map(qualifiedOperator));
  const firstBlock = blocks[0];
  return {
    layers: blocks.map(({ softmax, weights, form }, layer) => {
      return { layer, operator: softmax.operator, node: softmax.name, tensor: weights, form };
    }),
    uniform: new Set(blocks.map(({ form }) => form.join())).size <= 1,
    storage: storagePrecision(index),
    compute: firstBlock ? computePrecision(index, firstBlock) : 'fp32',
    causal: graph.inputs.some(({ name }) => name.startsWith('past_key_values')) ? true : undefined,
    fused: operators.filter(({ operator }) => isFusedAttention(operator)),
    joinsColumns: blocks.find((block) => block.joinsColumns)?.joinsColumns?.operator,
    passDependence: passDependence(index)?.operator,
    positions: positionTable(index),
    nestedIn:
      graph.nodes.find((node) => holdsAttention(node.inner.operators))?.operator ??
      model.functions.find((local) => holdsAttention(local.operators))?.name,
    operators,
  };
}

/**
 * @param file name of the file, for messages.
 * @throws ExplainError `unsupportedForm` when attention is there in a form that can't be tapped, else `noAttention`.
 */
export function requireAttention(report: GraphReport, file: string): GraphReport {
  const fused = report.fused[0];
  if (fused) {
    const { operator, count } = fused;
    throw unsupported(
      l10n.t('{0} computes attention in one fused operator, {1} (found {2} times).', file, operator, count),
    );
  }
  if (report.joinsColumns !== undefined) {
    throw unsupported(
      l10n.t(
        'The attention in {0} has sinks: before the softmax, {1} adds columns that stand for no token, so that the weights on the tokens sum to less than 1.',
        file,
        report.joinsColumns,
      ),
      l10n.t('Choose another model; support for attention with sinks is planned.'),
    );
  }
  if (report.layers.some(({ form }) => form.includes('Transpose', form.indexOf('Softmax')))) {
    throw unsupported(
      l10n.t(
        'The softmax of the attention in {0} has its axes in another order than [heads, queries, keys], which is not supported yet.',
        file,
      ),
      l10n.t('Choose another model, or another export of this one; support for this form is planned.'),
    );
  }
  if (report.layers.length > 0) return report;
  if (report.nestedIn !== undefined) {
    throw unsupported(
      l10n.t('{0} computes attention inside of “{1}”, out of reach of the tap.', file, report.nestedIn),
    );
  }
  const list = report.operators.slice(0, 20).map(({ operator, count }) => `${operator} ${count}`);
  throw new ExplainError({
    code: 'noAttention',
    message: l10n.t('No attention was found in {0}. Its operators: {1}.', file, list.join(', ')),
    advice: l10n.t('Choose a transformer model, exported without fused attention.'),
  });
}

function unsupported(
  message: string,
  advice = l10n.t('Use an export of this model without fused attention; support for this form is planned.'),
): ExplainError {
  return new ExplainError({ code: 'unsupportedForm', message, advice });
}

function holdsAttention(operators: readonly string[]): boolean {
  return operators.some((operator) => operator === 'Softmax' || isFusedAttention(operator));
}

function countOperators(operators: readonly string[]): readonly OperatorCount[] {
  const counts = new Map<string, number>();
  for (const operator of operators) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  return [...counts].map(([operator, count]) => ({ operator, count })).sort((a, b) => b.count - a.count);
}
