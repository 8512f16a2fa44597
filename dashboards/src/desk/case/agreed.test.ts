import { describe, expect, it } from 'vitest';
import { bounds, evening, momentIn } from './agreed';

const at = (text: string) => Date.parse(text);

describe('the moment by which she writes', () => {
  it('is the one that the clocks where she is will show', () => {
    expect(momentIn('2026-11-22T18:00', 'Asia/Dubai')).toBe(at('2026-11-22T14:00:00Z'));
    expect(momentIn('2026-11-22T18:00', 'Africa/Nairobi')).toBe(at('2026-11-22T15:00:00Z'));
  });

  it('is right on both sides of a change of the clocks, and none in the hour that is left out', () => {
    // London goes forward in the night to 29 March 2026, and back in that to 25 October.
    expect(momentIn('2026-03-28T18:00', 'Europe/London')).toBe(at('2026-03-28T18:00:00Z'));
    expect(momentIn('2026-03-29T18:00', 'Europe/London')).toBe(at('2026-03-29T17:00:00Z'));
    expect(momentIn('2026-03-29T01:30', 'Europe/London')).toBeUndefined();
    expect(momentIn('2026-10-25T18:00', 'Europe/London')).toBe(at('2026-10-25T18:00:00Z'));
  });

  it('is none where nothing was chosen', () => {
    expect(momentIn('', 'Asia/Dubai')).toBeUndefined();
    expect(momentIn('tomorrow', 'Asia/Dubai')).toBeUndefined();
  });

  it('is proposed for an evening that is still to come there', () => {
    // Nine in the morning in Dubai: this evening. Half past five, and midnight: the next one.
    expect(evening(at('2026-11-22T05:00:00Z'), 'Asia/Dubai')).toBe('2026-11-22T18:00');
    expect(evening(at('2026-11-22T13:30:00Z'), 'Asia/Dubai')).toBe('2026-11-23T18:00');
    expect(evening(at('2026-11-22T19:30:00Z'), 'Asia/Dubai')).toBe('2026-11-23T18:00');
  });

  it('lies within what the service takes', () => {
    const now = at('2026-11-22T05:00:00Z');
    const { min, max } = bounds(now, 'Asia/Dubai');
    expect(momentIn(min, 'Asia/Dubai')).toBeGreaterThan(now);
    expect(momentIn(max, 'Asia/Dubai')).toBeLessThanOrEqual(now + 30 * 86_400_000);
  });

  it('has no moment while a year is being typed', () => {
    expect(momentIn('0002-11-23T18:00', 'Asia/Dubai')).toBeUndefined();
    expect(momentIn('0202-11-23T18:00', 'Africa/Nairobi')).toBeUndefined();
  });
});
