// The base map: the countries of Natural Earth as world-atlas packs them, carried by the service.
// No tile, no glyph and no picture is asked of anybody.
import type { Feature, FeatureCollection, MultiPolygon, Point, Polygon, Position } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlasUrl from 'world-atlas/countries-50m.json?url';
import { countryCode } from './countries';

type Land = FeatureCollection<Polygon | MultiPolygon, { code: string }>;

export interface Base {
  land: Land;
  /** One point for each country that has a code, and its size for the order of labels. */
  names: { code: string; at: [number, number]; size: number }[];
}

let loading: Promise<Base> | undefined;

/** The base map, fetched once. */
export function base(): Promise<Base> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Base> {
  const response = await fetch(atlasUrl);
  if (!response.ok) throw new Error(`base map: ${response.status}`);
  const atlas = (await response.json()) as Topology<{ countries: GeometryCollection }>;
  const all = feature(atlas, atlas.objects.countries);
  const features = all.features.flatMap((one) => {
    if (one.geometry.type !== 'Polygon' && one.geometry.type !== 'MultiPolygon') return [];
    const code = countryCode(one.id?.toString()) ?? '';
    return [{ ...one, properties: { code } } as Feature<Polygon | MultiPolygon, { code: string }>];
  });
  const land: Land = { type: 'FeatureCollection', features };
  const names = features.flatMap((one) => {
    const { code } = one.properties;
    return code === '' ? [] : [{ code, ...middle(one.geometry) }];
  });
  return { land, names };
}

/** The centre of the largest part: good enough for a name. */
function middle(geometry: Polygon | MultiPolygon): { at: [number, number]; size: number } {
  const rings: Position[][] =
    geometry.type === 'Polygon'
      ? [geometry.coordinates[0] ?? []]
      : geometry.coordinates.map((part) => part[0] ?? []);
  let best = { at: [0, 0] as [number, number], size: -1 };
  for (const ring of rings) {
    let area = 0;
    let x = 0;
    let y = 0;
    for (let i = 0; i + 1 < ring.length; i += 1) {
      const [x1 = 0, y1 = 0] = ring[i] ?? [];
      const [x2 = 0, y2 = 0] = ring[i + 1] ?? [];
      const cross = x1 * y2 - x2 * y1;
      area += cross;
      x += (x1 + x2) * cross;
      y += (y1 + y2) * cross;
    }
    if (Math.abs(area) > best.size && area !== 0) {
      best = { at: [x / (3 * area), y / (3 * area)], size: Math.abs(area) };
    }
  }
  return best;
}

export function namePoints(names: Base['names']): FeatureCollection<Point> {
  return {
    type: 'FeatureCollection',
    features: names.map(({ code, at, size }) => ({
      type: 'Feature',
      properties: { code, size },
      geometry: { type: 'Point', coordinates: at },
    })),
  };
}
