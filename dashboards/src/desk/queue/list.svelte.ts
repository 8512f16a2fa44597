// The queue as the reader sees it: what is held, filtered by her choice, in order.
import { cases, session } from '../wire/api';
import { desk } from '../session/desk.svelte';
import type { Card } from '../wire/json';
import { isLate } from './countdown';
import { choicesOf, EVERYTHING, keep, restore, sieve, type Filter } from './filter';
import { fetchWhole } from './reference';

/** A choice is kept for this reader when she has made no other for so long, in milliseconds. */
const SETTLED = 800;

class List {
  filter = $state.raw<Filter>({ ...EVERYTHING });
  /** The cases found by a name: shown while the name stands in the search. */
  named = $state.raw<{ text: string; ids: ReadonlySet<string> } | undefined>();
  #owner: string | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;

  /** Lapsed or over, at this moment. */
  late(card: Card): boolean {
    return isLate(card, desk.now);
  }

  // What is looked at for thousands of cards is read before, not with each of them.

  /** Changes only when a card becomes late, not every second. */
  #lateIds = $derived.by(() => {
    const { now } = desk;
    return desk.all
      .filter((card) => !card.tray && isLate(card, now))
      .map((card) => card.id)
      .join(' ');
  });
  #counts = $derived.by(() => {
    const me = desk.me?.id;
    const counts = { waiting: 0, mine: 0, unread: 0, tray: 0 };
    for (const card of desk.all) {
      if (card.status === 'resolved') continue;
      if (card.claimed_by === me) counts.mine += 1;
      if (card.tray) counts.tray += 1;
      else {
        if (card.status === 'waiting') counts.waiting += 1;
        if (card.unread > 0) counts.unread += 1;
      }
    }
    return counts;
  });

  shown = $derived.by(() => {
    const { filter, named } = this;
    if (named && named.text === filter.text) return desk.all.filter((card) => named.ids.has(card.id));
    const late = new Set(filter.late ? this.#lateIds.split(' ') : []);
    return desk.all.filter(sieve(filter, desk.me?.id ?? '', (card) => late.has(card.id)));
  });
  lateCount = $derived(this.#lateIds === '' ? 0 : this.#lateIds.split(' ').length);
  waiting = $derived(this.#counts.waiting);
  mine = $derived(this.#counts.mine);
  unread = $derived(this.#counts.unread);
  tray = $derived(this.#counts.tray);

  /**
   * Reads what this reader had chosen before: here at once, and then what the service keeps for her,
   * which is what she chose last, at whichever computer.
   */
  restore(reader: string): void {
    if (this.#owner === reader) return;
    this.#owner = reader;
    this.filter = restore(localStorage.getItem(`msaada.filter.${reader}`));
    void session.filter().then(
      ({ filter }) => {
        if (filter && this.#owner === reader && this.#keeping === undefined) this.#take(filter);
      },
      () => undefined,
    );
  }

  #take(kept: Record<string, unknown>): void {
    this.filter = { ...restore(JSON.stringify(kept)), text: this.filter.text };
    if (this.filter.statuses.includes('resolved')) void this.#fetchResolved();
  }

  /** Looks for a person by name; every case found has it on record. */
  async find(text: string): Promise<void> {
    const { cases: found } = await cases.named(text.trim());
    for (const card of found) desk.take(card, true);
    this.named = { text, ids: new Set(found.map((card) => card.id)) };
  }

  set(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    if (change.text !== undefined) fetchWhole(change.text);
    if (this.#owner && Object.keys(change).some((name) => name !== 'text')) {
      localStorage.setItem(`msaada.filter.${this.#owner}`, keep(this.filter));
      clearTimeout(this.#keeping);
      this.#keeping = setTimeout(
        () => void session.keepFilter(choicesOf(this.filter)).catch(() => undefined),
        SETTLED,
      );
    }
    if (this.filter.statuses.includes('resolved')) void this.#fetchResolved();
  }

  clear(): void {
    this.set({ ...EVERYTHING, tray: this.filter.tray });
  }

  /** The feed carries open cases; closed ones are asked for when the reader wants to see them. */
  async #fetchResolved(): Promise<void> {
    const answer = await cases.list({ status: 'resolved', limit: '200' }).catch(() => undefined);
    for (const card of answer?.cases ?? []) desk.take(card, true);
  }
}

export const list = new List();
