// The moment by which a person said she would write: chosen in the time of one place, sent as the
// moment it is. Pure: zones are named, and nothing reads a clock.

/** What a field for date and time holds: `2026-11-22T18:00`, in some zone. */
type Local = string;

const MINUTE = 60_000;
const DAY = 86_400_000;
/** As the service has it. */
const FURTHEST = 30 * DAY;

function wall(ms: number, zone: string): Local {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/** The moment at which the clocks of a zone show this; undefined where they never do. */
export function momentIn(local: Local, zone: string): number | undefined {
  const asked = Date.parse(`${local}Z`);
  // While a year is being typed it is one of the first centuries, in which no zone has a time.
  if (!(asked >= 0)) return undefined;
  // By how much a zone differs depends on the moment: the second look is right where the first was
  // made on the other side of a change.
  let guess = asked;
  for (let look = 0; look < 2; look += 1) {
    guess += asked - Date.parse(`${wall(guess, zone)}Z`);
  }
  return wall(guess, zone) === local.slice(0, 16) ? guess : undefined;
}

/** From when to when a moment can be chosen, in a zone. */
export function bounds(now: number, zone: string): { min: Local; max: Local } {
  return { min: wall(now + MINUTE, zone), max: wall(now + FURTHEST - MINUTE, zone) };
}

/** What is proposed: the next six in the evening there that is at least an hour away. */
export function evening(now: number, zone: string): Local {
  const today = `${wall(now + 60 * MINUTE, zone).slice(0, 10)}T18:00`;
  const at = momentIn(today, zone);
  if (at !== undefined && at >= now + 60 * MINUTE) return today;
  return `${wall(now + 60 * MINUTE + DAY, zone).slice(0, 10)}T18:00`;
}
