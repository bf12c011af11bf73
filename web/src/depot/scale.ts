// The scale: a weight is held against what is on record, and sides against what was declared. Pure; the rule of safehand/custody/weighing.py.

import { type AtHand, notHere, said, type Verdict } from './verdict.ts';
import type { Sides, Weight } from '../device/numbers.ts';
import type { Known } from './known.ts';

const WEIGHT_G_MAX = 2_000_000;
const SCALE_G = 15;
const SHARE_PERCENT = 2;
const LEAST_G = 20;
const SIDE_PERCENT = 5;
const SIDE_MM = 20;

/** By how much a weight may differ: the largest of the scale's own error, two per cent, and 20 g. */
export const toleranceG = (expected_g: number): number => Math.max(SCALE_G, Math.floor((expected_g * SHARE_PERCENT) / 100), LEAST_G);

/** Whether it is larger than was declared, however it lies: some side is, the longest held to the longest. */
export function larger(declared: Sides, measured: Sides): boolean {
  const [said, is] = [declared, measured].map((sides) => sides.toSorted((one, other) => one - other)) as [number[], number[]];
  return is.some((side, at) => side - (said[at] as number) > Math.max(SIDE_MM, Math.floor(((said[at] as number) * SIDE_PERCENT) / 100)));
}

/** What it means that the parcel that was read last weighs so much, and perhaps measures so much. */
export function judgeWeight(row: Known | undefined, scale: Omit<Weight, 'kind' | 'text'>, hand: Pick<AtHand, 'party'>): Verdict {
  const { grams, sides_mm } = scale;
  if (row === undefined || row.kind === 'aggregate') return said('look', 'weigh_what.word', '', 'weigh_what.title', 'weigh_what.text', row);
  const held = notHere(row, hand);
  if (held !== undefined) return held;
  if (grams < 1) return said('wrong', 'weigh_zero.word', '', 'weigh_zero.title', 'weigh_zero.text', row);
  if (grams > WEIGHT_G_MAX) return said('wrong', 'weigh_much.word', '', 'weigh_zero.title', 'weigh_zero.text', row);
  const tell = { act: 'weigh', grams, ...(sides_mm === undefined ? {} : { sides_mm }) } as const;
  const verdict = { ...said('right', 'weighed.word', '', 'weighed.title', 'received.text', row), big_g: grams, tell } as const;
  const expected = row.weight_g;
  const heavy = expected !== null && Math.abs(grams - expected) > toleranceG(expected);
  if (heavy) {
    const word = grams > expected ? 'heavier.word' : 'lighter.word';
    return { ...verdict, tone: 'wrong', word, title: 'weight_differs.title', text: 'weight_differs.text', params: { ...verdict.params, expected_g: String(expected) } };
  }
  if (sides_mm === undefined || row.sides_mm === null || !larger(row.sides_mm, sides_mm)) return verdict;
  const params = { ...verdict.params, sides: shown(row.sides_mm), measured: shown(sides_mm) };
  return { ...verdict, tone: 'wrong', word: 'larger.word', title: 'larger.title', text: 'weight_differs.text', params };
}

const shown = (sides: Sides): string => `${sides.toSorted((one, other) => other - one).join(' × ')} mm`;
