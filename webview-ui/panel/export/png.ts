import type { Figure, Font, Shape } from './shapes.ts';

/** Pixels of the picture on each CSS pixel of the figure. */
const SCALE = 2;

/** The figure as the bytes of a PNG file. */
export async function pngOf(figure: Figure): Promise<ArrayBuffer> {
  const canvas = new OffscreenCanvas(Math.ceil(figure.width) * SCALE, Math.ceil(figure.height) * SCALE);
  const context = canvas.getContext('2d')!;
  context.fillStyle = figure.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(SCALE, SCALE);
  for (const shape of figure.shapes) paint(context, shape);
  return (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer();
}

/** Width of a text in CSS pixels. */
export function measurer(): (text: string, font: Font) => number {
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  return (text, font) => {
    context.font = cssFont(font);
    return context.measureText(text).width;
  };
}

function paint(context: OffscreenCanvasRenderingContext2D, shape: Shape): void {
  context.save();
  switch (shape.kind) {
    case 'boxes':
      context.fillStyle = shape.fill;
      for (const box of shape.boxes) context.fillRect(...box);
      break;
    case 'lines':
      context.strokeStyle = shape.stroke;
      context.globalAlpha = shape.opacity;
      context.beginPath();
      for (const [x1, y1, x2, y2] of shape.lines) {
        context.moveTo(x1, y1);
        context.lineTo(x2, y2);
      }
      context.stroke();
      break;
    case 'text':
      context.fillStyle = shape.fill;
      context.font = cssFont(shape.font);
      context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
      context.textBaseline = 'middle';
      context.translate(shape.x, shape.y);
      context.rotate(((shape.turn ?? 0) * Math.PI) / 180);
      context.fillText(shape.text, 0, 0);
      break;
  }
  context.restore();
}

function cssFont({ size, family, bold }: Font): string {
  return `${bold ? 'bold ' : ''}${size}px ${family}`;
}
