// The server's time, told by the server. The browser's wall clock is never asked: it may be wrong
// by an hour, or be set while the page is open. Only the steady `performance.now()` is used to
// count on from the last thing the server said.

/** Samples kept: at a beat every five seconds, about a minute. */
const KEEP = 12;
/** A jump larger than this (milliseconds) is believed at once: the machine slept. */
const JUMP = 2_000;

export class ServerTime {
  #samples: number[] = [];
  #offset: number | undefined;

  /** @param steady a clock that only runs forward, in milliseconds */
  constructor(private readonly steady: () => number) {}

  /**
   * Takes what the server said. A frame is always late, never early, so the largest of the last
   * offsets is the truest.
   */
  heard(serverTime: string): void {
    const said = Date.parse(serverTime);
    if (Number.isNaN(said)) return;
    const offset = said - this.steady();
    if (this.#offset !== undefined && Math.abs(offset - this.#offset) > JUMP) this.#samples = [];
    this.#samples.push(offset);
    if (this.#samples.length > KEEP) this.#samples.shift();
    this.#offset = Math.max(...this.#samples);
  }

  /** Milliseconds since 1970 by the server's clock; `undefined` before it ever spoke. */
  now(): number | undefined {
    return this.#offset === undefined ? undefined : this.#offset + this.steady();
  }
}
