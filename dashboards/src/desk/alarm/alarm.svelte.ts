// Calls the reader: a sound per priority, the title of the window, a notification if allowed.
// A critical case keeps sounding until somebody claims it. A mute is short, covers only the cases
// that were there, and is shown. The notification carries no word of a case.
import { settings } from '../session/settings.svelte';
import { tell } from '../session/notices.svelte';
import { word } from '../words/words.svelte';
import type { Card } from '../wire/json';
import type { Priority } from '../wire/words';
import { Tones } from './tones';
import { folded, MUTE_MS, Pace, silenced, type Call, type Called, type Mute } from './watch';

/** Pause between two soundings for a critical case that waits, in milliseconds. */
const REPEAT = 4_000;

class Alarm {
  audible = $state(false);
  mute = $state.raw<Mute | undefined>(undefined);
  /** Critical cases nobody has claimed. */
  crying = $state.raw<string[]>([]);
  #tones = new Tones();
  #pace = new Pace();
  #reminded = new Set<string>();

  constructor() {
    const wake = () => void this.#tones.wake().then(() => (this.audible = this.#tones.ready));
    addEventListener('pointerdown', wake, { capture: true });
    addEventListener('keydown', wake, { capture: true });
  }

  /** Calls for what just happened: thousands of clocks may lapse in one moment, and they are one call. */
  call(calls: readonly Called[]): void {
    for (const { call, card, times } of folded(calls)) this.#one(call, card, times);
  }

  #one({ reason, priority }: Call, card: Card, times: number): void {
    tell(`alarm.${reason}.${priority}`, priority === 'critical' ? 'bad' : 'plain', card.id, times);
    this.#sound(priority);
    if (settings.notify === 'on' && document.hidden && 'Notification' in window) {
      const title = word('alarm', `${reason}.${priority}`);
      const note = new Notification(title, { body: card.mission, tag: card.id });
      note.onclick = () => {
        window.focus();
        location.hash = `#/case/${card.id}`;
      };
    }
  }

  /** A task of the reader's is due: told once, softly. */
  remind(card: Card): void {
    const key = `${card.id} ${card.task_due_at}`;
    if (this.#reminded.has(key)) return;
    this.#reminded.add(key);
    tell('alarm.task', 'plain', card.id);
    this.#sound('serious');
  }

  /** Once a second: sounds on for critical cases that nobody has claimed. */
  tick(crying: string[], now: number): void {
    this.crying = crying;
    if (this.mute && now >= this.mute.until) this.mute = undefined;
    if (crying.length === 0 || silenced(this.mute, crying, now)) return;
    if (this.#pace.quiet(performance.now()) >= REPEAT) this.#sound('critical');
  }

  hush(now: number): void {
    this.mute = { until: now + MUTE_MS, cases: new Set(this.crying) };
  }

  #sound(priority: Priority): void {
    if (settings.sound === 'off' || !onDuty) return;
    if (this.#pace.takes(priority, performance.now())) this.#tones.play(priority);
  }
}

let onDuty = true;
/** Sounds are for those on duty; everybody sees the rest. */
export function soundFor(duty: boolean): void {
  onDuty = duty;
}

export const alarm = new Alarm();
