// What was written by hand: in which order it is told, and what is left of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder, leftOf, type Sayable, withNumber } from '../src/depot/paper.ts';

const line = (number: number, at_ms: number, does: string): Sayable => ({
  line: number, parcel: 'pcl_1', tracking: 'SH482910573345', does, initials: 'VV', where: '',
  say: { kind: 'scan', parcel: 'pcl_1', party: 'pty_depot', state: does, at_ms },
});

test('lines are told in the order in which it was done, and at one minute in that of the sheet', () => {
  const told = inOrder([line(1, 300, 'loaded'), line(2, 200, 'sorted'), line(4, 100, 'received'), line(3, 100, 'held')]);
  assert.deepEqual(told.map((one) => 'state' in one && one.state), ['held', 'received', 'sorted', 'loaded']);
});

test('what could not be told stays to be put right, as it was typed', () => {
  const refused = [{ line: 2, text: 'b…', code: 'x', why: 'y' }, { line: 4, text: 'd', code: 'x', why: 'y' }];
  assert.equal(leftOf('a\n  b, Q, 7\nc\nd', refused), '  b, Q, 7\nd');
  assert.equal(leftOf('a', []), '');
});

test('a scanned number begins a line', () => {
  assert.equal(withNumber('', '1'), '1, ');
  assert.equal(withNumber('1, R, 7:00, VV', '2'), '1, R, 7:00, VV\n2, ');
  assert.equal(withNumber('1, R\n', '2'), '1, R\n2, ');
});
