import { describe, expect, test } from 'vitest';
import { centred, FIT, frameOf } from '../../../webview-ui/shared/matrix/frame.ts';
import { spacedStarts } from '../../../webview-ui/shared/matrix/labels.ts';
import { seenPart, viewAround } from '../../../webview-ui/shared/matrix/minimap.ts';
import { underPixels } from '../../../webview-ui/shared/matrix/profiles.ts';
import { findToken } from '../../../webview-ui/shared/text/findToken.ts';
import { explainedText } from '../../../webview-ui/shared/text/explained.ts';
import type { RunSummary } from '../../../src/protocol/run.ts';

/** One token for every word or line end. */
function explained(text: string) {
  const tokens = [...text.matchAll(/\n|[^\s]+/g)].map(({ 0: word, index }, id) => ({
    id,
    text: word,
    start: index,
    end: index + word.length,
  }));
  const model = { layers: 1, heads: 1, causal: true };
  return explainedText({ text, tokens, selection: { start: 0, end: tokens.length }, model } as unknown as RunSummary);
}

describe('going to a token', () => {
  const text = explained('one two\nthree One\n\nfour');
  const at = (entry: string, present = 0, firstLine = 1) => findToken(text, entry, present, firstLine);

  test('by its number', () => {
    expect([at('0'), at(' 3 '), at('99')]).toEqual([0, 3, undefined]);
  });

  test('by the document’s line', () => {
    expect([at(':1'), at(':2'), at(':11', 0, 10), at(':9', 0, 10), at(':2000')]).toEqual([
      0,
      3,
      3,
      undefined,
      undefined,
    ]);
  });

  test('by its text, the next one first, whatever the case', () => {
    expect([at('one', 0), at('one', 4), at('our'), at('five'), at(''), at('-1')]).toEqual([
      4,
      0,
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the outermost blocks', () => {
  const blocksOf = (text: string) => {
    const { blocks, names } = explained(text);
    return blocks.map(({ start, end }) => names.slice(start, end).join(' ').replaceAll('\n', '').trim());
  };

  test('end with the line that closes them', () => {
    const found = blocksOf('import a\n\nf {\n  b\n\n  c\n}\n\ng {\n  d\n}\nlast');
    expect(found.map((block) => block.replaceAll(/[^a-z{}]+/g, ' ').trim())).toEqual(['f { b c }', 'g { d }']);
  });

  test('end before the next line of their depth, or with the text', () => {
    const found = blocksOf('def f:\n  a\ndef g:\n  b\n  c');
    expect(found.map((block) => block.replaceAll(/[^a-z:]+/g, ' ').trim())).toEqual(['def f: a', 'def g: b c']);
  });

  test('of an indented part begin at its least depth; lines alone make none', () => {
    expect(blocksOf('  a\n  b\n  c')).toEqual([]);
    expect(blocksOf('    a {\n      b\n    }')).toHaveLength(1);
    expect(blocksOf('')).toEqual([]);
  });
});

test('under each pixel the largest of its weights', () => {
  expect([...underPixels(Float32Array.of(0, 1, 0, 3, 2, 0), 0, 0.5, 3)]).toEqual([1, 3, 2]);
  expect([...underPixels(Float32Array.of(5, 1, 2), 1, 2, 4)]).toEqual([1, 1, 2, 2]);
  expect([...underPixels(Float32Array.of(5), 0, 1, 3)]).toEqual([5, 0, 0]);
});

test('lines are labelled where there is room, each at its own start', () => {
  expect(spacedStarts([0, 2, 3, 10, 30], 1, 5)).toEqual([0, 10, 30]);
  expect(spacedStarts([0, 2, 3], 5, 5)).toEqual([0, 2, 3]);
});

describe('the minimap', () => {
  const box = { width: 1000, height: 800, tokens: 4000, labelWidth: 60, profiles: 0 };
  const whole = frameOf(box, FIT);
  const zoomed = frameOf(box, { zoom: 8, left: 1000, top: 2000 });

  test('shows the part that is seen', () => {
    expect(seenPart(whole, 100)).toEqual({ x: 0, y: 0, width: 100, height: 100 });
    const part = seenPart(zoomed, 100);
    expect([part.x, part.y]).toEqual([25, 50]);
    expect(part.width).toBeCloseTo((100 * zoomed.plot.width) / zoomed.cell / 4000);
  });

  test('moves its middle to where it is pressed', () => {
    const view = frameOf(box, viewAround(zoomed, 100, 50, 75)).view;
    expect(view.left + zoomed.plot.width / zoomed.cell / 2).toBeCloseTo(2000.5);
    expect(view.top + zoomed.plot.height / zoomed.cell / 2).toBeCloseTo(3000.5);
  });

  test('a cell at the edge cannot be in the middle', () => {
    expect(frameOf(box, centred(zoomed, { query: 3999, key: 0 })).view).toMatchObject({ left: 0 });
  });
});
