// The time zone of a country: that of the mission that stands in it, else a short list of the
// countries that a mission elsewhere answers for.
import type { Mission } from '../wire/json';

export const NAIROBI = 'Africa/Nairobi';

const WITHOUT_MISSION: Record<string, string> = {
  BH: 'Asia/Bahrain',
  IQ: 'Asia/Baghdad',
  JO: 'Asia/Amman',
  LB: 'Asia/Beirut',
  YE: 'Asia/Aden',
  SY: 'Asia/Damascus',
  EG: 'Africa/Cairo',
  SD: 'Africa/Khartoum',
  SS: 'Africa/Juba',
  SO: 'Africa/Mogadishu',
  UG: 'Africa/Kampala',
  MY: 'Asia/Kuala_Lumpur',
  NZ: 'Pacific/Auckland',
  CH: 'Europe/Zurich',
  PL: 'Europe/Warsaw',
  GR: 'Europe/Athens',
};

export function zoneOf(
  country: string | null | undefined,
  missions: readonly Mission[],
): string | undefined {
  if (!country) return undefined;
  return missions.find((m) => m.country === country)?.timezone ?? WITHOUT_MISSION[country];
}
