import { describe, expect, it } from 'vitest';
import type { Entry, Message, Page, Report } from '../wire/json';
import { asking, left, together } from './earlier';

const page = (from: number, to: number, older = from): Page => {
  const ids = Array.from({ length: to - from }, (_, i) => from + i);
  const at = (n: number) => new Date(n * 1000).toISOString();
  return {
    reports: ids.map((n) => ({ id: `r${n}` }) as Report),
    messages: ids.map((n) => ({ id: `m${n}`, at: at(n), direction: 'out' }) as Message),
    log: ids.map((n) => ({ id: n, at: at(n) }) as Entry),
    older: { reports: older, messages: older, log: older },
  };
};

describe('a case that comes a page at a time', () => {
  it('asks for what stands before the oldest line, and for nothing once all is there', () => {
    expect(asking(page(10, 20), 'said')).toEqual({ report: 'r10', message: 'm10' });
    expect(asking(page(10, 20), 'log')).toEqual({ log: '10' });
    expect(asking(page(0, 20), 'said')).toEqual({});
  });

  it('keeps what was fetched when it is loaded again, each line once and in order', () => {
    const known = together(page(0, 10), page(10, 20));
    expect(known.log.map((one) => one.id)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    // A line came: the newest page is one further on, and what fell out of it is still known.
    const loaded = page(11, 21);
    const all = together(known, loaded);
    expect(all.messages.map((one) => one.id)).toEqual(Array.from({ length: 21 }, (_, i) => `m${i}`));
    expect(left(all, loaded)).toEqual({ reports: 0, messages: 0, log: 0 });
    expect(left(together(page(5, 10), page(10, 20)), page(10, 20)).reports).toBe(5);
  });
});
