// The box: everything that this device keeps, in one database, so that what belongs together is written together.

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';

/** A statement that waits. It is signed when it is sent: signing takes a moment, and a database does not wait. */
export interface Waiting {
  readonly sequence: number;
  readonly raw: string;
  readonly parcel: string;
  /** The rows that it changed: what the server lists of them is older. The last of what was said together names all. */
  readonly touches: readonly string[];
  readonly at_ms: number;
  readonly signature?: string;
  readonly salt?: string;
  readonly body?: string;
}

/** A picture that waits; a statement names it by its hash. `refused` is the server's code, if it will never take it. */
export interface Picture {
  readonly sha256: string;
  readonly parcel: string;
  readonly media_type: string;
  readonly bytes: ArrayBuffer;
  readonly refused?: string;
}

/** A thing that a screen knows, with every number that it answers to. */
export interface Row {
  readonly id: string;
  readonly numbers: readonly string[];
}

interface Schema<Known extends Row> extends DBSchema {
  keep: { key: string; value: unknown };
  outbox: { key: number; value: Waiting };
  pictures: { key: string; value: Picture };
  rows: { key: string; value: Known; indexes: { numbers: string } };
}

export type Box<Known extends Row = Row> = IDBPDatabase<Schema<Known>>;

/** Open the box of an app; what an earlier version kept stays. */
export const openBox = <Known extends Row>(name: string): Promise<Box<Known>> =>
  openDB<Schema<Known>>(name, 1, {
    upgrade(db) {
      db.createObjectStore('keep');
      db.createObjectStore('outbox', { keyPath: 'sequence' });
      db.createObjectStore('pictures', { keyPath: 'sha256' });
      db.createObjectStore('rows', { keyPath: 'id' }).createIndex('numbers', 'numbers', { multiEntry: true });
    },
  });
