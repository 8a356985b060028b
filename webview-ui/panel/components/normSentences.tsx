import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { NormStatement } from '../../../src/attention/statements.ts';
import type { Direction } from '../../../src/protocol/run.ts';
import { Sentence } from '../../shared/controls.tsx';
import { valueText } from '../../shared/measure.ts';
import { columnSentence, partner, quoted, rowSentence, share, type Subject } from './sentences.tsx';

/** From this factor on a sentence says by how much the largest norm exceeds the next. */
const NOTABLE_TIMES = 1.5;

/** Value-weighted norms of a row (what a token gets) or of a column (what it gives). Norms are never percentages. */
export function normSentence(statement: NormStatement, direction: Direction, subject: Subject): JSX.Element {
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return direction === 'looksAt' ? rowSentence(statement, subject) : columnSentence(statement, subject);
    case 'largest':
      return <Largest statement={statement} direction={direction} subject={subject} />;
    case 'level':
      return (
        <Sentence
          text={
            direction === 'looksAt'
              ? l10n.t('{0}, {1} gets about as much from each of {2} tokens.')
              : l10n.t('{0}, {1} gives about as much to each of {2} tokens.')
          }
          parts={[subject.where, token, String(statement.count)]}
        />
      );
    case 'weightElsewhere':
      return (
        <Sentence
          text={l10n.t('The largest weight, {0}, is on {1}, whose norm ranks only {2} of {3}.')}
          parts={[
            share(subject, statement.weight),
            quoted(subject, statement.partner),
            String(statement.rank),
            String(statement.of),
          ]}
        />
      );
  }
}

interface LargestProps {
  readonly statement: Extract<NormStatement, { readonly kind: 'largest' }>;
  readonly direction: Direction;
  readonly subject: Subject;
}

function Largest({ statement, direction, subject }: LargestProps): JSX.Element {
  const { distance, norm, times } = statement;
  const head = [subject.where, quoted(subject, subject.token)];
  const size = <b>{valueText(norm, 'norm')}</b>;
  const ahead = times >= NOTABLE_TIMES && Number.isFinite(times);
  const main =
    distance === 0 ? (
      <Sentence
        text={
          direction === 'looksAt'
            ? l10n.t('{0}, {1} gets most from itself, with a norm of {2}.')
            : l10n.t('{0}, {1} gives most to itself, with a norm of {2}.')
        }
        parts={[...head, size]}
      />
    ) : (
      <Sentence
        text={
          direction === 'looksAt'
            ? l10n.t('{0}, {1} gets most from {2}, {3}, with a norm of {4}.')
            : l10n.t('{0}, {1} gives most to {2}, {3}, with a norm of {4}.')
        }
        parts={[...head, ...partner(subject, statement), size]}
      />
    );
  return (
    <>
      {main}
      {ahead && <> {l10n.t('That is {0} times the next.', times.toFixed(1))}</>}
    </>
  );
}
