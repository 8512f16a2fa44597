// What a supervisor watches, counted from the cards the desk holds: nothing is asked of anybody,
// and no figure here is older than the feed.
import type { Card } from '../wire/json';
import { PRIORITIES, type Priority } from '../wire/words';

export interface MissionLoad {
  mission: string;
  open: number;
  waiting: number;
  late: number;
  /** When the longest waiting unclaimed case was opened, milliseconds. */
  oldest: number | undefined;
  by: Record<Priority, number>;
}

export interface ResponderLoad {
  id: string;
  name: string;
  mission: string;
  held: number;
  late: number;
  unread: number;
}

const openCases = (cards: readonly Card[]) =>
  cards.filter((card) => card.status !== 'resolved' && !card.tray);

/** One line for each mission with open cases, the one in most trouble first. */
export function byMission(cards: readonly Card[], late: (card: Card) => boolean): MissionLoad[] {
  const loads = new Map<string, MissionLoad>();
  for (const card of openCases(cards)) {
    const load = loads.get(card.mission) ?? {
      mission: card.mission,
      open: 0,
      waiting: 0,
      late: 0,
      oldest: undefined,
      by: Object.fromEntries(PRIORITIES.map((p) => [p, 0])) as Record<Priority, number>,
    };
    load.open += 1;
    load.by[card.priority] += 1;
    if (late(card)) load.late += 1;
    if (card.status === 'waiting') {
      load.waiting += 1;
      const opened = Date.parse(card.opened_at);
      load.oldest = Math.min(load.oldest ?? opened, opened);
    }
    loads.set(card.mission, load);
  }
  return [...loads.values()].sort(
    (a, b) => b.late - a.late || b.waiting - a.waiting || a.mission.localeCompare(b.mission),
  );
}

/** One line for each responder who holds cases, the most loaded first. */
export function byResponder(cards: readonly Card[], late: (card: Card) => boolean): ResponderLoad[] {
  const loads = new Map<string, ResponderLoad>();
  for (const card of openCases(cards)) {
    if (card.claimed_by === null) continue;
    const load = loads.get(card.claimed_by) ?? {
      id: card.claimed_by,
      name: card.claimed_by_name ?? '',
      mission: card.mission,
      held: 0,
      late: 0,
      unread: 0,
    };
    load.held += 1;
    load.late += Number(late(card));
    load.unread += card.unread;
    loads.set(card.claimed_by, load);
  }
  return [...loads.values()].sort(
    (a, b) => b.late - a.late || b.held - a.held || a.name.localeCompare(b.name),
  );
}

export interface LanguageLoad {
  lang: string;
  open: number;
  waiting: number;
  oldest: number | undefined;
}

/** One line for each language people wrote in, the one in which most wait first. */
export function byLanguage(cards: readonly Card[]): LanguageLoad[] {
  const loads = new Map<string, LanguageLoad>();
  for (const card of openCases(cards)) {
    const load = loads.get(card.lang) ?? { lang: card.lang, open: 0, waiting: 0, oldest: undefined };
    load.open += 1;
    if (card.status === 'waiting') {
      load.waiting += 1;
      const opened = Date.parse(card.opened_at);
      load.oldest = Math.min(load.oldest ?? opened, opened);
    }
    loads.set(card.lang, load);
  }
  return [...loads.values()].sort(
    (a, b) => b.waiting - a.waiting || b.open - a.open || a.lang.localeCompare(b.lang),
  );
}
