// The case that is open: loaded when it is opened, loaded again when its card has a newer version,
// and the acts upon it. What was typed is kept per case until it is sent.
import { tick } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { stillFits } from '../case/changed';
import { asking, left, together } from '../case/earlier';
import { kept } from '../case/kept';
import { cases, Refused, Unreachable } from '../wire/api';
import type { Act, ActName, Card, CaseView } from '../wire/json';
import { desk } from './desk.svelte';
import { tell } from './notices.svelte';

export interface Stale {
  act: Act;
  before: Card;
  now: Card;
}

/** How often an act meets a change beside it, and is sent again by itself. */
const TRIES = 3;

const QUICK = ['claim', 'start', 'release', 'accept', 'withdraw'] as const;

/** Whether an act needs nothing but the pressing of its button. */
export function isQuick(act: ActName): act is (typeof QUICK)[number] {
  return QUICK.some((quick) => quick === act);
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
  /** What the form is about besides the case: a report, or another case. */
  about = $state<string | undefined>(undefined);
  drafts = new SvelteMap<string, string>();
  /** Older lines are being fetched. */
  fetching = $state(false);
  /** Whether any were, of the case that is open. */
  #further = false;
  #loading = 0;
  /** The version that was known when the case was last asked for: the answer is at least that new. */
  #sought = -1;
  #marking: Promise<void> | undefined;
  #doing: Promise<void> | undefined;

  async open(id: string | undefined): Promise<void> {
    if (id === this.id) return;
    this.id = id;
    this.view = undefined;
    this.#further = false;
    this.failed = undefined;
    this.stale = undefined;
    this.form = undefined;
    if (!id) return;
    await this.load();
    await tick();
    // Who came here by a key from nowhere (the next case) stands at its name, and hears it read.
    if (this.id === id && document.activeElement === document.body) {
      document.getElementById('case-name')?.focus({ preventScroll: true });
    }
  }

  async load(): Promise<void> {
    const id = this.id;
    if (!id) return;
    const turn = ++this.#loading;
    this.#sought = this.card?.version ?? -1;
    try {
      const view = await cases.view(id);
      if (turn !== this.#loading || id !== this.id) return;
      this.view = this.#whole(view);
      this.failed = undefined;
      desk.take(view.card, true);
    } catch (error) {
      if (turn !== this.#loading || id !== this.id) return;
      this.#sought = -1;
      if (error instanceof Refused) this.failed = 'gone';
      else if (!this.view) this.failed = 'unreachable';
    }
  }

  /** A view that was loaded, with what was fetched of it before. */
  #whole(view: CaseView): CaseView {
    const known = this.view;
    if (known?.card.id !== view.card.id) return view;
    if (!this.#further) return kept(known, view);
    const whole = together(known, view);
    return kept(known, { ...whole, older: left(whole, view) });
  }

  /** Fetches the page before the oldest lines that are here. What goes wrong is told in a notice. */
  async further(of: 'said' | 'log'): Promise<void> {
    const before = this.view;
    if (!before || this.fetching) return;
    this.fetching = true;
    try {
      const page = await cases.older(before.card.id, asking(before, of));
      const view = this.view;
      if (view?.card.id !== before.card.id) return;
      this.#further = true;
      const older = { ...(view.older ?? { reports: 0, messages: 0, log: 0 }) };
      if (of === 'log') older.log = page.older?.log ?? 0;
      else {
        older.reports = page.older?.reports ?? 0;
        older.messages = page.older?.messages ?? 0;
      }
      this.view = { ...together(page, view), older };
    } catch (error) {
      tell(error instanceof Unreachable ? 'unreachable' : (error as Error).message, 'bad');
    } finally {
      this.fetching = false;
    }
  }

  /** Reads the case again where the feed tells of a version that was not asked for yet: a read is on
   * record, so there are no more of them than there is to see. */
  catchUp(version: number): void {
    if (version > this.#sought) void this.load();
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
   * Does an act on the version the reader saw, after the one that is under way; the same one pressed
   * twice is done once. Answers whether it was done; a newer version that matters asks the reader,
   * anything else that was refused is thrown for the form to show.
   */
  async act(act: Act, on?: Card): Promise<boolean> {
    if (this.busy === act.act) return false;
    while (this.busy) await this.#doing;
    const before = on ?? this.card;
    if (!before) return false;
    this.busy = act.act;
    let ended = (): void => undefined;
    this.#doing = new Promise((resolve) => (ended = resolve));
    try {
      await this.#marking;
      await this.#send(act, before);
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409) throw error;
      void this.load();
      const now = error.problem.card;
      if (!now) throw error;
      this.stale = { act, before, now };
      return false;
    } finally {
      this.busy = undefined;
      ended();
    }
  }

  /** What came from the person has been seen. Not worth a word when it fails: it comes again. */
  markSeen(): void {
    const card = this.card;
    if (!card || card.unread === 0 || this.#marking) return;
    this.#marking = this.#send({ act: 'seen' }, card)
      .catch(() => undefined)
      .then(() => (this.#marking = undefined));
  }

  /** Sends an act; again by itself where what changed meanwhile does not matter to it. */
  async #send(act: Act, on: Card): Promise<void> {
    let version = on.version;
    for (let tries = 0; ; tries += 1) {
      try {
        const card = await cases.act(on.id, version, act);
        desk.take(card, true);
        if (this.id === card.id) void this.load();
        return;
      } catch (error) {
        const now = error instanceof Refused ? error.problem.card : undefined;
        if (!now) throw error;
        desk.take(now, true);
        if (tries === TRIES || !stillFits(on, now)) throw error;
        version = now.version;
      }
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
