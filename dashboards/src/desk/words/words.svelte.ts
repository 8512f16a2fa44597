// The language of the page, changed without a reload. A text is looked up by key; numbers, times
// and the names of countries and languages come from the browser, in the same language.
import { ar } from './ar';
import { en } from './en';
import { sw } from './sw';

export type Key = keyof typeof en;
/** A text, or its forms by plural category (CLDR: zero, one, two, few, many, other). */
export type Text = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;
export type Words = Readonly<Record<Key, Text>>;

export const LANGS = ['en', 'sw', 'ar'] as const;
export type Lang = (typeof LANGS)[number];
/** How each language calls itself. */
export const OWN_NAMES: Record<Lang, string> = { en: 'English', sw: 'Kiswahili', ar: 'العربية' };

const ALL: Record<Lang, Words> = { en, sw, ar };
// Western digits in every language: a countdown is read across a room and spoken on the phone.
const TAGS: Record<Lang, string> = { en: 'en-GB', sw: 'sw-KE', ar: 'ar-AE-u-nu-latn' };

function first(): Lang {
  const asked = [localStorage.getItem('msaada.lang'), ...navigator.languages];
  for (const tag of asked) {
    const found = LANGS.find((lang) => tag?.toLowerCase().startsWith(lang));
    if (found) return found;
  }
  return 'en';
}

const chosen = $state({ lang: first() });

export function lang(): Lang {
  return chosen.lang;
}

export function tag(): string {
  return TAGS[chosen.lang];
}

export function speak(language: Lang): void {
  chosen.lang = language;
  localStorage.setItem('msaada.lang', language);
}

/** What the browser makes to write numbers, times and names is dear to make, and each row of the queue
 * asks for several every second: each is made once. There are as many as languages, units and zones. */
const made = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  const have = made.get(key);
  if (have !== undefined) return have as T;
  const now = make();
  made.set(key, now);
  return now;
}

function names(type: 'region' | 'language'): Intl.DisplayNames {
  const locale = tag();
  return once(`${type} ${locale}`, () => new Intl.DisplayNames(locale, { type, fallback: 'code' }));
}

/** The form for a number. None at all may be said in its own way, also where the grammar has no such form. */
function category(n: number, text: Exclude<Text, string>): Intl.LDMLPluralRule {
  if (n === 0 && text.zero !== undefined) return 'zero';
  const locale = tag();
  return once(`plural ${locale}`, () => new Intl.PluralRules(locale)).select(n);
}

/** The text for a key; `{name}` is replaced by the value, `n` also chooses the plural form. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = ALL[chosen.lang][key];
  const form =
    typeof text === 'string'
      ? text
      : (text[category(Number(values['n'] ?? 0), text)] ?? text.other ?? '');
  return form.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? figures(value) : value;
  });
}

/** A number as the language writes it. */
export function figures(n: number): string {
  const locale = tag();
  return once(`number ${locale}`, () => new Intl.NumberFormat(locale)).format(n);
}

/** A number of which more may not be known here. */
export function atLeast(n: number, more: boolean): string {
  return more ? `≥\u00a0${figures(n)}` : figures(n);
}

/** The text for a word of a vocabulary; the word itself, readable, when it is not known. */
export function word(family: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return t('none');
  const key = `${family}.${value}`;
  return key in en ? t(key as Key) : value.replaceAll('_', ' ');
}

export function countryName(code: string | null | undefined): string {
  if (!code) return t('place.unknown');
  return names('region').of(code) ?? code;
}

/** Names that people shorten where there is little room; the others are short. */
const SHORT: Record<string, Partial<Record<Lang, string>>> = {
  AE: { en: 'UAE', sw: 'UAE', ar: 'الإمارات' },
  SA: { ar: 'السعودية' },
  CD: { en: 'DR Congo' },
};

/** A country in as few words as people use. */
export function countryShort(code: string | null | undefined): string {
  return SHORT[code ?? '']?.[chosen.lang] ?? countryName(code);
}

/** A name in whatever script, which must not turn the words around it. */
const isolated = (name: string) => String.fromCharCode(0x2068) + name + String.fromCharCode(0x2069);

/** A place with its country; a country alone by its name in the reader's language. */
export function placeName(place: {
  name: string | null;
  level: string;
  country: string | null;
}): string {
  const country = countryName(place.country);
  if (!place.country) return place.name ?? country;
  return place.level === 'country' || !place.name
    ? country
    : t('place.in', { place: isolated(place.name), country });
}

/** The language of a report: `sw-en` is two languages in one message. */
export function languageName(code: string): string {
  if (code === 'arabizi' || code === 'other') return word('lang', code);
  return code
    .split('-')
    .map((part) => names('language').of(part) ?? part)
    .join(' + ');
}

const clock = $state<{ zone: string | undefined }>({ zone: undefined });

/** The zone in which times are told unless another is named: that of the reader's mission. */
export function setZone(zone: string | undefined): void {
  clock.zone = zone;
}

/** A time of day in a zone; with the date unless it is today there. */
export function moment(iso: string | number, zone?: string, today?: number): string {
  const date = new Date(iso);
  const timeZone = zone ?? clock.zone;
  const where = timeZone ? { timeZone } : {};
  const day = once(`day ${timeZone ?? ''}`, () => new Intl.DateTimeFormat('en-CA', where));
  const sameDay = today !== undefined && day.format(date) === day.format(new Date(today));
  const locale = tag();
  const time = once(
    `${sameDay ? 'time' : 'moment'} ${locale} ${timeZone ?? ''}`,
    () =>
      new Intl.DateTimeFormat(locale, {
        ...where,
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        ...(sameDay ? {} : { day: 'numeric', month: 'short' }),
      }),
  );
  return time.format(date);
}

/** A measure with its unit, as short as the language writes it. */
function measure(value: number, unit: string, digits?: number): string {
  const locale = tag();
  const number = once(
    `${unit} ${digits ?? ''} ${locale}`,
    () =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        ...(digits && { maximumSignificantDigits: digits }),
      }),
  );
  return number.format(value);
}

/** A span in words of the language, in its largest whole unit: "4 min", "dakika 4". */
export function span(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 60) return measure(Math.floor(s), 'second');
  if (s < 3600) return measure(Math.floor(s / 60), 'minute');
  if (s < 86_400) return measure(Math.floor(s / 3600), 'hour');
  return measure(Math.floor(s / 86_400), 'day');
}

/** The size of a file. */
export function size(bytes: number): string {
  return bytes >= 100_000
    ? measure(bytes / 1_000_000, 'megabyte', 2)
    : measure(bytes / 1_000, 'kilobyte', 2);
}

export function distance(metres: number): string {
  return metres >= 1000 ? measure(metres / 1000, 'kilometer', 2) : measure(metres, 'meter', 2);
}
