// The order of the queue: the most urgent first, and among equals the one who waits longest.
import type { Card } from '../wire/json';
import { PRIORITIES } from '../wire/words';

const RANK = Object.fromEntries(PRIORITIES.map((word, rank) => [word, rank]));

export function rank(card: Card): number {
  return RANK[card.priority] ?? PRIORITIES.length;
}

// A card never changes, and thousands are sorted whenever one of them is replaced: each is read once.
const read = new WeakMap<Card, number>();

/** When a case was opened, in milliseconds. */
export function openedAt(card: Card): number {
  let at = read.get(card);
  if (at === undefined) read.set(card, (at = Date.parse(card.opened_at)));
  return at;
}

export function byUrgency(a: Card, b: Card): number {
  return (
    Number(a.tray) - Number(b.tray) ||
    rank(a) - rank(b) ||
    openedAt(a) - openedAt(b) ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}

/** Two lists that are in order as one that is. */
export function merged(a: readonly Card[], b: readonly Card[]): Card[] {
  const all: Card[] = [];
  let next = 0;
  for (const card of b) {
    while (next < a.length && byUrgency(a[next] as Card, card) <= 0) all.push(a[next++] as Card);
    all.push(card);
  }
  while (next < a.length) all.push(a[next++] as Card);
  return all;
}
