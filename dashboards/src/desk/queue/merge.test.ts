import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { Cards } from './merge';

describe('the cards of a desk', () => {
  it('keep the higher version, in whatever order the frames come', () => {
    const held = new Cards();
    held.take(card({ version: 3, status: 'claimed' }));
    expect(held.take(card({ version: 2 }))).toBeUndefined();
    expect(held.get('a')?.status).toBe('claimed');
  });

  it('say what a card was before', () => {
    const held = new Cards();
    expect(held.take(card())?.before).toBeUndefined();
    expect(held.take(card({ version: 2 }))?.before?.version).toBe(1);
  });

  it('do not come back from an older frame after they left', () => {
    const held = new Cards();
    held.take(card({ version: 4 }));
    expect(held.leave('a', 5)).toBe(true);
    expect(held.take(card({ version: 5 }))).toBeUndefined();
    expect(held.take(card({ version: 6 }))).toBeDefined();
  });

  it('stay when they left at an older version than the one held', () => {
    const held = new Cards();
    held.take(card({ version: 7 }));
    expect(held.leave('a', 5)).toBe(false);
    expect(held.get('a')).toBeDefined();
  });

  it('are dropped when a full sending does not mention them any more', () => {
    const held = new Cards();
    held.take(card());
    held.take(card({ id: 'b' }));
    held.begin();
    held.take(card());
    expect(held.settle()).toBe(true);
    expect(held.all().map(({ id }) => id)).toEqual(['a']);
  });
});
