import { describe, expect, it } from 'vitest';
import type { GenerationOrigin, GenerationState, StepFigures } from '../../../src/protocol/generation.ts';
import { bytesText, countText } from '../../../webview-ui/shared/amounts.ts';
import { cacheCells, countOf } from '../../../webview-ui/generation/layout/cacheCells.ts';
import { chartPath, laneTotals } from '../../../webview-ui/generation/layout/lanes.ts';
import { drawnText, nameAt, peakOf, streamOf } from '../../../webview-ui/generation/layout/stream.ts';

const bytes = { used: 0, reserved: 0 };

describe('cells of the cache', () => {
  it('tell computed, reused, waiting and evicted positions apart', () => {
    const policy = { kind: 'window', window: 2, sinks: 1 } as const;
    expect(cacheCells({ policy, bytes, kept: [0, 3, 4, 5], computed: [4] }, 5)).toEqual([
      'reused',
      'evicted',
      'evicted',
      'reused',
      'computed',
      'waiting',
    ]);
  });

  it('show what is reserved and empty', () => {
    const policy = { kind: 'preallocated', positions: 4 } as const;
    expect(cacheCells({ policy, bytes, kept: [0, 1], computed: [1] }, 2)).toEqual([
      'reused',
      'computed',
      'free',
      'free',
    ]);
  });

  it('are all empty without a cache', () => {
    const cells = cacheCells({ policy: { kind: 'none' }, bytes, kept: [], computed: [] }, 3);
    expect(countOf(cells, 'evicted')).toBe(3);
  });
});

describe('line ends in the text so far', () => {
  it('end a line once, also where two tokens share one', () => {
    expect([drawnText('a\r\nb\n', undefined), drawnText('a\r', 'b')]).toEqual(['a↵\nb↵\n', 'a↵\n']);
    expect([drawnText('a\r', '\n'), drawnText('\n', 'b')]).toEqual(['a␍', '↵\n']);
  });
});

describe('both lanes', () => {
  const work = (milliseconds: number, operations: number) => ({
    positions: 1,
    keys: 1,
    cells: 1,
    operations,
    milliseconds,
  });
  const step = (cached: number, recomputed: number | undefined): StepFigures => ({
    cached: work(cached, 10),
    reused: 0,
    again: 0,
    cacheBytes: bytes,
    recomputed: recomputed === undefined ? undefined : { ...work(recomputed, 40), difference: 0 },
  });

  it('are compared over the same steps, up to the pointer', () => {
    const steps = [step(1, 2), step(3, undefined), step(5, 8), step(100, 100)];
    expect(laneTotals({ steps, taken: 2 } as unknown as GenerationState)).toEqual({
      cached: { steps: 3, operations: 30, milliseconds: 9 },
      recomputed: { steps: 2, operations: 80, milliseconds: 10 },
      beside: { steps: 2, operations: 20, milliseconds: 6 },
    });
  });

  it('are drawn with gaps where a step is unknown', () => {
    const box = { width: 20, height: 10 };
    expect(chartPath([5, 10, undefined, 0, undefined], 10, box)).toBe('M0.0 5.0L5.0 0.0M15.0 10.0h3');
  });
});

describe('the stream of tokens', () => {
  const origin = {
    prompt: 'ab',
    promptTokens: [
      { id: 0, text: '<|endoftext|>', start: -1, end: -1 },
      { id: 1, text: 'ab', start: 0, end: 2 },
    ],
  } as unknown as GenerationOrigin;
  const token = (text: string, start: number, end: number) => ({
    id: 9,
    text,
    start,
    end,
    probability: 0.5,
    chosenBy: 'greedy' as const,
  });

  it('shows bytes of a character until it is whole, and then its parts', () => {
    const open = { text: ' c<0xF0>', taken: 1, tokens: [token(' c', 0, 2), token('<0xF0>', 2, 8)] };
    const kinds = (state: unknown) =>
      streamOf(origin, state as GenerationState).map(({ kind, text, ahead }) => [kind, text, ahead]);
    expect(kinds(open)).toEqual([
      ['special', 'endoftext', false],
      ['text', 'ab', false],
      ['text', ' c', false],
      ['bytes', '<0xF0>', true],
    ]);
    const whole = { text: '😀', taken: 2, tokens: [token('<0xF0><0x9F>', 0, 2), token('<0x98><0x80>', 2, 2)] };
    expect(kinds(whole).slice(2)).toEqual([
      ['text', '😀', false],
      ['part', '', false],
    ]);
  });

  it('names tokens of both kinds by position', () => {
    const state = { text: ' c', taken: 1, tokens: [token(' c', 0, 2)] } as unknown as GenerationState;
    expect([0, 1, 2].map((position) => nameAt(origin, state, position))).toEqual(['endoftext', 'ab', 'c']);
  });

  it('does not let the first token set the scale', () => {
    expect(peakOf([0, 4, 5], Float32Array.of(0.75, 0.125, 0.0625))).toBe(0.125);
    expect(peakOf([0], Float32Array.of(1))).toBe(1);
  });
});

it('amounts have three significant digits and a unit', () => {
  expect([0, 999, 12_288, 2 ** 31].map(bytesText)).toEqual(['0\u202fB', '999\u202fB', '12\u202fKiB', '2\u202fGiB']);
  expect([7, 6_950_000, 243_100_000].map(countText)).toEqual(['7', '6.95\u202fM', '243\u202fM']);
});
