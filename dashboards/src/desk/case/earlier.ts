// A case in which very much was written comes a page at a time, the newest first. What was fetched of
// the rest stays, also when the case is loaded again.
import type { Older, Page } from '../wire/json';

export const NONE: Older = { reports: 0, messages: 0, log: 0 };

interface Line {
  id: string | number;
}

/** Older lines before newer ones; a line that is in both as the newer ones have it. */
function before<T extends Line>(older: readonly T[], newer: readonly T[]): T[] {
  const known = new Set(newer.map((line) => line.id));
  return [...older.filter((line) => !known.has(line.id)), ...newer];
}

/** A page together with what is known to be older than it. */
export function together<T extends Page>(older: Page, newer: T): T {
  const messages = before(older.messages, newer.messages);
  return {
    ...newer,
    reports: before(older.reports, newer.reports),
    messages: messages.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    log: before(older.log, newer.log),
  };
}

/** How many lines are older than all that is here: of a case that was loaded again, with what was fetched before. */
export function left(known: Page, loaded: Page): Older {
  const older = loaded.older ?? NONE;
  const sent = (page: Page) => page.messages.filter((one) => one.direction === 'out');
  return {
    reports: Math.max(0, older.reports - (known.reports.length - loaded.reports.length)),
    messages: Math.max(0, older.messages - (sent(known).length - sent(loaded).length)),
    log: Math.max(0, older.log - (known.log.length - loaded.log.length)),
  };
}

/** What to ask for: the page before the oldest lines, of those of which there is more. */
export function asking(page: Page, of: 'said' | 'log'): Record<string, string> {
  const older = page.older ?? NONE;
  const ask: Record<string, string> = {};
  const name = (key: string, line: Line | undefined, more: number) => {
    if (more > 0 && line) ask[key] = String(line.id);
  };
  if (of === 'log') name('log', page.log[0], older.log);
  else {
    name('report', page.reports[0], older.reports);
    name('message', page.messages.find((one) => one.direction === 'out'), older.messages);
  }
  return ask;
}
