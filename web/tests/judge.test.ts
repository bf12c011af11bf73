// What a scan means, at each screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AtHand, judge } from '../src/depot/judge.ts';
import { LANGUAGES, speaking, type WordId } from '../src/depot/words/index.ts';
import { type Known, rowsOf } from '../src/depot/worklist.ts';
import { FIRST_AFTER } from '../src/device/statement.ts';

const [DEPOT, SHOP, MIKKO] = ['pty_depot', 'pty_shop', 'pty_mikko'];
const K3 = { route: 'K3', driver: MIKKO };
const HAND: AtHand = { party: DEPOT, lane: '', route: undefined };
const NEW: Known = {
  id: 'pcl_1', numbers: [], kind: 'parcel', sscc: '', tracking: '', state: 'created', custodian: SHOP, after: FIRST_AFTER,
  lane: '07', route: 'K3', sealed: false, seal: null, weight_g: 900, contents: [], asked: false,
};
const HELD: Known = { ...NEW, state: 'received', custodian: DEPOT, after: 'a'.repeat(64) };

test('what a merchant brings is taken over the counter, what a driver brings back needs both devices', () => {
  assert.deepEqual(judge('receive', NEW, HAND).tell, { act: 'hand', side: 'taker', way: 'counter', other: SHOP, state: 'received' });
  const back = judge('receive', { ...HELD, custodian: MIKKO, state: 'attempted' }, HAND);
  assert.deepEqual(back.tell, { act: 'hand', side: 'taker', way: 'devices', other: MIKKO, state: 'held' });
});

test('nothing is told twice, and nothing of what has ended', () => {
  assert.equal(judge('receive', HELD, HAND).tell, undefined);
  assert.equal(judge('load', { ...HELD, custodian: MIKKO }, { ...HAND, route: K3 }).tell, undefined);
  for (const screen of ['receive', 'sort', 'load'] as const) {
    const verdict = judge(screen, { ...HELD, state: 'delivered' }, { ...HAND, route: K3 });
    assert.deepEqual([verdict.tone, verdict.tell], ['wrong', undefined], screen);
  }
});

test('a wrong lane is told at once, with the right one as the largest thing', () => {
  const verdict = judge('sort', HELD, { ...HAND, lane: '14' });
  assert.deepEqual([verdict.tone, verdict.big, verdict.tell], ['wrong', '07', undefined]);
  assert.deepEqual(judge('sort', HELD, { ...HAND, lane: '07' }).tell, { act: 'scan', state: 'sorted' });
});

test('only what is on the list of a van is loaded, and only what the depot holds', () => {
  const hand = { ...HAND, route: K3 };
  assert.equal(judge('load', HELD, hand).tone, 'right');
  assert.equal(judge('load', { ...HELD, route: 'K4' }, hand).big, 'K4');
  for (const row of [{ ...HELD, route: 'K4' }, { ...HELD, route: null }, NEW, { ...HELD, state: 'damaged' }]) {
    assert.deepEqual([judge('load', row, hand).tone, judge('load', row, hand).tell], ['wrong', undefined]);
  }
  assert.equal(judge('load', HELD, HAND).tell, undefined);
});

test('a seal is put on before a parcel goes on, and read when it changes hands', () => {
  assert.equal(judge('sort', { ...HELD, sealed: true }, HAND).wants, 'seal_new');
  assert.equal(judge('load', { ...HELD, sealed: true, seal: 'S1' }, { ...HAND, route: K3 }).wants, 'seal_read');
  assert.equal(judge('receive', { ...NEW, sealed: true }, HAND).wants, undefined);
});

test('a worklist becomes rows that answer to every number', () => {
  const numbers = { sscc: '1', s10: '2', tracking: '3' };
  const parcel = { parcel: 'pcl_1', numbers, state: 'created', custodian: SHOP, after: FIRST_AFTER, lane: null, route: null, sealed: false, weight_g: 1 };
  const cage = { sscc: '4', aggregate: 'agg_1', contents: ['pcl_1'], custodian: SHOP, after: FIRST_AFTER };
  const rows = rowsOf({ parcels: [parcel], aggregates: [cage], next: null, lanes: [], routes: [] });
  assert.deepEqual(rows.map((row) => row.numbers), [['pcl_1', '1', '2', '3'], ['agg_1', '4']]);
});

test('every word is said in both languages, with the same parameters', () => {
  const { en, fi } = LANGUAGES;
  assert.ok(en !== undefined && fi !== undefined);
  const named = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const id of Object.keys(en.words) as WordId[]) assert.deepEqual(named(fi.words[id]), named(en.words[id]), id);
  assert.equal(speaking('fi')('find.title', { state: 'sorted' }), 'Lajiteltu');
  assert.equal(speaking('de')('find.word'), en.words['find.word']);
});
