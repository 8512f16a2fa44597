// The sounds, made on the spot: one figure for each priority, told apart by pitch, number and
// rhythm. Browsers give sound only after the reader has touched the page once.
import type { Priority } from '../wire/words';

type Note = { hz: number; at: number; for: number };

const FIGURES: Record<Priority, { notes: Note[]; loud: number }> = {
  critical: {
    loud: 0.3,
    notes: [0, 0.24, 0.48, 0.9, 1.14, 1.38].map((at, i) => ({
      hz: i % 2 === 0 ? 880 : 1174.7,
      at,
      for: 0.2,
    })),
  },
  urgent: {
    loud: 0.22,
    notes: [
      { hz: 659.3, at: 0, for: 0.22 },
      { hz: 880, at: 0.26, for: 0.3 },
    ],
  },
  serious: { loud: 0.16, notes: [{ hz: 523.3, at: 0, for: 0.4 }] },
  routine: { loud: 0.08, notes: [{ hz: 392, at: 0, for: 0.18 }] },
};

export class Tones {
  #context: AudioContext | undefined;

  /** Whether a sound would be heard now. */
  get ready(): boolean {
    return this.#context?.state === 'running';
  }

  /** Called from a click or a key press. */
  async wake(): Promise<void> {
    this.#context ??= new AudioContext();
    if (this.#context.state === 'suspended') await this.#context.resume();
  }

  play(priority: Priority): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    const { notes, loud } = FIGURES[priority];
    for (const note of notes) {
      const start = context.currentTime + 0.02 + note.at;
      const sound = context.createOscillator();
      const volume = context.createGain();
      sound.type = priority === 'critical' ? 'triangle' : 'sine';
      sound.frequency.value = note.hz;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(loud, start + 0.015);
      volume.gain.setValueAtTime(loud, start + note.for * 0.6);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + note.for);
      sound.connect(volume).connect(context.destination);
      sound.start(start);
      sound.stop(start + note.for + 0.02);
    }
  }
}
