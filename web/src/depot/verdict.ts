// Verdicts: what a scan is answered with, and what is told for it. Pure.

import type { Side, Way } from '../device/statement.ts';
import type { Sides } from '../device/numbers.ts';
import type { Tone } from '../device/sound.ts';
import type { WordId } from './words/index.ts';
import type { Known, Route } from './known.ts';

export type Screen = 'receive' | 'sort' | 'load' | 'find' | 'print';
export const SCREENS: readonly Screen[] = ['receive', 'sort', 'load', 'find', 'print'];

/** What is at hand: whose tablet it is, at which lane it stands ('' means all), which route is being loaded. */
export interface AtHand {
  readonly party: string;
  readonly lane: string;
  readonly route: Route | undefined;
  /** The cage that is being packed. */
  readonly cage: Known | undefined;
  /** The cage in which the parcel lies by the record. */
  readonly within: Known | undefined;
  /** What lies in the cage that was read or is being packed, as far as the tablet knows it. */
  readonly inside: readonly Known[];
  /** Somebody says, by reading it twice, that the parcel lies there without its cage. */
  readonly loose: boolean;
  /** It was answered right at this very place before. */
  readonly before: boolean;
}

/** What the tablet then says. */
export type Telling =
  | { readonly act: 'hand'; readonly side: Side; readonly way: Way; readonly other: string; readonly state: string }
  | { readonly act: 'scan'; readonly state: string; readonly into?: Known }
  | { readonly act: 'open' }
  | { readonly act: 'weigh'; readonly grams: number; readonly sides_mm?: Sides };

/** The answer on the screen: a word, the biggest thing on it, a headline and what to do. */
export interface Verdict {
  readonly tone: Tone;
  readonly word: WordId;
  readonly big: string;
  /** A weight that is the biggest thing. */
  readonly big_g?: number;
  readonly title: WordId;
  readonly text: WordId;
  readonly params: Readonly<Record<string, string>>;
  readonly tell?: Telling;
  /** A seal has to be read, or put on, before that is said. */
  readonly wants?: 'seal_read' | 'seal_new';
}

export const ENDED: ReadonlySet<string> = new Set(['delivered', 'returned', 'cancelled']);

export const SEAL_READ = { tone: 'look', word: 'seal_read.word', title: 'seal_read.title', text: 'seal_read.text', wants: 'seal_read' } as const;
export const SEAL_NEW = { tone: 'look', word: 'seal_new.word', title: 'seal_new.title', text: 'seal_new.text', wants: 'seal_new' } as const;

/** Why the depot can do nothing with it: it does not hold it, or its way is over. */
export function notHere(row: Known, hand: Pick<AtHand, 'party'>): Verdict | undefined {
  if (ENDED.has(row.state)) return said('wrong', 'ended.word', '', 'ended.title', 'ended.text', row);
  return row.custodian === hand.party ? undefined : said('wrong', 'not_here.word', '', 'not_here.title', 'not_here.text', row);
}

/** What the words of an answer may name. */
export const facts = (row: Known): Readonly<Record<string, string>> => ({
  lane: row.lane ?? '–',
  route: row.route ?? '–',
  state: row.state,
  count: String(row.contents.length),
});

export const said = (tone: Tone, word: WordId, big: string, title: WordId, text: WordId, row: Known | undefined): Verdict => ({ tone, word, big, title, text, params: row === undefined ? {} : facts(row) });
