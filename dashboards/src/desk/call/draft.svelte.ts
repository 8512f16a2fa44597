// What was typed of a call, kept when the form is closed before it was sent.
export interface CallDraft {
  id: string;
  text: string;
  kind: string;
  priority: string;
  for: 'self' | 'other';
  lang: string;
  place: string;
  phone: string;
  safe: string;
  name: string;
  passport: string;
}

export function emptyCall(): CallDraft {
  return {
    id: crypto.randomUUID(),
    text: '',
    kind: '',
    priority: '',
    for: 'self',
    lang: 'sw',
    place: '',
    phone: '',
    safe: 'reply_only',
    name: '',
    passport: '',
  };
}

export const callDraft = $state<CallDraft>(emptyCall());

/** The report to send: only what was filled in. */
export function callReport(call: CallDraft): Record<string, unknown> {
  const trimmed = (value: string) => value.trim();
  const subject = {
    ...(trimmed(call.name) && { name: trimmed(call.name) }),
    ...(trimmed(call.passport) && { passport: trimmed(call.passport) }),
  };
  return {
    id: call.id,
    text: trimmed(call.text),
    for: call.for,
    lang: call.lang,
    ...(call.kind && { kind: call.kind }),
    ...(call.priority && { priority: call.priority }),
    ...(trimmed(call.place) && { place: { text: trimmed(call.place) } }),
    ...(trimmed(call.phone) && {
      contact: { phone: trimmed(call.phone), safe: call.safe },
    }),
    ...(Object.keys(subject).length > 0 && { subject }),
  };
}
