// Drawing an area by hand: corner by corner, or a circle from its middle to its edge. It listens to
// the map while a tool is taken up, and tells what was drawn; the keyboard has its own way to the
// same areas (around a place by name, all in sight).
import type { Map as GlMap, MapMouseEvent } from 'maplibre-gl';
import type { FeatureCollection, Position } from 'geojson';
import type { Area } from './answer';
import { circle } from './circle';

/** The service takes so many corners. */
const MOST = 200;
const EARTH_M = 6_371_008.8;

export class Drawing {
  #points: [number, number][] = [];
  readonly #listeners: [string, (event: MapMouseEvent) => void][];

  constructor(
    private readonly map: GlMap,
    private readonly tool: 'polygon' | 'circle',
    private readonly show: (drawn: FeatureCollection) => void,
    private readonly done: (area: Area | undefined) => void,
  ) {
    this.#listeners = [
      ['click', (event) => this.#click(event)],
      ['mousemove', (event) => this.#draw([event.lngLat.lng, event.lngLat.lat])],
      [
        'dblclick',
        (event) => {
          event.preventDefault();
          this.finish();
        },
      ],
    ];
    for (const [name, listener] of this.#listeners) map.on(name as 'click', listener);
    map.getCanvas().style.cursor = 'crosshair';
    addEventListener('keydown', this.#key, true);
  }

  end(): void {
    for (const [name, listener] of this.#listeners) this.map.off(name as 'click', listener);
    removeEventListener('keydown', this.#key, true);
    this.map.getCanvas().style.cursor = '';
    this.show({ type: 'FeatureCollection', features: [] });
  }

  /** Takes what was drawn so far, if it is an area. */
  finish(): void {
    if (this.tool === 'polygon' && this.#points.length >= 3) {
      this.done({ polygon: this.#points });
    }
  }

  #key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' && event.key !== 'Enter') return;
    if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return;
    event.stopPropagation();
    event.preventDefault();
    if (event.key === 'Escape') this.done(undefined);
    else this.finish();
  };

  #click({ lngLat }: MapMouseEvent): void {
    const point: [number, number] = [lngLat.lng, lngLat.lat];
    const last = this.#points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    const [middle] = this.#points;
    if (this.tool === 'circle' && middle) {
      const [lon, lat] = middle;
      this.done({ circle: { lon, lat, metres: Math.max(100, metres(middle, point)) } });
      return;
    }
    if (this.#points.length < MOST) this.#points.push(point);
    this.#draw(point);
  }

  #draw(pointer: [number, number]): void {
    const [middle] = this.#points;
    if (!middle) return;
    if (this.tool === 'circle') {
      const drawn = circle(middle[0], middle[1], metres(middle, pointer));
      this.show({ type: 'FeatureCollection', features: [drawn] });
      return;
    }
    const line: Position[] = [...this.#points, pointer, middle];
    this.show({
      type: 'FeatureCollection',
      features: [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [line] } }],
    });
  }
}

/** Over the ground, as the service measures. */
export function metres([lon1, lat1]: [number, number], [lon2, lat2]: [number, number]): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}
