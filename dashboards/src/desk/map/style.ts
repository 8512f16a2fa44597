// The style of the map, made from the variables of the page, so that day and night are one design.
import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import { PRIORITIES, type Priority } from '../wire/words';
import type { Land } from './jurisdiction';
import type { Ink } from './pictures';

const NOTHING = { type: 'FeatureCollection' as const, features: [] };

export interface Colours extends Ink {
  sea: string;
  land: string;
  border: string;
  accent: string;
}

/** What is drawn besides the world and the cases. */
export interface Extras {
  land: Land;
  /** Tiles laid under it, where the service was told of some. */
  tiles?: { url: string; attribution: string; dim: boolean };
  /** Or a style of somebody else's, in place of our countries and their names. */
  under?: { style: StyleSpecification; dim: boolean };
}

export function coloursOfPage(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    sea: of('sea'),
    land: of('land'),
    border: of('border'),
    accent: of('accent'),
    text: of('ink'),
    halo: of('land'),
    paper: of('paper'),
    priority: Object.fromEntries(PRIORITIES.map((p) => [p, of(p)])) as Record<Priority, string>,
  };
}

/** The colour of a priority in the data. */
function byPriority(colours: Colours): ExpressionSpecification {
  return [
    'match',
    ['get', 'priority'],
    ...PRIORITIES.flatMap((p) => [p, colours.priority[p]]),
    colours.text,
  ] as unknown as ExpressionSpecification;
}

export function styleOf(colours: Colours, extras: Extras): StyleSpecification {
  const worst: ExpressionSpecification = ['min', ['get', 'rank']];
  const under = extras.under?.style;
  return {
    version: 8,
    ...(under?.glyphs && { glyphs: under.glyphs }),
    ...(under?.sprite && { sprite: under.sprite }),
    sources: {
      ...under?.sources,
      land: { type: 'geojson', data: NOTHING, tolerance: 0.3 },
      names: { type: 'geojson', data: NOTHING },
      missions: { type: 'geojson', data: NOTHING },
      areas: { type: 'geojson', data: NOTHING },
      picked: { type: 'geojson', data: NOTHING },
      ...Object.fromEntries(
        ['subdivisions', 'elsewhere', 'hexagons', 'cells', 'heat', 'area-drawn', 'draft', 'exact'].map(
          (source) => [source, { type: 'geojson' as const, data: NOTHING }],
        ),
      ),
      ...(extras.tiles && {
        tiles: {
          type: 'raster' as const,
          tiles: [extras.tiles.url],
          tileSize: 256,
          attribution: extras.tiles.attribution,
        },
      }),
      cases: {
        type: 'geojson',
        data: NOTHING,
        cluster: true,
        clusterRadius: 42,
        clusterMaxZoom: 11,
        clusterProperties: { worst },
      },
    },
    layers: [
      ...(extras.under ? beneath(extras.under, colours) : world(colours)),
      ...(extras.tiles
        ? [
            {
              id: 'tiles',
              type: 'raster' as const,
              source: 'tiles',
              paint: extras.tiles.dim
                ? { 'raster-brightness-max': 0.55, 'raster-saturation': -0.5 }
                : { 'raster-saturation': -0.4 },
            },
          ]
        : []),
      ...duty('duty', 'land', extras.land.countries, colours),
      ...duty('duty-part', 'subdivisions', extras.land.subdivisions, colours),
      {
        id: 'elsewhere',
        type: 'fill',
        source: 'elsewhere',
        paint: { 'fill-pattern': 'hatch', 'fill-opacity': 0.35 },
      },
      {
        id: 'hexagons',
        type: 'fill',
        source: 'hexagons',
        paint: {
          'fill-color': colours.accent,
          'fill-opacity': ['interpolate', ['linear'], ['get', 'share'], 0, 0.12, 1, 0.75],
          'fill-outline-color': colours.accent,
        },
      },
      {
        id: 'heat',
        type: 'heatmap',
        source: 'heat',
        paint: {
          'heatmap-weight': ['get', 'share'],
          'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 1, 22, 12, 46],
          'heatmap-color': [
            'interpolate',
            ['linear'],
            ['heatmap-density'],
            // From nothing to amber: from transparent black, the edges would look like smoke.
            0,
            'rgba(240,168,48,0)',
            0.15,
            'rgba(240,168,48,0.6)',
            0.55,
            colours.priority.urgent,
            1,
            colours.priority.critical,
          ],
          // The place with the most reaches the end of the scale.
          'heatmap-intensity': 2.2,
          'heatmap-opacity': 0.85,
        },
      },
      {
        id: 'names',
        type: 'symbol',
        source: 'names',
        layout: {
          visibility: under ? 'none' : 'visible',
          'icon-image': ['concat', 'name:', ['get', 'code']],
          'icon-padding': 6,
          'icon-offset': [0, -24],
          'symbol-sort-key': ['-', 0, ['get', 'size']],
        },
        paint: { 'icon-opacity': 0.75 },
      },
      {
        id: 'area',
        type: 'fill',
        source: 'areas',
        paint: { 'fill-color': byPriority(colours), 'fill-opacity': 0.1 },
      },
      {
        id: 'area-edge',
        type: 'line',
        source: 'areas',
        paint: {
          'line-color': byPriority(colours),
          'line-opacity': 0.7,
          'line-width': 1,
          'line-dasharray': [3, 2],
        },
      },
      ...drawn('area-drawn', colours),
      ...drawn('draft', colours),
      {
        id: 'picked',
        type: 'fill',
        source: 'picked',
        paint: { 'fill-color': colours.accent, 'fill-opacity': 0.25 },
      },
      {
        id: 'picked-edge',
        type: 'line',
        source: 'picked',
        paint: { 'line-color': colours.accent, 'line-width': 2 },
      },
      {
        id: 'houses',
        type: 'symbol',
        source: 'missions',
        layout: {
          'icon-image': 'house',
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
        },
      },
      {
        id: 'cities',
        type: 'symbol',
        source: 'missions',
        minzoom: 3.4,
        layout: {
          'icon-image': ['concat', 'city:', ['get', 'code']],
          'icon-anchor': 'top',
          'icon-offset': [0, 16],
        },
      },
      {
        id: 'clusters',
        type: 'symbol',
        source: 'cases',
        filter: ['has', 'point_count'],
        layout: {
          'icon-image': [
            'concat',
            'cluster:',
            ['to-string', ['get', 'point_count']],
            ':',
            ['to-string', ['get', 'worst']],
          ],
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
        },
      },
      {
        id: 'cases',
        type: 'symbol',
        source: 'cases',
        filter: ['!', ['has', 'point_count']],
        layout: {
          'icon-image': ['concat', 'case:', ['get', 'priority'], ':', ['get', 'wide']],
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
          'symbol-sort-key': ['-', 9, ['get', 'rank']],
        },
      },
      {
        id: 'cells',
        type: 'symbol',
        source: 'cells',
        layout: {
          'icon-image': [
            'concat',
            'cluster:',
            ['to-string', ['get', 'count']],
            ':',
            ['to-string', ['get', 'rank']],
          ],
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
          'symbol-sort-key': ['get', 'count'],
        },
      },
      {
        id: 'exact-area',
        type: 'line',
        source: 'exact',
        filter: ['==', ['geometry-type'], 'Polygon'],
        paint: { 'line-color': colours.text, 'line-width': 2 },
      },
      {
        id: 'exact',
        type: 'symbol',
        source: 'exact',
        filter: ['has', 'pin'],
        layout: { 'icon-image': 'pin', 'icon-anchor': 'bottom', 'icon-allow-overlap': true },
      },
    ],
  };
}

