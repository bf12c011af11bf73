// A parcel's label, from the server: opened to be printed.

import { fetched, Refused } from '../device/device.ts';
import type { Verdict } from './verdict.ts';
import type { Known } from './known.ts';

/** Open the label of a parcel; what to show about it. Staff print it, by their own session: a label names people. */
export async function printLabel(row: Known): Promise<Verdict> {
  const told = { big: '', params: { state: row.state } } as const;
  const label = `/v1/parcels/${row.id}/label?format=pdf-a6`;
  try {
    await fetched(label, { method: 'GET' });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 0) return { ...told, tone: 'wrong', word: 'printing.away', title: 'apart.title', text: 'printing.away_text' };
    return { ...told, tone: 'wrong', word: 'printing.word', title: 'printing.refused', text: 'not_here.title' };
  }
  const opened = window.open(label, 'label');
  return { ...told, tone: opened === null ? 'look' : 'right', word: 'printing.word', title: opened === null ? 'printing.blocked' : 'printing.title', text: 'printing.text' };
}
