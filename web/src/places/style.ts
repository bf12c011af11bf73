// How the map looks: our basemap's layers (the names of Protomaps) in the tokens of the look, then our places. Pure.
// No glyphs are named: letters are drawn from the fonts of the machine. Nothing here leads to another origin.

import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Drawing } from './shapes.ts';

export const TOKENS = ['land', 'block', 'water', 'park', 'road', 'road-edge', 'ink', 'ink-2', 'ink-3', 'sheet', 'spruce'] as const;
/** A colour for each token, and one for each kind of place, as `rgb()`. */
export type Colours = Readonly<Record<(typeof TOKENS)[number], string>>;
export type Tones = Readonly<Record<string, string>>;

export const SIGNS = 'signs';
export const AREAS = 'areas';
export const CHOSEN = 'chosen';
const GROUND = 'ground';
const FONT = ['sans-serif'];
/** Kinds whose ground is hatched, each in its own way; a geofence is clear, and dotted round. */
export const HATCHED = ['no_go', 'avoid'];
const GREEN = ['park', 'garden', 'pitch', 'playground', 'cemetery', 'grass', 'forest', 'wood', 'scrub', 'golf_course', 'nature_reserve', 'meadow'];
const BUILT = ['industrial', 'commercial', 'residential', 'school', 'university', 'college', 'hospital', 'pedestrian'];
/** Width of a road at zoom 10, 14 and 18, by kind. */
const WIDTHS: Readonly<Record<string, readonly [number, number, number]>> = {
  highway: [1.6, 5, 26],
  major_road: [1, 4, 22],
  minor_road: [0.3, 2, 16],
};

const among = (name: string, values: readonly string[]): ExpressionSpecification => ['in', ['get', name], ['literal', [...values]]];
const isKind = (kind: string): ExpressionSpecification => ['==', ['get', 'kind'], kind];

/** The name of a thing in a language, else its own. */
const named = (language: string): ExpressionSpecification => ['coalesce', ['get', `name:${language}`], ['get', 'name']];

function road(kind: string, more: number): ExpressionSpecification {
  const [far, near, nearest] = WIDTHS[kind] ?? [0.3, 2, 16];
  return ['interpolate', ['exponential', 1.6], ['zoom'], 10, far + more, 14, near + more, 18, nearest + more];
}

function streets(colours: Colours): LayerSpecification[] {
  const kinds = Object.keys(WIDTHS).reverse();
  const line = (id: string, kind: string, colour: string, more: number): LayerSpecification => ({
    id, type: 'line', source: GROUND, 'source-layer': 'roads', filter: isKind(kind),
    layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': colour, 'line-width': road(kind, more) },
  });
  return [
    {
      id: 'paths', type: 'line', source: GROUND, 'source-layer': 'roads', minzoom: 13, filter: among('kind', ['path', 'other']),
      paint: { 'line-color': colours['road-edge'], 'line-width': 1, 'line-dasharray': [3, 2] },
    },
    ...kinds.map(kind => line(`${kind}-edge`, kind, colours['road-edge'], 1.4)),
    ...kinds.map(kind => line(kind, kind, colours.road, 0)),
    {
      id: 'rails', type: 'line', source: GROUND, 'source-layer': 'roads', filter: isKind('rail'),
      paint: { 'line-color': colours['ink-3'], 'line-width': 1.2, 'line-dasharray': [4, 2] },
    },
  ];
}

