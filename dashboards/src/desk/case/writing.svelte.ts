// What the reader is writing: a message, a note or a call. Keys choose it from anywhere; the focus
// is in the field at once, so that no letter typed next can be taken for a key.
import { flushSync } from 'svelte';

export type Tab = 'message' | 'note' | 'call';

export const writing = $state<{ tab: Tab }>({ tab: 'message' });

export function write(tab: Tab): void {
  flushSync(() => (writing.tab = tab));
  document.querySelector<HTMLElement>(`[data-write="${tab}"]`)?.focus();
}
