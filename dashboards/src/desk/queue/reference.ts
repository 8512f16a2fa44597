// Cases that the feed does not carry, found by their reference.
import { desk } from '../session/desk.svelte';
import { cases } from '../wire/api';
import { plain, WHOLE } from './plain';

let asked: string | undefined;

/**
 * Asks the service for the case of a whole reference that is not here: it is closed, or stands behind
 * all that a desk is sent. It comes to the desk like any other; what is not there stays not there.
 */
export function fetchWhole(text: string): void {
  const whole = plain(text);
  if (whole.length !== WHOLE || whole === asked) return;
  if (desk.all.some((card) => plain(card.reference) === whole)) return;
  asked = whole;
  void cases
    .list({ reference: whole })
    .then(
      ({ cases: found }) => found.forEach((card) => desk.take(card, true)),
      () => undefined,
    )
    .finally(() => (asked = undefined));
}
