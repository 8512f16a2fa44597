// The geometry of the small drawing: the land around a point, in a flat projection true at that
// point, cut to what the frame can show.
import type { FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import type { CoarsePlace } from '../wire/json';

const METRES_PER_DEGREE = 111_320;
/** The frame shows at least this far to each side, in metres: nearer there is nothing to see. */
const NEAREST = 45_000;

export interface Drawing {
  paths: string[];
  /** The circle of uncertainty, in units of the drawing. */
  radius: number;
}

export function project(
  land: FeatureCollection<Polygon | MultiPolygon>,
  { lat, lon, radius_m }: CoarsePlace,
  width: number,
  height: number,
): Drawing {
  const reach = Math.max(NEAREST, radius_m * 1.6);
  const perMetre = height / 2 / reach;
  const shrink = Math.max(0.05, Math.cos((lat * Math.PI) / 180));
  const x = (position: Position) =>
    width / 2 + ((position[0] ?? 0) - lon) * shrink * METRES_PER_DEGREE * perMetre;
  const y = (position: Position) =>
    height / 2 - ((position[1] ?? 0) - lat) * METRES_PER_DEGREE * perMetre;

  const paths: string[] = [];
  for (const { geometry } of land.features) {
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    for (const part of parts) {
      const outer = part[0] ?? [];
      if (!touches(outer, x, y, width, height)) continue;
      paths.push(
        part
          .map((ring) => `M${ring.map((p) => `${x(p).toFixed(1)} ${y(p).toFixed(1)}`).join('L')}Z`)
          .join(''),
      );
    }
  }
  return { paths, radius: Math.max(4, radius_m * perMetre) };
}

function touches(
  ring: Position[],
  x: (p: Position) => number,
  y: (p: Position) => number,
  width: number,
  height: number,
): boolean {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const p of ring) {
    left = Math.min(left, x(p));
    right = Math.max(right, x(p));
    top = Math.min(top, y(p));
    bottom = Math.max(bottom, y(p));
  }
  return right >= 0 && left <= width && bottom >= 0 && top <= height;
}
