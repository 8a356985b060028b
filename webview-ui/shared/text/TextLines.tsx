import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { drawableText, labelText } from '../tokenLabel.ts';
import type { Explained } from './explained.ts';
import type { Piece } from './segments.ts';

/** A text in lines with their numbers, each token named by `data-token`. Rendered once for a run: what changes with the pointer is set on the elements by `TextMarks`. */
export const TextLines = memo(function TextLines({
  explained,
  firstLine,
}: {
  readonly explained: Explained;
  readonly firstLine: number;
}): JSX.Element {
  const { precedingTokens } = explained;
  const firstSelected = explained.lineOf[precedingTokens] ?? 0;
  const kind = (line: number): string =>
    precedingTokens === 0 ? 'line' : line < firstSelected ? 'line preceding' : 'line selected';
  return (
    <>
      {explained.lines.map((line, number) => (
        <div class={kind(number)} key={number}>
          <span class="number" aria-hidden="true">
            {firstLine + number}
          </span>
          <span class="code" dir="auto">
            {line.pieces.map((piece, place) => (
              <PieceView
                key={place}
                piece={piece}
                names={explained.names}
                precedes={piece.token !== undefined && piece.token < precedingTokens}
              />
            ))}
          </span>
        </div>
      ))}
    </>
  );
});

interface PieceProps {
  readonly piece: Piece;
  readonly names: readonly string[];
  /** Its token is not of the selection. */
  readonly precedes: boolean;
}

function PieceView({ piece: { kind, text, token }, names, precedes }: PieceProps): JSX.Element {
  if (token === undefined) return <>{drawableText(text.replace(/[\r\n]/g, ''))}</>;
  switch (kind) {
    case 'special':
      return (
        <span class="token special" data-token={token} title={l10n.t('Special token {0}', labelText(text))}>
          {labelText(names[token]!)}
        </span>
      );
    case 'part':
      return <span class="token part" data-token={token} title={l10n.t('Another token of a character before it')} />;
    case 'break':
      return (
        <span class="token break" data-token={token} aria-label={l10n.t('line end')}>
          {text === '\r' ? labelText(text) : '↵'}
        </span>
      );
    default:
      return (
        <span class={precedes ? `token ${kind} precedes` : `token ${kind}`} data-token={token}>
          {drawableText(text)}
        </span>
      );
  }
}

/** The token that an event in the text is about. */
export function tokenOf(target: EventTarget | null): number | undefined {
  const token =
    target instanceof HTMLElement ? target.closest<HTMLElement>('[data-token]')?.dataset['token'] : undefined;
  return token === undefined ? undefined : Number(token);
}
