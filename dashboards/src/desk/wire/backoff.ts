// How long to wait before the next try: doubling, up to a limit, and never at the same moment as
// every other desk.

const FIRST = 400;
const LONGEST = 15_000;

/**
 * @param tries failed tries so far, from 0
 * @param chance a number in [0, 1)
 * @returns milliseconds, between half and the whole of the doubled step
 */
export function backoff(tries: number, chance: number): number {
  const step = Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 10));
  return Math.round(step / 2 + (step / 2) * chance);
}
