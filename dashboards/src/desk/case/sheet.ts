// The sheet of a case as its reader sees it: to each question the answer a responder wrote down, or
// what was reported. What is asked for which kind the service tells.
import type { CaseView, Question } from '../wire/json';

export interface Answer extends Question {
  /** What holds; empty where nobody knows. */
  value: string;
  /** Who wrote it down, where it was a responder. */
  by?: string;
  /** What the person wrote, where a responder wrote something else. */
  reported?: string;
}

type Told = [name: string, value: string];

function told(from: Record<string, unknown> | null): Told[] {
  return Object.entries(from ?? {}).flatMap(([name, value]): Told[] =>
    value === null || value === '' || typeof value === 'object' ? [] : [[name, String(value)]],
  );
}

/** Everything the reports answered, each name with its newest answer. */
function reported(view: Pick<CaseView, 'reports'>): Map<string, string> {
  return new Map(
    view.reports.flatMap((r) => [
      ...told(r.subject),
      ...told(r.details),
      ...told({ place_text: r.place_text ?? null }),
    ]),
  );
}

/** The questions of the case's kind with their answers, then whatever else was told. */
export function answersOf(view: Pick<CaseView, 'reports' | 'sheet'>): Answer[] {
  const said = reported(view);
  const written = new Map(view.sheet.written.map((one) => [one.name, one]));
  const asked = view.sheet.questions.map((question): Answer => {
    const mine = written.get(question.name);
    const theirs = said.get(question.name);
    if (!mine) return { ...question, value: theirs ?? '' };
    return {
      ...question,
      value: mine.value,
      by: mine.by,
      ...(theirs === undefined || theirs === mine.value ? {} : { reported: theirs }),
    };
  });
  const names = new Set(asked.map(({ name }) => name));
  const beside = [...said].filter(([name]) => !names.has(name));
  // What was written down while the case was thought to be of another kind is not hidden.
  const before = view.sheet.written.filter(
    ({ name }) => !names.has(name) && !said.has(name) && !/_\d$/.test(name),
  );
  return [
    ...asked,
    ...beside.map(([name, value]): Answer => ({ name, how: 'line', value })),
    ...before.map(({ name, value, by }): Answer => ({ name, how: 'line', value, by })),
  ];
}

/** What the reader changed: only that is sent. */
export function changes(
  answers: readonly Answer[],
  typed: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    answers.flatMap(({ name, value }) => {
      const now = (typed[name] ?? value).trim();
      return now === value ? [] : [[name, now]];
    }),
  );
}
