// The case a supervisor drags, and onto whom it was dropped.
import type { Card, Colleague } from '../wire/json';

class Carried {
  card = $state.raw<Card | undefined>();
  /** Dropped: a reason is asked for before it is done. */
  dropped = $state.raw<{ card: Card; to: Colleague } | undefined>();

  drop(to: Colleague): void {
    if (this.card) this.dropped = { card: this.card, to };
    this.card = undefined;
  }
}

export const carried = new Carried();
