// The map of places: first the list, which says everything; then, where the browser can, the map.

import type { Plot } from './plot.ts';
import { Beside } from './beside.ts';
import { drawing, frame, seat, type Frame, type Told } from './shapes.ts';
import { findAddresses, readFacts, readPlaces } from './told.ts';

const BASEMAP = '/v1/map/basemap.pmtiles';
const E7 = 10_000_000;
/** Where there is neither a place nor a basemap. */
const ANYWHERE: Frame = [-12, 35, 32, 71];

function draws(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

function built(root: HTMLElement): Frame | null {
  const [west, south, east, north] = (root.dataset['bounds'] ?? '').split(' ').map(edge => Number(edge) / E7);
  if (!root.dataset['build'] || west === undefined || south === undefined || east === undefined || north === undefined) return null;
  return [west, south, east, north];
}

async function begin(root: HTMLElement): Promise<void> {
  const beside = new Beside(root);
  const read = await readPlaces(root.dataset['on'] ?? '').catch(() => null);
  if (read === null) return beside.say('failed');
  if (read.more) beside.say('more');
  const { places } = read;
  const byId = new Map(places.map(told => [told.id, told]));
  let plot: Plot | null = null;

  const whole = (): Frame => frame(beside.shown()) ?? built(root) ?? ANYWHERE;
  const go = (told: Told): void => {
    const around = frame([told]);
    if (around !== null) plot?.go(around);
  };
  const choose = async (id: string): Promise<void> => {
    const told = byId.get(id);
    plot?.mark(told === undefined ? '' : id);
    if (told === undefined) return;
    go(told);
    await beside.open(told, readFacts(id));
  };

  beside.fill(places, {
    choose: id => void choose(id),
    closed: () => plot?.mark(''),
    changed: shown => plot?.draw(drawing(shown)),
    find: root.dataset['finds'] === 'yes' ? findAddresses : async () => [],
    jump: at => plot?.go(at),
    zoom: steps => (steps === 0 ? plot?.go(whole()) : plot?.zoom(steps)),
  });

  if (draws()) {
    const { Plot } = await import('./plot.ts');
    plot = new Plot(
      {
        target: beside.canvas,
        signs: beside.signs,
        basemap: root.dataset['build'] ? `${location.origin}${BASEMAP}` : null,
        language: document.documentElement.lang,
        name: beside.canvas.dataset['name'] ?? '',
        still: matchMedia('(prefers-reduced-motion: reduce)').matches,
        choose: id => void choose(id),
        failed: () => beside.say('ground_failed'),
      },
      drawing(beside.shown()),
      whole(),
    );
    beside.drawn();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot?.repaint());
  } else beside.say('no_webgl');

  const at = byId.get(root.dataset['at'] ?? '');
  if (at !== undefined && seat(at) !== null) await choose(at.id);
}

const root = document.getElementById('main');
if (root !== null) void begin(root);
