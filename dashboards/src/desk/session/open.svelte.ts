// The case that is open: loaded when it is opened, loaded again when its card has a newer version,
// and the acts upon it. What was typed is kept per case until it is sent.
import { SvelteMap } from 'svelte/reactivity';
import { cases, Refused, Unreachable } from '../wire/api';
import type { Act, ActName, Card, CaseView } from '../wire/json';
import { desk } from './desk.svelte';
import { tell } from './notices.svelte';

export interface Stale {
  act: Act;
  before: Card;
  now: Card;
}

class Open {
  id = $state<string | undefined>(undefined);
  view = $state.raw<CaseView | undefined>(undefined);
  failed = $state<'gone' | 'unreachable' | undefined>(undefined);
  /** The act being sent. */
  busy = $state<ActName | undefined>(undefined);
  /** An act that met a newer version. */
  stale = $state.raw<Stale | undefined>(undefined);
  /** The act whose form is open. */
  form = $state<ActName | 'exact' | undefined>(undefined);
  drafts = new SvelteMap<string, string>();
  #loading = 0;

  async open(id: string | undefined): Promise<void> {
    if (id === this.id) return;
    this.id = id;
    this.view = undefined;
    this.failed = undefined;
    this.stale = undefined;
    this.form = undefined;
    if (id) await this.load();
  }

  async load(): Promise<void> {
    const id = this.id;
    if (!id) return;
    const turn = ++this.#loading;
    try {
      const view = await cases.view(id);
      if (turn !== this.#loading || id !== this.id) return;
      this.view = view;
      this.failed = undefined;
      desk.take(view.card, true);
    } catch (error) {
      if (turn !== this.#loading || id !== this.id) return;
      if (error instanceof Refused) this.failed = 'gone';
      else if (!this.view) this.failed = 'unreachable';
    }
  }

  /** The newest card of the open case, from the feed or from the view. */
  get card(): Card | undefined {
    const id = this.id;
    if (!id) return undefined;
    const live = desk.card(id);
    const loaded = this.view?.card;
    return live && (!loaded || live.version >= loaded.version) ? live : loaded;
  }

  may(act: ActName): boolean {
    return this.view?.acts.includes(act) ?? false;
  }

  /**
   * Does an act on the version the reader saw. Answers whether it was done; a newer version asks
   * the reader, anything else that was refused is thrown for the form to show.
   */
  async act(act: Act, on: Card | undefined = this.card): Promise<boolean> {
    if (!on || this.busy) return false;
    this.busy = act.act;
    try {
      const card = await cases.act(on.id, on.version, act);
      desk.take(card, true);
      if (this.id === card.id) void this.load();
      return true;
    } catch (error) {
      if (error instanceof Refused && error.status === 409 && error.problem.card) {
        desk.take(error.problem.card, true);
        if (act.act !== 'seen') this.stale = { act, before: on, now: error.problem.card };
        void this.load();
        return false;
      }
      if (error instanceof Refused && error.status === 409) void this.load();
      if (act.act === 'seen') return false;
      throw error;
    } finally {
      this.busy = undefined;
    }
  }

  /** An act without a form: what goes wrong is told in a notice. */
  async quick(act: Act, on?: Card): Promise<boolean> {
    try {
      return await this.act(act, on);
    } catch (error) {
      tell(error instanceof Unreachable ? 'unreachable' : (error as Error).message, 'bad');
      return false;
    }
  }
}

export const open = new Open();
