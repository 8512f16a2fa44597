// A style of somebody else's, where the service was told of one: it lies under what this map draws.
// Its parts are renamed, so that none of them is taken for one of ours, and its addresses are made
// whole. It must never bring anything on top of the cases.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';

const OWN = (id: string) => `under:${id}`;

/** An address as it stands in a style, seen from where the style was; places for numbers stay. */
function whole(address: string, from: string): string {
  return new URL(address, from).href.replaceAll('%7B', '{').replaceAll('%7D', '}');
}

function source(one: SourceSpecification, from: string, attribution: string): SourceSpecification {
  const made = { ...one };
  if (attribution !== '' && made.type !== 'image' && made.type !== 'video') made.attribution = attribution;
  if ('url' in made && typeof made.url === 'string') made.url = whole(made.url, from);
  if ('tiles' in made && made.tiles) made.tiles = made.tiles.map((tile) => whole(tile, from));
  if (made.type === 'geojson' && typeof made.data === 'string') made.data = whole(made.data, from);
  return made;
}

function layer(one: LayerSpecification): LayerSpecification {
  const id = OWN(one.id);
  return 'source' in one ? { ...one, id, source: OWN(one.source) } : { ...one, id };
}

/** @param attribution who is named for it; none: whom the style names */
export function underOurs(
  style: StyleSpecification,
  from: string,
  attribution = '',
): StyleSpecification {
  return {
    version: 8,
    ...(style.glyphs && { glyphs: whole(style.glyphs, from) }),
    ...(typeof style.sprite === 'string' && { sprite: whole(style.sprite, from) }),
    sources: Object.fromEntries(
      Object.entries(style.sources).map(([id, one]) => [OWN(id), source(one, from, attribution)]),
    ),
    layers: style.layers.map(layer),
  };
}

/** The style at an address, ready to lie under ours. */
export async function foreign(address: string, attribution: string): Promise<StyleSpecification> {
  const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' });
  if (!response.ok) throw new Error(`style: ${response.status}`);
  return underOurs((await response.json()) as StyleSpecification, address, attribution);
}
