// The scale: a weight is held against what is on record. Pure; the rule of safehand/custody/weighing.py.

import { type AtHand, notHere, said, type Verdict } from './verdict.ts';
import type { Known } from './known.ts';

const WEIGHT_G_MAX = 2_000_000;
const SCALE_G = 15;
const SHARE_PERCENT = 2;
const LEAST_G = 20;

/** By how much a weight may differ: the largest of the scale's own error, two per cent, and 20 g. */
export const toleranceG = (expected_g: number): number => Math.max(SCALE_G, Math.floor((expected_g * SHARE_PERCENT) / 100), LEAST_G);

/** What it means that the parcel that was read last weighs so much. */
export function judgeWeight(row: Known | undefined, grams: number, hand: Pick<AtHand, 'party'>): Verdict {
  if (row === undefined || row.kind === 'aggregate') return said('look', 'weigh_what.word', '', 'weigh_what.title', 'weigh_what.text', row);
  const held = notHere(row, hand);
  if (held !== undefined) return held;
  if (grams < 1) return said('wrong', 'weigh_zero.word', '', 'weigh_zero.title', 'weigh_zero.text', row);
  if (grams > WEIGHT_G_MAX) return said('wrong', 'weigh_much.word', '', 'weigh_zero.title', 'weigh_zero.text', row);
  const verdict = { ...said('right', 'weighed.word', '', 'weighed.title', 'received.text', row), big_g: grams, tell: { act: 'weigh', grams } } as const;
  const expected = row.weight_g;
  if (expected === null || Math.abs(grams - expected) <= toleranceG(expected)) return verdict;
  const word = grams > expected ? 'heavier.word' : 'lighter.word';
  return { ...verdict, tone: 'wrong', word, title: 'weight_differs.title', text: 'weight_differs.text', params: { ...verdict.params, expected_g: String(expected) } };
}
