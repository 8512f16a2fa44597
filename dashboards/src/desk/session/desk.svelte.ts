// What the desk knows: who reads it, the cards, the server's time and the state of the connection.
// Components read it; only this module and the feed write it.
import { flushSync } from 'svelte';
import { alarm } from '../alarm/alarm.svelte';
import { callOf, type Called } from '../alarm/watch';
import { Cards } from '../queue/merge';
import { cases, missions, Refused, session, whenServerTells, whenSessionEnds } from '../wire/api';
import { Feed, type Link } from '../wire/feed';
import type { Frame, Person, Said } from '../wire/frames';
import type { Card, Me, Mission } from '../wire/json';
import { ServerTime } from '../wire/time';

const serverTime = new ServerTime(() => performance.now());
const held = new Cards();
/** Frames that come within this many milliseconds are shown together: one picture of the screen. */
const MOMENT = 16;
/** So many times as long as drawing took, nothing is drawn again; at most `LONGEST` milliseconds. */
const LEAVES = 5;
const LONGEST = 400;
/** Between two askings while the feed is lost, in milliseconds. */
const ASK = 10_000;
/** Between two tries to reach a service that does not answer when the page opens, in milliseconds. */
const RETRY = 3_000;

class Desk {
  /** undefined: not asked yet · null: nobody is signed in */
  me = $state.raw<Me | null | undefined>(undefined);
  /** The session ended in mid-work: a dialog asks to sign in again. */
  expired = $state(false);
  link = $state<Link>('connecting');
  /** The service said that the live feed is delayed. */
  delayed = $state(false);
  synced = $state(false);
  /** More is open than a desk is sent: the most urgent are here. */
  more = $state(false);
  /** Milliseconds by the server's clock, moving once a second. */
  now = $state<number | undefined>(undefined);
  /** The same, moving once a minute: for what need not be looked at every second. */
  minute = $derived(this.now === undefined ? undefined : Math.floor(this.now / 60_000) * 60_000);
  /** When the connection was last known to be good, by the server's clock. */
  good = $state<number | undefined>(undefined);
  missions = $state.raw<Mission[]>([]);
  /** In the order of the queue. */
  all = $state.raw<readonly Card[]>([]);
  /** How often the service was heard since the page is open. */
  beats = $state(0);
  /** Who else has a case open, and which. */
  beside = $state.raw<{ case: string; people: Person[] } | undefined>(undefined);

  /** Nobody types here, so that nothing is lost when the page begins anew for somebody else. */
  untouched = false;

