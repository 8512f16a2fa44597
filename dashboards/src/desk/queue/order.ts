// The order of the queue: the most urgent first, and among equals the one who waits longest.
import type { Card } from '../wire/json';
import { PRIORITIES } from '../wire/words';

const RANK = Object.fromEntries(PRIORITIES.map((word, rank) => [word, rank]));

export function rank(card: Card): number {
  return RANK[card.priority] ?? PRIORITIES.length;
}

export function byUrgency(a: Card, b: Card): number {
  return (
    Number(a.tray) - Number(b.tray) ||
    rank(a) - rank(b) ||
    Date.parse(a.opened_at) - Date.parse(b.opened_at) ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}
