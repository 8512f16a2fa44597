// The check-list of signs: what the reports' own words told, and what a person said last.
import type { CaseView, Entry } from '../wire/json';
import { SIGNS, type Sign } from '../wire/words';

export interface SignLine {
  sign: Sign;
  holds: boolean;
  /** The words of the reports that told it, each once. */
  words: string[];
  /** Who ticked or unticked it last. */
  by: string | undefined;
}

/** The last word of a person on each sign. */
function lastSaid(log: readonly Entry[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const { event, detail, by } of log) {
    if (event === 'signs' && typeof detail?.['sign'] === 'string' && by) said.set(detail['sign'], by);
  }
  return said;
}

export function signLines(view: Pick<CaseView, 'reports' | 'log'>, held: readonly Sign[]): SignLine[] {
  const said = lastSaid(view.log);
  const evidence = view.reports.flatMap((report) => report.evidence);
  return SIGNS.map((sign) => ({
    sign,
    holds: held.includes(sign),
    words: [...new Set(evidence.filter(({ says }) => says === `sign:${sign}`).map(({ text }) => text))],
    by: said.get(sign),
  }));
}
