// The closed vocabularies of the service, as they stand in its JSON. The same words everywhere;
// what people read in their own language is chosen in `words/`.

export const PRIORITIES = ['critical', 'urgent', 'serious', 'routine'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const KINDS = [
  'distress',
  'medical',
  'detention',
  'lost_documents',
  'missing_person',
  'death',
] as const;
export type Kind = (typeof KINDS)[number];

export const STATUSES = ['waiting', 'claimed', 'in_progress', 'offered', 'resolved'] as const;
export type Status = (typeof STATUSES)[number];

export const CHANNELS = ['sms', 'whatsapp', 'web', 'api', 'phone'] as const;
export type Channel = (typeof CHANNELS)[number];

export const CONTACT_RULES = ['any', 'reply_only', 'i_will_contact_you', 'never'] as const;
export type ContactRule = (typeof CONTACT_RULES)[number];

export const OUTCOMES = [
  'helped',
  'referred',
  'repatriated',
  'no_contact',
  'duplicate',
  'not_a_plea',
  'deceased_handled',
  'other',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const SIGNS = [
  'vulnerability',
  'deception',
  'movement',
  'isolation',
  'violence',
  'threats',
  'documents',
  'wages',
  'debt',
  'conditions',
  'overtime',
] as const;
export type Sign = (typeof SIGNS)[number];

export const NEEDS = [
  'food',
  'water',
  'shelter',
  'medicine',
  'money',
  'travel',
  'legal',
  'rescue',
] as const;
export type Need = (typeof NEEDS)[number];

export type Clock = 'claim' | 'first_action' | 'check_in' | 'seen' | 'answer' | 'word';
