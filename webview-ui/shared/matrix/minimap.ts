import { centred, type Frame, type Rectangle, type View } from './frame.ts';

/** The part of the matrix that is seen, in a picture of the whole with this side. */
export function seenPart({ view, plot, cell, tokens }: Frame, side: number): Rectangle {
  const scale = side / tokens;
  return {
    x: view.left * scale,
    y: view.top * scale,
    width: Math.min(side, (plot.width / cell) * scale),
    height: Math.min(side, (plot.height / cell) * scale),
  };
}

/** The view whose middle is the cell at a point of the picture. */
export function viewAround(frame: Frame, side: number, x: number, y: number): View {
  const token = (at: number): number => Math.floor((at / side) * frame.tokens);
  return centred(frame, { query: token(y), key: token(x) });
}
