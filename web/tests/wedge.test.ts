// A scanner is told from a person by how fast it types.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ear } from '../src/device/wedge.ts';

const typed = (ear: Ear, text: string, end: string, each_ms: number, from_ms = 0): string | undefined => {
  let at = from_ms;
  for (const key of text) ear.hear(key, (at += each_ms));
  return ear.hear(end, at + each_ms);
};

test('fast typing that ends with Enter or Tab is a scan', () => {
  assert.equal(typed(new Ear(), '00395212340000044179', 'Enter', 3), '00395212340000044179');
  assert.equal(typed(new Ear(), 'RR473124829GB', 'Tab', 30), 'RR473124829GB');
});

test('a person who types is left alone', () => {
  assert.equal(typed(new Ear(), '00395212340000044179', 'Enter', 120), undefined);
  assert.equal(typed(new Ear(), 'yes', 'Enter', 3), undefined);
});

test('what was typed before the scanner began is no part of the scan', () => {
  const ear = new Ear();
  ear.hear('9', 0);
  ear.hear('9', 400);
  assert.equal(typed(ear, 'RR473124829GB', 'Enter', 3, 1_000), 'RR473124829GB');
});

test('keys that make capitals do not break a scan', () => {
  const ear = new Ear();
  for (const [at, key] of ['Shift', 'S', 'Shift', 'H', '1', '2', '3', '4'].entries()) ear.hear(key, at * 2);
  assert.equal(ear.hear('Enter', 20), 'SH1234');
});
