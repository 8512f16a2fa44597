import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { callOf, crying, MUTE_MS, silenced } from './watch';

describe('the alarm', () => {
  it('calls for a new waiting case, not for one that somebody already holds', () => {
    expect(callOf({ before: undefined, now: card() }, 'me')?.reason).toBe('new');
    expect(callOf({ before: undefined, now: card({ status: 'claimed' }) }, 'me')).toBeUndefined();
    expect(callOf({ before: undefined, now: card({ tray: true }) }, 'me')).toBeUndefined();
  });

  it('calls when a case goes up the ladder or becomes more urgent, never when less', () => {
    const before = card({ priority: 'urgent' });
    expect(callOf({ before, now: card({ priority: 'urgent', level: 1 }) }, 'me')?.reason).toBe('escalated');
    expect(callOf({ before, now: card({ priority: 'critical' }) }, 'me')?.reason).toBe('raised');
    expect(callOf({ before, now: card({ priority: 'routine' }) }, 'me')).toBeUndefined();
  });

  it('calls for a message to the one who holds the case, not to her colleagues', () => {
    const before = card({ claimed_by: 'me', status: 'claimed' });
    const now = card({ claimed_by: 'me', status: 'claimed', unread: 1 });
    expect(callOf({ before, now }, 'me')?.reason).toBe('message');
    expect(callOf({ before, now }, 'other')).toBeUndefined();
  });

  it('keeps sounding for critical cases until somebody claims them', () => {
    expect(crying([card(), card({ id: 'b', status: 'claimed' }), card({ id: 'c', priority: 'urgent' })])).toEqual(['a']);
  });

  it('is muted only shortly, and only for the cases that were there', () => {
    const mute = { until: MUTE_MS, cases: new Set(['a']) };
    expect(silenced(mute, ['a'], 0)).toBe(true);
    expect(silenced(mute, ['a', 'b'], 0)).toBe(false);
    expect(silenced(mute, ['a'], MUTE_MS)).toBe(false);
    expect(silenced(undefined, ['a'], 0)).toBe(false);
  });
});
