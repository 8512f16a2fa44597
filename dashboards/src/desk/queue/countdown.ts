// What a clock says: how long is left, in which state, and in which few characters.
import type { Card } from '../wire/json';
import type { Priority } from '../wire/words';

/** calm: time enough · soon: nearly over · late: over, or lapsed and nobody acted · none: closed */
export type Urgency = 'calm' | 'soon' | 'late' | 'none';

/** Seconds before the end at which a clock is "soon". */
const SOON: Record<Priority, number> = { critical: 30, urgent: 120, serious: 600, routine: 3600 };

export interface Countdown {
  urgency: Urgency;
  /** Seconds left; negative when over. */
  left: number;
  /** The big figure: `4:09`, `+0:31`, `3 h 07`, `2 d 4 h`; the page writes its units as its language does. */
  figure: string;
  /** The clock ran out at least once and nobody has acted since. */
  lapsed: boolean;
}

// A card never changes, and thousands are looked at each second: each is read once.
const read = new WeakMap<Card, number>();

/** When the clock of a case ends, in milliseconds; not a number where none runs. */
function dueAt(card: Card): number {
  let at = read.get(card);
  if (at === undefined) {
    at = card.due_at === null || card.status === 'resolved' ? Number.NaN : Date.parse(card.due_at);
    read.set(card, at);
  }
  return at;
}

/** Lapsed or over, at this moment. */
export function isLate(card: Card, now: number | undefined): boolean {
  const due = dueAt(card);
  if (Number.isNaN(due) || now === undefined) return false;
  return card.lapses > 0 || Math.ceil((due - now) / 1000) < 0;
}

/**
 * @param card the case
 * @param now milliseconds by the server's clock
 */
export function countdown(card: Card, now: number | undefined): Countdown {
  const due = dueAt(card);
  if (Number.isNaN(due) || now === undefined) {
    return { urgency: 'none', left: 0, figure: '', lapsed: false };
  }
  const left = Math.ceil((due - now) / 1000);
  const lapsed = card.lapses > 0;
  const urgency = isLate(card, now) ? 'late' : left <= SOON[card.priority] ? 'soon' : 'calm';
  return { urgency, left, figure: figure(left), lapsed };
}

/** A span of seconds in few characters; what is over carries a plus. */
export function figure(seconds: number): string {
  const sign = seconds < 0 ? '+' : '';
  const s = Math.abs(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 3600) return `${sign}${Math.floor(s / 60)}:${two(s % 60)}`;
  if (s < 86_400) return `${sign}${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))}`;
  return `${sign}${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}
