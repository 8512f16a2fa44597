import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { byLanguage, byMission, byResponder } from './load';

const late = (one: { lapses: number }) => one.lapses > 0;
const cards = [
  card({ id: '1', opened_at: '2026-11-22T05:00:00Z' }),
  card({ id: '2', opened_at: '2026-11-22T04:00:00Z', priority: 'urgent' }),
  card({ id: '3', mission: 'SA-RUH', lapses: 1, status: 'claimed', claimed_by: 'r', claimed_by_name: 'Rose', unread: 2 }),
  card({ id: '4', tray: true }),
  card({ id: '5', status: 'resolved' }),
];

describe('the watch', () => {
  it('counts open cases by mission, the one in most trouble first, without tray and resolved', () => {
    const [riyadh, dubai] = byMission(cards, late);
    expect(riyadh).toMatchObject({ mission: 'SA-RUH', open: 1, late: 1, waiting: 0, oldest: undefined });
    expect(dubai).toMatchObject({ mission: 'AE-DXB', open: 2, late: 0, waiting: 2 });
    expect(dubai?.oldest).toBe(Date.parse('2026-11-22T04:00:00Z'));
    expect(dubai?.by).toEqual({ critical: 1, urgent: 1, serious: 0, routine: 0 });
  });

  it('counts what each responder holds', () => {
    expect(byResponder(cards, late)).toEqual([
      { id: 'r', name: 'Rose', mission: 'SA-RUH', held: 1, late: 1, unread: 2 },
    ]);
  });

  it('counts by the language people wrote in, where most wait first', () => {
    const [first, second] = byLanguage([...cards, card({ id: '6', lang: 'ar' }), card({ id: '7', lang: 'ar' }), card({ id: '8', lang: 'ar' })]);
    expect(first).toMatchObject({ lang: 'ar', waiting: 3 });
    expect(second).toMatchObject({ lang: 'sw', open: 3, waiting: 2 });
  });
});
