// ASCII canonical JSON: what devices sign. The same bytes as safehand/kernel/canonical.py (RFC 8785 without floats).

export type Canonical = string | number | boolean | readonly Canonical[] | { readonly [name: string]: Canonical };

const PRINTABLE = /^[\x20-\x7e]*$/;

/** The one spelling of a value. Throws RangeError for what has none: a float, a character outside printable ASCII. */
export function canonical(value: Canonical): string {
  if (typeof value === 'string') {
    if (!PRINTABLE.test(value)) throw new RangeError('only printable ASCII can be signed');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError('only whole numbers below 2^53 can be signed');
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = value as { readonly [name: string]: Canonical };
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${canonical(name)}:${canonical(fields[name] as Canonical)}`).join(',')}}`;
}
