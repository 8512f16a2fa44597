// The map engine, loaded only when a map is shown. It owns the WebGL map and draws what the
// service counted; it counts nothing and knows nothing of the page around it.
import 'maplibre-gl/dist/maplibre-gl.css';
import {
  Map as GlMap,
  setWorkerUrl,
  type GeoJSONSource,
  type MapLayerMouseEvent,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Feature, FeatureCollection, Polygon } from 'geojson';
import type { CoarsePlace, Mission } from '../wire/json';
import { PRIORITIES, type Priority } from '../wire/words';
import { mapTiles } from '../wire/api';
import { casesOf, cellsOf, type Area, type MapAnswer } from './answer';
import { base, namePoints } from './base';
import { circle } from './circle';
import { Drawing } from './draw';
import { foreign } from './foreign';
import type { Land } from './jurisdiction';
import { cluster, hatch, house, mark, name, pin, type Picture } from './pictures';
import { coloursOfPage, styleOf, type Colours, type Extras } from './style';
import subdivisionsUrl from './subdivisions.geojson?url';
import type { Mode } from './view.svelte';

setWorkerUrl(workerUrl);

export interface MapWords {
  country: (code: string) => string;
  city: (mission: string) => string;
  /** What a screen reader calls the map. */
  title: string;
}

export interface MapEvents {
  open?: (id: string) => void;
  /** Several cases at the same place. */
  choose?: (ids: string[]) => void;
  /** A cell that cannot be entered further, or is asked to be listed. */
  cell?: (cell: string) => void;
  moved?: (bbox: [number, number, number, number], zoom: number) => void;
  pick?: (lat: number, lon: number) => void;
  ready: () => void;
}

/** Beyond this many metres a circle would cover whole countries: the mark itself says it, by a ring. */
const WIDEST_AREA = 150_000;
/** A view is asked for with so much around it, so that its edge is out of sight. */
const AROUND = 0.12;
/** From this zoom on a cell is listed rather than entered. */
const NEAREST = 13;
/** Pictures of counts kept at most; then they are drawn anew. */
const PICTURES = 1_500;

export class Engine {
  #map: GlMap;
  #colours: Colours = coloursOfPage();
  #data = new Map<string, FeatureCollection>();
  #extras: Extras = { land: { countries: [], subdivisions: [] } };
  #drawing: Drawing | undefined;
  #pictures = 0;
  #ended = false;

  constructor(
    container: HTMLElement,
    private words: MapWords,
    private readonly events: MapEvents,
    start: { lon: number; lat: number; zoom: number },
  ) {
    this.#map = new GlMap({
      container,
      style: styleOf(this.#colours, this.#extras),
      center: [start.lon, start.lat],
      zoom: start.zoom,
      minZoom: 1,
      maxZoom: 15,
      attributionControl: { compact: true },
      dragRotate: false,
      pitchWithRotate: false,
      localIdeographFontFamily: 'Noto Sans, Noto Sans Arabic, sans-serif',
      fadeDuration: 0,
      locale: { 'Map.Title': words.title },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.setMissingStyleImageResolver((id) => this.#draw(id));
    this.#map.on('style.load', () => this.#fill());
    this.atRest();
    this.#listen();
    // What cannot be had is not there: the countries that the service carries are.
    void this.#layUnder().catch(() => undefined);
    void base().then(({ land, names }) => {
      this.#put('land', land);
      this.#put('names', namePoints(names));
    });
  }

  /** Lays under the map what the service was told of: tiles, or somebody else's style. */
  async #layUnder(): Promise<void> {
    const { tiles, style: address, attribution } = await mapTiles();
    if (tiles !== null) {
      this.#extras = { ...this.#extras, tiles: { url: tiles, attribution, dim: false } };
    } else if (address !== null) {
      const style = await foreign(address, attribution);
      this.#extras = { ...this.#extras, under: { style, dim: false } };
    } else return;
    if (!this.#ended) this.redraw(this.words);
  }

  /** Shows what the service counted: single cases, or cells. */
  show(answer: MapAnswer, mode: Mode): void {
    const features: Feature[] = [];
    const areas: Feature[] = [];
    for (const { geometry, properties: one } of casesOf(answer)) {
      const [lon = 0, lat = 0] = geometry.coordinates;
      const wide = one.radius_m > WIDEST_AREA ? 'wide' : '';
      const rank = PRIORITIES.indexOf(one.priority);
      const properties = { id: one.id, priority: one.priority, rank, wide };
      features.push({ type: 'Feature', properties, geometry });
      if (one.radius_m > 0 && wide === '') {
        areas.push({ ...circle(lon, lat, one.radius_m), properties });
      }
    }
    const cells = cellsOf(answer);
    const most = Math.max(1, ...cells.map((cell) => cell.properties.count));
    const points = cells.map(({ properties: { cell, count, worst, at } }): Feature => ({
      type: 'Feature',
      properties: { cell, count, share: Math.sqrt(count / most), rank: PRIORITIES.indexOf(worst) },
      geometry: { type: 'Point', coordinates: at },
    }));
    const hexagons = cells
      .filter(({ geometry }) => geometry.type === 'Polygon')
      .map(({ geometry, properties: { cell, count } }): Feature => ({
        type: 'Feature',
        properties: { cell, share: Math.sqrt(count / most) },
        geometry,
      }));
    if (this.#pictures > PICTURES) this.#forget();
    this.#put('cases', collection(mode === 'heat' ? [] : features));
    this.#put('areas', collection(mode === 'heat' ? [] : areas));
    this.#put('cells', collection(mode === 'heat' ? [] : points));
    this.#put('hexagons', collection(hexagons));
    this.#put('elsewhere', collection(answer.features.filter((one) => 'elsewhere' in one.properties)));
    const warm = features.map((one): Feature => ({ ...one, properties: { share: 0.4 } }));
    this.#put('heat', collection(mode === 'heat' ? [...points, ...warm] : []));
  }

  /** Where a mission is responsible. */
  land(land: Land): void {
    this.#extras = { ...this.#extras, land };
    if (land.subdivisions.length > 0 && !this.#data.has('subdivisions')) {
      void fetch(subdivisionsUrl)
        .then((answer) => answer.json() as Promise<FeatureCollection>)
        .then((all) => this.#put('subdivisions', all));
    }
    const named = (codes: string[]) => ['in', ['get', 'code'], ['literal', codes]] as never;
    for (const layer of ['duty', 'duty-edge']) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, named(land.countries));
    }
    for (const layer of ['duty-part', 'duty-part-edge']) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, named(land.subdivisions));
    }
  }

