// The queue as the reader sees it: what is held, filtered by her choice, in order.
import { cases } from '../wire/api';
import { desk } from '../session/desk.svelte';
import type { Card } from '../wire/json';
import { countdown } from './countdown';
import { EVERYTHING, keep, restore, shows, type Filter } from './filter';
import { byUrgency } from './order';

class List {
  filter = $state<Filter>({ ...EVERYTHING });
  #owner: string | undefined;

  /** Lapsed or over, at this moment. */
  late(card: Card): boolean {
    return countdown(card, desk.now).urgency === 'late';
  }

  #sorted = $derived([...desk.all].sort(byUrgency));
  /** Changes only when a card becomes late, not every second. */
  #lateIds = $derived(
    this.#sorted
      .filter((card) => !card.tray && this.late(card))
      .map((card) => card.id)
      .join(' '),
  );

  shown = $derived.by(() => {
    const late = new Set(this.#lateIds.split(' '));
    const me = desk.me?.id ?? '';
    return this.#sorted.filter((card) => shows(this.filter, card, me, late.has(card.id)));
  });
  lateCount = $derived(this.#lateIds === '' ? 0 : this.#lateIds.split(' ').length);
  waiting = $derived(desk.all.filter((card) => card.status === 'waiting' && !card.tray).length);
  mine = $derived(
    desk.all.filter((card) => card.status !== 'resolved' && card.claimed_by === desk.me?.id).length,
  );
  unread = $derived(
    desk.all.filter((card) => card.status !== 'resolved' && card.unread > 0 && !card.tray).length,
  );
  tray = $derived(desk.all.filter((card) => card.tray && card.status !== 'resolved').length);

  /** Reads what this reader had chosen before. */
  restore(reader: string): void {
    if (this.#owner === reader) return;
    this.#owner = reader;
    this.filter = restore(localStorage.getItem(`msaada.filter.${reader}`));
  }

  set(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    if (this.#owner) localStorage.setItem(`msaada.filter.${this.#owner}`, keep(this.filter));
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
