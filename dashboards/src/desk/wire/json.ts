// The JSON of the desk, as the service sends it. Times are RFC 3339 UTC strings.
import type {
  Channel,
  Clock,
  ContactRule,
  Kind,
  Outcome,
  Priority,
  Sign,
  Status,
} from './words';

export type Role = 'operator' | 'officer' | 'supervisor' | 'administrator' | 'wall';

export interface Me {
  id: string;
  name: string;
  email: string;
  role: Role;
  post: string;
  mission: string;
  on_duty: boolean;
  sees_all: boolean;
}

export interface CoarsePlace {
  lat: number;
  lon: number;
  radius_m: number;
}

/** A case as a desk shows it: never a name, a number or a body. */
export interface Card {
  id: string;
  reference: string;
  version: number;
  mission: string;
  kind: Kind | null;
  priority: Priority;
  status: Status;
  level: number;
  due_at: string | null;
  opened_at: string;
  claimed_by: string | null;
  claimed_by_name: string | null;
  country: string | null;
  place: CoarsePlace | null;
  channel: Channel;
  lang: string;
  unread: number;
  clock: Clock | null;
  lapses: number;
  signs: Sign[];
  tray: boolean;
  for: 'self' | 'other';
  /** Nothing is heard from the desk that holds it. */
  stale: boolean;
  /** The mission it is offered to; until that accepts, it stays where it is. */
  offered_to: string | null;
  /** The case it was joined to. */
  merged_into: string | null;
  /** When the next of its tasks is due. */
  task_due_at: string | null;
  /** The moment by which the person said she would write. */
  hear_by: string | null;
  /** And then every so many hours; null: once. */
  hear_every_h: number | null;
}

export interface Evidence {
  /** In Unicode characters of the text, as are all positions. */
  start: number;
  end: number;
  text: string;
  says: string;
}

/** A case beside another; of another mission's nothing is told but that it is there. */
export interface Beside {
  id: string;
  reference: string;
  mission: string;
  kind: Kind | null;
  priority: Priority | null;
  status: Status | null;
  seen: boolean;
}

export interface Attachment {
  id: string;
  /** Its media type, told from its bytes. */
  kind: string;
  name: string;
  bytes: number;
  at: string;
  /** Nobody of ours: the person sent it. */
  by: string | null;
}

/** What is asked of a case by its kind. */
export interface Question {
  name: string;
  how: 'line' | 'lines' | 'yes_no';
}

export interface Sheet {
  questions: Question[];
  /** The usual steps of its kind. */
  steps: string[];
  /** Answers and steps that a responder wrote down: of a step, `done`. */
  written: { name: string; value: string; by: string; at: string }[];
}

export interface Task {
  id: string;
  title: string;
  due_at: string;
  made_by: string;
  made_at: string;
  done_by: string | null;
  done_at: string | null;
}

export interface Colleague {
  id: string;
  name: string;
  post: string;
  mission: string;
  on_duty: boolean;
  /** Whether a desk of theirs is open. */
  here: boolean;
  /** For supervisors: whether its alarm can be heard, and until when it is muted. */
  alarm?: boolean;
  muted_until?: string | null;
}

/** The claims of a mission, or of those who wrote in one language, in the last hours. */
export interface Claims {
  mission: string | null;
  lang: string | null;
  claims: number;
  within_clock: number;
  within_15_s: number;
  within_60_s: number;
  p90_s: number;
}

export interface Handover {
  id: string;
  by: string;
  to: string | null;
  at: string;
  note: string;
  cases: Card[];
}

export interface Report {
  id: string;
  /** The reference of the case it came with, when that was joined to this one. */
  joined_from?: string | null;
  /** Whether it can become a case of its own. */
  can_split?: boolean;
  channel: Channel;
  received_at: string;
  text: string;
  from: string | null;
  kind_chosen: Kind | null;
  details: Record<string, unknown>;
  subject: Record<string, unknown> | null;
  /** The place in the sender's own words, apart from the text. */
  place_text?: string | null;
  lang: string;
  understood: {
    kind: Kind | null;
    priority: Priority;
    report: boolean;
    needs: string[];
    place_name: string | null;
    /** Whose case it may be instead; reports of long ago do not say. */
    alternative_mission?: string | null;
  } | null;
  evidence: Evidence[];
}

export interface SafeRules {
  contact: ContactRule;
  from_hour: number | null;
  to_hour: number | null;
  note: string | null;
  /** Null: nothing was chosen. */
  whence: Whence | null;
}

/** Where a contact rule was chosen. */
export interface Whence {
  on: Channel | 'desk';
  at: string;
  /** It was chosen in another case: `case` names it where the reader sees that one. */
  elsewhere: boolean;
  case: string | null;
}

export interface Contact {
  number: string;
  valid: boolean;
  channel?: Channel;
  safe: SafeRules;
  opted_out: boolean;
  /** What another open case with this number says, where that is stricter. */
  other: { contact: ContactRule; whence: Whence | null } | null;
}

