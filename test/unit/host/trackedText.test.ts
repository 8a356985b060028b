import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Edit, TrackedText } from '../../../src/editor/trackedText.ts';

/** A document that edits are applied to as an editor does. */
class Document {
  constructor(public content: string) {}

  read = ({ start, end }: { start: number; end: number }): string => this.content.slice(start, end);

  /** @returns the edit that undoes this one */
  apply(tracked: TrackedText, edit: Edit): Edit {
    const { offset, length, text } = edit;
    const removed = this.content.slice(offset, offset + length);
    this.content = this.content.slice(0, offset) + text + this.content.slice(offset + length);
    tracked.apply([edit], this.read);
    return { offset, length: text.length, text: removed };
  }
}

const content = 'one two three four';

function track(text: string): { document: Document; tracked: TrackedText } {
  return { document: new Document(content), tracked: new TrackedText(text, content.indexOf(text)) };
}

describe('text followed through edits', () => {
  test.each([
    ['before it', { offset: 0, length: 3, text: 'thousand' }, 'two'],
    ['inserted at its start', { offset: 4, length: 0, text: 'and ' }, 'two'],
    ['inserted at its end', { offset: 7, length: 0, text: ' and' }, 'two'],
    ['after it', { offset: 8, length: 10, text: '' }, 'two'],
  ])('is whole after an edit %s', (_, edit, text) => {
    const { document, tracked } = track(text);
    document.apply(tracked, edit);
    expect([tracked.stale, document.read(tracked.range)]).toEqual([false, text]);
  });

  test.each([
    ['inside of it', { offset: 5, length: 1, text: 'o' }],
    ['over its start', { offset: 2, length: 3, text: '' }],
    ['over its end', { offset: 6, length: 3, text: 'x' }],
    ['of all of it', { offset: 4, length: 3, text: '' }],
    ['of the whole document', { offset: 0, length: content.length, text: 'nothing of it' }],
  ])('is stale after an edit %s, until that is undone', (_, edit) => {
    const { document, tracked } = track('two');
    const undo = document.apply(tracked, edit);
    expect(tracked.stale).toBe(true);
    document.apply(tracked, undo);
    expect([tracked.stale, tracked.range]).toEqual([false, { start: 4, end: 7 }]);
  });

  test('takes in what is typed at the end of a stale text', () => {
    const { document, tracked } = track('two');
    document.apply(tracked, { offset: 6, length: 1, text: '' });
    document.apply(tracked, { offset: 6, length: 0, text: 'elve' });
    expect([tracked.stale, document.read(tracked.range)]).toEqual([true, 'twelve']);
  });

  test('several edits of one change count in offsets from before it', () => {
    const { document, tracked } = track('three');
    document.content = '1 2 three 4';
    const edits = [
      { offset: 0, length: 3, text: '1' },
      { offset: 4, length: 3, text: '2' },
      { offset: 14, length: 4, text: '4' },
    ];
    tracked.apply(edits, document.read);
    expect([tracked.stale, document.read(tracked.range)]).toEqual([false, 'three']);
  });

  test('one of several equal letters, taken out again, leaves the text whole', () => {
    const document = new Document('   ');
    const tracked = new TrackedText('  ', 1);
    const undo = document.apply(tracked, { offset: 2, length: 0, text: ' ' });
    document.apply(tracked, undo);
    expect([tracked.stale, document.read(tracked.range)]).toEqual([false, '  ']);
  });

  test('an equal text found elsewhere meanwhile does not keep it from its first place', () => {
    const document = new Document(' "');
    const tracked = new TrackedText('"', 1);
    const undoFirst = document.apply(tracked, { offset: 0, length: 1, text: '"' });
    const undoSecond = document.apply(tracked, { offset: 0, length: 2, text: '  "' });
    document.apply(tracked, undoSecond);
    document.apply(tracked, undoFirst);
    expect([tracked.stale, document.read(tracked.range)]).toEqual([false, '"']);
  });

  test('undoing every edit brings any text back', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(8),
      text: fc.string({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }),
        fc.nat(29),
        fc.nat(10),
        fc.array(edit, { maxLength: 8 }),
        (all, from, size, edits) => {
          const start = Math.min(from, all.length);
          const document = new Document(all);
          const tracked = new TrackedText(all.slice(start, start + size), start);
          const undos = edits.map(({ at, length, text }) => {
            const offset = Math.floor(at * document.content.length);
            return document.apply(tracked, {
              offset,
              length: Math.min(length, document.content.length - offset),
              text,
            });
          });
          for (const undo of undos.reverse()) document.apply(tracked, undo);
          expect(document.content).toBe(all);
          expect([tracked.stale, document.read(tracked.range)]).toEqual([false, all.slice(start, start + size)]);
        },
      ),
    );
  });
});
