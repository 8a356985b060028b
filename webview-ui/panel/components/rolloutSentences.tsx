import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { PeakStatement, RowStatement } from '../../../src/attention/statements.ts';
import { Sentence } from '../../shared/controls.tsx';
import { bound, columnSentence, partner, quoted, rowSentence, share, type Subject } from './sentences.tsx';

/** A row of a rollout: which tokens of the text a token is traced back to. */
export function rolloutSentence(statement: RowStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
    case 'second':
      return rowSentence(statement, subject);
    case 'sink':
      return (
        <Sentence
          text={l10n.t('{0}, {1} of {2} is traced back to the first token.')}
          parts={[where, share(subject, statement.weight), token]}
        />
      );
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} of {2} is traced back to itself.')}
          parts={[where, share(subject, statement.weight), token]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} of {2} is traced back to {3}, {4}.')}
          parts={[where, share(subject, statement.weight), token, ...partner(subject, statement)]}
        />
      );
    case 'even':
      return (
        <Sentence
          text={l10n.t('{0}, {1} is traced back fairly evenly to all {2} tokens that it can attend to.')}
          parts={[where, token, String(statement.count)]}
        />
      );
    case 'spread':
      return (
        <Sentence
          text={l10n.t(
            '{0}, {1} is traced back as widely as equal shares of {2} of the {3} tokens that it can attend to; the largest share, {4}, leads to {5}.',
          )}
          parts={[
            where,
            token,
            statement.effective.toFixed(statement.effective < 10 ? 1 : 0),
            String(statement.count),
            share(subject, statement.weight),
            quoted(subject, statement.partner),
          ]}
        />
      );
  }
}

/** A column of a rollout: which tokens are traced back to a token. */
export function rolloutColumnSentence(statement: PeakStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return columnSentence(statement, subject);
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, the largest share traced back to {1} is its own: {2}.')}
          parts={[where, token, share(subject, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, the largest share traced back to {1} is that of {2}, {3}: {4}.')}
          parts={[where, token, ...partner(subject, statement), share(subject, statement.weight)]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of {1} tokens are traced back to it by at least {2}.')}
          parts={[String(statement.count), String(statement.of), share(subject, statement.weight)]}
        />
      );
    case 'faint':
      return (
        <Sentence
          text={l10n.t('{0}, no token is traced back to {1} by more than {2}.')}
          parts={[where, token, bound(statement.weight)]}
        />
      );
  }
}
