import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { PeakStatement, RowStatement } from '../../../src/attention/statements.ts';
import { Quoted, Sentence } from '../../shared/controls.tsx';
import { distancePhrase, percent } from '../../shared/phrases.ts';

/** What a statement is about. */
export interface Subject {
  readonly names: readonly string[];
  readonly token: number;
  /** The heads, as the beginning of a sentence. */
  readonly where: string;
  /** Decimals that keep the percentages of one paragraph apart. */
  readonly decimals: number;
}

/** A row of one head, or of the mean over heads. */
export function rowSentence(statement: RowStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return <OnlyItself token={token} />;
    case 'sink':
      return (
        <Sentence
          text={l10n.t(
            '{0}, {1} puts {2} of its attention on the first token, which often serves as an attention sink.',
          )}
          parts={[where, token, share(subject, statement.weight)]}
        />
      );
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} puts {2} of its attention on itself.')}
          parts={[where, token, share(subject, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} puts {2} of its attention on {3}, {4}.')}
          parts={[where, token, share(subject, statement.weight), ...partner(subject, statement)]}
        />
      );
    case 'second':
      return statement.distance === 0 ? (
        <Sentence text={l10n.t('Next is the token itself, with {0}.')} parts={[share(subject, statement.weight)]} />
      ) : (
        <Sentence
          text={l10n.t('Next is {0}, {1}, with {2}.')}
          parts={[...partner(subject, statement), share(subject, statement.weight)]}
        />
      );
    case 'even':
      return (
        <Sentence
          text={l10n.t('{0}, {1} spreads its attention fairly evenly over all {2} tokens that it can attend to.')}
          parts={[where, token, String(statement.count)]}
        />
      );
    case 'spread':
      return (
        <Sentence
          text={l10n.t(
            '{0}, {1} spreads its attention as widely as equal weights on {2} of the {3} tokens that it can attend to; the largest weight, {4}, is on {5}.',
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

/** A row of the maximum over heads: every weight is of the head in which it is largest. */
export function maximumSentence(statement: PeakStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return <OnlyItself token={token} />;
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} attends most to itself: one head puts {2} there.')}
          parts={[where, token, share(subject, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} attends most to {2}, {3}: one head puts {4} there.')}
          parts={[where, token, ...partner(subject, statement), share(subject, statement.weight)]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of the {1} tokens that it can attend to get at least {2} in some head.')}
          parts={[String(statement.count), String(statement.of), share(subject, statement.weight)]}
        />
      );
    case 'faint':
      return (
        <Sentence
          text={l10n.t('{0}, no head puts more than {1} of the attention of {2} on any token.')}
          parts={[where, bound(statement.weight), token]}
        />
      );
  }
}

/** A column: every weight is a share of another token's attention. */
export function columnSentence(statement: PeakStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return <Sentence text={l10n.t('No other token can attend to {0}: none comes after it.')} parts={[token]} />;
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} gets the largest share of attention from itself: {2}.')}
          parts={[where, token, share(subject, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} gets the largest share of attention from {2}, {3}: {4} of that token’s.')}
          parts={[where, token, ...partner(subject, statement), share(subject, statement.weight)]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of {1} tokens give it at least {2}.')}
          parts={[String(statement.count), String(statement.of), share(subject, statement.weight)]}
        />
      );
    case 'faint':
      return (
        <Sentence
          text={l10n.t('{0}, no token puts more than {1} of its attention on {2}.')}
          parts={[where, bound(statement.weight), token]}
        />
      );
  }
}

/** A column of the maximum over heads: every weight is a share of another token's attention in one head. */
export function maximumColumnSentence(statement: PeakStatement, subject: Subject): JSX.Element {
  const { where } = subject;
  const token = quoted(subject, subject.token);
  switch (statement.kind) {
    case 'onlyItself':
      return columnSentence(statement, subject);
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} gets the largest share of attention from itself: {2} in one head.')}
          parts={[where, token, share(subject, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} gets the largest share of attention from {2}, {3}: {4} of that token’s in one head.')}
          parts={[where, token, ...partner(subject, statement), share(subject, statement.weight)]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of {1} tokens give it at least {2} in some head.')}
          parts={[String(statement.count), String(statement.of), share(subject, statement.weight)]}
        />
      );
    case 'faint':
      return (
        <Sentence
          text={l10n.t('{0}, no token puts more than {1} of its attention on {2} in any head.')}
          parts={[where, bound(statement.weight), token]}
        />
      );
  }
}

function OnlyItself({ token }: { readonly token: JSX.Element }): JSX.Element {
  return <Sentence text={l10n.t('{0} can attend only to itself: no token comes before it.')} parts={[token]} />;
}

export function quoted({ names }: Subject, token: number): JSX.Element {
  return <Quoted name={names[token]!} />;
}

export function partner(
  subject: Subject,
  { partner: token, distance }: { readonly partner: number; readonly distance: number },
): readonly [JSX.Element, string] {
  return [quoted(subject, token), distancePhrase(distance)];
}

export function share({ decimals }: Subject, weight: number): JSX.Element {
  return <b>{percent(weight, decimals)}</b>;
}

/** A whole percentage that a weight does not exceed. */
export function bound(weight: number): JSX.Element {
  return <b>{percent(Math.max(1, Math.ceil(weight * 100)) / 100)}</b>;
}