/** The countries that the service carries. */
function world(colours: Colours): LayerSpecification[] {
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': colours.sea } },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': colours.land } },
    {
      id: 'border',
      type: 'line',
      source: 'land',
      paint: { 'line-color': colours.border, 'line-width': 1 },
    },
  ];
}

/** Somebody else's style, and by night a veil over it. */
function beneath({ style, dim }: NonNullable<Extras['under']>, colours: Colours): LayerSpecification[] {
  if (!dim) return style.layers;
  const paint = { 'background-color': colours.sea, 'background-opacity': 0.6 };
  return [...style.layers, { id: 'veil', type: 'background', paint }];
}

/** Where a mission is responsible: a tint and a line around it. */
function duty(id: string, source: string, codes: string[], colours: Colours): LayerSpecification[] {
  const filter = ['in', ['get', 'code'], ['literal', codes]] as unknown as FilterSpecification;
  return [
    { id, type: 'fill', source, filter, paint: { 'fill-color': colours.accent, 'fill-opacity': 0.13 } },
    {
      id: `${id}-edge`,
      type: 'line',
      source,
      filter,
      paint: { 'line-color': colours.accent, 'line-width': 1.6 },
    },
  ];
}

/** An area somebody drew. */
function drawn(source: string, colours: Colours): LayerSpecification[] {
  return [
    {
      id: source,
      type: 'fill',
      source,
      paint: { 'fill-color': colours.text, 'fill-opacity': 0.08 },
    },
    {
      id: `${source}-edge`,
      type: 'line',
      source,
      paint: { 'line-color': colours.text, 'line-width': 2, 'line-dasharray': [2, 1.5] },
    },
  ];
}
