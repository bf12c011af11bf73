// The map of places: what is drawn, and that its style leads nowhere else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circle, drawing, fits, frame, seat, type Told } from '../src/places/shapes.ts';
import { HATCHED, TOKENS, style, type Colours } from '../src/places/style.ts';

const KINDS = ['depot', 'checkpoint', 'pickup_point', 'locker_site', 'gate', 'geofence', 'no_go', 'avoid'];
const RING = [[24, 60], [24.2, 60], [24.2, 60.1], [24, 60.1], [24, 60]] as const;
const told = (kind: string, geometry: Told['geometry'], more: object = {}): Told => ({
  id: `plc_${kind}`, geometry, properties: { kind, code: kind.toUpperCase(), name: `The ${kind}`, ...more },
});
const SQUARE = told('no_go', { type: 'Polygon', coordinates: [RING] });
const ROUND = told('geofence', { type: 'Point', coordinates: [24.9, 60.2] }, { radius_m: 500 });
const DEPOT = told('depot', { type: 'Point', coordinates: [24.95, 60.17] });
const INSIDE = told('checkpoint', null);
const COLOURS = Object.fromEntries(TOKENS.map(token => [token, 'rgb(1,2,3)'])) as Colours;
const TONES = Object.fromEntries(KINDS.map(kind => [kind, 'rgb(4,5,6)']));
const styled = (basemap: string | null) =>
  style({ colours: COLOURS, tones: TONES, language: 'fi', basemap, drawn: drawing([SQUARE, ROUND, DEPOT, INSIDE]) });

test('the style draws every layer of our basemap, from the ground up', () => {
  const { layers } = styled('http://here/v1/map/basemap.pmtiles');
  const drawn = [...new Set(layers.flatMap(layer => ('source-layer' in layer ? [layer['source-layer']] : [])))];

  assert.deepEqual(drawn, ['earth', 'landuse', 'water', 'buildings', 'roads', 'places']);
  assert.equal(new Set(layers.map(layer => layer.id)).size, layers.length);
});

test('letters and signs come from no server, and nothing leads to another origin', () => {
  const whole = styled('http://here/v1/map/basemap.pmtiles');

  assert.equal('glyphs' in whole || 'sprite' in whole, false);
  assert.deepEqual(JSON.stringify(whole).match(/[a-z]+:\/\/[^"]*/g), ['pmtiles://http://here/v1/map/basemap.pmtiles']);
});

test('without a basemap the places are drawn on plain ground', () => {
  const { sources, layers } = styled(null);

  assert.deepEqual(Object.keys(sources).sort(), ['areas', 'signs']);
  assert.ok(layers.every(layer => !('source' in layer) || layer.source in sources));
  assert.equal(layers[0]?.type, 'background');
});

test('no kind of area is told by its colour alone', () => {
  const { layers } = styled(null);
  const edges = layers.filter(layer => layer.type === 'line').map(layer => JSON.stringify(layer.paint?.['line-dasharray']));

  assert.equal(new Set(edges).size, 3);
  assert.deepEqual(layers.flatMap(({ paint }) => (paint && 'fill-pattern' in paint ? [paint['fill-pattern']] : [])), HATCHED.map(kind => `hatch-${kind}`));
});

test('a circle has its radius on every side', () => {
  const ring = circle([24.9, 60.2], 500);
  const north = Math.max(...ring.map(([, lat]) => lat)) - 60.2;
  const east = Math.max(...ring.map(([lon]) => lon)) - 24.9;

  assert.deepEqual(ring[0], ring.at(-1));
  assert.ok(Math.abs(north * 111_195 - 500) < 1);
  assert.ok(Math.abs(east * 111_195 * Math.cos((60.2 * Math.PI) / 180) - 500) < 1);
});

test('each place that is somewhere has one sign, and areas have ground', () => {
  const { signs, areas } = drawing([SQUARE, ROUND, DEPOT, INSIDE]);

  assert.deepEqual(signs.features.map(one => one.properties.kind), ['no_go', 'geofence', 'depot']);
  assert.deepEqual(areas.features.map(one => one.properties.kind), ['no_go', 'geofence']);
  assert.deepEqual(seat(SQUARE)?.map(at => Math.round(at * 1000) / 1000), [24.1, 60.05]);
  assert.equal(seat(INSIDE), null);
  assert.equal(Math.round(((seat(ROUND)?.[1] ?? 0) - 60.2) * 111_195), 500);
});

test('the frame holds all of them, and there is none of nothing', () => {
  const found = frame([SQUARE, DEPOT, INSIDE]);

  assert.ok(found !== null && found[0] < 24 && found[1] < 60 && found[2] > 24.95 && found[3] > 60.17);
  assert.equal(frame([INSIDE]), null);
});

test('a place is found by parts of its name and code in any order', () => {
  assert.ok(fits(DEPOT, 'DEP the'));
  assert.ok(fits(DEPOT, ''));
  assert.ok(!fits(DEPOT, 'depot gate'));
});
