// Telling: what this tablet says for a verdict, and how things stand from then on. Both are kept in one step.

import type { Picture } from '../device/box.ts';
import { hex, sha256 } from '../device/bytes.ts';
import type { Sides } from '../device/numbers.ts';
import type { Outbox } from '../device/outbox.ts';
import { type HandedOver, handoverId, privately, type Saying } from '../device/statement.ts';
import { holding, type Known } from './known.ts';
import type { Telling } from './verdict.ts';
import type { Worklist } from './worklist.ts';

type Problem = { readonly problem?: string; readonly reason?: string; readonly state?: string };

/** What can be wrong with a parcel, and how our vocabulary names it. */
const PROBLEMS = {
  damaged: { reason: 'carrier.damaged', state: 'damaged' },
  tampered: { problem: 'tampered' },
  overweight: { problem: 'overweight' },
  unlabelled: { problem: 'unlabelled' },
  same_label: { problem: 'over' },
} as const satisfies Readonly<Record<string, Problem>>;

export type Trouble = keyof typeof PROBLEMS | 'found_open';

/** What a person can report of it. */
export const troublesOf = (row: Known | undefined): readonly Trouble[] =>
  row?.kind === 'aggregate' ? ['found_open', 'damaged', 'tampered'] : (Object.keys(PROBLEMS) as Trouble[]);

export class Teller {
  readonly #outbox: Outbox<Known>;
  readonly #list: Worklist;
  readonly #party: string;
  /** Where this tablet always is. */
  readonly #at: { readonly place?: string };

  constructor(outbox: Outbox<Known>, list: Worklist, party: string, at: { readonly place?: string }) {
    this.#outbox = outbox;
    this.#list = list;
    this.#party = party;
    this.#at = at;
  }

  /** Say what follows from a verdict; the row as it stands then. */
  async tell(tell: Telling, row: Known, seal?: string): Promise<Known> {
    if (tell.act === 'hand') return this.#handed(tell, row, seal);
    if (tell.act === 'open') return this.#said({ ...this.#of(row), kind: 'open' }, { ...row, open: true });
    if (tell.act === 'weigh') return this.#said({ ...this.#of(row), kind: 'weigh', weight_g: tell.grams, ...measured(tell.sides_mm) }, { ...row, weight_g: tell.grams });
    const read = seal === undefined ? {} : { seal };
    const sorted = { ...row, state: tell.state };
    const scan: Saying = { ...this.#of(row), kind: 'scan', state: tell.state, ...read };
    const left = await this.#without(row);
    if (tell.into === undefined) await this.#outbox.say(scan, [sorted, ...left]);
    else {
      const cage = (await this.#list.get(tell.into.id)) ?? tell.into;
      const pack: Saying = { ...this.#of(row), kind: 'pack', into: cage.id };
      await this.#outbox.together([scan, pack], [sorted, ...left, holding(cage, [...cage.contents, row.id])]);
    }
    return sorted;
  }

  /** A seal was put on. */
  seal(row: Known, seal: string): Promise<Known> {
    return this.#said({ ...this.#of(row), kind: 'seal', seal }, { ...row, seal });
  }

  /** Nothing is left in a cage; what the record still has in it is missing. */
  empty(cage: Known): Promise<Known> {
    return this.#said({ ...this.#of(cage), kind: 'empty' }, { ...holding(cage, []), open: true });
  }

  close(cage: Known): Promise<Known> {
    return this.#said({ ...this.#of(cage), kind: 'close', count: cage.contents.length }, { ...cage, open: false });
  }

  /** What was written by hand, in the order in which it was done: all of it is told, or nothing. */
  async keyed(sayings: readonly Saying[]): Promise<void> {
    const now = new Map<string, Known>();
    for (const said of sayings) {
      const row = now.get(said.parcel) ?? (await this.#list.get(said.parcel));
      if (row === undefined) continue; // it is not on this tablet's list
      now.set(row.id, await stands(row, said));
      const cage = said.kind === 'report' ? undefined : await this.#list.within(row.id);
      if (cage !== undefined) now.set(cage.id, without(now.get(cage.id) ?? cage, row.id));
    }
    await this.#outbox.together(sayings, [...now.values()]);
  }

  /** Something is wrong with it. A picture belongs to a parcel: a cage has no person whose key could keep it. */
  async report(row: Known, trouble: Trouble, photo: Blob | undefined): Promise<void> {
    if (trouble === 'found_open') {
      await this.#said({ ...this.#of(row), kind: 'scan', state: 'held', found_open: true }, { ...row, state: 'held', seal: null, open: true });
      return;
    }
    const said: Saying = { ...this.#of(row), kind: 'report', ...PROBLEMS[trouble] };
    const now = { ...row, exceptions: row.exceptions + 1 };
    if (row.kind === 'aggregate') {
      await this.#outbox.say(said, [now]);
      return;
    }
    const bytes = await photo?.arrayBuffer();
    const picture: Picture | undefined =
      bytes === undefined ? undefined : { sha256: hex(await sha256(new Uint8Array(bytes))), parcel: row.id, media_type: 'image/jpeg', bytes };
    const beside = await privately({ what: trouble, ...(picture === undefined ? {} : { photo: picture.sha256 }) });
    await this.#outbox.say(said, [now], beside, picture);
  }

  /** One handover: of the parcel, or of the cage with all that lies in it. */
  async #handed(tell: Telling & { act: 'hand' }, row: Known, seal: string | undefined): Promise<Known> {
    const [giver, taker] = tell.side === 'taker' ? [row.custodian, this.#party] : [this.#party, tell.other];
    const { side, way, state } = tell;
    const read = seal === undefined ? {} : { seal };
    const said: HandedOver = { kind: 'handover', parcel: row.id, ...this.#at, after: row.after, giver, taker, side, way, state, ...read };
    const moved = (one: Known): Promise<Known> => stands(one, { ...said, parcel: one.id, after: one.after });
    const inside = (await this.#list.all(row.contents)).filter((one) => one.custodian === giver);
    const [now, ...within] = await Promise.all([row, ...inside].map(moved));
    await this.#outbox.say(said, [now as Known, ...within, ...(await this.#without(row))]);
    return now as Known;
  }

  /** The cage that a parcel lay in, without it. */
  async #without(row: Known): Promise<Known[]> {
    const cage = await this.#list.within(row.id);
    return cage === undefined ? [] : [without(cage, row.id)];
  }

  readonly #of = (row: Known): { parcel: string; place?: string; party: string } => ({ parcel: row.id, ...this.#at, party: this.#party });

  async #said(said: Saying, now: Known): Promise<Known> {
    await this.#outbox.say(said, [now]);
    return now;
  }
}

/** How a parcel stands once this has been said of it. */
async function stands(row: Known, said: Saying): Promise<Known> {
  if (said.kind === 'report') return { ...row, exceptions: row.exceptions + 1 };
  if (said.kind === 'scan') return { ...row, state: said.state };
  if (said.kind !== 'handover') return row;
  const { after: from, giver, taker, state } = said;
  return { ...row, custodian: taker, state, from, after: await handoverId(from, giver, row.id, taker) };
}

const without = (cage: Known, parcel: string): Known => holding(cage, cage.contents.filter((one) => one !== parcel));

function measured(sides: Sides | undefined): { length_mm?: number; width_mm?: number; height_mm?: number } {
  if (sides === undefined) return {};
  const [length_mm, width_mm, height_mm] = sides;
  return { length_mm, width_mm, height_mm };
}
