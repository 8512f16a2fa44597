import { expect, it } from 'vitest';
import { reveal, windowOf } from './window';

it('of ten thousand rows only those in sight are drawn', () => {
  const at = windowOf(10_000, 86, 86_000, 600);
  expect(at.end - at.first).toBeLessThan(25);
  expect(at.first).toBeLessThanOrEqual(1000);
  expect(at.end).toBeGreaterThan(1007);
  expect(at.height).toBe(860_000);
});

it('a list that became short is drawn from its end, never from nowhere', () => {
  const at = windowOf(3, 86, 86_000, 600);
  expect(at).toMatchObject({ first: 3, end: 3 });
  expect(windowOf(0, 86, 0, 600)).toMatchObject({ first: 0, end: 0 });
});

it('a row is brought into sight by the shortest way', () => {
  expect(reveal(5, 100, 0, 1000)).toBe(0);
  expect(reveal(12, 100, 0, 1000)).toBe(300);
  expect(reveal(2, 100, 500, 1000)).toBe(200);
});
