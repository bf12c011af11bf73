// The worklist: what this depot has, awaits and sends, kept on the tablet so that a scan is judged without the server.

import type { Answers } from '../device/api.ts';
import type { Box } from '../device/box.ts';
import { type Line, Refused } from '../device/device.ts';
import type { Known, Plan, WorklistPage } from './known.ts';
import { NO_PLAN, routeKey, rowOf, rowOfCage, rowsOf, withinKey } from './known.ts';

const PAGES_MAX = 1_000;
/** What a plan does not say that an earlier version has kept. */
const BEFORE = { idle: false, barred: [] } as const;
/** An SSCC, or the id of a cage. */
const CAGE_NUMBER = /^(\d{18}|agg_.*)$/;
/** The server no longer knows where we were: the list is fetched from its beginning. */
const LOST_PLACE: ReadonlySet<number> = new Set([400, 404, 410, 422]);

export class Worklist {
  readonly #box: Box<Known>;
  readonly #line: Line;

  constructor(box: Box<Known>, line: Line) {
    this.#box = box;
    this.#line = line;
  }

  /** What is kept of the plan. */
  async plan(): Promise<Plan> {
    const kept = ((await this.#box.get('keep', 'plan')) as Plan | undefined) ?? NO_PLAN;
    return { ...kept, routes: kept.routes.map((one) => ({ ...BEFORE, ...one })) };
  }

  /**
   * Whoever answers to this number, or to `other`, as another carrier's: from the tablet, else from the server.
   * Throws Refused without one that knows.
   */
  async find(number: string, other?: string): Promise<Known | undefined> {
    const own = await this.#box.getFromIndex('rows', 'numbers', number);
    const kept = own ?? (other === undefined ? undefined : await this.#box.getFromIndex('rows', 'numbers', other));
    if (kept !== undefined && (!kept.asked || (await this.#unsent(kept.id)))) return kept;
    try {
      return await this.#ask(number);
    } catch (error) {
      if (kept !== undefined && error instanceof Refused && error.passes) return kept;
      throw error;
    }
  }

  async #unsent(id: string): Promise<boolean> {
    return (await this.#box.getAll('outbox')).some((one) => one.touches.includes(id));
  }

  async get(id: string): Promise<Known | undefined> {
    return this.#box.get('rows', id);
  }

  /** What the tablet has of these. */
  async all(ids: readonly string[]): Promise<Known[]> {
    const found = await Promise.all(ids.map((id) => this.#box.get('rows', id)));
    return found.filter((row) => row !== undefined);
  }

  /** The cage in which a parcel lies. */
  async within(parcel: string): Promise<Known | undefined> {
    return this.#box.getFromIndex('rows', 'numbers', withinKey(parcel));
  }

  async count(): Promise<number> {
    return this.#box.count('rows');
  }

  /** Every parcel of a route. */
  async onRoute(route: string): Promise<Known[]> {
    return this.#box.getAllFromIndex('rows', 'numbers', routeKey(route));
  }

  /** What was said of it was set aside: from now on the server is asked. */
  async doubt(id: string): Promise<Known | undefined> {
    const row = await this.get(id);
    if (row !== undefined) await this.#box.put('rows', { ...row, from: null, asked: true });
    return row;
  }

  /** An exception is open for it. */
  async excepted(id: string): Promise<Known | undefined> {
    const row = await this.get(id);
    if (row !== undefined) await this.#box.put('rows', { ...row, exceptions: row.exceptions + 1 });
    return row;
  }

  /** Fetch what has changed since the last time; the whole list at first, or where the server has lost our place. */
  async fetch(): Promise<Plan> {
    const place = (await this.#box.get('keep', 'place')) as string | undefined;
    try {
      return await this.#from(place);
    } catch (error) {
      if (place === undefined || !(error instanceof Refused) || !LOST_PLACE.has(error.status)) throw error;
      return this.#from(undefined);
    }
  }

  async #from(place: string | undefined): Promise<Plan> {
    let [at, plan, whole]: [string | undefined, Plan, boolean] = [place, NO_PLAN, place === undefined];
    const named = new Set<string>();
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const target = `/v1/depots/${this.#line.device.party}/worklist${at === undefined ? '' : `?after=${encodeURIComponent(at)}`}`;
      const page = (await (await this.#line.ask('GET', target)).json()) as WorklistPage;
      plan = { lanes: page.lanes, routes: page.routes, fetched_ms: this.#line.now() };
      const rows = rowsOf(page);
      for (const row of rows) named.add(row.id);
      await this.#keep(rows, page.gone);
      whole ||= page.whole;
      at = page.next;
      if (!page.more) break;
    }
    if (whole) await this.#sweep(named);
    await Promise.all([this.#box.put('keep', plan, 'plan'), this.#box.put('keep', at, 'place')]);
    return plan;
  }

  /**
   * Keep what the list says. What this tablet has said and the server has not answered yet is newer than the list, and so
   * is a handover that waits for its other half: those rows stand as this tablet left them.
   */
  async #keep(rows: readonly Known[], gone: readonly string[]): Promise<void> {
    const tx = this.#box.transaction(['rows', 'outbox'], 'readwrite');
    const store = tx.objectStore('rows');
    const unsent = new Set((await tx.objectStore('outbox').getAll()).flatMap((one) => one.touches));
    const before = await Promise.all([...rows.map((row) => row.id), ...gone].map((id) => store.get(id)));
    const kept = new Map(before.flatMap((row) => (row === undefined ? [] : [[row.id, row] as const])));
    const fresh = rows.filter((row) => !unsent.has(row.id)).map((row) => merged(row, kept.get(row.id)));
    const left = gone.flatMap((id) => (unsent.has(id) ? (kept.get(id) ?? []) : []));
    await Promise.all([
      ...fresh.map((row) => store.put(row)),
      ...gone.filter((id) => !unsent.has(id)).map((id) => store.delete(id)),
      ...left.map((row) => store.put({ ...row, asked: true })),
      tx.done,
    ]);
  }

  /** Let go of what a whole list no longer names. */
  async #sweep(named: ReadonlySet<string>): Promise<void> {
    const ids = await this.#box.getAllKeys('rows');
    await this.#keep([], ids.filter((id) => !named.has(id)));
  }

  async #ask(number: string): Promise<Known | undefined> {
    const named = encodeURIComponent(number);
    const parcel = await this.#answer(`/v1/parcels/${named}`, rowOf);
    const row = parcel ?? (CAGE_NUMBER.test(number) ? await this.#answer(`/v1/aggregates/${named}`, rowOfCage) : undefined);
    if (row !== undefined) await this.#box.put('rows', row);
    return row;
  }

  async #answer<Answer extends Answers['GET /v1/parcels/{number}'] | Answers['GET /v1/aggregates/{number}']>(target: string, made: (one: Answer) => Known): Promise<Known | undefined> {
    try {
      return made((await (await this.#line.ask('GET', target)).json()) as Answer);
    } catch (error) {
      if (error instanceof Refused && (error.status === 404 || error.status === 422)) return undefined;
      throw error;
    }
  }
}

/** A row of the list, as it stands once a handover of ours has its other half. */
function merged(row: Known, kept: Known | undefined): Known {
  if (kept === undefined) return row;
  const open = row.open || (kept.open && row.after === kept.after);
  if (kept.from === null || kept.from !== row.after) return { ...row, open };
  return { ...row, open, state: kept.state, custodian: kept.custodian, after: kept.after, from: kept.from };
}