  /** Begins to draw an area, or gives it up. */
  draw(tool: 'polygon' | 'circle' | undefined, done: (area: Area | undefined) => void): void {
    this.#drawing?.end();
    this.#drawing = tool && new Drawing(this.#map, tool, (drawn) => this.#put('draft', drawn), done);
    if (tool) this.#map.doubleClickZoom.disable();
    else this.#map.doubleClickZoom.enable();
  }

  /** Takes what was drawn so far. */
  finish(): void {
    this.#drawing?.finish();
  }

  /** The area whose cases are listed. */
  area(outline: Feature<Polygon> | undefined): void {
    this.#put('area-drawn', collection(outline ? [outline] : []));
  }

  /** The exact place of a case, for who asked for it. */
  exact(place: CoarsePlace | undefined): void {
    if (!place) return this.#put('exact', collection([]));
    const at: Feature = {
      type: 'Feature',
      properties: { pin: 'pin' },
      geometry: { type: 'Point', coordinates: [place.lon, place.lat] },
    };
    this.#put('exact', collection([circle(place.lon, place.lat, place.radius_m), at]));
    this.look(place.lon, place.lat, Math.max(this.#map.getZoom(), 11));
  }

  missions(missions: readonly Mission[]): void {
    this.#put('missions', {
      type: 'FeatureCollection',
      features: missions.map(({ code, lat, lon }) => ({
        type: 'Feature',
        properties: { code },
        geometry: { type: 'Point', coordinates: [lon, lat] },
      })),
    });
  }

  picked(place: CoarsePlace | undefined): void {
    const features = place ? [circle(place.lon, place.lat, place.radius_m)] : [];
    this.#put('picked', { type: 'FeatureCollection', features });
  }

