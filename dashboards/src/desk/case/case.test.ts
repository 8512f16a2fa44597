import { describe, expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import type { Entry } from '../wire/json';
import { differences, stillFits } from './changed';
import { concerns, telling } from './neutral';
import { timeline } from './timeline';
import { zoneOf } from './zones';

describe('a stale version', () => {
  it('shows what somebody else changed, and nothing else', () => {
    const before = card();
    const now = card({ version: 2, status: 'claimed', claimed_by: 'x', claimed_by_name: 'Peter' });
    expect(differences(before, now)).toEqual([
      { field: 'status', before: 'waiting', now: 'claimed' },
      { field: 'claimed_by_name', before: null, now: 'Peter' },
    ]);
  });
});

describe('an act on an older state', () => {
  it('is simply done again when only the clock went on or the person wrote again', () => {
    expect(stillFits(card(), card({ version: 3, level: 1, lapses: 1, unread: 2 }))).toBe(true);
  });

  it('asks when somebody took the case or changed what it is', () => {
    expect(stillFits(card(), card({ status: 'claimed', claimed_by_name: 'Peter' }))).toBe(false);
    expect(stillFits(card(), card({ kind: 'death' }))).toBe(false);
  });
});

describe('the look at a text before it is sent', () => {
  it('warns of links, numbers, references and words that give her away', () => {
    expect(concerns('See https://example.org')).toContain('link');
    expect(concerns('Call +971 50 000 0001')).toContain('number');
    expect(concerns('Reference 4F7K-92MX-Q1TA')).toContain('number');
    expect(concerns('Ubalozi wa Kenya')).toContain('word');
    expect(concerns('اتصلي بالسفارة')).toContain('word');
  });

  it('shows which words it is about', () => {
    expect(telling('The police have your passport, call +971 50 000 0001. Police!')).toEqual([
      '+971 50 000 0001',
      'police',
      'passport',
      'Police',
    ]);
    expect(telling('Hello. Are you well?')).toEqual([]);
  });

  it('lets ordinary words pass in three languages', () => {
    for (const text of ['Hello. Are you well?', 'Habari. Uko wapi sasa?', 'مرحبا. أين أنت الآن؟']) {
      expect(concerns(text)).toEqual([]);
    }
  });
});

describe('the timeline', () => {
  it('has the very same line for an entry that is known, so that it is not drawn again', () => {
    const log = [
      { id: 1, at: '2026-11-22T05:00:00Z', by: null, event: 'opened', note: null, detail: null },
      { id: 2, at: '2026-11-22T05:01:00Z', by: 'Amina', event: 'note', note: 'Called', detail: null },
    ];
    const [before, after] = [timeline(log, false), timeline([...log], false)];
    expect(after.map((line, nth) => line === before[nth])).toEqual([true, true]);
  });

  const entry = (id: number, event: string, by: string | null = 'Amina'): Entry => ({
    id,
    at: `2026-11-22T05:00:0${id}Z`,
    by,
    event,
    detail: { priority: 'urgent', secret: 'x' },
    note: null,
  });

  it('is newest first, leaves reads out unless asked, and folds them together', () => {
    const log = [entry(1, 'opened', null), entry(2, 'read'), entry(3, 'read'), entry(4, 'claimed')];
    expect(timeline(log, false).map(({ event }) => event)).toEqual(['claimed', 'opened']);
    expect(timeline(log, true).map(({ event, times }) => [event, times])).toEqual([
      ['claimed', 1],
      ['read', 2],
      ['opened', 1],
    ]);
  });

  it('tells only the details it has words for', () => {
    expect(timeline([entry(1, 'opened')], false)[0]?.detail).toEqual([['priority', 'urgent']]);
  });

  it('tells what follows a lost text, which answers were written and which sign was taken back', () => {
    const told = (event: string, detail: Record<string, unknown>) =>
      timeline([{ ...entry(1, event), detail }], false)[0]?.detail;
    expect(told('delivery', { state: 'failed', next: 'whatsapp', to_staff: false })).toEqual([
      ['state', 'failed'],
      ['next', 'whatsapp'],
    ]);
    expect(told('sheet', { answers: ['died', 'remains_at'] })).toEqual([
      ['field', 'died'],
      ['field', 'remains_at'],
    ]);
    expect(told('signs', { sign: 'debt', holds: false })).toEqual([
      ['sign', 'debt'],
      ['holds', 'no'],
    ]);
  });
});

describe('a clock that lapsed late', () => {
  const lapsed = (late_ms: number): Entry => ({
    id: 1,
    at: '2026-11-22T05:00:00Z',
    by: null,
    event: 'lapsed',
    detail: { clock: 'claim', late_ms },
    note: null,
  });

  it('says by how much, and one in time says nothing', () => {
    expect(timeline([lapsed(4)], false)[0]?.detail).toEqual([['clock', 'claim']]);
    expect(timeline([lapsed(61_000)], false)[0]?.detail).toEqual([
      ['clock', 'claim'],
      ['late_ms', 61_000],
    ]);
  });
});

describe('the clock of a country', () => {
  it('is that of the mission there, or known without one', () => {
    const dubai = {
      code: 'AE-DXB',
      name: '',
      city: 'Dubai',
      country: 'AE',
      lat: 0,
      lon: 0,
      timezone: 'Asia/Dubai',
      active: true,
    };
    expect(zoneOf('AE', [dubai])).toBe('Asia/Dubai');
    expect(zoneOf('BH', [dubai])).toBe('Asia/Bahrain');
    expect(zoneOf('TV', [dubai])).toBeUndefined();
  });
});