function basemap(colours: Colours, language: string): LayerSpecification[] {
  const halo = { 'text-color': colours['ink-2'], 'text-halo-color': colours.land, 'text-halo-width': 1.5 };
  const area = (id: string, layer: string, colour: string, filter: ExpressionSpecification): LayerSpecification => ({
    id, type: 'fill', source: GROUND, 'source-layer': layer, filter, paint: { 'fill-color': colour },
  });
  return [
    area('earth', 'earth', colours.land, ['==', ['geometry-type'], 'Polygon']),
    area('built-up', 'landuse', colours.block, among('kind', BUILT)),
    area('green', 'landuse', colours.park, among('kind', GREEN)),
    area('water', 'water', colours.water, ['==', ['geometry-type'], 'Polygon']),
    {
      id: 'streams', type: 'line', source: GROUND, 'source-layer': 'water', filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': colours.water, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 1, 16, 4] },
    },
    {
      id: 'buildings', type: 'fill', source: GROUND, 'source-layer': 'buildings', minzoom: 14,
      paint: { 'fill-color': colours.block, 'fill-outline-color': colours['road-edge'] },
    },
    ...streets(colours),
    {
      id: 'road-names', type: 'symbol', source: GROUND, 'source-layer': 'roads', minzoom: 13.5, filter: ['has', 'name'],
      layout: { 'symbol-placement': 'line', 'text-field': named(language), 'text-font': FONT, 'text-size': 12 }, paint: halo,
    },
    {
      id: 'localities', type: 'symbol', source: GROUND, 'source-layer': 'places', filter: ['has', 'name'],
      layout: { 'text-field': named(language), 'text-font': FONT, 'text-size': ['match', ['get', 'kind_detail'], ['city', 'town'], 16, 13] },
      paint: { ...halo, 'text-color': colours.ink },
    },
  ];
}

/** Our own places: ground, edge, sign and name, so that no kind is told by its colour alone. */
function own(colours: Colours, tones: Tones): LayerSpecification[] {
  const tone: ExpressionSpecification = ['match', ['get', 'kind'], ...Object.entries(tones).flat(), colours.ink] as unknown as ExpressionSpecification;
  const edge = (id: string, kind: string, dashes: number[]): LayerSpecification => ({
    id, type: 'line', source: AREAS, filter: isKind(kind),
    paint: { 'line-color': tone, 'line-width': 2.5, 'line-dasharray': dashes },
  });
  return [
    { id: 'fence-ground', type: 'fill', source: AREAS, filter: isKind('geofence'), paint: { 'fill-color': tone, 'fill-opacity': 0.08 } },
    ...HATCHED.map((kind): LayerSpecification => ({
      id: `${kind}-ground`, type: 'fill', source: AREAS, filter: isKind(kind), paint: { 'fill-pattern': `hatch-${kind}` },
    })),
    edge('fence-edge', 'geofence', [0.5, 1.5]),
    edge('avoid-edge', 'avoid', [4, 2]),
    edge('no-go-edge', 'no_go', [1, 0]),
    {
      id: CHOSEN, type: 'circle', source: SIGNS, filter: ['==', ['get', 'place'], ''],
      paint: { 'circle-radius': 20, 'circle-color': colours.sheet, 'circle-stroke-color': colours.spruce, 'circle-stroke-width': 3 },
    },
    {
      id: SIGNS, type: 'symbol', source: SIGNS,
      layout: {
        'icon-image': ['concat', 'sign-', ['get', 'kind']], 'icon-allow-overlap': true,
        'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 13, 'text-anchor': 'top', 'text-offset': [0, 1.1],
        'text-optional': true, 'text-max-width': 9,
      },
      paint: { 'text-color': colours.ink, 'text-halo-color': colours.sheet, 'text-halo-width': 2 },
    },
  ];
}

export interface Asked {
  readonly colours: Colours;
  readonly tones: Tones;
  readonly language: string;
  /** Where the basemap's file is; null if none was built. */
  readonly basemap: string | null;
  readonly drawn: { readonly signs: Drawing; readonly areas: Drawing };
}

/** The whole style. */
export function style({ colours, tones, language, basemap: file, drawn }: Asked): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {
    [SIGNS]: { type: 'geojson', data: drawn.signs },
    [AREAS]: { type: 'geojson', data: drawn.areas },
  };
  if (file !== null) sources[GROUND] = { type: 'vector', url: `pmtiles://${file}` };
  return {
    version: 8,
    sources,
    layers: [
      { id: 'land', type: 'background', paint: { 'background-color': colours.land } },
      ...(file === null ? [] : basemap(colours, language)),
      ...own(colours, tones),
    ],
  };
}
