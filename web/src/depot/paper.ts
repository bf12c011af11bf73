// Paper: what was written by hand while the screens were dark. The server reads it line by line, this tablet tells it.

import type { Answers } from '../device/api.ts';
import type { Box } from '../device/box.ts';
import { utf8 } from '../device/bytes.ts';
import type { Line } from '../device/device.ts';
import type { Saying } from '../device/statement.ts';
import type { Known } from './known.ts';
import type { Teller } from './telling.ts';

type Keyed = Answers['POST /v1/depots/{depot}/key-in'];
/** A line that can be told. */
export type Sayable = Omit<Keyed['rows'][number], 'say'> & { readonly say: Saying & { readonly at_ms: number } };
/** A line that cannot, and why. */
export type Unsaid = Keyed['refused'][number];

/** What the server made of the lines. */
export interface Reading {
  readonly rows: readonly Sayable[];
  readonly refused: readonly Unsaid[];
}

/** What is left to key in once the others have been told: the lines that say why not, as they were typed. */
export function leftOf(text: string, refused: readonly Unsaid[]): string {
  const lines = text.split('\n');
  return refused.map((one) => lines[one.line - 1] ?? one.text).join('\n');
}

/** What was typed, with a number that a scanner read, on a line of its own and ready for what was done. */
export const withNumber = (text: string, number: string): string => `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${number}, `;

/** In the order in which it was done: a parcel is received before it is sorted, whatever the order of the sheets. */
export const inOrder = (rows: readonly Sayable[]): readonly Saying[] =>
  rows.toSorted((one, other) => one.say.at_ms - other.say.at_ms || one.line - other.line).map((one) => one.say);

export class Paper {
  readonly #box: Box<Known>;
  readonly #line: Line;
  readonly #teller: Teller;

  constructor(box: Box<Known>, line: Line, teller: Teller) {
    this.#box = box;
    this.#line = line;
    this.#teller = teller;
  }

  /** What was typed and not told yet: it outlasts the page. */
  async draft(): Promise<string> {
    return ((await this.#box.get('keep', 'paper')) as string | undefined) ?? '';
  }

  async keep(text: string): Promise<void> {
    await this.#box.put('keep', text, 'paper');
  }

  /** Have the lines of a day's sheets read, today's where none is named, in the words of a language. Throws Refused. */
  async read(text: string, day: string, language: string): Promise<Reading> {
    const asked = utf8(JSON.stringify({ text, day: day === '' ? null : day }));
    const headers = { 'Content-Type': 'application/json', 'Accept-Language': language };
    const answer = await this.#line.ask('POST', `/v1/depots/${this.#line.device.party}/key-in`, asked, headers);
    return (await answer.json()) as Reading;
  }

  /** Tell what can be told: all of it or nothing. What is left of the text. */
  async tell(text: string, reading: Reading): Promise<string> {
    await this.#teller.keyed(inOrder(reading.rows));
    const left = leftOf(text, reading.refused);
    await this.keep(left);
    return left;
  }
}
