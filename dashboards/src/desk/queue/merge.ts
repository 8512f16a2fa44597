// What the desk holds: the newest version of each card it has seen. Frames may come twice, late
// and out of order; keeping the higher version makes all of that harmless.
import type { Card } from '../wire/json';
import { byUrgency, merged } from './order';

export type Change = { before: Card | undefined; now: Card };

export class Cards {
  #cards = new Map<string, Card>();
  /** Highest version at which a card left this desk: an older frame must not bring it back. */
  #gone = new Map<string, number>();
  /** Cards heard since the present sending began. */
  #heard = new Set<string>();
  /** All of them in order, as they were last asked for, and those that came, changed or left since. */
  #order: Card[] = [];
  #changed = new Set<string>();

  /** Takes a card; answers what changed, or nothing when it is not newer than what is held. */
  take(card: Card): Change | undefined {
    this.#heard.add(card.id);
    const before = this.#cards.get(card.id);
    if (before && before.version >= card.version) return undefined;
    if ((this.#gone.get(card.id) ?? -1) >= card.version) return undefined;
    this.#gone.delete(card.id);
    this.#cards.set(card.id, card);
    this.#changed.add(card.id);
    return { before, now: card };
  }

  /** The case left this desk at that version. */
  leave(id: string, version: number): boolean {
    const held = this.#cards.get(id);
    if (held && held.version > version) return false;
    this.#gone.set(id, Math.max(version, this.#gone.get(id) ?? -1));
    this.#changed.add(id);
    return this.#cards.delete(id);
  }

  /** A full sending begins: what is open and not sent again is no longer ours. */
  begin(): void {
    this.#heard.clear();
  }

  /** The full sending is over: drops open cards it did not mention. */
  settle(): boolean {
    let dropped = false;
    for (const [id, card] of this.#cards) {
      if (this.#heard.has(id) || card.status === 'resolved') continue;
      this.#cards.delete(id);
      this.#changed.add(id);
      dropped = true;
    }
    return dropped;
  }

  get(id: string): Card | undefined {
    return this.#cards.get(id);
  }

  /** All, the most urgent first. Of thousands one changed, mostly: only that one looks for its place. */
  all(): readonly Card[] {
    if (this.#changed.size > 0) {
      const stay = this.#order.filter((card) => !this.#changed.has(card.id));
      const come = [...this.#changed].flatMap((id) => this.#cards.get(id) ?? []);
      this.#order = merged(stay, come.sort(byUrgency));
      this.#changed.clear();
    }
    return this.#order;
  }

  clear(): void {
    this.#cards.clear();
    this.#gone.clear();
    this.#heard.clear();
    this.#changed.clear();
    this.#order = [];
  }
}
