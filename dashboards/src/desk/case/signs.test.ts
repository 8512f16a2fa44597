import { expect, it } from 'vitest';
import { SIGNS } from '../wire/words';
import { signLines } from './signs';

const report = (...told: [string, string][]) => ({
  evidence: told.map(([text, says], i) => ({ start: i, end: i + 1, text, says })),
});
const entry = (by: string | null, sign: string, holds: boolean) => ({
  id: 1,
  at: '2026-11-22T10:00:00Z',
  by,
  event: 'signs',
  detail: { sign, holds },
  note: null,
});

it('the list has all eleven signs, with the words that told each and who spoke last', () => {
  const view = {
    reports: [
      report(['took my passport', 'sign:documents'], ['Deira', 'place']),
      report(['took my passport', 'sign:documents'], ['not paid', 'sign:wages']),
    ],
    log: [entry('Amina', 'wages', false), entry('Otieno', 'wages', true), entry('Amina', 'debt', true)],
  } as unknown as Parameters<typeof signLines>[0];
  const lines = signLines(view, ['documents', 'wages']);
  expect(lines.map(({ sign }) => sign)).toEqual(SIGNS);
  expect(SIGNS).toHaveLength(11);
  const line = (sign: string) => lines.find((one) => one.sign === sign);
  expect(line('documents')).toMatchObject({ holds: true, words: ['took my passport'], by: undefined });
  expect(line('wages')).toMatchObject({ holds: true, words: ['not paid'], by: 'Otieno' });
  expect(line('debt')).toMatchObject({ holds: false, words: [], by: 'Amina' });
});
