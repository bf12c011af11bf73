// The floor: what the screens show and what happens at a scan. One scan at a time, in the order they came.

import { type Box, openBox } from '../device/box.ts';
import { type Device, Line, Refused } from '../device/device.ts';
import { otherNumber, readNumber, type Weight } from '../device/numbers.ts';
import { type Answered, Outbox, type Standing } from '../device/outbox.ts';
import { play, type Tone } from '../device/sound.ts';
import { judge, misread, unkept, unknown, unreachable } from './judge.ts';
import { type Known, NO_PLAN, type Plan, type Route } from './known.ts';
import { Paper } from './paper.ts';
import { judgeWeight } from './scale.ts';
import { Teller, type Trouble } from './telling.ts';
import type { AtHand, Screen, Verdict } from './verdict.ts';
import type { WordId } from './words/index.ts';
import { Worklist } from './worklist.ts';

const BOX = 'safehand-depot';
const LAST_MAX = 50;
const LAST_SHOWN = 8;
const ODD_MAX = 20;
const HOUR_MS = 3_600_000;
const FRESH_EVERY_MS = 5 * 60_000;
/** A trigger that bounces reads twice sooner than a person does. */
const TWICE_MS = 1_000;
const SEEN_MAX = 50_000;
/** What may be another carrier's number, and is no word that somebody typed. */
const FOREIGN = /\d(.*\d){5}/;
/** What a person at this screen has said, or was told at the scan. */
const TOLD_HERE: ReadonlySet<string> = new Set(['reported', 'tampered', 'overweight', 'weight_differs', 'oversize', 'unlabelled', 'over', 'short', 'found_open']);

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
  readonly kinds: readonly string[];
  readonly aside: boolean;
}

export const openFloorBox = (): Promise<Box<Known>> => openBox<Known>(BOX);

export class Floor {
  readonly device: Device;
  readonly paper: Paper;
  readonly #box: Box<Known>;
  readonly #line: Line;
  readonly #list: Worklist;
  readonly #outbox: Outbox<Known>;
  readonly #teller: Teller;
  /** Where each parcel was last answered right. */
  readonly #seen = new Map<string, string>();
  #turn: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;

  screen = $state<Screen>('receive');
  shown = $state.raw<Scan | undefined>(undefined);
  last = $state.raw<readonly Scan[]>([]);
  standing = $state.raw<Standing>({ waiting: 0, pictures: 0, lost: undefined, reached: true, refused: undefined });
  odd = $state.raw<readonly Odd[]>([]);
  plan = $state.raw<Plan>(NO_PLAN);
  known = $state(0);
  lane = $state('');
  route = $state.raw<Route | undefined>(undefined);
  load = $state.raw<readonly Known[]>([]);
  cage = $state.raw<Known | undefined>(undefined);
  packing = $state(false);
  sound = $state(true);
  ahead_ms = $state(0);
  now_ms = $state(Date.now());

