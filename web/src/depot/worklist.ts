// The worklist: what this depot has, awaits and sends, kept on the tablet so that a scan is judged without the server.

import type { Answers } from '../device/api.ts';
import type { Box, Row } from '../device/box.ts';
import { type Line, Refused } from '../device/device.ts';
import { FIRST_AFTER } from '../device/statement.ts';

/** A parcel, or a cage or bag with what is in it, as the tablet knows it. `after` is its last handover. */
export interface Known extends Row {
  readonly kind: 'parcel' | 'aggregate';
  readonly sscc: string;
  readonly tracking: string;
  readonly state: string;
  readonly custodian: string;
  readonly after: string;
  readonly lane: string | null;
  readonly route: string | null;
  readonly sealed: boolean;
  readonly seal: string | null;
  readonly weight_g: number | null;
  readonly contents: readonly string[];
  /** Asked for by its number: the worklist does not keep it fresh. */
  readonly asked: boolean;
}

export interface Route {
  readonly route: string;
  readonly driver: string;
}

/** What is the same for every parcel: the lanes of the depot and today's routes. */
export interface Plan {
  readonly lanes: readonly string[];
  readonly routes: readonly Route[];
  readonly fetched_ms: number;
}

/** One page of `GET /v1/depots/{depot}/worklist`: opaque facts, no personal data. */
export interface WorklistPage {
  readonly parcels: readonly {
    readonly parcel: string;
    readonly numbers: { readonly sscc: string; readonly s10: string; readonly tracking: string };
    readonly state: string;
    readonly custodian: string;
    readonly after: string;
    readonly lane: string | null;
    readonly route: string | null;
    readonly sealed: boolean;
    readonly seal?: string | null;
    readonly weight_g: number | null;
  }[];
  readonly aggregates: readonly {
    readonly sscc: string;
    readonly aggregate: string;
    readonly contents: readonly string[];
    readonly custodian: string;
    readonly after: string;
  }[];
  readonly next: string | null;
  readonly lanes: readonly string[];
  readonly routes: readonly Route[];
}

const PAGES_MAX = 1_000;
export const NO_PLAN: Plan = { lanes: [], routes: [], fetched_ms: 0 };

/** The rows of a page. */
export function rowsOf(page: WorklistPage): Known[] {
  const parcels = page.parcels.map(
    (one): Known => ({
      id: one.parcel,
      numbers: [one.parcel, one.numbers.sscc, one.numbers.s10, one.numbers.tracking],
      kind: 'parcel',
      sscc: one.numbers.sscc,
      tracking: one.numbers.tracking,
      state: one.state,
      custodian: one.custodian,
      after: one.after,
      lane: one.lane,
      route: one.route,
      sealed: one.sealed,
      seal: one.seal ?? null,
      weight_g: one.weight_g,
      contents: [],
      asked: false,
    }),
  );
  const aggregates = page.aggregates.map(
    (one): Known => ({
      id: one.aggregate,
      numbers: [one.aggregate, one.sscc],
      kind: 'aggregate',
      sscc: one.sscc,
      tracking: '',
      state: 'received',
      custodian: one.custodian,
      after: one.after,
      lane: null,
      route: null,
      sealed: false,
      seal: null,
      weight_g: null,
      contents: one.contents,
      asked: false,
    }),
  );
  return [...parcels, ...aggregates];
}

/** The row of a parcel that was asked for by its number: without lane and route, which only the worklist tells. */
export const rowOf = (one: Answers['GET /v1/parcels/{number}']): Known => ({
  id: one.parcel,
  numbers: [one.parcel, one.sscc, one.s10, one.tracking],
  kind: 'parcel',
  sscc: one.sscc,
  tracking: one.tracking,
  state: one.state,
  custodian: one.custodian,
  after: one.last_handover,
  lane: null,
  route: null,
  sealed: one.sealed,
  seal: one.seal,
  weight_g: null,
  contents: [],
  asked: true,
});

/** Whether the giver is the merchant itself, which has no device: nobody had it before. */
export const isFirst = (row: Known): boolean => row.after === FIRST_AFTER;

export class Worklist {
  readonly #box: Box<Known>;
  readonly #line: Line;

  constructor(box: Box<Known>, line: Line) {
    this.#box = box;
    this.#line = line;
  }

  /** What is kept of the plan. */
  async plan(): Promise<Plan> {
    return ((await this.#box.get('keep', 'plan')) as Plan | undefined) ?? NO_PLAN;
  }

  /** Whoever answers to this number: from the tablet, else from the server. Throws Refused without one that knows. */
  async find(number: string): Promise<Known | undefined> {
    const kept = await this.#box.getFromIndex('rows', 'numbers', number);
    if (kept !== undefined && (!kept.asked || (await this.#unsent(kept.id)))) return kept;
    try {
      return await this.#ask(number);
    } catch (error) {
      if (kept !== undefined && error instanceof Refused && error.passes) return kept;
      throw error;
    }
  }

  async #unsent(parcel: string): Promise<boolean> {
    return (await this.#box.getAll('outbox')).some((one) => one.parcel === parcel);
  }

  /** What the tablet has of these. */
  async all(ids: readonly string[]): Promise<Known[]> {
    const found = await Promise.all(ids.map((id) => this.#box.get('rows', id)));
    return found.filter((row) => row !== undefined);
  }

  async count(): Promise<number> {
    return this.#box.count('rows');
  }

  /** Every row that a test holds for. */
  async which(test: (row: Known) => boolean): Promise<Known[]> {
    return (await this.#box.getAll('rows')).filter(test);
  }

  /**
   * Fetch the whole list. What this tablet has said and the server has not answered yet is newer than what the list says,
   * so those rows stay as they are.
   */
  async fetch(): Promise<Plan> {
    let cursor: string | null = null;
    let plan: Plan = await this.plan();
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const target = `/v1/depots/${this.#line.device.party}/worklist${cursor === null ? '' : `?after=${encodeURIComponent(cursor)}`}`;
      const page = (await (await this.#line.ask('GET', target)).json()) as WorklistPage;
      plan = { lanes: page.lanes, routes: page.routes, fetched_ms: this.#line.now() };
      await this.#keep(rowsOf(page));
      cursor = page.next;
      if (cursor === null) break;
    }
    await this.#box.put('keep', plan, 'plan');
    return plan;
  }

  async #keep(rows: readonly Known[]): Promise<void> {
    const tx = this.#box.transaction(['rows', 'outbox'], 'readwrite');
    const unsent = new Set((await tx.objectStore('outbox').getAll()).map((one) => one.parcel));
    await Promise.all([...rows.filter((row) => !unsent.has(row.id)).map((row) => tx.objectStore('rows').put(row)), tx.done]);
  }

  async #ask(number: string): Promise<Known | undefined> {
    try {
      const answer = await this.#line.ask('GET', `/v1/parcels/${encodeURIComponent(number)}`);
      const row = rowOf((await answer.json()) as Answers['GET /v1/parcels/{number}']);
      await this.#box.put('rows', row);
      return row;
    } catch (error) {
      if (error instanceof Refused && (error.status === 404 || error.status === 422)) return undefined;
      throw error;
    }
  }
}
