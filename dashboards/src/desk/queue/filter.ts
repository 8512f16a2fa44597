// Which cards the reader wants to see. What is saved are choices only, never anything of a case.
import type { Card } from '../wire/json';
import type { Channel, Kind, Priority, Status } from '../wire/words';
import { plain } from './plain';

export interface Filter {
  mission: string | null;
  kinds: (Kind | 'question')[];
  priorities: Priority[];
  statuses: Status[];
  channels: Channel[];
  mine: boolean;
  unread: boolean;
  late: boolean;
  /** Shows the tray "perhaps not a plea" instead of the queue. */
  tray: boolean;
  text: string;
}

export const EVERYTHING: Filter = {
  mission: null,
  kinds: [],
  priorities: [],
  statuses: [],
  channels: [],
  mine: false,
  unread: false,
  late: false,
  tray: false,
  text: '',
};

const among = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);

/** Whether a card is wanted: asked once for a choice, and then of thousands of cards. */
export function sieve(
  filter: Filter,
  me: string,
  isLate: (card: Card) => boolean,
): (card: Card) => boolean {
  const text = plain(filter.text);
  if (text !== '') return (card) => plain(card.reference).includes(text);
  return (card) =>
    card.tray === filter.tray &&
    (filter.mission === null || card.mission === filter.mission) &&
    among(filter.kinds, card.kind ?? 'question') &&
    among(filter.priorities, card.priority) &&
    (filter.statuses.length === 0
      ? card.status !== 'resolved'
      : filter.statuses.includes(card.status)) &&
    among(filter.channels, card.channel) &&
    (!filter.mine || card.claimed_by === me) &&
    (!filter.unread || card.unread > 0) &&
    (!filter.late || isLate(card));
}

/** How many choices are in force, for the badge on the button. */
export function inForce(filter: Filter): number {
  return (
    Number(filter.mission !== null) +
    Number(filter.kinds.length > 0) +
    Number(filter.priorities.length > 0) +
    Number(filter.statuses.length > 0) +
    Number(filter.channels.length > 0) +
    Number(filter.mine) +
    Number(filter.unread) +
    Number(filter.late)
  );
}

/** Reads what was saved, whatever was saved: an unknown shape is no filter at all. */
export function restore(saved: string | null): Filter {
  try {
    const read = JSON.parse(saved ?? '') as Partial<Filter>;
    const filter = { ...EVERYTHING };
    for (const key of ['kinds', 'priorities', 'statuses', 'channels'] as const) {
      if (Array.isArray(read[key])) Object.assign(filter, { [key]: read[key] });
    }
    for (const key of ['mine', 'unread', 'late', 'tray'] as const) {
      if (typeof read[key] === 'boolean') filter[key] = read[key];
    }
    if (typeof read.mission === 'string') filter.mission = read.mission;
    return filter;
  } catch {
    return { ...EVERYTHING };
  }
}

/** What may be saved: the typed text is a case's reference or somebody's name and is not kept. */
export function choicesOf(filter: Filter): Omit<Filter, 'text'> {
  const { text: _, ...choices } = filter;
  return choices;
}

export function keep(filter: Filter): string {
  return JSON.stringify(choicesOf(filter));
}

/** Whether what was typed may be a name: letters of any script, and not the groups of a reference. */
export function mayBeName(text: string): boolean {
  const groups = text.trim().split(/[\s-]+/);
  if (groups.some((group) => /\d/.test(group) && /^[0-9A-Z]{4,}$/i.test(group))) return false;
  return (text.match(/\p{L}/gu)?.length ?? 0) >= 3;
}