export interface Place {
  /** Coarse; the exact place is asked for apart. */
  lat: number | null;
  lon: number | null;
  radius_m: number;
  name: string | null;
  level: 'point' | 'district' | 'city' | 'region' | 'country';
  source: 'pin' | 'named' | 'registered' | 'prefix' | 'responder';
  certain: boolean;
  country: string | null;
}

export interface Message {
  id: string;
  direction: 'in' | 'out';
  at: string;
  text: string;
  channel: Channel;
  state: string;
  error: string | null;
  by: string | null;
  automatic: boolean;
}

export interface Entry {
  id: string | number;
  at: string;
  by: string | null;
  event: string;
  detail: Record<string, unknown> | null;
  note: string | null;
}

export interface Rung {
  level: number;
  name: string;
  post: string;
  /** Whether somebody on duty there can be reached now. */
  reached?: boolean;
}

export interface Policy {
  claim_s: number;
  first_action_s: number;
  check_in_s: number;
  ladder: Rung[];
}

export interface Template {
  id: string;
  lang: string;
  text: string;
}

/** Another case that may be about the same person or event. */
export interface Alike {
  id: string;
  reference: string;
  mission: string;
  kind: Kind | null;
  status: string;
  reasons: ('number' | 'name' | 'employer' | 'place' | 'story' | 'kind' | 'time')[];
}

/** A mission that has a case about perhaps the same, which may not be seen from here: whom to ask. */
export interface AlikeElsewhere {
  mission: string;
  about: 'person' | 'event';
}

/** What a later text suggests, and only a person does. */
export interface Suggestion {
  says: 'priority' | 'kind' | 'place' | 'over';
  to?: string | null;
}

/** How many lines of a case are older than those that are here. */
export interface Older {
  reports: number;
  messages: number;
  log: number;
}

/** A page of what is long in a case. */
export interface Page {
  reports: Report[];
  messages: Message[];
  log: Entry[];
  older?: Older;
}

export interface CaseView extends Page {
  card: Card;
  server_time: string;
  contact: Contact | null;
  contacts?: Contact[];
  place: Place | null;
  policy: Policy | null;
  alike?: Alike[];
  alike_elsewhere?: AlikeElsewhere[];
  suggestions?: Suggestion[];
  acts: ActName[];
  emergency: { police: string | null; ambulance: string | null; fire: string | null } | null;
  templates: Template[];
  attachments: Attachment[];
  tasks: Task[];
  sheet: Sheet;
  related: Beside[];
  joined: Beside[];
}

export interface Mission {
  code: string;
  name: string;
  city: string;
  country: string;
  lat: number;
  lon: number;
  timezone: string;
  active: boolean;
  /** Countries (AE) and subdivisions (AE-DU) it answers for; * is everything else. */
  jurisdiction?: string[];
}

export interface GazetteerPlace {
  name: string;
  country: string;
  lat: number;
  lon: number;
  level: string;
  radius_m?: number;
}

export type Act =
  | { act: 'claim' | 'release' | 'start' | 'seen' | 'accept' | 'withdraw' }
  | { act: 'take_over' | 'reopen' | 'refuse'; reason: string }
  | { act: 'note'; text: string }
  | { act: 'message'; template: string; lang?: string; override?: string }
  | { act: 'message'; text: string; override?: string }
  | { act: 'transfer'; to: string; reason: string }
  | { act: 'reprioritise'; priority: Priority; reason: string }
  | { act: 'recategorise'; kind: Kind | null }
  | { act: 'locate'; lat: number; lon: number; radius_m?: number }
  | { act: 'locate'; text: string }
  | ({ act: 'safe_contact' } & {
      contact: ContactRule;
      from_hour: number | null;
      to_hour: number | null;
      note: string | null;
    })
  | { act: 'resolve'; outcome: Outcome; summary: string }
  | { act: 'call'; outcome: string; note?: string }
  | { act: 'merge'; into: string; reason?: string }
  | { act: 'split'; report: string; reason: string }
  | { act: 'link' | 'unlink' | 'assign'; to: string; reason: string }
  | { act: 'task'; title: string; due_at: string }
  | { act: 'task_done'; task: string }
  | { act: 'agree'; hear_by: string; hear_every_h: number | null }
  | { act: 'end_agreement' }
  | { act: 'sign'; sign: Sign; holds: boolean }
  | { act: 'sheet'; answers: Record<string, string> }
  | { act: 'step'; step: string; done: boolean };

export type ActName = Act['act'];

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: { field: string; message: string }[];
  card?: Card;
  /** Why a message may not be sent, in one word. */
  why?: string;
  /** Whether a typed reason can outweigh it. */
  can_override?: boolean;
  /** Where a text is not neutral, in Unicode characters. */
  found?: { start: number; end: number; why: string }[];
}
