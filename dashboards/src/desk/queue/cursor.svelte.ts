// The row the keyboard stands on. It holds the case, not the place: when the list moves under it,
// it stays with the same case.
import { caseLink, go } from '../session/route.svelte';
import { list } from './list.svelte';

class Cursor {
  id = $state<string | undefined>(undefined);
  /** Raised when the row must be brought into sight. */
  wanted = $state(0);

  get index(): number {
    return list.shown.findIndex((card) => card.id === this.id);
  }

  move(step: 1 | -1): void {
    const count = list.shown.length;
    if (count === 0) return;
    const from = this.index;
    const to = from < 0 ? (step > 0 ? 0 : count - 1) : from + step;
    this.id = list.shown[Math.max(0, Math.min(count - 1, to))]?.id;
    this.wanted += 1;
  }

  open(): void {
    const id = this.id ?? list.shown[0]?.id;
    if (id) go(caseLink(id));
  }
}

export const cursor = new Cursor();
