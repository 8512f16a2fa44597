// The log of a case as readable lines: newest first, reads folded together where nothing happened
// between them.
import type { Entry } from '../wire/json';

export interface Line {
  id: string;
  at: string;
  by: string | null;
  event: string;
  note: string | null;
  /** Values of the detail that are worth a word, by name. */
  detail: [string, string | number][];
  /** How many entries were folded into this one. */
  times: number;
}

const TELLING = [
  'answers',
  'sign',
  'step',
  'holds',
  'done',
  'priority',
  'kind',
  'from',
  'to',
  'perhaps',
  'level',
  'post',
  'outcome',
  'state',
  'clock',
  'hear_by',
  'channel',
  'next',
  'lost',
  'late_ms',
  'danger_word',
  'exit_word',
];

/** A clock that lapsed later than this was not in time, and its line says so. In milliseconds. */
const LATE = 2_000;

/** Looking changes nothing. A look at the exact place is always shown. */
const LOOKING = new Set(['read', 'seen']);

function tellings(name: string, value: unknown): [string, string | number][] {
  if (name === 'late_ms') return typeof value === 'number' && value > LATE ? [[name, value]] : [];
  if (name === 'answers') {
    return Array.isArray(value) ? value.map((one): [string, string] => ['field', String(one)]) : [];
  }
  if (typeof value === 'boolean') return [[name, value ? 'yes' : 'no']];
  return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
}

// An entry never changes, and a log is read again after each act.
const told = new WeakMap<Entry, Line>();

function lineOf(entry: Entry): Line {
  return {
    id: String(entry.id),
    at: entry.at,
    by: entry.by,
    event: entry.event,
    note: entry.note,
    detail: TELLING.flatMap((name) => tellings(name, entry.detail?.[name])),
    times: 1,
  };
}

export function timeline(log: readonly Entry[], withReads: boolean): Line[] {
  const lines: Line[] = [];
  const inOrder = [...log].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  for (const entry of inOrder) {
    if (LOOKING.has(entry.event) && !withReads) continue;
    const last = lines.at(-1);
    if (last && LOOKING.has(entry.event) && last.event === entry.event && last.by === entry.by) {
      last.times += 1;
      last.at = entry.at;
      continue;
    }
    if (LOOKING.has(entry.event)) {
      lines.push(lineOf(entry));
      continue;
    }
    let line = told.get(entry);
    if (!line) told.set(entry, (line = lineOf(entry)));
    lines.push(line);
  }
  return lines.reverse();
}
