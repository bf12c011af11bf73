// The floor: what the screens show and what happens at a scan. One scan at a time, in the order they came.

import { type Box, openBox, type Picture } from '../device/box.ts';
import { hex, sha256 } from '../device/bytes.ts';
import { type Device, Line, Refused } from '../device/device.ts';
import { readNumber } from '../device/numbers.ts';
import { type Answered, Outbox, type Standing } from '../device/outbox.ts';
import { play } from '../device/sound.ts';
import { handoverId, privately, type Saying } from '../device/statement.ts';
import { judge, misread, type Screen, unknown, unreachable, type Verdict } from './judge.ts';
import { type Known, NO_PLAN, type Plan, type Route, Worklist } from './worklist.ts';

const BOX = 'safehand-depot';
const LAST_MAX = 50;
const LAST_SHOWN = 8;
const ODD_MAX = 20;
const HOUR_MS = 3_600_000;
const FRESH_EVERY_MS = 5 * 60_000;

/** What can be wrong with a parcel, and the reason of our vocabulary that goes with it. */
export const TROUBLES = { damaged: 'carrier.damaged', tampered: 'carrier.investigation', overweight: 'retailer.packaging', unlabelled: 'retailer.packaging' } as const;
export type Trouble = keyof typeof TROUBLES;

/** A scan that was answered. */
export interface Scan {
  readonly at_ms: number;
  readonly number: string;
  readonly screen: Screen;
  readonly verdict: Verdict;
  readonly row?: Known;
}

/** A statement that was answered with something else than that it is stored. */
export interface Odd {
  readonly number: string;
  readonly kind: string;
  readonly aside: boolean;
}

export const openFloorBox = (): Promise<Box<Known>> => openBox<Known>(BOX);

export class Floor {
  readonly device: Device;
  readonly #box: Box<Known>;
  readonly #line: Line;
  readonly #list: Worklist;
  readonly #outbox: Outbox<Known>;
  /** Where this tablet always is. */
  readonly #at: { readonly place?: string };
  #turn: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;

  screen = $state<Screen>('receive');
  shown = $state.raw<Scan | undefined>(undefined);
  last = $state.raw<readonly Scan[]>([]);
  standing = $state.raw<Standing>({ waiting: 0, pictures: 0, reached: true, refused: undefined });
  odd = $state.raw<readonly Odd[]>([]);
  plan = $state.raw<Plan>(NO_PLAN);
  known = $state(0);
  lane = $state('');
  route = $state.raw<Route | undefined>(undefined);
  load = $state.raw<readonly Known[]>([]);
  sound = $state(true);
  ahead_ms = $state(0);
  now_ms = $state(Date.now());

  constructor(box: Box<Known>, device: Device, place: string) {
    this.device = device;
    this.#at = place === '' ? {} : { place };
    this.#box = box;
    this.#line = new Line(device);
    this.#list = new Worklist(box, this.#line);
    this.#outbox = new Outbox(box, this.#line, (standing) => this.#stands(standing), (answer) => void this.#answered(answer));
  }

