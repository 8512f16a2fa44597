// Choices of the reader that belong to this browser: theme, sound, notifications, single keys.
export type Theme = 'auto' | 'day' | 'night';

function read<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  const saved = localStorage.getItem(`msaada.${name}`);
  return allowed.find((value) => value === saved) ?? otherwise;
}

const ON_OFF = ['on', 'off'] as const;

class Settings {
  theme = $state<Theme>(read('theme', ['auto', 'day', 'night'], 'auto'));
  sound = $state(read('sound', ON_OFF, 'on'));
  notify = $state(read('notify', ON_OFF, 'off'));
  keys = $state(read('keys', ON_OFF, 'on'));

  set<K extends 'theme' | 'sound' | 'notify' | 'keys'>(name: K, value: this[K]): void {
    Object.assign(this, { [name]: value });
    localStorage.setItem(`msaada.${name}`, value);
  }
}

export const settings = new Settings();

const dark = matchMedia('(prefers-color-scheme: dark)');
const system = $state({ dark: dark.matches });
dark.addEventListener('change', (event) => (system.dark = event.matches));

/** The theme in force. */
export function theme(): 'day' | 'night' {
  if (settings.theme !== 'auto') return settings.theme;
  return system.dark ? 'night' : 'day';
}
