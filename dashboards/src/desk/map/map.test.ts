import { expect, it } from 'vitest';
import { circle } from './circle';
import { countryCode } from './countries';
import { project } from './locator';

it('the circle of uncertainty is true to the ground, also in the north', () => {
  const metres = (a: [number, number], b: [number, number]) => {
    const rad = Math.PI / 180;
    const h =
      Math.sin(((b[1] - a[1]) * rad) / 2) ** 2 +
      Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(((b[0] - a[0]) * rad) / 2) ** 2;
    return 2 * 6_371_008.8 * Math.asin(Math.sqrt(h));
  };
  for (const lat of [0, 25.2, 60]) {
    for (const corner of circle(55.3, lat, 5000).geometry.coordinates[0] ?? []) {
      expect(metres([55.3, lat], corner as [number, number])).toBeCloseTo(5000, 0);
    }
  }
});

it('the base map knows the countries by the letters that cases carry', () => {
  expect(countryCode('784')).toBe('AE');
  expect(countryCode('404')).toBe('KE');
  expect(countryCode('840')).toBe('US');
  expect(countryCode(undefined)).toBeUndefined();
});

it('the small drawing shows the land around a place and leaves the rest of the world out', () => {
  const square = (lon: number, lat: number) => ({
    type: 'Feature' as const,
    properties: {},
    geometry: {
      type: 'Polygon' as const,
      coordinates: [[[lon, lat], [lon + 1, lat], [lon + 1, lat + 1], [lon, lat + 1], [lon, lat]]],
    },
  });
  const land = { type: 'FeatureCollection' as const, features: [square(55, 25), square(-70, 40)] };
  const drawing = project(land, { lat: 25.2, lon: 55.3, radius_m: 20_000 }, 288, 132);
  expect(drawing.paths).toHaveLength(1);
  expect(drawing.radius).toBeCloseTo((20_000 * 66) / 45_000, 1);
});
