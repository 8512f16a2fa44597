// What somebody else changed meanwhile, field by field: shown before an act is tried again.
import type { Card } from '../wire/json';

export interface Difference {
  field: 'status' | 'claimed_by_name' | 'priority' | 'kind' | 'mission' | 'offered_to' | 'level' | 'unread';
  before: string | number | null;
  now: string | number | null;
}

const FIELDS: Difference['field'][] = [
  'status',
  'claimed_by_name',
  'priority',
  'kind',
  'mission',
  'offered_to',
  'level',
  'unread',
];

/** Changes that leave an act as right as it was: the clock went on, or the person wrote again. */
const BESIDE = new Set<Difference['field']>(['level', 'unread']);

/** Whether an act on the older state may be done on the newer one without asking. */
export function stillFits(before: Card, now: Card): boolean {
  return differences(before, now).every(({ field }) => BESIDE.has(field));
}

export function differences(before: Card, now: Card): Difference[] {
  return FIELDS.flatMap((field) =>
    before[field] === now[field] ? [] : [{ field, before: before[field], now: now[field] }],
  );
}
