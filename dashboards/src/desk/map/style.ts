// The style of the map, made from the variables of the page, so that day and night are one design.
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl';
import { PRIORITIES, type Priority } from '../wire/words';
import type { Ink } from './pictures';

const NOTHING = { type: 'FeatureCollection' as const, features: [] };

export interface Colours extends Ink {
  sea: string;
  land: string;
  border: string;
  accent: string;
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

export function styleOf(colours: Colours): StyleSpecification {
  const worst: ExpressionSpecification = ['min', ['get', 'rank']];
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: NOTHING, tolerance: 0.3 },
      names: { type: 'geojson', data: NOTHING },
      missions: { type: 'geojson', data: NOTHING },
      areas: { type: 'geojson', data: NOTHING },
      picked: { type: 'geojson', data: NOTHING },
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
      { id: 'sea', type: 'background', paint: { 'background-color': colours.sea } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': colours.land } },
      {
        id: 'border',
        type: 'line',
        source: 'land',
        paint: { 'line-color': colours.border, 'line-width': 1 },
      },
      {
        id: 'names',
        type: 'symbol',
        source: 'names',
        layout: {
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
    ],
  };
}