  constructor(box: Box<Known>, device: Device, place: string) {
    this.device = device;
    this.#box = box;
    this.#line = new Line(device);
    this.#list = new Worklist(box, this.#line);
    this.#outbox = new Outbox(box, this.#line, (standing) => this.#stands(standing), (answer) => void this.#answered(answer));
    this.#teller = new Teller(this.#outbox, this.#list, device.party, place === '' ? {} : { place });
    this.paper = new Paper(box, this.#line, this.#teller);
  }

  async start(): Promise<void> {
    this.plan = await this.#list.plan();
    this.known = await this.#list.count();
    this.sound = (await this.#box.get('keep', 'sound')) !== false;
    this.lane = ((await this.#box.get('keep', 'lane')) as string | undefined) ?? '';
    const route = (await this.#box.get('keep', 'route')) as string | undefined;
    this.route = this.plan.routes.find((one) => one.route === route);
    const cage = (await this.#box.get('keep', 'cage')) as { id: string; packing: boolean } | undefined;
    if (cage !== undefined) [this.cage, this.packing] = [await this.#list.get(cage.id), cage.packing];
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
    await this.#box.put('keep', route?.route, 'route');
    await this.#count();
  }

  async hush(on: boolean): Promise<void> {
    this.sound = on;
    await this.#box.put('keep', on, 'sound');
  }

  /** It could not be taken now. */
  buzz(): void {
    if (this.sound) play('wrong');
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
    return this.#inTurn(text, () => this.#read(text));
  }

  /** Do it after what came before. What the tablet cannot keep is answered as not done: nothing of it was told. */
  #inTurn(number: string, act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act).catch((error: unknown) => {
      if (!(error instanceof DOMException)) throw error;
      this.#show(unkept(number), number);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Something is wrong with what was scanned last. */
  report(trouble: Trouble, photo: Blob | undefined): Promise<void> {
    const row = this.shown?.row;
    return row === undefined ? Promise.resolve() : this.#inTurn(row.tracking || row.sscc, () => this.#report(row, trouble, photo));
  }

  async #report(row: Known, trouble: Trouble, photo: Blob | undefined): Promise<void> {
    await this.#teller.report(row, trouble, photo);
    const text: WordId = trouble === 'found_open' ? 'found_open.text' : trouble === 'same_label' ? 'same_label.text' : 'reported.text';
    this.#show({ tone: 'look', word: 'reported.word', big: '', title: 'reported.title', text, params: { what: trouble } }, row.sscc, row);
  }

  /** Whether what is sorted goes into the cage at hand, or comes out of it. */
  async pack(on: boolean): Promise<void> {
    this.packing = on;
    await this.#keepCage();
  }

  #keepCage(): Promise<unknown> {
    return this.#box.put('keep', this.cage && { id: this.cage.id, packing: this.packing }, 'cage');
  }

  /** The cage at hand is done: closed over what was put in, or nothing is left in it. */
  finish(): Promise<void> {
    return this.#inTurn(this.cage?.sscc ?? '', () => this.#finish());
  }

  async #finish(): Promise<void> {
    const cage = this.cage && (await this.#list.get(this.cage.id));
    if (cage === undefined) return;
    const count = cage.contents.length;
    const params = { count: String(count) };
    if (this.packing) {
      await this.#teller.close(cage);
      this.#show({ tone: 'right', word: 'closed.word', big: '', title: 'closed.title', text: 'closed.text', params }, cage.sscc, cage);
    } else {
      await this.#teller.empty(cage);
      const [tone, title]: [Tone, WordId] = count === 0 ? ['right', 'emptied.title'] : ['wrong', 'emptied.short'];
      this.#show({ tone, word: 'emptied.word', big: count === 0 ? '' : params.count, title, text: count === 0 ? 'emptied.text' : 'emptied.search', params }, cage.sscc, cage);
    }
    [this.cage, this.packing] = [undefined, false];
    await this.#keepCage();
  }

  async #read(text: string): Promise<void> {
    const reading = readNumber(text);
    const asked = this.shown;
    const named = reading.kind === 'sscc' || reading.kind === 's10' || reading.kind === 'tracking' || reading.kind === 'parcel';
    if (asked?.verdict.wants !== undefined && asked.row !== undefined && !named) {
      return this.#sealed(asked, asked.row, reading.kind === 'seal' ? reading.text : undefined);
    }
    if (reading.kind === 'seal') return this.#show(misread('unknown', reading.text), text);
    if (reading.kind === 'weight') return this.#weighed(asked?.row, reading);
    const other = otherNumber(text);
    const number = reading.kind === 'unreadable' ? other : reading.text;
    if (number === undefined) return this.#show(misread('unknown', reading.text), text);
    const bad = reading.kind === 'unreadable' && (reading.why !== 'unknown' || !FOREIGN.test(number)) ? misread(reading.why, reading.text) : undefined;
    let row: Known | undefined;
    try {
      row = await this.#list.find(number, other);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return this.#show(bad ?? unreachable(number), number);
    }
    if (row === undefined) return this.#show(bad ?? unknown(number), number);
    const verdict = judge(this.screen, row, await this.#hand(row, asked));
    await this.#answer(verdict, row, number);
  }

  /** Say what follows, unless something has to be read before, and show it. */
  async #answer(verdict: Verdict, row: Known, number: string, seal?: string): Promise<void> {
    let now = row;
    if (verdict.wants === undefined) {
      if (verdict.tell !== undefined) now = await this.#teller.tell(verdict.tell, row, seal);
      if (verdict.tone === 'right') this.#remember(row.id);
    }
    if (this.screen === 'sort') await this.#atCage(now);
    this.#show(verdict, number, now);
    await this.#count();
  }

  /** What the judge has to know beside the row. */
  async #hand(row: Known, asked: Scan | undefined): Promise<AtHand> {
    const within = row.kind === 'parcel' ? await this.#list.within(row.id) : undefined;
    const cage = this.packing && this.screen === 'sort' && this.cage !== undefined ? await this.#list.get(this.cage.id) : undefined;
    const inside = row.kind === 'aggregate' ? await this.#list.all(row.contents) : cage === undefined ? [] : await this.#list.all(cage.contents);
    const twice = asked?.verdict.word === 'in_cage.word' && asked.row?.id === row.id && Date.now() - asked.at_ms > TWICE_MS;
    return { party: this.device.party, lane: this.lane, route: this.route, cage, within, inside, loose: twice, before: this.#seen.get(row.id) === this.#here };
  }

  /** A cage that is read at sorting is at hand from then on: to be filled if it is empty, else to be emptied. */
  async #atCage(row: Known): Promise<void> {
    if (row.kind === 'aggregate' && row.custodian === this.device.party) {
      if (this.cage?.id !== row.id) this.packing = row.contents.length === 0;
      this.cage = row;
      await this.#keepCage();
    } else if (this.cage !== undefined) {
      this.cage = await this.#list.get(this.cage.id);
    }
  }

  /** A scale typed a weight: that of the parcel that was scanned before. */
  async #weighed(row: Known | undefined, scale: Weight): Promise<void> {
    const fresh = row && ((await this.#list.get(row.id)) ?? row);
    const verdict = judgeWeight(fresh, scale, { party: this.device.party });
    const now = verdict.tell === undefined || fresh === undefined ? fresh : await this.#teller.tell(verdict.tell, fresh);
    this.#show(verdict, now?.sscc ?? scale.text, now);
  }

  get #here(): string {
    return `${this.screen} ${this.lane}`;
  }

  #remember(id: string): void {
    if (this.#seen.size >= SEEN_MAX) this.#seen.clear();
    this.#seen.set(id, this.#here);
  }

  /** The seal of the parcel that was scanned before: put on, or read and compared. */
  async #sealed(asked: Scan, row: Known, seal: string | undefined): Promise<void> {
    if (seal === undefined) return this.#show({ ...asked.verdict, tone: 'wrong', word: 'seal_none.word' }, asked.number, row);
    if (asked.verdict.wants === 'seal_read' && row.seal !== null && row.seal !== seal) {
      const params = { ...asked.verdict.params, recorded: row.seal, read: seal };
      const differs = { word: 'seal_differs.word', title: 'seal_differs.title', text: 'seal_differs.text' } as const;
      return this.#show({ ...asked.verdict, ...differs, tone: 'wrong', params }, asked.number, row);
    }
    const sealed = asked.verdict.wants === 'seal_new' ? await this.#teller.seal(row, seal) : row;
    const open = { ...sealed, sealed: false, seal: sealed.kind === 'aggregate' ? null : sealed.seal };
    const hand = { ...(await this.#hand(sealed, undefined)), loose: true }; // that was settled before a seal was asked for
    await this.#answer(judge(asked.screen, open, hand), sealed, asked.number, seal);
  }

  /** Tell the server what it has not been told, if it can be reached. */
  flush(): Promise<void> {
    return this.#outbox.flush();
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
    const aside = answer.outcome === 'quarantined';
    const row = await (aside ? this.#list.doubt(answer.parcel) : this.#list.excepted(answer.parcel));
    const kinds = aside ? [answer.why ?? ''] : answer.exceptions.map((one) => one.kind).filter((kind) => !TOLD_HERE.has(kind));
    if (kinds.length === 0) return;
    this.odd = [{ number: row?.tracking || row?.sscc || answer.parcel, kinds, aside }, ...this.odd].slice(0, ODD_MAX);
    this.buzz();
  }

  /** The load of the route at hand: what is on the list, and who has it. */
  async #count(): Promise<void> {
    const route = this.route;
    this.load = this.screen === 'load' && route !== undefined ? await this.#list.onRoute(route.route) : [];
  }
}

