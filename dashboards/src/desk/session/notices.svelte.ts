// Short notices below the queue, also read aloud by screen readers.
export interface Notice {
  id: number;
  /** A key of the words, or a sentence of the service. */
  text: string;
  tone: 'good' | 'bad' | 'plain';
  /** A case it is about, the newest where there are several. */
  case?: string;
  /** How often it was told while it stands here. */
  times: number;
}

const LASTS_MS = 6_000;
/** More would hide the work. */
const MOST = 3;
let next = 1;

export const notices = $state<Notice[]>([]);

export function tell(text: string, tone: Notice['tone'] = 'plain', about?: string, often = 1): void {
  const same = notices.findIndex((notice) => notice.text === text);
  const times = often + (notices[same]?.times ?? 0);
  if (same >= 0) notices.splice(same, 1);
  const notice: Notice = { id: next++, text, tone, times, ...(about ? { case: about } : {}) };
  notices.push(notice);
  if (notices.length > MOST) notices.shift();
  setTimeout(() => dismiss(notice.id), tone === 'bad' ? 2 * LASTS_MS : LASTS_MS);
}

export function dismiss(id: number): void {
  const at = notices.findIndex((notice) => notice.id === id);
  if (at >= 0) notices.splice(at, 1);
}
