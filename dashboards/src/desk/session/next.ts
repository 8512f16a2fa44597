// "Next": the service chooses the most urgent waiting case and claims it for the reader, so that
// two readers never get the same one. Who looks at one mission's cases gets the next of those.
import { cases, Unreachable } from '../wire/api';
import { list } from '../queue/list.svelte';
import { desk } from './desk.svelte';
import { tell } from './notices.svelte';
import { caseLink, go } from './route.svelte';

export async function takeNext(): Promise<void> {
  const mission = list.filter.mission ?? desk.me?.mission;
  if (!mission) return;
  try {
    const card = await cases.next(mission);
    if (!card) {
      tell('told.nobody_waits', 'good');
      return;
    }
    desk.take(card, true);
    go(caseLink(card.id));
  } catch (error) {
    tell(error instanceof Unreachable ? 'unreachable' : (error as Error).message, 'bad');
  }
}
