// What the service answers about a view of the map and about an area drawn on it.
import type { Feature, FeatureCollection, Point, Polygon } from 'geojson';
import type { Card } from '../wire/json';
import type { Kind, Priority, Status } from '../wire/words';

export interface CaseProperties {
  id: string;
  reference: string;
  priority: Priority;
  kind: Kind | null;
  status: Status;
  mission: string;
  radius_m: number;
  count: 1;
}

export interface CellProperties {
  /** The cells that are told as one, with commas between; null where they are too many to list. */
  cell: string | null;
  count: number;
  worst: Priority;
  /** The mean of the coarse places in it, longitude first. */
  at: [number, number];
  priorities: [number, number, number, number];
  /** The first is: no kind. */
  kinds: number[];
}

/** A cell of missions whose cases the reader does not see: five and more, or it is not told. */
export interface ElsewhereProperties {
  cell: string;
  count: number;
  elsewhere: true;
}

export interface Times {
  from: string;
  /** How many hours a bar is. */
  hours: number;
  counts: number[];
}

interface Counts {
  total: number;
  nowhere: number;
  priorities: Record<Priority, number>;
  kinds: Record<Kind | 'none', number>;
  statuses: Record<Status, number>;
}

export interface MapAnswer
  extends
    FeatureCollection<Point | Polygon, CaseProperties | CellProperties | ElsewhereProperties>,
    Counts {
  times: Times | null;
}

export interface AreaAnswer extends Counts {
  cases: Card[];
  cut: boolean;
  elsewhere: number;
}

export type CaseFeature = Feature<Point, CaseProperties>;
export type CellFeature = Feature<Point | Polygon, CellProperties>;

export function casesOf(answer: MapAnswer): CaseFeature[] {
  return answer.features.filter((one): one is CaseFeature => 'id' in one.properties);
}

export function cellsOf(answer: MapAnswer): CellFeature[] {
  return answer.features.filter((one): one is CellFeature => 'at' in one.properties);
}

/** An area somebody drew, as the service is asked about it. */
export type Area =
  | { polygon: [number, number][] }
  | { circle: { lat: number; lon: number; metres: number } }
  | { cell: string }
  | { bbox: [number, number, number, number] };

export function areaQuery(area: Area): Record<string, string> {
  if ('polygon' in area) {
    return { polygon: area.polygon.map(([x, y]) => `${x.toFixed(5)},${y.toFixed(5)}`).join(';') };
  }
  if ('circle' in area) {
    const { lat, lon, metres } = area.circle;
    return { circle: `${lat.toFixed(5)},${lon.toFixed(5)},${Math.round(metres)}` };
  }
  if ('cell' in area) return { cell: area.cell };
  return { bbox: area.bbox.map((side) => side.toFixed(5)).join(',') };
}
