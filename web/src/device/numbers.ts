// The numbers of a parcel, read from whatever a scanner or a person gives; the rules of safehand/labels/numbers.py.

export type NumberKind = 'sscc' | 's10' | 'tracking';

/** The three sides of a parcel, in any order. */
export type Sides = readonly [number, number, number];

/** What a scale says of the parcel that lies on it. */
export interface Weight {
  readonly kind: 'weight';
  readonly text: string;
  readonly grams: number;
  readonly sides_mm?: Sides;
}

/** What was read: a number in its one form, a seal's serial, an id of ours, a weight, or why it is none of them. */
export type Reading =
  | { readonly kind: NumberKind | 'seal' | 'parcel'; readonly text: string }
  | Weight
  | { readonly kind: 'unreadable'; readonly text: string; readonly why: 'check_digit' | 'length' | 'unknown' };

const CHARS_MAX = 512;
const GS = '\x1d';
const S10_WEIGHTS = [8, 6, 4, 2, 3, 5, 9, 7] as const;
const DAMM = ['0317598642', '7092154863', '4206871359', '1750983426', '6123045978', '3674209581', '5869720134', '8945362017', '9438617205', '2581436790'] as const;

/** GS1: weights 3, 1, 3 ... from the right, modulo 10. */
export function gs1CheckDigit(payload: string): string {
  let sum = 0;
  for (let at = 0; at < payload.length; at++) sum += Number(payload[payload.length - 1 - at]) * (at % 2 === 0 ? 3 : 1);
  return String((10 - (sum % 10)) % 10);
}

/** UPU S10: the ninth digit. */
export function s10CheckDigit(serial: string): string {
  const sum = S10_WEIGHTS.reduce((total, weight, at) => total + weight * Number(serial[at]), 0);
  const left = 11 - (sum % 11);
  return left === 10 ? '0' : left === 11 ? '5' : String(left);
}

/** Damm, over order 10: the digit that ends our own number. */
export function dammCheckDigit(payload: string): string {
  let carried = 0;
  for (const digit of payload) carried = Number(DAMM[carried]?.[Number(digit)]);
  return String(carried);
}

/** Read a number. A wrong check digit is told apart from what is no number of ours at all. */
export function readNumber(given: string): Reading {
  const none = (why: 'check_digit' | 'length' | 'unknown'): Reading => ({ kind: 'unreadable', text: given.slice(0, 40), why });
  if (given.length > CHARS_MAX) return none('unknown');
  const text = given.normalize('NFKC').trim().replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/^[\x1d\s]+|[\x1d\s]+$/g, '');
  if (/^https?:\/\//i.test(text)) return fromAddress(text) ?? none('unknown');
  const element = new RegExp(`^(?:\\(00\\)|00)(\\d{18})(?:$|[(${GS}])`).exec(text.replaceAll(' ', ''));
  if (element?.[1] !== undefined) return sscc(element[1]) ?? none('check_digit');
  if (/^(pcl|agg)_[0-9a-z]{26}$/.test(text)) return { kind: 'parcel', text };
  const scale = /^(\d{1,7})(?:[.,](\d{1,3}))?\s*(kg|g)(?:[\s,;]+(\S.*))?$/i.exec(text);
  if (scale !== null) return weight(text, scale[1] as string, scale[2] ?? '', scale[3] as string, scale[4]) ?? none('unknown');
  const bare = text.replace(/[\s.·_‐-―−-]+/g, '').toUpperCase();
  if (/^S\d{10}$/.test(bare)) return gs1CheckDigit(bare.slice(1, 10)) === bare[10] ? { kind: 'seal', text: bare } : none('check_digit');
  if (/^\d{16,20}$/.test(bare)) return bare.length === 18 ? (sscc(bare) ?? none('check_digit')) : none('length');
  if (/^(SH)?\d{11,13}$/.test(bare)) return tracking(bare.replace('SH', '')) ?? none(bare.replace('SH', '').length === 12 ? 'check_digit' : 'length');
  const s10 = /^([A-Z]{2})(\d{8})(\d)([A-Z]{2})$/.exec(bare);
  if (s10 !== null) return s10CheckDigit(s10[2] as string) === s10[3] ? { kind: 's10', text: bare } : none('check_digit');
  return none(/^[A-Z]{2}\d{6,11}[A-Z]{2}$/.test(bare) || /^SH\d+$/.test(bare) ? 'length' : 'unknown');
}

/** Another carrier's number as it is compared: capitals and digits, without what stands between them. */
export function otherNumber(given: string): string | undefined {
  const bare = given.normalize('NFKC').trim().replace(/^\][A-Za-z][0-9A-Za-z]/, '').toUpperCase().replace(/[^0-9A-Z]+/g, '');
  return /^[0-9A-Z]{4,40}$/.test(bare) ? bare : undefined;
}

/** A number as people read it out. */
export function grouped(number: string): string {
  if (/^SH\d{12}$/.test(number)) return [number.slice(0, 2), number.slice(2, 6), number.slice(6, 10), number.slice(10)].join(' ');
  if (/^\d{18}$/.test(number)) return (number.match(/.{1,4}/g) ?? []).join(' ');
  return number;
}

/** What a scale types: kilograms with up to three decimals, or whole grams; one that measures adds three sides. */
function weight(text: string, whole: string, decimals: string, unit: string, size: string | undefined): Reading | undefined {
  const sides_mm = size === undefined ? undefined : sides(size);
  const measured = sides_mm === undefined ? {} : { sides_mm };
  if (size !== undefined && sides_mm === undefined) return undefined;
  if (unit.toLowerCase() === 'kg') return { kind: 'weight', text, grams: Number(whole) * 1000 + Number(decimals.padEnd(3, '0')), ...measured };
  return decimals === '' ? { kind: 'weight', text, grams: Number(whole), ...measured } : undefined;
}

/** Three sides in centimetres, with or without a decimal, or in whole millimetres. */
function sides(size: string): Sides | undefined {
  const read = /^(\d{1,4}(?:[.,]\d)?)\s*[x×*]\s*(\d{1,4}(?:[.,]\d)?)\s*[x×*]\s*(\d{1,4}(?:[.,]\d)?)\s*(cm|mm)$/i.exec(size);
  if (read === null) return undefined;
  const millimetres = [read[1], read[2], read[3]].map((side) => Math.round(Number((side as string).replace(',', '.')) * ((read[4] as string).toLowerCase() === 'cm' ? 10 : 1)));
  return millimetres.every((side) => side >= 1) ? (millimetres as unknown as Sides) : undefined;
}

const sscc = (digits: string): Reading | undefined =>
  gs1CheckDigit(digits.slice(0, 17)) === digits[17] ? { kind: 'sscc', text: digits } : undefined;

const tracking = (digits: string): Reading | undefined =>
  digits.length === 12 && dammCheckDigit(digits.slice(0, 11)) === digits[11] ? { kind: 'tracking', text: `SH${digits}` } : undefined;

function fromAddress(text: string): Reading | undefined {
  const path = URL.canParse(text) ? new URL(text).pathname : '';
  const unit = /\/00\/(\d{18})\/?$/.exec(path)?.[1];
  if (unit !== undefined) return sscc(unit);
  const ours = /\/t\/([0-9A-Za-z]{1,20})\/?$/.exec(path)?.[1]?.toUpperCase();
  return ours === undefined ? undefined : tracking(ours.replace(/^SH/, ''));
}
