// The judge: what a scan means at this screen. Pure, so that it answers without the server and can be tried by the thousand.

import { judgeCage, judgeInside, judgePacked } from './cages.ts';
import { type AtHand, ENDED, facts, notHere, said, type Screen, SEAL_NEW, SEAL_READ, type Telling, type Verdict } from './verdict.ts';
import type { WordId } from './words/index.ts';
import { isFirst, type Known } from './known.ts';

/** What comes back from the road, and not from a sender: it waits for a decision. */
const FROM_THE_ROAD: ReadonlySet<string> = new Set(['loaded', 'out_for_delivery', 'attempted', 'refused', 'awaiting_collection']);
const TO_LOAD: ReadonlySet<string> = new Set(['received', 'sorted', 'held', 'found', 'attempted']);

/** What a parcel asks for that the driver may not do. */
const BARRED: Readonly<Record<string, WordId>> = {
  carry: 'barred.carry', value: 'barred.value', sealed: 'barred.sealed', dangerous_goods: 'barred.dangerous_goods', age_check: 'barred.age_check', cash: 'barred.cash',
};

/** What it means that this was read here. */
export function judge(screen: Screen, row: Known, hand: AtHand): Verdict {
  if (screen === 'find' || screen === 'print') return found(row);
  if (row.kind === 'aggregate') return judgeCage(screen, row, hand);
  if (screen === 'receive') return received(row, hand);
  if (screen === 'sort') return sorted(row, hand);
  return loaded(row, hand);
}

const found = (row: Known): Verdict =>
  row.kind === 'aggregate' ? said('look', 'find.word', '', 'find.cage', 'find.cage_text', row) : said('look', 'find.word', row.lane ?? '', 'find.title', 'find.text', row);

/** Nobody knows it: an over, or a label of somebody else's. */
export const unknown = (number: string): Verdict => ({ tone: 'wrong', word: 'unknown.word', big: '', title: 'unknown.title', text: 'unknown.text', params: { number } });

/** The tablet does not have it, and the server cannot be asked. */
export const unreachable = (number: string): Verdict => ({ tone: 'look', word: 'apart.word', big: '', title: 'apart.title', text: 'apart.text', params: { number } });

/** The tablet's storage did not take what was to be told. */
export const unkept = (number: string): Verdict => ({ tone: 'wrong', word: 'unkept.word', big: '', title: 'unkept.title', text: 'unkept.text', params: { number } });

/** It could not be read as a number. */
export const misread = (why: 'check_digit' | 'length' | 'unknown', text: string): Verdict => ({ tone: 'wrong', word: 'misread.word', big: '', title: 'misread.title', text: `misread.${why}`, params: { number: text } });

function received(row: Known, hand: AtHand): Verdict {
  if (ENDED.has(row.state)) return said('wrong', 'ended.word', '', 'ended.title', 'ended.text', row);
  if (row.custodian === hand.party) return said('look', 'here.word', row.lane ?? '', 'here.title', 'again.text', row);
  const inside = judgeInside(row, hand);
  if (inside !== undefined) return inside;
  const way = isFirst(row) ? 'counter' : 'devices';
  const tell: Telling = { act: 'hand', side: 'taker', way, other: row.custodian, state: FROM_THE_ROAD.has(row.state) ? 'held' : 'received' };
  const title: WordId = row.lane === null ? 'received.title' : 'received.lane';
  const text: WordId = row.route === null ? 'received.text' : 'lane.text';
  const verdict = { ...said('right', 'received.word', row.lane ?? '', title, text, row), tell };
  return row.sealed && row.seal !== null && !isFirst(row) ? { ...verdict, ...SEAL_READ } : verdict;
}

function sorted(row: Known, hand: AtHand): Verdict {
  const held = notHere(row, hand);
  if (held !== undefined) return held;
  if (row.lane === null) return said('look', 'no_lane.word', '', 'no_lane.title', 'no_lane.text', row);
  if (hand.lane !== '' && row.lane !== hand.lane) {
    return { ...said('wrong', 'wrong_lane.word', row.lane, 'wrong_lane.title', 'wrong_lane.text', row), params: { ...facts(row), here: hand.lane } };
  }
  const { cage, within } = hand;
  const packed = cage === undefined ? undefined : judgePacked(row, cage, hand.inside);
  if (packed !== undefined) return packed;
  if (hand.before && within === undefined && cage === undefined) return said('look', 'again.word', row.lane, 'to_lane.title', 'again.text', row);
  const right = said('right', cage === undefined ? 'right_lane.word' : 'packed.word', row.lane, hand.lane === '' && cage === undefined ? 'to_lane.title' : 'right_lane.title', 'next.text', row);
  const bare = row.sealed && row.seal === null;
  if (row.state === 'sorted' && within === undefined && cage === undefined && !bare) return right;
  const verdict: Verdict = { ...right, tell: { act: 'scan', state: 'sorted', ...(cage === undefined ? {} : { into: cage }) } };
  return bare ? { ...verdict, ...SEAL_NEW } : verdict;
}

function loaded(row: Known, hand: AtHand): Verdict {
  const route = hand.route;
  if (route === undefined) return said('look', 'no_route.word', '', 'no_route.title', 'no_route.text', row);
  if (row.custodian === route.driver) return said('look', 'aboard.word', route.route, 'aboard.title', 'again.text', row);
  const held = notHere(row, hand) ?? judgeInside(row, hand);
  if (held !== undefined) return held;
  if (row.route !== null && row.route !== route.route) {
    return { ...said('wrong', 'wrong_route.word', row.route, 'wrong_route.title', 'wrong_route.text', row), params: { ...facts(row), here: route.route } };
  }
  const barred = route.idle ? 'carry' : route.barred.find((one) => one.parcel === row.id)?.demand;
  if (barred !== undefined) return said('wrong', 'barred.word', '', BARRED[barred] ?? 'barred.title', 'barred.text', row);
  if (row.route === null) return said('wrong', 'off_route.word', '', 'off_route.title', 'off_route.text', row);
  if (row.exceptions > 0) return said('wrong', 'excepted.word', '', 'excepted.title', 'not_ready.text', row);
  if (!TO_LOAD.has(row.state)) return said('wrong', 'not_ready.word', '', 'not_ready.title', 'not_ready.text', row);
  const tell: Telling = { act: 'hand', side: 'giver', way: 'devices', other: route.driver, state: 'loaded' };
  const verdict = { ...said('right', 'loaded.word', route.route, 'loaded.title', 'next.text', row), tell };
  return row.sealed ? { ...verdict, ...SEAL_READ } : verdict;
}
