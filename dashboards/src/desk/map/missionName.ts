// What a mission is called in the reader's language: its kind and its city. A name of another make
// is shown as it was loaded.
import type { Mission } from '../wire/json';
import { lang, t, type Key } from '../words/words.svelte';
import { cityName } from './cities';

const KINDS: [RegExp, Key][] = [
  [/^Embassy of Kenya in /, 'mission.embassy'],
  [/^High Commission of Kenya in /, 'mission.high_commission'],
  [/^Consulate General of Kenya in /, 'mission.consulate_general'],
  [/^Honorary Consulate of Kenya in /, 'mission.honorary_consulate'],
  [/^Consulate of Kenya in /, 'mission.consulate'],
];

export function missionName(mission: Mission | undefined): string {
  if (!mission) return '';
  const { code, name, city } = mission;
  if (lang() === 'en') return name;
  if (name === 'Diaspora Response Centre') return t('mission.centre');
  const kind = KINDS.find(([pattern]) => pattern.test(name));
  return kind ? t(kind[1], { city: cityName(code, lang(), city) }) : name;
}
