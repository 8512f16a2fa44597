// The area of responsibility of a mission: countries of the base map and, in the Emirates and Saudi
// Arabia, where missions share a country, its subdivisions (Who's On First, coarsened).
import type { Mission } from '../wire/json';

/** Countries whose subdivisions are drawn. */
const SHARED: Record<string, string[]> = {
  AE: ['AE-AZ', 'AE-DU', 'AE-SH', 'AE-AJ', 'AE-UQ', 'AE-RK', 'AE-FU'],
  SA: ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '14'].map(
    (number) => `SA-${number}`,
  ),
};

export interface Land {
  countries: string[];
  subdivisions: string[];
}

/** What a mission answers for. What another was given of a shared country is not its. */
export function landOf(code: string, missions: readonly Mission[]): Land {
  const land: Land = { countries: [], subdivisions: [] };
  const mission = missions.find((one) => one.code === code);
  const others = new Set(
    missions.filter((one) => one.code !== code).flatMap((one) => one.jurisdiction ?? []),
  );
  for (const part of mission?.jurisdiction ?? []) {
    const shared = SHARED[part];
    if (part === '*') continue;
    if (part.includes('-')) land.subdivisions.push(part);
    else if (shared) land.subdivisions.push(...shared.filter((one) => !others.has(one)));
    else land.countries.push(part);
  }
  land.subdivisions = [...new Set(land.subdivisions)];
  return land;
}
