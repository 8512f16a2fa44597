// The keyboard. One key does one thing, wherever the reader is; never while she types, never with
// a modifier, and all single keys can be switched off (WCAG 2.1.4).
import { alarm } from '../alarm/alarm.svelte';
import { write } from '../case/writing.svelte';
import { cursor } from '../queue/cursor.svelte';
import type { ActName } from '../wire/json';
import { desk } from './desk.svelte';
import { takeNext } from './next';
import { isQuick, open } from './open.svelte';
import { panel } from './panel.svelte';
import { go, route } from './route.svelte';
import { settings } from './settings.svelte';

export interface Binding {
  keys: string[];
  /** A word of the family `key`. */
  name: string;
  group: 'move' | 'case' | 'desk';
  run: () => void;
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** An act with a form opens it; one without is done at once. Only what is possible now. */
function act(name: ActName): () => void {
  return () => {
    if (!open.may(name)) return;
    if (isQuick(name)) void open.quick({ act: name });
    else open.form = name;
  };
}

export const BINDINGS: Binding[] = [
  { keys: ['j', 'ArrowDown'], name: 'down', group: 'move', run: () => cursor.move(1) },
  { keys: ['k', 'ArrowUp'], name: 'up', group: 'move', run: () => cursor.move(-1) },
  { keys: ['Enter', 'o'], name: 'open', group: 'move', run: () => cursor.open() },
  { keys: ['Escape'], name: 'back', group: 'move', run: () => go('#/') },
  { keys: ['/'], name: 'search', group: 'move', run: () => focus('[data-key="search"]') },
  { keys: ['f'], name: 'filter', group: 'move', run: () => focus('[data-key="filter"]') },
  { keys: ['m'], name: 'map', group: 'move', run: () => go(route().at === 'map' ? '#/' : '#/map') },
  {
    keys: ['v'],
    name: 'watch',
    group: 'move',
    run: () => go(route().at === 'watch' ? '#/' : '#/watch'),
  },
  { keys: ['x'], name: 'next', group: 'desk', run: () => void takeNext() },
  { keys: ['h'], name: 'call', group: 'desk', run: () => (panel.shown = 'call') },
  {
    keys: ['z'],
    name: 'mute',
    group: 'desk',
    run: () => {
      if (desk.now !== undefined && alarm.crying.length > 0) alarm.hush(desk.now);
    },
  },
  { keys: ['d'], name: 'duty', group: 'desk', run: () => void desk.setDuty(!desk.me?.on_duty) },
  { keys: ['H'], name: 'shift', group: 'desk', run: () => (panel.shown = 'shift') },
  { keys: ['?'], name: 'help', group: 'desk', run: () => (panel.shown = 'help') },
  { keys: ['c'], name: 'claim', group: 'case', run: act('claim') },
  { keys: ['t'], name: 'take_over', group: 'case', run: act('take_over') },
  { keys: ['s'], name: 'start', group: 'case', run: act('start') },
  { keys: ['r'], name: 'reply', group: 'case', run: () => write('message') },
  { keys: ['n'], name: 'note', group: 'case', run: () => write('note') },
  { keys: ['g'], name: 'phoned', group: 'case', run: () => write('call') },
  { keys: ['p'], name: 'reprioritise', group: 'case', run: act('reprioritise') },
  { keys: ['b'], name: 'recategorise', group: 'case', run: act('recategorise') },
  { keys: ['l'], name: 'locate', group: 'case', run: act('locate') },
  { keys: ['a'], name: 'safe_contact', group: 'case', run: act('safe_contact') },
  { keys: ['w'], name: 'transfer', group: 'case', run: act('transfer') },
  { keys: ['y'], name: 'accept', group: 'case', run: act('accept') },
  { keys: ['q'], name: 'refuse', group: 'case', run: act('refuse') },
  { keys: ['i'], name: 'withdraw', group: 'case', run: act('withdraw') },
  { keys: ['M'], name: 'merge', group: 'case', run: act('merge') },
  { keys: ['L'], name: 'link', group: 'case', run: act('link') },
  { keys: ['S'], name: 'sheet', group: 'case', run: act('sheet') },
  { keys: ['I'], name: 'signs', group: 'case', run: () => focus('[data-key="signs"]') },
  { keys: ['T'], name: 'task', group: 'case', run: () => focus('[data-key="task"]') },
  { keys: ['W'], name: 'agree', group: 'case', run: () => focus('[data-key="agree"]') },
  { keys: ['F'], name: 'files', group: 'case', run: () => focus('.case input[type=file]') },
  { keys: ['A'], name: 'assign', group: 'case', run: act('assign') },
  { keys: ['u'], name: 'release', group: 'case', run: act('release') },
  { keys: ['e'], name: 'resolve', group: 'case', run: act('resolve') },
];

const TYPES = 'input, textarea, select, [contenteditable]';
const PRESSES = 'a, button, summary, [role="option"]';

/** Ctrl and Enter send what is being written, in every form. */
function send(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target instanceof HTMLElement ? event.target.closest('form') : null;
  const button = form?.querySelector<HTMLButtonElement>('button[type="submit"]');
  if (!button) return;
  event.preventDefault();
  button.click();
}

export function handleKey(event: KeyboardEvent): void {
  send(event);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!desk.me || desk.expired || document.querySelector('dialog[open]')) return;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest(TYPES) && !target.matches('[type="checkbox"], [type="radio"]')) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  if (event.key === 'Enter' && target?.closest(PRESSES)) return;
  if (event.key.startsWith('Arrow') && target?.closest('[role="tablist"], .map')) return;
  const single = event.key.length === 1;
  if (single && settings.keys === 'off' && event.key !== '?') return;
  const binding = BINDINGS.find(({ keys }) => keys.includes(event.key));
  if (!binding) return;
  event.preventDefault();
  binding.run();
}
