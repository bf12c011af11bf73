// What a scan means, at each screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../src/depot/judge.ts';
import { holding, type Known, type Route, rowsOf } from '../src/depot/known.ts';
import { judgeWeight, toleranceG } from '../src/depot/scale.ts';
import type { Sides } from '../src/device/numbers.ts';
import type { AtHand } from '../src/depot/verdict.ts';
import { LANGUAGES, speaking, type WordId } from '../src/depot/words/index.ts';
import { FIRST_AFTER } from '../src/device/statement.ts';

const [DEPOT, SHOP, MIKKO] = ['pty_depot', 'pty_shop', 'pty_mikko'];
const K3: Route = { route: 'K3', name: 'Kallio', driver: MIKKO, idle: false, barred: [] };
const HAND: AtHand = { party: DEPOT, lane: '', route: undefined, cage: undefined, within: undefined, inside: [], loose: false, before: false };
const NEW: Known = {
  id: 'pcl_1', numbers: [], kind: 'parcel', sscc: '', tracking: '', state: 'created', custodian: SHOP, after: FIRST_AFTER, from: null,
  lane: '07', route: 'K3', sealed: false, seal: null, weight_g: 900, sides_mm: null, contents: [], exceptions: 0, open: false, asked: false,
};
const CAGE: Known = holding({ ...NEW, id: 'agg_1', kind: 'aggregate', sscc: '106400000000000017', lane: null, route: null }, ['pcl_1', 'pcl_2']);
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
  for (const row of [{ ...HELD, route: 'K4' }, { ...HELD, route: null }, NEW, { ...HELD, state: 'damaged' }, { ...HELD, exceptions: 1 }]) {
    assert.deepEqual([judge('load', row, hand).tone, judge('load', row, hand).tell], ['wrong', undefined]);
  }
  assert.equal(judge('load', HELD, HAND).tell, undefined);
});

test('a seal is put on before a parcel goes on, and read when it changes hands', () => {
  assert.equal(judge('sort', { ...HELD, sealed: true }, HAND).wants, 'seal_new');
  assert.equal(judge('load', { ...HELD, sealed: true, seal: 'S1' }, { ...HAND, route: K3 }).wants, 'seal_read');
  assert.equal(judge('receive', { ...NEW, sealed: true }, HAND).wants, undefined);
});

test('one handover moves a cage, first over the counter, and it is loaded only where all of it goes', () => {
  const here = { ...CAGE, custodian: DEPOT, after: 'b'.repeat(64) };
  const hand = { ...HAND, route: K3, inside: [HELD, { ...HELD, id: 'pcl_2' }] };
  assert.deepEqual(judge('receive', CAGE, HAND).tell, { act: 'hand', side: 'taker', way: 'counter', other: SHOP, state: 'received' });
  assert.deepEqual(judge('load', here, hand).tell, { act: 'hand', side: 'giver', way: 'devices', other: MIKKO, state: 'loaded' });
  const mixed = judge('load', here, { ...hand, inside: [HELD, { ...HELD, id: 'pcl_2', route: 'K4' }] });
  assert.deepEqual([mixed.tone, mixed.big, mixed.tell], ['wrong', 'K4', undefined]);
  for (const inside of [[], [HELD]]) assert.equal(judge('load', here, { ...hand, inside }).tone, 'wrong', 'what is not known is not loaded');
});

test('a full cage is opened at sorting, an empty one is packed with what goes one way', () => {
  const here = { ...CAGE, custodian: DEPOT };
  assert.deepEqual(judge('sort', here, HAND).tell, { act: 'open' });
  assert.equal(judge('sort', { ...here, open: true }, HAND).tell, undefined);
  const empty = holding(here, []);
  assert.equal(judge('sort', empty, HAND).word, 'pack.word');
  assert.deepEqual(judge('sort', HELD, { ...HAND, cage: empty }).tell, { act: 'scan', state: 'sorted', into: empty });
  const packed = holding(here, ['pcl_9']);
  assert.equal(judge('sort', HELD, { ...HAND, cage: packed, inside: [{ ...HELD, route: 'K4' }] }).word, 'other_cage.word');
  assert.equal(judge('sort', HELD, { ...HAND, cage: holding(here, ['pcl_1']), inside: [HELD] }).tell, undefined);
});

test('what lies in a cage changes hands with it, unless somebody says that it lies loose', () => {
  const within = { ...HAND, route: K3, within: CAGE };
  for (const [screen, row] of [['receive', NEW], ['load', HELD]] as const) {
    assert.deepEqual([judge(screen, row, within).word, judge(screen, row, within).tell], ['in_cage.word', undefined]);
    assert.equal(judge(screen, row, { ...within, loose: true }).tell?.act, 'hand');
  }
});

test('a label that is read twice at one place is doubted, and a second reading at the lane is only confirmed', () => {
  const sorted = { ...HELD, state: 'sorted' };
  assert.deepEqual([judge('sort', sorted, { ...HAND, before: true }).word, judge('receive', HELD, HAND).word], ['again.word', 'here.word']);
  const lane = judge('sort', sorted, { ...HAND, lane: '07' });
  assert.deepEqual([lane.tone, lane.tell], ['right', undefined]);
  assert.deepEqual(judge('sort', sorted, { ...HAND, within: CAGE }).tell, { act: 'scan', state: 'sorted' });
});

