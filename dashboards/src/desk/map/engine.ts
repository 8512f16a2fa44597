// The map engine, loaded only when a map is shown. It owns the WebGL map and turns cards into
// features; it knows nothing of the page around it.
import 'maplibre-gl/dist/maplibre-gl.css';
import {
  Map as GlMap,
  setWorkerUrl,
  type GeoJSONSource,
  type MapLayerMouseEvent,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Feature, FeatureCollection } from 'geojson';
import { rank } from '../queue/order';
import type { Card, CoarsePlace, Mission } from '../wire/json';
import { PRIORITIES, type Priority } from '../wire/words';
import { base, namePoints } from './base';
import { circle } from './circle';
import { cluster, house, mark, name, type Picture } from './pictures';
import { coloursOfPage, styleOf, type Colours } from './style';

setWorkerUrl(workerUrl);

export interface MapWords {
  country: (code: string) => string;
  city: (mission: string) => string;
  /** What a screen reader calls the map. */
  title: string;
}

export interface MapEvents {
  open: (id: string) => void;
  /** Several cases at the same place. */
  choose: (ids: string[], at: { x: number; y: number }) => void;
  pick: ((lat: number, lon: number) => void) | undefined;
  ready: () => void;
}

/** Beyond this many metres a circle would cover whole countries: the mark itself says it, by a ring. */
const WIDEST_AREA = 150_000;

export class Engine {
  #map: GlMap;
  #colours: Colours = coloursOfPage();
  #data = new Map<string, FeatureCollection>();

  constructor(
    container: HTMLElement,
    private words: MapWords,
    private readonly events: MapEvents,
    start: { lon: number; lat: number; zoom: number },
  ) {
    this.#map = new GlMap({
      container,
      style: styleOf(this.#colours),
      center: [start.lon, start.lat],
      zoom: start.zoom,
      minZoom: 1,
      maxZoom: 15,
      attributionControl: false,
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
    this.#map.once('idle', () => this.events.ready());
    this.#listen();
    void base().then(({ land, names }) => {
      this.#put('land', land);
      this.#put('names', namePoints(names));
    });
  }

  cards(cards: readonly Card[]): void {
    const placed = cards.filter((card) => card.place !== null);
    const features: Feature[] = [];
    const areas: Feature[] = [];
    for (const card of placed) {
      const { lat, lon, radius_m } = card.place as CoarsePlace;
      const wide = radius_m > WIDEST_AREA ? 'wide' : '';
      const properties = { id: card.id, priority: card.priority, rank: rank(card), wide };
      features.push({
        type: 'Feature',
        properties,
        geometry: { type: 'Point', coordinates: [lon, lat] },
      });
      if (radius_m > 0 && wide === '') {
        areas.push({ ...circle(lon, lat, radius_m), properties });
      }
    }
    this.#put('cases', { type: 'FeatureCollection', features });
    this.#put('areas', { type: 'FeatureCollection', features: areas });
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
    this.#map.setStyle(styleOf(this.#colours), { diff: false });
  }

  look(lon: number, lat: number, zoom: number): void {
    this.#map.easeTo({ center: [lon, lat], zoom, duration: 400 });
  }

  zoom(step: 1 | -1): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + step, duration: 200 });
  }

  destroy(): void {
    this.#map.remove();
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
      case 'cluster':
        return cluster(Number(a), PRIORITIES[Number(b)] ?? 'routine', this.#colours);
      default:
        return undefined;
    }
  }

  #listen(): void {
    const map = this.#map;
    if (this.events.pick) {
      map.getCanvas().style.cursor = 'crosshair';
      map.on('click', ({ lngLat }) => this.events.pick?.(lngLat.lat, lngLat.lng));
      return;
    }
    map.on('click', 'cases', (event) => {
      const ids = [...new Set((event.features ?? []).map((f) => String(f.properties['id'])))];
      const [first] = ids;
      if (ids.length === 1 && first) this.events.open(first);
      else this.events.choose(ids, event.point);
    });
    map.on('click', 'clusters', (event) => void this.#enter(event));
    for (const layer of ['cases', 'clusters']) {
      map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'));
      map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''));
    }
  }

  /** Goes nearer until the cluster falls apart; if it never does, lists what is in it. */
  async #enter(event: MapLayerMouseEvent): Promise<void> {
    const found = event.features?.[0];
    const source = this.#map.getSource<GeoJSONSource>('cases');
    if (!found || !source || found.geometry.type !== 'Point') return;
    const id = Number(found.properties['cluster_id']);
    const zoom = await source.getClusterExpansionZoom(id);
    if (zoom > 11) {
      const leaves = await source.getClusterLeaves(id, 200, 0);
      this.events.choose(
        leaves.map((leaf) => String(leaf.properties?.['id'])),
        event.point,
      );
      return;
    }
    const [lon = 0, lat = 0] = found.geometry.coordinates;
    this.look(lon, lat, zoom + 0.2);
  }
}
