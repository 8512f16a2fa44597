// Which cards call for attention, and what they call for. Pure: it only reads cards.
import type { Change } from '../queue/merge';
import type { Card } from '../wire/json';
import type { Priority } from '../wire/words';

export type Call = { reason: 'new' | 'escalated' | 'raised' | 'message' | 'offered' | 'refused'; priority: Priority };

/** A call, and the card it is for. */
export interface Called {
  call: Call;
  card: Card;
}

/** What a change asks of the ears; nothing for what the reader did herself or what is closed. */
export function callOf({ before, now }: Change, me: string, mission?: string): Call | undefined {
  if (now.status === 'resolved' || now.tray) return undefined;
  if (mission !== undefined && now.offered_to === mission && before?.offered_to !== mission) {
    return { reason: 'offered', priority: now.priority };
  }
  // It came back: not by its own holder, who took the offer back, and not by an acceptance.
  if (before?.status === 'offered' && now.mission === before.mission && now.mission === mission) {
    const back = now.status === 'waiting' || (now.status === 'claimed' && now.claimed_by === me);
    if (back) return { reason: 'refused', priority: now.priority };
  }
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
export function crying(cards: readonly Card[], mission?: string): string[] {
  return cards
    .filter(
      (card) =>
        card.priority === 'critical' &&
        !card.tray &&
        (card.status === 'waiting' || (card.status === 'offered' && card.offered_to === mission)),
    )
    .map((card) => card.id);
}

/** Critical cases this desk answers for: that it shows them, with its alarm on, is told the service. */
export function toBeSeen(cards: readonly Card[], mission: string): Card[] {
  return cards.filter(
    (card) =>
      card.priority === 'critical' &&
      card.status === 'waiting' &&
      card.level === 0 &&
      !card.tray &&
      card.mission === mission,
  );
}

/** The calls of one moment: of each kind the newest, and how many there were; the most urgent first. */
export function folded(calls: readonly Called[]): (Called & { times: number })[] {
  const kinds = new Map<string, Called & { times: number }>();
  for (const { call, card } of calls) {
    const kind = `${call.reason} ${call.priority}`;
    kinds.set(kind, { call, card, times: 1 + (kinds.get(kind)?.times ?? 0) });
  }
  return [...kinds.values()].sort((a, b) => RANK[a.call.priority] - RANK[b.call.priority]);
}

/** So long a sound is heard, in milliseconds: another of no more weight meanwhile adds nothing to it. */
export const HEARD_MS = 900;

/** Which sounds are made. However many others there are, those for critical cases have a time of their own. */
export class Pace {
  #at = new Map<Priority, number>();

  /** Whether to sound now; remembers it. */
  takes(priority: Priority, now: number): boolean {
    for (const [other, at] of this.#at) {
      if (RANK[other] <= RANK[priority] && now - at < HEARD_MS) return false;
    }
    this.#at.set(priority, now);
    return true;
  }

  /** How long nothing was sounded for a critical case, in milliseconds. */
  quiet(now: number): number {
    return now - (this.#at.get('critical') ?? Number.NEGATIVE_INFINITY);
  }
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

/** The reader's cases of which a task is due. */
export function dueTasks(cards: readonly Card[], me: string, now: number): Card[] {
  return cards.filter(
    (card) =>
      card.claimed_by === me &&
      card.status !== 'resolved' &&
      card.task_due_at !== null &&
      Date.parse(card.task_due_at) <= now,
  );
}
