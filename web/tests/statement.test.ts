// What a tablet signs is what docs/protocol.md says, to the byte.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hex, sha256, utf8 } from '../src/device/bytes.ts';
import { canonical } from '../src/device/canonical.ts';
import { FIRST_AFTER, handoverId, privately, type Saying, statementText } from '../src/device/statement.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf-8');
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((found) => JSON.parse(found[1] as string));
const items: { statement: string }[] = blocks.flatMap((block) => block.statements ?? []);

test('every statement of the protocol page is written again to the byte', () => {
  assert.ok(items.length >= 5);
  for (const { statement } of items) {
    const { device, sequence, at_ms, ...said } = JSON.parse(statement.slice(statement.indexOf('\n')));
    assert.equal(statementText(said as Saying, { device, sequence, at_ms }), statement);
  }
});

test('the handover that both sides derive is the one of the page', async () => {
  const ids = items.map(({ statement }) => JSON.parse(statement.slice(statement.indexOf('\n'))));
  const confirmed = ids.find((one) => one.side === 'taker' && one.state === 'loaded');
  const derived = await handoverId(confirmed.after, confirmed.giver, confirmed.parcel, confirmed.taker);
  assert.ok(page.includes(derived));
  const first = ids.find((one) => one.after === FIRST_AFTER);
  assert.equal(await handoverId(first.after, first.giver, first.parcel, first.taker), confirmed.after);
});

test('an answer is matched by the hash of the bytes', async () => {
  const answers = blocks.find((block) => block.answers !== undefined).answers as { hash: string }[];
  assert.equal(hex(await sha256(utf8((items[0] as { statement: string }).statement))), answers[0]?.hash);
});

test('a private body is hashed with its salt', async () => {
  const { salt, body, hash } = await privately({ what: 'damaged' });
  assert.equal(salt.length, 32);
  assert.equal(hash, hex(await sha256(new Uint8Array([...salt, ...body]))));
  assert.notEqual((await privately({ what: 'damaged' })).hash, hash);
});

test('nothing is signed that has two spellings', () => {
  assert.equal(canonical({ b: [1, 'x'], a: true, c: -0 }), '{"a":true,"b":[1,"x"],"c":0}');
  for (const value of [0.5, Number.NaN, 2 ** 53, 'ä', '\n']) assert.throws(() => canonical(value), RangeError);
});