test('a weight is told with what is on record, and never one of nothing', () => {
  const weighed = (row: Known | undefined, grams: number): unknown[] => {
    const { tone, word, tell } = judgeWeight(row, { grams }, HAND);
    return [tone, word, tell?.act];
  };
  assert.deepEqual([900, 5_000].map(toleranceG), [20, 100]);
  assert.deepEqual(weighed(HELD, 920), ['right', 'weighed.word', 'weigh']);
  assert.deepEqual(weighed(HELD, 921), ['wrong', 'heavier.word', 'weigh']);
  assert.deepEqual(weighed(HELD, 800), ['wrong', 'lighter.word', 'weigh']);
  assert.deepEqual(weighed({ ...HELD, weight_g: null }, 1), ['right', 'weighed.word', 'weigh']);
  for (const grams of [0, 2_000_001]) assert.deepEqual(weighed(HELD, grams).slice(0, 1), ['wrong']);
  for (const [row, grams] of [[HELD, 0], [HELD, 2_000_001], [NEW, 900], [undefined, 900], [CAGE, 900]] as const) assert.equal(weighed(row, grams)[2], undefined);
});

test('what a driver may not carry stays, and what lies in a cage with it', () => {
  const loading = (row: Known, route: Route): unknown[] => {
    const { tone, word, tell } = judge('load', row, { ...HAND, route, inside: row.kind === 'aggregate' ? [{ ...HELD, id: 'pcl_1' }, { ...HELD, id: 'pcl_2' }] : [] });
    return [tone, word, tell?.act];
  };
  const [box, cage] = [{ ...HELD, state: 'sorted' }, { ...CAGE, custodian: DEPOT, state: 'received' }];
  for (const row of [box, cage]) {
    assert.deepEqual(loading(row, K3), ['right', 'loaded.word', 'hand']);
    assert.deepEqual(loading(row, { ...K3, barred: [{ parcel: 'pcl_1', demand: 'cash' }] }), ['wrong', 'barred.word', undefined]);
    assert.deepEqual(loading(row, { ...K3, barred: [{ parcel: 'pcl_9', demand: 'cash' }] }), ['right', 'loaded.word', 'hand']);
    assert.deepEqual(loading(row, { ...K3, idle: true }), ['wrong', 'barred.word', undefined]);
  }
});

test('what a parcel asks for and the driver may not do is said by name', () => {
  const title = (route: Route): WordId => judge('load', { ...HELD, state: 'sorted' }, { ...HAND, route }).title;
  for (const demand of ['value', 'sealed', 'dangerous_goods', 'age_check', 'cash'] as const) assert.equal(title({ ...K3, barred: [{ parcel: 'pcl_1', demand }] }), `barred.${demand}`);
  assert.equal(title({ ...K3, idle: true }), 'barred.carry');
});

test('sides are held against the declared ones, however it lies', () => {
  const box: Known = { ...HELD, sides_mm: [300, 200, 100] };
  const measured = (sides_mm: Sides, row = box): unknown[] => {
    const { tone, word, tell } = judgeWeight(row, { grams: 900, sides_mm }, HAND);
    return [tone, word, tell];
  };
  const told = (sides_mm: Sides): unknown => ({ act: 'weigh', grams: 900, sides_mm });
  for (const fits of [[100, 300, 200], [320, 220, 120], [90, 10, 10]] as const) assert.deepEqual(measured(fits), ['right', 'weighed.word', told(fits)]);
  for (const large of [[321, 200, 100], [100, 100, 330], [121, 121, 121]] as const) assert.deepEqual(measured(large), ['wrong', 'larger.word', told(large)]);
  assert.deepEqual(measured([900, 900, 900], HELD), ['right', 'weighed.word', told([900, 900, 900])]);
});

test('a worklist becomes rows that answer to every number and to their route, and a cage to what lies in it', () => {
  const numbers = { sscc: '1', s10: '2', tracking: '3', other: '1Z4' };
  const parcel = { parcel: 'pcl_1', numbers, state: 'created', custodian: SHOP, after: FIRST_AFTER, lane: null, route: 'K3', promised_on: '2026-11-30', sealed: false, seal: null, weight_g: 1, sides_mm: null, within: 'agg_1', exceptions: 0 } as const;
  const cage = { sscc: '4', aggregate: 'agg_1', contents: ['pcl_1'], custodian: SHOP, after: FIRST_AFTER, state: 'created', closed: false, seal: null } as const;
  const rows = rowsOf({ day: '2026-11-28', parcels: [parcel], aggregates: [cage], gone: [], next: 'a', more: false, whole: true, lanes: [], routes: [] });
  assert.deepEqual(rows.map((row) => row.numbers), [['pcl_1', '1', '2', '3', '1Z4', 'on K3'], ['agg_1', '4', 'in pcl_1']]);
});

test('every word is said in both languages, with the same parameters', async () => {
  const [en, fi] = await Promise.all([LANGUAGES.en(), LANGUAGES.fi()]);
  const named = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const id of Object.keys(en.words) as WordId[]) assert.deepEqual(named(fi.words[id]), named(en.words[id]), id);
  assert.equal((await speaking('fi'))('find.title', { state: 'sorted' }), 'Lajiteltu');
  assert.equal((await speaking('de'))('find.word'), en.words['find.word']);
});