  /** Another theme or language: every colour and every name is drawn again. */
  redraw(words: MapWords): void {
    this.words = words;
    this.#map.getCanvas().setAttribute('aria-label', words.title);
    this.#colours = coloursOfPage();
    this.#pictures = 0;
    const dim = document.documentElement.dataset['theme'] === 'night';
    const { tiles, under } = this.#extras;
    this.#extras = {
      ...this.#extras,
      ...(tiles && { tiles: { ...tiles, dim } }),
      ...(under && { under: { ...under, dim } }),
    };
    this.#map.setStyle(styleOf(this.#colours, this.#extras), { diff: false });
  }

  look(lon: number, lat: number, zoom: number): void {
    this.#map.easeTo({ center: [lon, lat], zoom, duration: 400 });
  }

  /** Goes where an area can be seen whole, unless it can be. */
  see(outline: Feature<Polygon>): void {
    const ring = outline.geometry.coordinates[0] ?? [];
    const [xs, ys] = [ring.map(([x = 0]) => x), ring.map(([, y = 0]) => y)];
    const sides: [number, number, number, number] = [
      Math.min(...xs),
      Math.min(...ys),
      Math.max(...xs),
      Math.max(...ys),
    ];
    const seen = this.#map.getBounds();
    const whole = seen.contains([sides[0], sides[1]]) && seen.contains([sides[2], sides[3]]);
    const wide = (sides[2] - sides[0]) / (seen.getEast() - seen.getWest());
    if (!whole || wide < 0.1) this.#map.fitBounds(sides, { padding: 60, maxZoom: 12, duration: 400 });
  }

  zoom(step: 1 | -1): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + step, duration: 200 });
  }

  /** It was hidden and is seen again. */
  wake(): void {
    this.#map.triggerRepaint();
  }

  /** Tells once all that it was given is drawn. */
  atRest(): void {
    this.#map.once('idle', () => this.events.ready());
    this.#map.triggerRepaint();
  }

  destroy(): void {
    this.#ended = true;
    this.#drawing?.end();
    // Giving the graphics back takes time: whoever opened something else sees that first.
    setTimeout(() => this.#map.remove());
  }

  #put(source: string, data: FeatureCollection): void {
    this.#data.set(source, data);
    const found = this.#map.getSource<GeoJSONSource>(source);
    if (found) found.setData(data);
  }

  #fill(): void {
    for (const [source, data] of this.#data) {
      this.#map.getSource<GeoJSONSource>(source)?.setData(data);
    }
  }

  #draw(id: string): void {
    const made = this.#picture(id);
    if (made && !this.#map.hasImage(id)) {
      this.#map.addImage(id, made.image, { pixelRatio: made.pixelRatio });
    }
  }

  #picture(id: string): Picture | undefined {
    const [what, a = '', b = ''] = id.split(':');
    switch (what) {
      case 'name':
        return name(this.words.country(a), this.#colours, 12, 500);
      case 'city':
        return name(this.words.city(a), this.#colours, 11, 600);
      case 'house':
        return house(this.#colours);
      case 'case':
        return mark(a as Priority, this.#colours, b === 'wide');
      case 'hatch':
        return hatch(this.#colours);
      case 'pin':
        return pin(this.#colours);
      case 'cluster':
        this.#pictures += 1;
        return cluster(Number(a), PRIORITIES[Number(b)] ?? 'routine', this.#colours);
      default:
        return undefined;
    }
  }

  /** Every other number has a picture of its own: they are let go before they fill the memory. */
  #forget(): void {
    for (const id of this.#map.listImages()) {
      if (id.startsWith('cluster:')) this.#map.removeImage(id);
    }
    this.#pictures = 0;
  }

  #tell(): void {
    const bounds = this.#map.getBounds();
    const [w, s, e, n] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const [x, y] = [(e - w) * AROUND, (n - s) * AROUND];
    const lat = (degrees: number) => Math.max(-90, Math.min(90, degrees));
    const lon = (degrees: number) => ((((degrees + 180) % 360) + 360) % 360) - 180;
    const [west, east] = e - w + 2 * x >= 360 ? [-180, 180] : [lon(w - x), lon(e + x)];
    this.events.moved?.([west, lat(s - y), east, lat(n + y)], this.#map.getZoom());
  }

  #listen(): void {
    const map = this.#map;
    if (this.events.moved) {
      map.on('moveend', () => this.#tell());
      map.once('load', () => this.#tell());
    }
    if (this.events.pick) {
      map.getCanvas().style.cursor = 'crosshair';
      map.on('click', ({ lngLat }) => this.events.pick?.(lngLat.lat, lngLat.lng));
      return;
    }
    map.on('click', 'cases', (event) => {
      if (this.#drawing) return;
      const ids = [...new Set((event.features ?? []).map((f) => String(f.properties['id'])))];
      const [first] = ids;
      if (ids.length === 1 && first) this.events.open?.(first);
      else this.events.choose?.(ids);
    });
    map.on('click', 'clusters', (event) => void this.#enter(event));
    map.on('click', 'cells', (event) => {
      const found = event.features?.[0];
      if (this.#drawing || found?.geometry.type !== 'Point') return;
      const [lon = 0, lat = 0] = found.geometry.coordinates;
      const cell: unknown = found.properties['cell'];
      if (map.getZoom() >= NEAREST && typeof cell === 'string') this.events.cell?.(cell);
      else this.look(lon, lat, Math.min(map.getZoom() + 2, NEAREST + 0.5));
    });
    for (const layer of ['cases', 'clusters', 'cells']) {
      map.on('mouseenter', layer, () => {
        if (!this.#drawing) map.getCanvas().style.cursor = 'pointer';
      });
      map.on('mouseleave', layer, () => {
        if (!this.#drawing) map.getCanvas().style.cursor = '';
      });
    }
  }

  /** Goes nearer until the cluster falls apart; if it never does, lists what is in it. */
  async #enter(event: MapLayerMouseEvent): Promise<void> {
    const found = event.features?.[0];
    const source = this.#map.getSource<GeoJSONSource>('cases');
    if (this.#drawing || !found || !source || found.geometry.type !== 'Point') return;
    const id = Number(found.properties['cluster_id']);
    const zoom = await source.getClusterExpansionZoom(id);
    if (zoom > 11) {
      const leaves = await source.getClusterLeaves(id, 300, 0);
      this.events.choose?.(leaves.map((leaf) => String(leaf.properties?.['id'])));
      return;
    }
    const [lon = 0, lat = 0] = found.geometry.coordinates;
    this.look(lon, lat, zoom + 0.2);
  }
}

function collection(features: Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features };
}
