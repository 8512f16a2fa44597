import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { callOf, crying, dueTasks, folded, HEARD_MS, MUTE_MS, Pace, silenced, toBeSeen, type Call } from './watch';

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

  it('calls once for what happens to thousands in one moment, the most urgent first', () => {
    const escalated: Call = { reason: 'escalated', priority: 'urgent' };
    const calls = Array.from({ length: 3000 }, (_, n) => ({ call: escalated, card: card({ id: String(n) }) }));
    const worst = { call: { reason: 'new', priority: 'critical' } as Call, card: card() };
    const told = folded([...calls, worst]);
    expect(told.map(({ call, times }) => [call.priority, times])).toEqual([['critical', 1], ['urgent', 3000]]);
    expect(told[1]?.card.id).toBe('2999');
  });

  it('is heard for a critical case however many other sounds there are', () => {
    const pace = new Pace();
    expect(pace.takes('critical', 0)).toBe(true);
    for (let now = 0; now < 4000; now += 100) pace.takes('urgent', now);
    expect(pace.quiet(4000)).toBe(4000);
    expect(pace.takes('critical', 4000)).toBe(true);
  });

  it('makes one sound of those that come together, unless a more urgent one does', () => {
    const pace = new Pace();
    expect(pace.takes('urgent', 0)).toBe(true);
    expect(pace.takes('urgent', 10)).toBe(false);
    expect(pace.takes('routine', 10)).toBe(false);
    expect(pace.takes('critical', 20)).toBe(true);
    expect(pace.takes('routine', 20 + HEARD_MS)).toBe(true);
  });

  it('calls a mission that is offered a case, and the one to which it comes back', () => {
    const before = card({ status: 'claimed', claimed_by: 'me' });
    const now = card({ status: 'offered', claimed_by: 'me', offered_to: 'SA-RUH' });
    expect(callOf({ before, now }, 'her', 'SA-RUH')?.reason).toBe('offered');
    expect(callOf({ before, now }, 'other', 'AE-DXB')).toBeUndefined();
    expect(callOf({ before: now, now: before }, 'me', 'AE-DXB')?.reason).toBe('refused');
    expect(callOf({ before: now, now: before }, 'other', 'AE-DXB')).toBeUndefined();
    expect(crying([now], 'SA-RUH')).toEqual(['a']);
    expect(crying([now], 'AE-DXB')).toEqual([]);
  });

  it('tells of the critical cases this desk answers for, and of no others', () => {
    const cards = [
      card(),
      card({ id: 'b', mission: 'SA-RUH' }),
      card({ id: 'c', level: 1 }),
      card({ id: 'd', priority: 'urgent' }),
      card({ id: 'e', status: 'claimed' }),
    ];
    expect(toBeSeen(cards, 'AE-DXB').map(({ id }) => id)).toEqual(['a']);
  });

  it('reminds who holds a case of its tasks when they are due, and nobody else', () => {
    const mine = card({ claimed_by: 'me', status: 'claimed', task_due_at: '2026-11-22T05:10:00Z' });
    const due = Date.parse('2026-11-22T05:10:00Z');
    expect(dueTasks([mine], 'me', due)).toEqual([mine]);
    expect(dueTasks([mine], 'me', due - 1)).toEqual([]);
    expect(dueTasks([mine], 'other', due)).toEqual([]);
  });

  it('is muted only shortly, and only for the cases that were there', () => {
    const mute = { until: MUTE_MS, cases: new Set(['a']) };
    expect(silenced(mute, ['a'], 0)).toBe(true);
    expect(silenced(mute, ['a', 'b'], 0)).toBe(false);
    expect(silenced(mute, ['a'], MUTE_MS)).toBe(false);
    expect(silenced(undefined, ['a'], 0)).toBe(false);
  });
});
