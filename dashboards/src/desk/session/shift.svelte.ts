// The end of a shift and the beginning of the next: what I would hand over, and what waits for me.
import { handovers } from '../wire/api';
import type { Card, Handover } from '../wire/json';

class Shift {
  held = $state.raw<Card[]>([]);
  waiting = $state.raw<Handover[]>([]);

  /** Asks what there is. What cannot be asked now is asked when the panel is opened. */
  async look(): Promise<void> {
    const answer = await handovers.list().catch(() => undefined);
    if (!answer) return;
    this.held = answer.held;
    this.waiting = answer.handovers;
  }
}

export const shift = new Shift();
