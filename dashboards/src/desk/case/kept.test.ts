import { expect, it } from 'vitest';
import { kept } from './kept';

const view = () => ({
  card: { id: 'a', version: 3 },
  log: [
    { id: 1, event: 'opened', detail: { kind: 'distress' } },
    { id: 2, event: 'note', detail: null },
  ],
  needs: ['water', 'food'],
});

it('what is read again and is equal is what is known', () => {
  const known = view();
  expect(kept(known, view())).toBe(known);
});

it('what changed is as it was read, and all beside it stays', () => {
  const known = view();
  const read = { ...view(), log: [...view().log, { id: 3, event: 'note', detail: null }] };
  read.log[1] = { id: 2, event: 'call', detail: null };
  const whole = kept(known, read);
  expect(whole).toEqual(read);
  expect(whole.card).toBe(known.card);
  expect(whole.needs).toBe(known.needs);
  expect(whole.log[0]).toBe(known.log[0]);
  expect(whole.log[1]).not.toBe(known.log[1]);
});

it('lines are known by their id when others come before them or leave', () => {
  const known = view();
  const whole = kept(known, { ...view(), log: [{ id: 0, event: 'read', detail: null }, view().log[1]] });
  expect(whole.log.map((line) => line?.id)).toEqual([0, 2]);
  expect(whole.log[1]).toBe(known.log[1]);
});

it('nothing is taken from what is not alike: a field that is gone is gone', () => {
  expect(kept({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(kept({ a: 1 }, { a: 1, b: undefined })).toEqual({ a: 1, b: undefined });
  expect(kept([1, 2], [1])).toEqual([1]);
  expect(kept({ 0: 'a' }, ['a'])).toEqual(['a']);
  expect(kept(undefined, null)).toBeNull();
});
