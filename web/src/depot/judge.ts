// The judge: what a scan means at this screen. Pure, so that it answers without the server and can be tried by the thousand.

import type { Side, Way } from '../device/statement.ts';
import type { Tone } from '../device/sound.ts';
import type { WordId } from './words/index.ts';
import { isFirst, type Known, type Route } from './worklist.ts';

export type Screen = 'receive' | 'sort' | 'load' | 'find' | 'print';
export const SCREENS: readonly Screen[] = ['receive', 'sort', 'load', 'find', 'print'];

/** What is at hand: whose tablet it is, at which lane it stands ('' means all), which route is being loaded. */
export interface AtHand {
  readonly party: string;
  readonly lane: string;
  readonly route: Route | undefined;
}

/** What the tablet then says. */
export type Telling =
  | { readonly act: 'hand'; readonly side: Side; readonly way: Way; readonly other: string; readonly state: string }
  | { readonly act: 'scan'; readonly state: string };

/** The answer on the screen: a word, the biggest thing on it, a headline and what to do. */
export interface Verdict {
  readonly tone: Tone;
  readonly word: WordId;
  readonly big: string;
  readonly title: WordId;
  readonly text: WordId;
  readonly params: Readonly<Record<string, string>>;
  readonly tell?: Telling;
  /** A seal has to be read, or put on, before that is said. */
  readonly wants?: 'seal_read' | 'seal_new';
}

const ENDED: ReadonlySet<string> = new Set(['delivered', 'returned', 'cancelled']);
/** What comes back from the road, and not from a sender: it waits for a decision. */
const FROM_THE_ROAD: ReadonlySet<string> = new Set(['loaded', 'out_for_delivery', 'attempted', 'refused', 'awaiting_collection']);
const TO_LOAD: ReadonlySet<string> = new Set(['received', 'sorted', 'held', 'found', 'attempted']);

/** What it means that this was read here. */
export function judge(screen: Screen, row: Known, hand: AtHand): Verdict {
  if (screen === 'receive') return received(row, hand);
  if (screen === 'sort') return sorted(row, hand);
  if (screen === 'load') return loaded(row, hand);
  return said('look', 'find.word', row.lane ?? '', 'find.title', 'find.text', row);
}

/** Nobody knows it: an over, or a label of somebody else's. */
export const unknown = (number: string): Verdict => ({ tone: 'wrong', word: 'unknown.word', big: '', title: 'unknown.title', text: 'unknown.text', params: { number } });

/** The tablet does not have it, and the server cannot be asked. */
export const unreachable = (number: string): Verdict => ({ tone: 'look', word: 'apart.word', big: '', title: 'apart.title', text: 'apart.text', params: { number } });

/** It could not be read as a number. */
export const misread = (why: 'check_digit' | 'length' | 'unknown', text: string): Verdict => ({ tone: 'wrong', word: 'misread.word', big: '', title: 'misread.title', text: `misread.${why}`, params: { number: text } });

function received(row: Known, hand: AtHand): Verdict {
  if (ENDED.has(row.state)) return said('wrong', 'ended.word', '', 'ended.title', 'ended.text', row);
  if (row.custodian === hand.party) return said('look', 'here.word', row.lane ?? '', 'here.title', row.lane === null ? 'here.text' : 'lane.text', row);
  const way = isFirst(row) ? 'counter' : 'devices';
  const tell: Telling = { act: 'hand', side: 'taker', way, other: row.custodian, state: FROM_THE_ROAD.has(row.state) ? 'held' : 'received' };
  const text: WordId = row.kind === 'aggregate' ? 'received.cage' : row.lane === null ? 'received.text' : 'lane.text';
  const verdict = { ...said('right', 'received.word', row.lane ?? '', row.lane === null ? 'received.title' : 'received.lane', text, row), tell };
  return row.sealed && row.seal !== null && !isFirst(row) ? { ...verdict, ...SEAL_READ } : verdict;
}

function sorted(row: Known, hand: AtHand): Verdict {
  const held = notHere(row, hand);
  if (held !== undefined) return held;
  if (row.kind === 'aggregate') return said('wrong', 'cage.word', '', 'cage.title', 'cage.text', row);
  if (row.lane === null) return said('look', 'no_lane.word', '', 'no_lane.title', 'no_lane.text', row);
  if (hand.lane !== '' && row.lane !== hand.lane) {
    return { ...said('wrong', 'wrong_lane.word', row.lane, 'wrong_lane.title', 'wrong_lane.text', row), params: { ...facts(row), here: hand.lane } };
  }
  const verdict: Verdict = { ...said('right', 'right_lane.word', row.lane, hand.lane === '' ? 'to_lane.title' : 'right_lane.title', 'next.text', row), tell: { act: 'scan', state: 'sorted' } };
  return row.sealed && row.seal === null ? { ...verdict, ...SEAL_NEW } : verdict;
}

function loaded(row: Known, hand: AtHand): Verdict {
  const route = hand.route;
  if (route === undefined) return said('look', 'no_route.word', '', 'no_route.title', 'no_route.text', row);
  if (row.custodian === route.driver) return said('look', 'aboard.word', route.route, 'aboard.title', 'aboard.text', row);
  const held = notHere(row, hand);
  if (held !== undefined) return held;
  if (row.route !== null && row.route !== route.route) {
    return { ...said('wrong', 'wrong_route.word', row.route, 'wrong_route.title', 'wrong_route.text', row), params: { ...facts(row), here: route.route } };
  }
  if (row.route === null) return said('wrong', 'off_route.word', '', 'off_route.title', 'off_route.text', row);
  if (!TO_LOAD.has(row.state)) return said('wrong', 'not_ready.word', '', 'not_ready.title', 'not_ready.text', row);
  const tell: Telling = { act: 'hand', side: 'giver', way: 'devices', other: route.driver, state: 'loaded' };
  const verdict = { ...said('right', 'loaded.word', route.route, 'loaded.title', 'next.text', row), tell };
  return row.sealed ? { ...verdict, ...SEAL_READ } : verdict;
}

const SEAL_READ = { tone: 'look', word: 'seal_read.word', title: 'seal_read.title', text: 'seal_read.text', wants: 'seal_read' } as const;
const SEAL_NEW = { tone: 'look', word: 'seal_new.word', title: 'seal_new.title', text: 'seal_new.text', wants: 'seal_new' } as const;

/** Why the depot can do nothing with it: it does not hold it, or its way is over. */
function notHere(row: Known, hand: AtHand): Verdict | undefined {
  if (ENDED.has(row.state)) return said('wrong', 'ended.word', '', 'ended.title', 'ended.text', row);
  return row.custodian === hand.party ? undefined : said('wrong', 'not_here.word', '', 'not_here.title', 'not_here.text', row);
}

const facts = (row: Known): Record<string, string> => ({
  lane: row.lane ?? '–',
  route: row.route ?? '–',
  state: row.state,
  count: String(row.contents.length),
});

const said = (tone: Tone, word: WordId, big: string, title: WordId, text: WordId, row: Known): Verdict => ({ tone, word, big, title, text, params: facts(row) });
