import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { EVERYTHING, inForce, keep, mayBeName, restore, sieve, type Filter } from './filter';

const seen = (filter: Partial<Filter>, one = card(), late = false) =>
  sieve({ ...EVERYTHING, ...filter }, 'me', () => late)(one);

describe('a filter', () => {
  it('shows open cases and hides the tray and what is resolved', () => {
    expect(seen({})).toBe(true);
    expect(seen({}, card({ tray: true }))).toBe(false);
    expect(seen({}, card({ status: 'resolved' }))).toBe(false);
    expect(seen({ statuses: ['resolved'] }, card({ status: 'resolved' }))).toBe(true);
    expect(seen({ tray: true }, card({ tray: true }))).toBe(true);
  });

  it('finds a reference however it is typed, wherever it is', () => {
    expect(seen({ text: '4f7k 92' }, card({ tray: true }))).toBe(true);
    expect(seen({ text: '4f7k-93' })).toBe(false);
  });

  it('knows mine, unread, late and questions', () => {
    expect(seen({ mine: true })).toBe(false);
    expect(seen({ mine: true }, card({ claimed_by: 'me' }))).toBe(true);
    expect(seen({ unread: true }, card({ unread: 2 }))).toBe(true);
    expect(seen({ late: true }, card(), true)).toBe(true);
    expect(seen({ kinds: ['question'] }, card({ kind: null }))).toBe(true);
    expect(seen({ kinds: ['question'] })).toBe(false);
  });

  it('is read once, however many cards are looked at', () => {
    let reads = 0;
    const watched = new Proxy<Filter>(
      { ...EVERYTHING },
      { get: (filter, name) => ((reads += name === 'text' ? 1 : 0), filter[name as keyof Filter]) },
    );
    const wanted = sieve(watched, 'me', () => false);
    for (let n = 0; n < 100; n += 1) wanted(card());
    expect(reads).toBe(1);
  });

  it('is kept without the typed text, and survives anything that was saved', () => {
    const chosen: Filter = { ...EVERYTHING, priorities: ['critical'], mine: true, text: '4F7K' };
    expect(keep(chosen)).not.toContain('4F7K');
    expect(restore(keep(chosen))).toEqual({ ...chosen, text: '' });
    for (const saved of [null, '', '7', '{"kinds":3,"mine":"yes"}']) {
      expect(restore(saved)).toEqual(EVERYTHING);
    }
    expect(inForce(chosen)).toBe(2);
  });

  it('takes letters of any script for a name, and digits for a reference', () => {
    expect(['Achieng', 'أشينغ', 'Ann 2'].map(mayBeName)).toEqual([true, true, true]);
    expect(['4f7k-92', '', 'ab', 'WV3A-7DC5-PXBW', 'wv3a 7dc5'].map(mayBeName)).toEqual(
      Array<boolean>(5).fill(false),
    );
  });
});
