/** A drawing as a list of shapes, in CSS pixels: the same list becomes SVG and PNG. */
export interface Figure {
  readonly width: number;
  readonly height: number;
  /** Says in words what is drawn. */
  readonly title: string;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

export type Box = readonly [x: number, y: number, width: number, height: number];
export type Line = readonly [x1: number, y1: number, x2: number, y2: number];

/** Colours are `#rrggbb`. */
export type Shape =
  | { readonly kind: 'boxes'; readonly fill: string; readonly boxes: readonly Box[] }
  | { readonly kind: 'lines'; readonly stroke: string; readonly opacity: number; readonly lines: readonly Line[] }
  | TextShape;

export interface TextShape {
  readonly kind: 'text';
  readonly text: string;
  readonly x: number;
  /** Middle of the line. */
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly fill: string;
  readonly font: Font;
  /** Degrees about (x, y), clockwise. */
  readonly turn?: number;
}

export interface Font {
  readonly size: number;
  readonly family: string;
  readonly bold?: boolean;
}
