// What the map's page asks of the server, which is where it came from.

import type { Position, Told } from './shapes.ts';

/** Files that are read; more than these hold no map shows. */
const FILES_MAX = 10;
const E7 = 10_000_000;

export interface Read {
  readonly places: readonly Told[];
  readonly more: boolean;
}

async function file(address: string): Promise<{ readonly places: readonly Told[]; readonly next: string }> {
  const answer = await fetch(address, { headers: { accept: 'application/geo+json' } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { features } = (await answer.json()) as { readonly features: readonly Told[] };
  return { places: features, next: answer.headers.get('safehand-next') ?? '' };
}

/** Every place that the viewer sees, now or at the end of a day. */
export async function readPlaces(on: string): Promise<Read> {
  const places: Told[] = [];
  let after = '';
  for (let read = 0; read < FILES_MAX; read += 1) {
    const found = await file(`/places/map/data?${new URLSearchParams({ on, after })}`);
    places.push(...found.places);
    after = found.next;
    if (after === '') break;
  }
  return { places, more: after !== '' };
}

/** The facts and the history of a place, as its own page says them; nothing if that page cannot be had. */
export async function readFacts(place: string): Promise<readonly Element[]> {
  const answer = await fetch(`/places/${encodeURIComponent(place)}`, { headers: { accept: 'text/html' } });
  if (!answer.ok) return [];
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const history = page.getElementById('history')?.closest('section');
  return [page.querySelector('.facts'), history].filter(one => one instanceof Element).map(one => document.adoptNode(one));
}

export interface Hit {
  readonly line: string;
  readonly at: Position;
}

/** Addresses that fit what was typed. */
export async function findAddresses(text: string): Promise<readonly Hit[]> {
  const answer = await fetch('/v1/addresses/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, limit: 5, complete: true }),
  });
  if (!answer.ok) return [];
  const { hits } = (await answer.json()) as { readonly hits: readonly { line: string; lat_e7: number; lon_e7: number }[] };
  return hits.map(({ line, lat_e7, lon_e7 }) => ({ line, at: [lon_e7 / E7, lat_e7 / E7] }));
}
