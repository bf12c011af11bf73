// Numbers as scanners and people give them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dammCheckDigit, grouped, gs1CheckDigit, otherNumber, readNumber, s10CheckDigit } from '../src/device/numbers.ts';

const SSCC = `39521234000004417${gs1CheckDigit('39521234000004417')}`;
const SH = `SH10293847561${dammCheckDigit('10293847561')}`;

test('the check digits are those of their standards', () => {
  assert.equal(gs1CheckDigit('00614141123456789'), '0'); // GS1's own example
  assert.equal(s10CheckDigit('47312482'), '9'); // the example of UPU S10
  assert.equal(dammCheckDigit('572'), '4'); // Damm's own
});

test('a number is read from whatever carries it', () => {
  for (const given of [SSCC, `00${SSCC}`, `(00)${SSCC}`, `]C100${SSCC}`, ` (00) ${SSCC} `, `https://x.example/00/${SSCC}`, `00${SSCC}\x1d1012`, `(00)${SSCC}(10)12`]) {
    assert.deepEqual(readNumber(given), { kind: 'sscc', text: SSCC }, given);
  }
  for (const given of [SH, SH.toLowerCase(), grouped(SH), SH.slice(2), `https://x.example/t/${SH}`, `${SH}\r\n`]) {
    assert.deepEqual(readNumber(given), { kind: 'tracking', text: SH }, given);
  }
  assert.deepEqual(readNumber('rr 473 124 829 gb'), { kind: 's10', text: 'RR473124829GB' });
  const seal = `S123456789${gs1CheckDigit('123456789')}`;
  assert.deepEqual(readNumber(seal), { kind: 'seal', text: seal });
});

test('one wrong digit is found, and told from what is no number at all', () => {
  for (const number of [SSCC, SH]) {
    for (let at = number.length - 12; at < number.length; at++) {
      const wrong = number.slice(0, at) + String((Number(number[at]) + 1) % 10) + number.slice(at + 1);
      const read = readNumber(wrong);
      assert.equal(read.kind === 'unreadable' ? read.why : read.kind, 'check_digit', wrong);
    }
  }
  const whys = ['hello', '', SSCC.slice(1), SH.slice(0, -1), 'x'.repeat(600)].map((given) => readNumber(given));
  assert.deepEqual(whys.map((read) => read.kind === 'unreadable' && read.why), ['unknown', 'unknown', 'length', 'length', 'unknown']);
});

test('what a scale types is a weight, to the gram', () => {
  const grams = (given: string): number | string => {
    const read = readNumber(given);
    return read.kind === 'weight' ? read.grams : read.kind;
  };
  assert.deepEqual(['2.4 kg', '0,905kg', '12 KG', '750 g', '0 g'].map(grams), [2400, 905, 12_000, 750, 0]);
  assert.deepEqual(['2.4', '1.5 g', '-1 kg', '1.2345 kg', '99999999 g'].map(grams), Array(5).fill('unreadable'));
});

test('a scale that measures adds three sides, in centimetres or millimetres', () => {
  const sides = (given: string): unknown => {
    const read = readNumber(given);
    return read.kind === 'weight' ? read.sides_mm : read.kind;
  };
  const read = ['2.4 kg 30x20x15 cm', '2400 g; 300 × 200 × 150 mm', '0,9kg 30.5*20*9,9 CM', '1 kg'].map(sides);
  assert.deepEqual(read, [[300, 200, 150], [300, 200, 150], [305, 200, 99], undefined]);
  assert.deepEqual(['1 kg 30x20 cm', '1 kg 30x20x0 cm', '1 kg 30x20x10', '30x20x10 cm'].map(sides), Array(4).fill('unreadable'));
});

test("another carrier's number is compared without what stands between its letters and digits", () => {
  assert.deepEqual(['1z 999-aa1 0123', ']C0ab.1234', 'a1', 'x'.repeat(41)].map(otherNumber), ['1Z999AA10123', 'AB1234', undefined, undefined]);
});
