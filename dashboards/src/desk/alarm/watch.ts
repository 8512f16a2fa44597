// Which cards call for attention, and what they call for. Pure: it only reads cards.
import type { Change } from '../queue/merge';
import type { Card } from '../wire/json';
import type { Priority } from '../wire/words';

export type Call = { reason: 'new' | 'escalated' | 'raised' | 'message'; priority: Priority };

/** What a change asks of the ears; nothing for what the reader did herself or what is closed. */
export function callOf({ before, now }: Change, me: string): Call | undefined {
  if (now.status === 'resolved' || now.tray) return undefined;
  if (!before) {
    return now.status === 'waiting' ? { reason: 'new', priority: now.priority } : undefined;
  }
  if (now.level > before.level || now.lapses > before.lapses) {
    return { reason: 'escalated', priority: now.priority };
  }
  if (now.priority !== before.priority && RANK[now.priority] < RANK[before.priority]) {
    return { reason: 'raised', priority: now.priority };
  }
  if (now.unread > before.unread && (now.claimed_by === me || now.claimed_by === null)) {
    return { reason: 'message', priority: now.priority };
  }
  return undefined;
}

const RANK: Record<Priority, number> = { critical: 0, urgent: 1, serious: 2, routine: 3 };

/** Critical cases that nobody has taken: the alarm sounds for them until somebody does. */
export function crying(cards: readonly Card[]): string[] {
  return cards
    .filter((card) => card.priority === 'critical' && card.status === 'waiting' && !card.tray)
    .map((card) => card.id);
}

/** A mute covers the cases it was given for, for a short time; a new one sounds all the same. */
export interface Mute {
  /** By the server's clock, milliseconds. */
  until: number;
  cases: ReadonlySet<string>;
}

export const MUTE_MS = 120_000;

export function silenced(mute: Mute | undefined, crying: readonly string[], now: number): boolean {
  return mute !== undefined && now < mute.until && crying.every((id) => mute.cases.has(id));
}
