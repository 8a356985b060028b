import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { peakStatements, rowStatements, type Statement } from '../../../src/attention/statements.ts';
import type { Explained } from '../layout/explained.ts';
import { percentDecimals } from '../layout/numbers.ts';
import { partnerRange } from '../layout/ranking.ts';
import { Quoted, Sentence } from './controls.tsx';
import type { RunPanel } from './panel.ts';
import { distancePhrase, headsPhrase, percent } from './phrases.ts';

/** One or two sentences about the shown token, from its numbers alone. */
export function Words({ store, explained, token }: RunPanel & { readonly token: number }): JSX.Element | null {
  const { direction, heads } = store.focus.value;
  const loaded = store.weights.value?.line(token, direction);
  if (loaded?.kind !== 'ready') return null;
  const partners = partnerRange(token, explained.tokens.length, direction, explained.causal);
  const sums = direction === 'looksAt' && heads.kind !== 'max';
  const statements = (sums ? rowStatements : peakStatements)(loaded.value, token, partners);
  const decimals = percentDecimals(
    statements.flatMap((statement) => ('weight' in statement ? [statement.weight] : [])),
  );
  const context: Context = { explained, token, where: headsPhrase(heads, explained.grid), decimals };
  return (
    <p class="words" data-testid="words">
      {statements.map((statement, place) => (
        <span key={statement.kind}>
          {place > 0 && ' '}
          {direction === 'looksAt' ? looking(statement, context) : lookedAt(statement, context)}
        </span>
      ))}
    </p>
  );
}

interface Context {
  readonly explained: Explained;
  readonly token: number;
  readonly where: string;
  readonly decimals: number;
}

/** A row's statement in words. */
function looking(statement: Statement, context: Context): JSX.Element {
  const { token, where } = context;
  const subject = quoted(context, token);
  switch (statement.kind) {
    case 'onlyItself':
      return <Sentence text={l10n.t('{0} comes first and can only look at itself.')} parts={[subject]} />;
    case 'sink':
      return (
        <Sentence
          text={l10n.t(
            '{0}, {1} rests on the first token with {2} of its attention, as heads do that find little to read.',
          )}
          parts={[where, subject, share(context, statement.weight)]}
        />
      );
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} puts {2} of its attention on itself.')}
          parts={[where, subject, share(context, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} puts {2} of its attention on {3}, {4}.')}
          parts={[
            where,
            subject,
            share(context, statement.weight),
            quoted(context, statement.partner),
            distancePhrase(statement.distance),
          ]}
        />
      );
    case 'second':
      return statement.distance === 0 ? (
        <Sentence text={l10n.t('Next comes itself with {0}.')} parts={[share(context, statement.weight)]} />
      ) : (
        <Sentence
          text={l10n.t('Next comes {0}, {1}, with {2}.')}
          parts={[
            quoted(context, statement.partner),
            distancePhrase(statement.distance),
            share(context, statement.weight),
          ]}
        />
      );
    case 'even':
      return (
        <Sentence
          text={l10n.t('{0}, {1} looks at all {2} tokens about equally.')}
          parts={[where, subject, String(statement.count)]}
        />
      );
    case 'spread':
      return (
        <Sentence
          text={l10n.t('{0}, {1} spreads its attention as if over {2} of {3} tokens; the most, {4}, is on {5}.')}
          parts={[
            where,
            subject,
            effectiveText(statement.effective),
            String(statement.count),
            share(context, statement.weight),
            quoted(context, statement.partner),
          ]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of {1} tokens get at least {2} of it in one of these heads.')}
          parts={[String(statement.count), String(statement.of), share(context, statement.weight)]}
        />
      );
    case 'faint':
      return (
        <Sentence
          text={l10n.t('{0}, {1} puts no more than {2} on any token.')}
          parts={[where, subject, share(context, statement.weight)]}
        />
      );
  }
}

/** A column's statement in words. */
function lookedAt(statement: Statement, context: Context): JSX.Element {
  const { token, where } = context;
  const subject = quoted(context, token);
  switch (statement.kind) {
    case 'onlyItself':
      return <Sentence text={l10n.t('{0} comes last: no other token can look at it.')} parts={[subject]} />;
    case 'strongest':
      return statement.distance === 0 ? (
        <Sentence
          text={l10n.t('{0}, {1} is looked at most by itself, with {2} of its attention.')}
          parts={[where, subject, share(context, statement.weight)]}
        />
      ) : (
        <Sentence
          text={l10n.t('{0}, {1} is looked at most by {2}, {3}, with {4} of that token’s attention.')}
          parts={[
            where,
            subject,
            quoted(context, statement.partner),
            distancePhrase(statement.distance),
            share(context, statement.weight),
          ]}
        />
      );
    case 'many':
      return (
        <Sentence
          text={l10n.t('{0} of the {1} tokens that can see it give it at least {2}.')}
          parts={[String(statement.count), String(statement.of), share(context, statement.weight)]}
        />
      );
    default:
      return (
        <Sentence
          text={l10n.t('{0}, no token puts more than {1} of its attention on {2}.')}
          parts={[where, share(context, 'weight' in statement ? statement.weight : 0), subject]}
        />
      );
  }
}

function quoted({ explained }: Context, token: number): JSX.Element {
  return <Quoted key={token} name={explained.names[token]!} />;
}

function share({ decimals }: Context, weight: number): JSX.Element {
  return <b>{percent(weight, decimals)}</b>;
}

function effectiveText(effective: number): string {
  return effective < 10 ? effective.toFixed(1) : effective.toFixed(0);
}
