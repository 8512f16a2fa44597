// What the crisis map shows: what is asked of the service, and what it answered. Counts come from
// the service alone, which counts exactly; nothing is counted here.
import type { Feature, Polygon } from 'geojson';
import { cases, mapArea, mapView } from '../wire/api';
import type { CoarsePlace } from '../wire/json';
import type { Kind, Priority } from '../wire/words';
import { areaQuery, type Area, type AreaAnswer, type MapAnswer } from './answer';
import { circle } from './circle';

export type Mode = 'clusters' | 'cells' | 'heat';
export const MODES: Mode[] = ['clusters', 'cells', 'heat'];
export const WHICH = ['open', 'all', 'waiting', 'claimed', 'in_progress', 'resolved'] as const;
export type Which = (typeof WHICH)[number];
export type Tool = 'polygon' | 'circle';

/** Between two countings that only the feed asks for, in milliseconds. */
const FOLLOWS = 1_500;

class View {
  mode = $state<Mode>('clusters');
  kind = $state<Kind | ''>('');
  priority = $state<Priority | ''>('');
  which = $state<Which>('open');
  /** Opened from and until, in milliseconds; undefined: whenever. */
  span = $state.raw<[number, number] | undefined>();
  /** In place of the span: those open at this moment, in milliseconds. */
  at = $state.raw<number | undefined>();
  /** The mission whose area of responsibility is drawn. */
  jurisdiction = $state('');
  tool = $state<Tool | undefined>();
  table = $state(false);

  answer = $state.raw<MapAnswer | undefined>();
  failed = $state(false);
  area = $state.raw<Area | undefined>();
  found = $state.raw<AreaAnswer | undefined>();
  exact = $state.raw<(CoarsePlace & { id: string }) | undefined>();

  #frame: { bbox: [number, number, number, number]; zoom: number } | undefined;
  #asking: AbortController | undefined;
  #askingArea: AbortController | undefined;
  #resting = false;
  #later: ReturnType<typeof setTimeout> | undefined;

  /** The reader moved the map. */
  look(bbox: [number, number, number, number], zoom: number): void {
    this.#frame = { bbox, zoom };
    void this.count();
  }

  get frame(): [number, number, number, number] | undefined {
    return this.#frame?.bbox;
  }

  /** Something on the desk changed: counted anew, a moment later and never more often. */
  changed(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      void this.count();
      void this.list();
    }, FOLLOWS);
  }

  /** Nobody sees the map: what was to be counted is counted when somebody does. */
  rest(away: boolean): void {
    this.#resting = away;
    if (!away) return;
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  /** What narrows the view, as the service is asked. */
  filters(): Record<string, string> {
    const [from, to] = this.at === undefined ? (this.span ?? []) : [];
    return {
      tray: 'false',
      elsewhere: 'true',
      status: this.which,
      ...(this.kind === '' ? {} : { kind: this.kind }),
      ...(this.priority === '' ? {} : { priority: this.priority }),
      ...(this.at === undefined ? {} : { at: new Date(this.at).toISOString() }),
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    };
  }

  async count(): Promise<void> {
    if (!this.#frame || this.#resting) return;
    const { bbox, zoom } = this.#frame;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const query = {
      ...this.filters(),
      bbox: bbox.map((side) => side.toFixed(4)).join(','),
      zoom: zoom.toFixed(2),
      ...(this.mode === 'cells' ? { shape: 'hexagons' } : {}),
      ...(this.mode === 'heat' ? { shape: 'cells' } : {}),
    };
    try {
      const answer = await mapView(query, asking.signal);
      if (asking.signal.aborted) return;
      this.answer = answer;
      this.failed = false;
    } catch {
      if (!asking.signal.aborted) this.failed = true;
    }
  }

  /** The cases of an area, or none any more. */
  choose(area: Area | undefined): void {
    this.area = area;
    this.found = undefined;
    this.exact = undefined;
    this.tool = undefined;
    void this.list();
  }

  async list(): Promise<void> {
    this.#askingArea?.abort();
    if (!this.area) return;
    const asking = new AbortController();
    this.#askingArea = asking;
    const answer = await mapArea({ ...this.filters(), ...areaQuery(this.area) }, asking.signal).catch(
      () => undefined,
    );
    if (answer && !asking.signal.aborted) this.found = answer;
  }

  /** Where an export of the area lies. */
  file(format: 'geojson' | 'csv'): string {
    const query = { ...this.filters(), ...areaQuery(this.area ?? { bbox: [0, 0, 0, 0] }), format };
    return `/api/v1/map/area?${new URLSearchParams(query).toString()}`;
  }

  /** Asks for the exact place of a case, which goes on record. */
  async reveal(id: string): Promise<void> {
    this.exact = { id, ...(await cases.exactPlace(id)) };
  }

  /** The area as it is drawn; a cell and a frame are on the map already. */
  outline(): Feature<Polygon> | undefined {
    const { area } = this;
    if (!area) return undefined;
    if ('circle' in area) return circle(area.circle.lon, area.circle.lat, area.circle.metres);
    let ring: [number, number][] = [];
    if ('polygon' in area) ring = area.polygon;
    if ('bbox' in area) {
      const [w, s, e, n] = area.bbox;
      ring = [[w, s], [e, s], [e, n], [w, n]];
    }
    if (ring.length < 3) return undefined;
    const closed = [...ring, ring[0] as [number, number]];
    return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [closed] } };
  }
}

export const view = new View();
