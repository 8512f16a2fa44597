// What somebody else changed meanwhile, field by field: shown before an act is tried again.
import type { Card } from '../wire/json';

export interface Difference {
  field: 'status' | 'claimed_by_name' | 'priority' | 'kind' | 'mission' | 'level' | 'unread';
  before: string | number | null;
  now: string | number | null;
}

const FIELDS: Difference['field'][] = [
  'status',
  'claimed_by_name',
  'priority',
  'kind',
  'mission',
  'level',
  'unread',
];

export function differences(before: Card, now: Card): Difference[] {
  return FIELDS.flatMap((field) =>
    before[field] === now[field] ? [] : [{ field, before: before[field], now: now[field] }],
  );
}
