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

  it('stand in the order of the queue, whatever came, changed and left in between', () => {
    const held = new Cards();
    const order = () => held.all().map(({ id }) => id).join('');
    const opened = (second: number) => `2026-11-22T05:00:0${second}Z`;
    for (const [id, second] of [['c', 3], ['a', 1], ['d', 4], ['b', 2]] as const) {
      held.take(card({ id, opened_at: opened(second), priority: 'urgent' }));
    }
    expect(order()).toBe('abcd');
    held.take(card({ id: 'd', opened_at: opened(4), priority: 'critical', version: 2 }));
    expect(order()).toBe('dabc');
    held.leave('a', 9);
    held.take(card({ id: 'e', opened_at: opened(2), priority: 'urgent' }));
    expect(order()).toBe('dbec');
    held.take(card({ id: 'b', opened_at: opened(2), priority: 'routine', version: 2 }));
    held.take(card({ id: 'b', opened_at: opened(2), priority: 'critical', version: 3 }));
    expect(order()).toBe('bdec');
  });

  it('are the very same list while nothing changed', () => {
    const held = new Cards();
    held.take(card({ version: 2 }));
    const all = held.all();
    held.take(card({ version: 1 }));
    expect(held.all()).toBe(all);
  });
});
