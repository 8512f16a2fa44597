// The live stream of cards. It reports what it hears and what it knows of the connection, and
// reconnects by itself from the last cursor. It must never decide what a card means.
import { backoff } from './backoff';
import type { Cursor, Frame, Said } from './frames';

/** No frame for this long (milliseconds): the connection is lost, whatever the socket says. */
const SILENCE = 12_000;

export type Link = 'connecting' | 'live' | 'lost';

export interface FeedEvents {
  frame(frame: Frame): void;
  link(link: Link): void;
  /** Could not connect: perhaps the session ended. Called once for each failed try. */
  refused(): void;
}

export class Feed {
  #socket: WebSocket | undefined;
  #cursor: Cursor | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(private readonly events: FeedEvents) {}

  start(): void {
    this.#stopped = false;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Tries again now, for instance because the browser says that the network is back. */
  hurry(): void {
    if (this.#stopped || this.#socket?.readyState === WebSocket.OPEN) return;
    this.#drop();
    this.#connect();
  }

  /** Says something of this desk, if there is a line; what is not heard now is said again later. */
  say(what: Said): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(what));
    return true;
  }

  #connect(): void {
    clearTimeout(this.#timer);
    const cursor = this.#cursor;
    const url = new URL('/api/v1/feed', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (cursor !== undefined) url.searchParams.set('cursor', String(cursor));
    const socket = new WebSocket(url);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#heardSomething();
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.#socket || typeof event.data !== 'string') return;
      this.#heardSomething();
      this.#take(JSON.parse(event.data) as Frame);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      if (!opened) this.events.refused();
      this.#again();
    };
    this.#watch ??= setTimeout(() => this.#silent(), SILENCE);
  }

  #take(frame: Frame): void {
    // The cursor of a greeting lies ahead of what was sent yet.
    if ((frame.type === 'synced' || frame.type === 'beat') && frame.cursor != null) {
      this.#cursor = frame.cursor;
    }
    if (frame.type === 'synced') {
      this.#tries = 0;
      this.events.link('live');
    }
    this.events.frame(frame);
    if (frame.type === 'reconnect') this.#again();
  }

  #heardSomething(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#silent(), SILENCE);
  }

  #silent(): void {
    if (!this.#stopped) this.#again();
  }

  #drop(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    const old = this.#socket;
    this.#socket = undefined;
    old?.close();
  }

  #again(): void {
    this.#drop();
    if (this.#stopped) return;
    this.events.link('lost');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), backoff(this.#tries, Math.random()));
    this.#tries += 1;
  }
}