  async start(): Promise<void> {
    this.plan = await this.#list.plan();
    this.known = await this.#list.count();
    this.sound = (await this.#box.get('keep', 'sound')) !== false;
    this.lane = ((await this.#box.get('keep', 'lane')) as string | undefined) ?? '';
    this.last = ((await this.#box.get('keep', 'last')) as Scan[] | undefined) ?? [];
    this.#outbox.start();
    this.#timer = setInterval(() => void this.freshen(), FRESH_EVERY_MS);
    await this.freshen();
  }

  stop(): void {
    this.#outbox.stop();
    clearInterval(this.#timer);
  }

  get shownLast(): readonly Scan[] {
    return this.last.slice(0, LAST_SHOWN);
  }

  /** Scans of the last hour, and how many of them were wrong. */
  get counts(): { hour: number; wrong: number } {
    const hour = this.last.filter((scan) => this.now_ms - scan.at_ms < HOUR_MS);
    return { hour: hour.length, wrong: hour.filter((scan) => scan.verdict.tone === 'wrong').length };
  }

  go(screen: Screen): void {
    this.screen = screen;
    this.shown = undefined;
    void this.#count();
  }

  clear(): void {
    this.shown = undefined;
  }

  async standAt(lane: string): Promise<void> {
    this.lane = lane;
    this.shown = undefined;
    await this.#box.put('keep', lane, 'lane');
  }

  async choose(route: Route | undefined): Promise<void> {
    this.route = route;
    this.shown = undefined;
    await this.#count();
  }

  async hush(on: boolean): Promise<void> {
    this.sound = on;
    await this.#box.put('keep', on, 'sound');
  }

  /** Fetch the list anew, if the server can be reached; what is on the tablet serves until then. */
  async freshen(): Promise<void> {
    try {
      this.plan = await this.#list.fetch();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    this.known = await this.#list.count();
    await this.#count();
  }

  /** Something was scanned or typed. */
  scanned(text: string): Promise<void> {
    const turn = this.#turn.then(() => this.#read(text));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Something is wrong with what was scanned last. */
  async report(trouble: Trouble, photo: Blob | undefined): Promise<void> {
    const row = this.shown?.row;
    if (row === undefined) return;
    const bytes = photo === undefined ? undefined : await photo.arrayBuffer();
    const picture: Picture | undefined =
      bytes === undefined ? undefined : { sha256: hex(await sha256(new Uint8Array(bytes))), parcel: row.id, media_type: 'image/jpeg', bytes };
    const beside = await privately({ what: trouble, ...(picture === undefined ? {} : { photo: picture.sha256 }) });
    const said: Saying = { kind: 'report', party: this.device.party, parcel: row.id, ...this.#at, reason: TROUBLES[trouble], ...(trouble === 'damaged' ? { state: 'damaged' } : {}) };
    await this.#outbox.say(said, undefined, beside, picture);
    this.#show({ tone: 'look', word: 'reported.word', big: '', title: 'reported.title', text: 'reported.text', params: { what: trouble } }, row.sscc, row);
  }

  async #read(text: string): Promise<void> {
    const reading = readNumber(text);
    const asked = this.shown;
    if (asked?.verdict.wants !== undefined && asked.row !== undefined && (reading.kind === 'seal' || reading.kind === 'unreadable')) {
      return this.#sealed(asked, asked.row, reading.kind === 'seal' ? reading.text : undefined);
    }
    if (reading.kind === 'unreadable') return this.#show(misread(reading.why, reading.text), text);
    if (reading.kind === 'seal') return this.#show(misread('unknown', reading.text), text);
    let row: Known | undefined;
    try {
      row = await this.#list.find(reading.text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return this.#show(unreachable(reading.text), reading.text);
    }
    if (row === undefined) return this.#show(unknown(reading.text), reading.text);
    const verdict = judge(this.screen, row, { party: this.device.party, lane: this.lane, route: this.route });
    if (verdict.wants === undefined) await this.#tell(verdict, row, undefined);
    this.#show(verdict, reading.text, row);
    await this.#count();
  }

  /** The seal of the parcel that was scanned before: put on, or read and compared. */
  async #sealed(asked: Scan, row: Known, seal: string | undefined): Promise<void> {
    if (seal === undefined) return this.#show({ ...asked.verdict, tone: 'wrong', word: 'seal_none.word' }, asked.number, row);
    if (asked.verdict.wants === 'seal_read' && row.seal !== null && row.seal !== seal) {
      const params = { ...asked.verdict.params, recorded: row.seal, read: seal };
      const differs = { word: 'seal_differs.word', title: 'seal_differs.title', text: 'seal_differs.text' } as const;
      return this.#show({ ...asked.verdict, ...differs, tone: 'wrong', params }, asked.number, row);
    }
    let sealed = row;
    if (asked.verdict.wants === 'seal_new') {
      sealed = { ...row, seal };
      await this.#outbox.say({ kind: 'seal', parcel: row.id, ...this.#at, party: this.device.party, seal }, sealed);
    }
    const done = judge(asked.screen, { ...sealed, sealed: false }, { party: this.device.party, lane: this.lane, route: this.route });
    await this.#tell(done, sealed, seal);
    this.#show(done, asked.number, sealed);
    await this.#count();
  }

  /** Say what follows from a verdict: of the parcel, or of every parcel in the cage. */
  async #tell(verdict: Verdict, row: Known, seal: string | undefined): Promise<void> {
    const { tell } = verdict;
    if (tell === undefined) return;
    const read = seal === undefined ? {} : { seal };
    if (tell.act === 'scan') {
      await this.#outbox.say({ kind: 'scan', parcel: row.id, ...this.#at, party: this.device.party, state: tell.state, ...read }, { ...row, state: tell.state });
      return;
    }
    const within = row.kind === 'aggregate' ? await this.#list.all(row.contents) : [row];
    for (const one of within) {
      const [giver, taker] = tell.side === 'taker' ? [one.custodian, this.device.party] : [this.device.party, tell.other];
      const { side, way, state } = tell;
      const said: Saying = { kind: 'handover', parcel: one.id, ...this.#at, after: one.after, giver, taker, side, way, state, ...read };
      await this.#outbox.say(said, { ...one, custodian: taker, state, after: await handoverId(one.after, giver, one.id, taker) });
    }
    if (row.kind === 'aggregate') await this.#box.put('rows', { ...row, custodian: tell.side === 'taker' ? this.device.party : tell.other });
  }

  /** Show an answer that came from elsewhere about what was scanned. */
  answer(verdict: Verdict, row: Known): void {
    this.#show(verdict, row.sscc, row);
  }

  #show(verdict: Verdict, number: string, row?: Known): void {
    const scan: Scan = { at_ms: Date.now(), number, screen: this.screen, verdict, ...(row === undefined ? {} : { row }) };
    this.now_ms = scan.at_ms;
    this.shown = scan;
    this.last = [scan, ...this.last].slice(0, Math.max(LAST_MAX, this.counts.hour));
    void this.#box.put('keep', this.last.slice(0, LAST_MAX), 'last');
    if (this.sound) play(verdict.tone);
  }

  #stands(standing: Standing): void {
    this.standing = standing;
    this.ahead_ms = this.#line.aheadMs;
    this.now_ms = Date.now();
  }

  async #answered(answer: Answered): Promise<void> {
    if (answer.outcome === 'stored' || answer.outcome === 'duplicate') return;
    const row = await this.#box.get('rows', answer.parcel);
    const aside = answer.outcome === 'quarantined';
    const kind = aside ? (answer.why ?? '') : answer.exceptions.map((one) => one.kind).join(', ');
    this.odd = [{ number: row?.tracking ?? answer.parcel, kind, aside }, ...this.odd].slice(0, ODD_MAX);
  }

  /** The load of the route at hand: what is on the list, and who has it. */
  async #count(): Promise<void> {
    const route = this.route;
    this.load = this.screen === 'load' && route !== undefined ? await this.#list.which((row) => row.route === route.route) : [];
  }
}

