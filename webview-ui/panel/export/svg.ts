import type { Figure, Shape, TextShape } from './shapes.ts';

/** The figure as an SVG file: shapes and text elements, no script, no style sheet, nothing from elsewhere. */
export function svgOf({ width, height, title, background, shapes }: Figure): string {
  const size = `width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${escaped(background)}"/>`,
    ...shapes.map(elementOf),
    '</svg>',
    '',
  ].join('\n');
}

function elementOf(shape: Shape): string {
  switch (shape.kind) {
    case 'boxes': {
      const path = shape.boxes.map(
        ([x, y, w, h]) => `M${number(x)} ${number(y)}h${number(w)}v${number(h)}h${number(-w)}z`,
      );
      return `<path fill="${escaped(shape.fill)}" shape-rendering="crispEdges" d="${path.join('')}"/>`;
    }
    case 'lines': {
      const path = shape.lines.map(([x1, y1, x2, y2]) => `M${number(x1)} ${number(y1)}L${number(x2)} ${number(y2)}`);
      return `<path stroke="${escaped(shape.stroke)}" stroke-opacity="${number(shape.opacity)}" d="${path.join('')}"/>`;
    }
    case 'text':
      return textElement(shape);
  }
}

function textElement({ text, x, y, anchor, fill, font, turn }: TextShape): string {
  const attributes = [
    `x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" dominant-baseline="central"`,
    `font-size="${number(font.size)}" font-family="${escaped(font.family)}" fill="${escaped(fill)}"`,
    ...(font.bold ? ['font-weight="bold"'] : []),
    ...(turn === undefined ? [] : [`transform="rotate(${number(turn)} ${number(x)} ${number(y)})"`]),
  ];
  return `<text ${attributes.join(' ')} xml:space="preserve">${escaped(text)}</text>`;
}

/** Text as XML 1.0 can hold it: signs that have a meaning are escaped, characters that it forbids are replaced. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
