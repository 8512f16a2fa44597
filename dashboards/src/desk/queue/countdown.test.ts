import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { countdown, figure } from './countdown';

const now = Date.parse('2026-11-22T05:00:00Z');
const due = (seconds: number) => new Date(now + seconds * 1000).toISOString();

describe('a countdown', () => {
  it('says how long is left in few characters', () => {
    expect(figure(9)).toBe('0:09');
    expect(figure(3599)).toBe('59:59');
    expect(figure(3 * 3600 + 7 * 60)).toBe('3 h 07');
    expect(figure(2 * 86_400 + 4 * 3600)).toBe('2 d 4 h');
    expect(figure(-31)).toBe('+0:31');
  });

  it('is calm, then soon, then late', () => {
    const at = (seconds: number) => countdown(card({ due_at: due(seconds) }), now).urgency;
    expect(at(45)).toBe('calm');
    expect(at(30)).toBe('soon');
    expect(at(0)).toBe('soon');
    expect(at(-1)).toBe('late');
  });

  it('counts "soon" by priority', () => {
    const at = (priority: 'urgent' | 'routine') =>
      countdown(card({ priority, due_at: due(1800) }), now).urgency;
    expect(at('urgent')).toBe('calm');
    expect(at('routine')).toBe('soon');
  });

  it('stays late while a lapse is unanswered, though the next clock runs', () => {
    const c = countdown(card({ lapses: 1, due_at: due(50) }), now);
    expect(c).toMatchObject({ urgency: 'late', lapsed: true, figure: '0:50' });
  });

  it('is nothing for a closed case, and before the server has told the time', () => {
    expect(countdown(card({ status: 'resolved', due_at: null }), now).urgency).toBe('none');
    expect(countdown(card(), undefined).urgency).toBe('none');
  });
});
