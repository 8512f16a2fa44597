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
      const [west, south, east, north] = frame(part[0] ?? []);
      if (x([east, 0]) < 0 || x([west, 0]) > width || y([0, south]) < 0 || y([0, north]) > height) continue;
      paths.push(
        part
          .map((ring) => `M${ring.map((p) => `${x(p).toFixed(1)} ${y(p).toFixed(1)}`).join('L')}Z`)
          .join(''),
      );
    }
  }
  return { paths, radius: Math.max(4, radius_m * perMetre) };
}

type Frame = [west: number, south: number, east: number, north: number];

// The world does not change, and a part of it is drawn with each case that is opened.
const frames = new WeakMap<Position[], Frame>();

function frame(ring: Position[]): Frame {
  const known = frames.get(ring);
  if (known) return known;
  const sides: Frame = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of ring) {
    sides[0] = Math.min(sides[0], lon);
    sides[1] = Math.min(sides[1], lat);
    sides[2] = Math.max(sides[2], lon);
    sides[3] = Math.max(sides[3], lat);
  }
  frames.set(ring, sides);
  return sides;
}
