// Places as the map draws them: from GeoJSON, with circles rounded off, a seat for each sign, and the frame of them all. Pure.

export type Position = readonly [lon: number, lat: number];
export type Frame = readonly [west: number, south: number, east: number, north: number];
export type Shape =
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Position[])[] };

/** One place of the file. */
export interface Told {
  readonly id: string;
  readonly geometry: Shape | null;
  readonly properties: {
    readonly kind: string;
    readonly code: string;
    readonly name: string;
    readonly retired?: boolean;
    readonly radius_m?: number;
  };
}

/** What is drawn: signs where places are, and the ground that areas cover. */
export interface Drawing {
  readonly type: 'FeatureCollection';
  readonly features: {
    readonly type: 'Feature';
    readonly geometry: { readonly type: 'Point'; readonly coordinates: number[] } | { readonly type: 'Polygon'; readonly coordinates: number[][][] };
    readonly properties: { readonly place: string; readonly kind: string; readonly name: string };
  }[];
}

const EARTH_M = 6_371_008.8;
const CORNERS = 72;
/** Half of the least frame, in degrees: some 300 m, so that one point is not looked at from a hand's breadth. */
const LEAST = 0.003;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** A circle on the ground, as a ring. */
export function circle([lon, lat]: Position, radius_m: number): Position[] {
  const north = (radius_m / EARTH_M) * (180 / Math.PI);
  const east = north / Math.max(Math.cos(radians(lat)), 0.01);
  const corner = (step: number): Position => {
    const turn = (2 * Math.PI * step) / CORNERS;
    return [lon + east * Math.cos(turn), lat + north * Math.sin(turn)];
  };
  return [...Array.from({ length: CORNERS }, (_, step) => corner(step)), corner(0)];
}

/** The rings that a place covers; none if it is a point. */
export function ground(told: Told): readonly (readonly Position[])[] {
  const { geometry, properties } = told;
  if (geometry === null) return [];
  if (geometry.type === 'Polygon') return geometry.coordinates;
  return properties.radius_m === undefined ? [] : [circle(geometry.coordinates, properties.radius_m)];
}

/** Where its sign stands: its point, the head of its circle (a depot is often in the middle), or the middle of its area by weight. */
export function seat({ geometry, properties }: Told): Position | null {
  if (geometry === null) return null;
  if (geometry.type === 'Point') {
    const [lon, lat] = geometry.coordinates;
    return [lon, lat + ((properties.radius_m ?? 0) / EARTH_M) * (180 / Math.PI)];
  }
  const ring = geometry.coordinates[0] ?? [];
  const [base] = ring;
  if (base === undefined) return null;
  let [twice, east, north] = [0, 0, 0];
  ring.forEach(([x, y], step) => {
    const [nextX, nextY] = ring[(step + 1) % ring.length] ?? base;
    const part = (x - base[0]) * (nextY - base[1]) - (nextX - base[0]) * (y - base[1]);
    twice += part;
    east += part * (x + nextX - 2 * base[0]);
    north += part * (y + nextY - 2 * base[1]);
  });
  return twice === 0 ? base : [base[0] + east / (3 * twice), base[1] + north / (3 * twice)];
}

/** What of these is drawn. */
export function drawing(places: readonly Told[]): { readonly signs: Drawing; readonly areas: Drawing } {
  const signs: Drawing['features'] = [];
  const areas: Drawing['features'] = [];
  for (const told of places) {
    const properties = { place: told.id, kind: told.properties.kind, name: told.properties.name };
    const rings = ground(told);
    const at = seat(told);
    if (rings.length > 0) {
      const coordinates = rings.map(ring => ring.map(([lon, lat]) => [lon, lat]));
      areas.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates }, properties });
    }
    if (at !== null) signs.push({ type: 'Feature', geometry: { type: 'Point', coordinates: [...at] }, properties });
  }
  return { signs: { type: 'FeatureCollection', features: signs }, areas: { type: 'FeatureCollection', features: areas } };
}

/** The frame of these; null if none of them is anywhere. */
export function frame(places: readonly Told[]): Frame | null {
  const seats = places.flatMap(told => [...ground(told).flat(), ...(told.geometry?.type === 'Point' ? [told.geometry.coordinates] : [])]);
  if (seats.length === 0) return null;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [lon, lat] of seats) {
    [west, south] = [Math.min(west, lon), Math.min(south, lat)];
    [east, north] = [Math.max(east, lon), Math.max(north, lat)];
  }
  return [west - LEAST, south - LEAST, east + LEAST, north + LEAST];
}

/** Whether what was typed fits a place: each word begins, or is in, its name or code. */
export function fits({ properties: { name, code } }: Told, typed: string): boolean {
  const whole = `${name} ${code}`.toLocaleLowerCase();
  return typed.toLocaleLowerCase().split(/\s+/).every(word => whole.includes(word));
}
