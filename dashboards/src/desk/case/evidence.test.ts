import { describe, expect, it } from 'vitest';
import { pieces, reason, reasonsByText } from './evidence';

const mark = (start: number, end: number, says: string) => ({ start, end, text: '', says });

describe('the evidence in a report', () => {
  it('is found by Unicode characters, not by code units', () => {
    const cut = pieces('😢😢 Deira', [mark(3, 8, 'place')]);
    expect(cut.map(({ text }) => text)).toEqual(['😢😢 ', 'Deira']);
    expect(cut[1]?.reasons).toEqual([0]);
  });

  it('may overlap: each piece knows all its reasons', () => {
    const cut = pieces('abcdef', [mark(0, 4, 'x'), mark(2, 6, 'y')]);
    expect(cut).toEqual([
      { text: 'ab', reasons: [0] },
      { text: 'cd', reasons: [0, 1] },
      { text: 'ef', reasons: [1] },
    ]);
  });

  it('that lies outside the text harms nothing', () => {
    const cut = pieces('ab', [mark(1, 9, 'x'), mark(-1, 1, 'y'), mark(1, 1, 'z')]);
    expect(cut).toEqual([{ text: 'ab', reasons: [] }]);
  });

  it('is listed once for each stretch, in reading order', () => {
    const lines = reasonsByText([
      { start: 9, end: 12, text: 'two', says: 'kind:death' },
      { start: 0, end: 3, text: 'one', says: 'place' },
      { start: 9, end: 12, text: 'two', says: 'priority:urgent' },
    ]);
    expect(lines.map(({ text, says }) => [text, says])).toEqual([
      ['one', ['place']],
      ['two', ['kind:death', 'priority:urgent']],
    ]);
  });

  it('names a family and a word', () => {
    expect(reason('sign:movement')).toEqual({ family: 'sign', word: 'movement' });
    expect(reason('negated')).toEqual({ family: 'negated', word: '' });
  });
});
