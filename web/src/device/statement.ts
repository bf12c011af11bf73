// Statements: what a device says has happened, as the bytes that it signs (docs/protocol.md).

import { hex, random, sha256, utf8 } from './bytes.ts';
import { canonical, type Canonical } from './canonical.ts';

export const FIRST_AFTER = '0'.repeat(64);
const SALT_BYTES = 32;

export type Side = 'giver' | 'taker';
export type Way = 'devices' | 'counter';

interface Told {
  readonly parcel: string;
  readonly body_hash?: string;
  readonly reason?: string;
  readonly place?: string;
  /** When it was, where that was not just now. */
  readonly at_ms?: number;
}

/** One side tells of a handover. */
export interface HandedOver extends Told {
  readonly kind: 'handover';
  readonly after: string;
  readonly giver: string;
  readonly taker: string;
  readonly side: Side;
  readonly way: Way;
  readonly state: string;
  readonly seal?: string;
}

/** The parcel was read where it lies; it did not change hands. Of a cage, `found_open` says that it stood open. */
export interface Scanned extends Told {
  readonly kind: 'scan';
  readonly party: string;
  readonly state: string;
  readonly seal?: string;
  readonly found_open?: true;
}

/** A seal was put on. */
export interface SealPut extends Told {
  readonly kind: 'seal';
  readonly party: string;
  readonly seal: string;
}

/** Something is wrong with the parcel: one of the vocabulary's problems, or something else. */
export interface Reported extends Told {
  readonly kind: 'report';
  readonly party: string;
  readonly state?: string;
  readonly problem?: string;
}

/** The parcel was put into a cage. */
export interface Packed extends Told {
  readonly kind: 'pack';
  readonly party: string;
  readonly into: string;
}

/** A cage was closed over `count` parcels; `parcel` is the cage. */
export interface Closed extends Told {
  readonly kind: 'close';
  readonly party: string;
  readonly count: number;
}

/** A cage was opened, or nothing is left in it; `parcel` is the cage. */
export interface Opened extends Told {
  readonly kind: 'open' | 'empty';
  readonly party: string;
}

/** The parcel was on a scale. */
export interface Weighed extends Told {
  readonly kind: 'weigh';
  readonly party: string;
  readonly weight_g: number;
  readonly length_mm?: number;
  readonly width_mm?: number;
  readonly height_mm?: number;
}

export type Saying = HandedOver | Scanned | SealPut | Reported | Packed | Closed | Opened | Weighed;

/** Who says it, as his how-manieth statement, and when. */
export interface Stamp {
  readonly device: string;
  readonly sequence: number;
  readonly at_ms: number;
}

/** A private body with its salt: it travels beside the statement, which holds its hash. */
export interface Private {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly hash: string;
}

/** The text whose ASCII bytes are signed. */
export const statementText = (said: Saying, stamp: Stamp): string =>
  `safehand/statement/v1\n${canonical({ ...said, ...stamp } as unknown as Canonical)}`;

/** Salt a private body. */
export async function privately(said: { readonly [name: string]: string | number }): Promise<Private> {
  const salt = random(SALT_BYTES);
  const body = utf8(JSON.stringify(said));
  const both = new Uint8Array(SALT_BYTES + body.length);
  both.set(salt);
  both.set(body, SALT_BYTES);
  return { salt, body, hash: hex(await sha256(both)) };
}

/** The id of a handover, which both sides derive without asking each other. */
export async function handoverId(after: string, giver: string, parcel: string, taker: string): Promise<string> {
  return hex(await sha256(utf8(`safehand/handover/v1\n${canonical({ after, giver, parcel, taker })}`)));
}
