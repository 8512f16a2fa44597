// Short notices at the edge of the page, also read aloud by screen readers.
export interface Notice {
  id: number;
  /** A key of the words, or a sentence of the service. */
  text: string;
  tone: 'good' | 'bad' | 'plain';
  /** A case it is about. */
  case?: string;
}

const LASTS_MS = 6_000;
let next = 1;

export const notices = $state<Notice[]>([]);

export function tell(text: string, tone: Notice['tone'] = 'plain', about?: string): void {
  const notice: Notice = { id: next++, text, tone, ...(about ? { case: about } : {}) };
  notices.push(notice);
  if (notices.length > 4) notices.shift();
  setTimeout(() => dismiss(notice.id), tone === 'bad' ? 2 * LASTS_MS : LASTS_MS);
}

export function dismiss(id: number): void {
  const at = notices.findIndex((notice) => notice.id === id);
  if (at >= 0) notices.splice(at, 1);
}