  #waiting: (() => void)[] = [];
  #drawn = false;
  /** When the cards were last drawn, and how long it took, in milliseconds. */
  #last = { at: 0, took: 0 };
  #calls: Called[] = [];
  #soon = false;
  #here: Said | undefined;
  /** Of which cases this desk has said since the last beat that it shows them, by their version. */
  #said = new Map<string, string>();
  #noted = new Set<string>();
  #sending = false;
  #asked = 0;
  #feed = new Feed({
    frame: (frame) => this.#take(frame),
    link: (link) => {
      this.link = link;
      if (link !== 'lost') return;
      this.#sending = false;
      this.#asked = performance.now();
    },
    refused: () => void this.#askWhy(),
  });

  constructor() {
    whenServerTells((time) => serverTime.heard(time));
    whenSessionEnds(() => this.#signInAgain());
    setInterval(() => this.#tick(), 250);
    addEventListener('online', () => this.#feed.hurry());
  }

  card(id: string): Card | undefined {
    void this.all;
    return held.get(id);
  }

  mission(code: string): Mission | undefined {
    return this.missions.find((mission) => mission.code === code);
  }

  /** Asks who is signed in; the first thing the page does. */
  async begin(): Promise<void> {
    try {
      const { responder } = await session.current();
      this.#enter(responder);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        this.me = null;
        return;
      }
      this.link = 'lost';
      setTimeout(() => void this.begin(), RETRY);
    }
  }

  async signIn(email: string, password: string, wayIn?: string): Promise<void> {
    const { responder } = await session.signIn(email, password, wayIn);
    const before = this.me;
    if (before && before.id !== responder.id) {
      location.reload();
      return;
    }
    this.#goOn(responder);
  }

  #goOn(responder: Me): void {
    this.expired = false;
    this.#enter(responder);
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async signOut(): Promise<void> {
    await session.signOut();
    location.hash = '';
    location.reload();
  }

  async setDuty(on: boolean): Promise<void> {
    this.me = await session.duty(on);
  }

  /** Says that this desk is there, what is open in it and whether it can be heard. */
  says(here: Said): void {
    this.#here = here;
    this.#feed.say(here);
  }

  /**
   * Says of a critical case that this desk shows it, its alarm on: for each of its versions until the
   * service has noted it, which it does not while nobody here is on duty or its store is away.
   */
  saw(card: Card): void {
    const key = `${card.id} ${String(card.version)}`;
    if (this.#noted.has(key) || this.#said.get(card.id) === key) return;
    if (this.#feed.say({ type: 'saw', id: card.id })) this.#said.set(card.id, key);
  }

  /** Takes a card from an answer, as if it had come by the feed. */
  take(card: Card, byMe = false): void {
    const change = held.take(card);
    if (!change) return;
    if (this.synced && !byMe && this.me) {
      const call = callOf(change, this.me.id, this.me.mission);
      if (call) this.#calls.push({ call, card });
    }
    if (byMe) this.#drawAtOnce();
    else this.#draw();
  }

  #enter(responder: Me): void {
    this.me = responder;
    this.#feed.stop();
    this.#feed.start();
    void missions().then(
      (answer) => (this.missions = answer.missions),
      () => undefined,
    );
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'hello':
        serverTime.heard(frame.server_time);
        // Everything that is open follows, also in the middle of a connection that fell behind.
        held.begin();
        this.#sending = true;
        break;
      case 'beat':
        serverTime.heard(frame.server_time);
        this.delayed = frame.delayed;
        // Told on a frame of the service: a browser slows the timers of a page in the background.
        this.beats += 1;
        this.#said.clear();
        if (this.#here && this.beats % 2 === 0) this.#feed.say(this.#here);
        break;
      case 'here':
        this.beside = frame;
        break;
      case 'card':
        this.take(frame.card);
        break;
      case 'gone':
        if (held.leave(frame.id, frame.version)) this.#draw();
        break;
      case 'synced':
        held.settle();
        this.more = frame.more ?? false;
        this.#sending = false;
        this.#draw();
        this.synced = true;
        break;
      case 'noted': {
        const key = this.#said.get(frame.id);
        if (key) this.#noted.add(key);
        break;
      }
      case 'reconnect':
        break;
    }
    this.good = serverTime.now();
  }

  /**
   * Shows what is held: once for all the frames of one moment, and once for a whole sending. While
   * thousands of clocks lapse, drawing leaves the most of the time to who works here.
   */
  #draw(): void {
    if (this.#drawn || this.#sending) return;
    this.#drawn = true;
    const rest = this.#last.at + LEAVES * this.#last.took - performance.now();
    setTimeout(
      () => {
        this.#drawn = false;
        const began = performance.now();
        alarm.call(this.#calls.splice(0));
        flushSync(() => (this.all = held.all()));
        const at = performance.now();
        this.#last = { at, took: at - began };
      },
      Math.min(Math.max(MOMENT, rest), LONGEST),
    );
  }

  /** What the reader did herself is shown without waiting for a moment to end. */
  #drawAtOnce(): void {
    if (this.#soon) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      this.all = held.all();
    });
  }

  #tick(): void {
    if (this.expired || this.me === null) void this.#askBack();
    const now = serverTime.now();
    if (now === undefined) return;
    const second = Math.floor(now / 1000) * 1000;
    if (second !== this.now) this.now = second;
    if (this.me && this.link === 'lost' && !this.expired) void this.#ask();
  }

  /** Perhaps somebody signed in in another tab: then this one goes on by itself. */
  async #askBack(): Promise<void> {
    if (performance.now() - this.#asked < ASK) return;
    this.#asked = performance.now();
    const answer = await session.current().catch(() => undefined);
    if (!answer || !(this.expired || this.me === null)) return;
    // Somebody else's session does not send what this reader typed.
    if (!this.me || this.me.id === answer.responder.id) this.#goOn(answer.responder);
    else if (this.untouched) location.reload();
  }

  /** Without the feed the desk asks now and then: a proxy may let requests through and not sockets. */
  async #ask(): Promise<void> {
    if (performance.now() - this.#asked < ASK) return;
    this.#asked = performance.now();
    const answer = await cases.list({ limit: '1000' }).catch(() => undefined);
    if (!answer || this.link !== 'lost') return;
    for (const card of answer.cases) this.take(card);
    this.good = serverTime.now();
  }

  async #askWhy(): Promise<void> {
    if (!this.me || this.expired) return;
    try {
      await session.current();
    } catch (error) {
      // A service that is restarting answers in many ways; only this one means the session.
      if (error instanceof Refused && error.status === 401) this.expired = true;
    }
  }

  #signInAgain(): Promise<void> {
    this.expired = true;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export const desk = new Desk();
