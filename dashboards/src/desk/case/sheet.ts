// What each kind of case asks for, under the keys the public form keeps the answers by, and the
// steps it usually takes. Reminders for whoever speaks with the person next; nothing here decides.
import type { Kind } from '../wire/words';

const SUBJECT = ['name', 'passport'] as const;

const QUESTIONS: Record<Kind, readonly string[]> = {
  distress: ['employer', 'agent', 'can_leave', 'passport_with', 'unpaid'],
  medical: ['condition', 'hospital', 'can_speak', 'insurer'],
  detention: ['held_at', 'since', 'charge', 'visited'],
  lost_documents: ['document', 'lost', 'police_report', 'travel_by'],
  missing_person: ['last_contact', 'employer', 'agent', 'description'],
  death: ['died', 'remains_at', 'next_of_kin', 'employer'],
};

/** How many steps a kind has; their words are `step.<kind>_<n>`, from 1. */
const STEPS: Record<Kind, number> = {
  distress: 3,
  medical: 3,
  detention: 3,
  lost_documents: 3,
  missing_person: 3,
  death: 3,
};

/** The questions that nobody has answered yet. */
export function openQuestions(kind: Kind | null, answered: Iterable<string>): string[] {
  if (kind === null) return [];
  const known = new Set(answered);
  return [...SUBJECT, ...QUESTIONS[kind]].filter((name) => !known.has(name));
}

/** The keys of the steps of a kind. */
export function steps(kind: Kind | null): string[] {
  return kind === null ? [] : Array.from({ length: STEPS[kind] }, (_, i) => `${kind}_${i + 1}`);
}
