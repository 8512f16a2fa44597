import { expect, it } from 'vitest';
import { card } from '../wire/card.fixture';
import { byUrgency } from './order';

it('the queue serves the most urgent first, then who waits longest, and the tray last', () => {
  const at = (minute: string) => `2026-11-22T05:${minute}:00Z`;
  const cards = [
    card({ id: 'tray', tray: true, opened_at: at('00') }),
    card({ id: 'urgent', priority: 'urgent', opened_at: at('01') }),
    card({ id: 'later', opened_at: at('09') }),
    card({ id: 'earlier', opened_at: at('08') }),
  ];
  expect(cards.sort(byUrgency).map(({ id }) => id)).toEqual(['earlier', 'later', 'urgent', 'tray']);
});
