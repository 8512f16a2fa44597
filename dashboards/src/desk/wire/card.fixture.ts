// A card and a case for tests, urgent in nothing but what a test asks for.
import type { Card, CaseView } from './json';

export function card(change: Partial<Card> = {}): Card {
  return {
    id: 'a',
    reference: '4F7K-92MX-Q1T',
    version: 1,
    mission: 'AE-DXB',
    kind: 'distress',
    priority: 'critical',
    status: 'waiting',
    level: 0,
    due_at: '2026-11-22T05:01:00Z',
    opened_at: '2026-11-22T05:00:00Z',
    claimed_by: null,
    claimed_by_name: null,
    country: 'AE',
    place: null,
    channel: 'sms',
    lang: 'sw',
    unread: 0,
    clock: 'claim',
    lapses: 0,
    signs: [],
    tray: false,
    for: 'self',
    stale: false,
    offered_to: null,
    merged_into: null,
    task_due_at: null,
    hear_by: null,
    hear_every_h: null,
    ...change,
  };
}

export function view(change: Partial<CaseView> = {}): CaseView {
  return {
    card: card(),
    server_time: '2026-11-22T05:00:30Z',
    reports: [],
    messages: [],
    log: [],
    contact: null,
    place: null,
    policy: null,
    alike: [],
    alike_elsewhere: [],
    suggestions: [],
    acts: [],
    emergency: null,
    templates: [],
    attachments: [],
    tasks: [],
    sheet: { questions: [], steps: [], written: [] },
    related: [],
    joined: [],
    ...change,
  };
}
