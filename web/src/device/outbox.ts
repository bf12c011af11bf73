// The outbox: what this device has said waits here until the server has answered. Nothing is lost, nothing counted twice.
//
// A statement gets its number and is kept in one step; what the screens know changes in the same step. Sending it again is
// harmless: its bytes are its identity. It leaves only when an answer names it.

import type { Answers } from './api.ts';
import type { Box, Picture, Row, Waiting } from './box.ts';
import { base64url, hex, sha256, utf8 } from './bytes.ts';
import { type Line, Refused, signed } from './device.ts';
import { type Private, type Saying, statementText } from './statement.ts';

const BATCH_ITEMS = 100;
const BATCH_CHARS = 1_000_000;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
const LOOK_EVERY_MS = 15_000;
const LOCK = 'safehand-outbox';

/** How it stands: how many statements and pictures wait, whether the server was last reached, and what it refused. */
export interface Standing {
  readonly waiting: number;
  readonly pictures: number;
  /** The code with which the server refused a picture for good. */
  readonly lost: string | undefined;
  readonly reached: boolean;
  readonly refused: Refused | undefined;
}

type StatementAnswer = Answers['POST /v1/statements']['answers'][number];

/** What became of one statement: final. */
export type Answered = StatementAnswer & { readonly parcel: string; readonly sequence: number };

export class Outbox<Known extends Row> {
  readonly #box: Box<Known>;
  readonly #line: Line;
  readonly #changed: (standing: Standing) => void;
  readonly #answered: (answer: Answered) => void;
  #reached = true;
  #refused: Refused | undefined;
  #waitMs = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(box: Box<Known>, line: Line, changed: (standing: Standing) => void, answered: (answer: Answered) => void) {
    this.#box = box;
    this.#line = line;
    this.#changed = changed;
    this.#answered = answered;
  }

  /** Send now, and whenever the network or the person comes back; and every so often in between. */
  start(): void {
    addEventListener('online', this.#soon);
    document.addEventListener('visibilitychange', this.#soon);
    this.#soon();
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.#soon);
    document.removeEventListener('visibilitychange', this.#soon);
    clearTimeout(this.#timer);
  }

  /**
   * Say something. When this returns it is kept for good.
   * `known` is how the things that it is about stand now, written in the same step.
   */
  say(said: Saying, known: readonly Known[] = [], beside?: Private, picture?: Picture): Promise<void> {
    return this.#keep([said], known, beside, picture);
  }

  /** Say what is true only together: all of it is kept, or nothing. */
  together(said: readonly Saying[], known: readonly Known[]): Promise<void> {
    return this.#keep(said, known);
  }

  async #keep(sayings: readonly Saying[], known: readonly Known[], beside?: Private, picture?: Picture): Promise<void> {
    const tx = this.#box.transaction(['keep', 'outbox', 'rows', 'pictures'], 'readwrite');
    const before = ((await tx.objectStore('keep').get('sequence')) as number | undefined) ?? 0;
    const now_ms = this.#line.now();
    const secret = beside === undefined ? {} : { salt: base64url(beside.salt), body: base64url(beside.body) };
    const waiting = sayings.map((said, at): Waiting => {
      const [sequence, at_ms] = [before + at + 1, said.at_ms ?? now_ms];
      const whole = beside === undefined ? said : { ...said, body_hash: beside.hash };
      const raw = statementText(whole, { device: this.#line.device.id, sequence, at_ms });
      const touches = at < sayings.length - 1 ? [said.parcel] : [...new Set([said.parcel, ...known.map((one) => one.id)])];
      return { sequence, raw, parcel: said.parcel, touches, at_ms, ...secret };
    });
    await Promise.all([
      tx.objectStore('keep').put(before + sayings.length, 'sequence'),
      ...waiting.map((one) => tx.objectStore('outbox').add(one)),
      ...known.map((one) => tx.objectStore('rows').put(one)),
      picture === undefined ? undefined : tx.objectStore('pictures').put(picture),
      tx.done,
    ]);
    await this.#tell();
    this.#soon();
  }

  /** Send what waits. One sender at a time, in whichever window. */
  async flush(): Promise<void> {
    try {
      await navigator.locks.request(LOCK, async () => {
        await this.#statements();
        await this.#pictures();
      });
      [this.#reached, this.#refused, this.#waitMs] = [true, undefined, FIRST_WAIT_MS];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#reached = error.status !== 0;
      this.#refused = error.status === 0 ? undefined : error;
      this.#waitMs = Math.max(error.retryAfterMs, Math.min(LONGEST_WAIT_MS, this.#waitMs * 2));
    }
    await this.#tell();
  }

  readonly #soon = (): void => {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    void this.flush().finally(() => {
      if (this.#stopped) return;
      clearTimeout(this.#timer);
      const wait = this.#reached && this.#refused === undefined ? LOOK_EVERY_MS : this.#waitMs * (0.75 + Math.random() / 2);
      this.#timer = setTimeout(this.#soon, wait);
    });
  };

  async #tell(): Promise<void> {
    if (this.#stopped) return;
    const [waiting, pictures] = await Promise.all([this.#box.count('outbox'), this.#box.getAll('pictures')]);
    const open = pictures.filter((picture) => picture.refused === undefined).length;
    const lost = pictures.find((picture) => picture.refused !== undefined)?.refused;
    this.#changed({ waiting, pictures: open, lost, reached: this.#reached, refused: this.#refused });
  }

  async #statements(): Promise<void> {
    for (let batch = await this.#batch(); batch.length > 0; batch = await this.#batch()) {
      const items = batch.map(({ raw, signature, salt, body }) => ({ statement: raw, signature, ...(salt === undefined ? {} : { salt, body }) }));
      const said = utf8(JSON.stringify({ statements: items }));
      const answer = await this.#line.ask('POST', '/v1/statements', said, { 'Content-Type': 'application/json' });
      const { answers } = (await answer.json()) as Answers['POST /v1/statements'];
      const gone = await this.#forget(batch, answers);
      if (gone === 0) throw new Refused(502, 'outbox.other_answers', 'The answers are not those to what was sent.');
    }
  }

  /** Delete what the answers name, and nothing else. */
  async #forget(batch: readonly Waiting[], answers: readonly StatementAnswer[]): Promise<number> {
    const named = new Map(answers.map((answer) => [answer.hash, answer]));
    const hashes = await Promise.all(batch.map(async (one) => hex(await sha256(utf8(one.raw)))));
    const finals = batch.flatMap((one, at) => {
      const answer = named.get(hashes[at] as string);
      return answer === undefined ? [] : [{ ...answer, parcel: one.parcel, sequence: one.sequence }];
    });
    const tx = this.#box.transaction('outbox', 'readwrite');
    await Promise.all([...finals.map((one) => tx.store.delete(one.sequence)), tx.done]);
    for (const one of finals) this.#answered(one);
    await this.#tell();
    return finals.length;
  }

  /** The oldest that wait, signed. A signature is made once and kept. */
  async #batch(): Promise<Waiting[]> {
    const oldest = await this.#box.getAll('outbox', null, BATCH_ITEMS);
    const batch: Waiting[] = [];
    let chars = 0;
    for (const one of oldest) {
      chars += one.raw.length + (one.body?.length ?? 0) + 400;
      if (chars > BATCH_CHARS && batch.length > 0) break;
      batch.push(one.signature === undefined ? { ...one, signature: await signed(this.#line.device.secret, utf8(one.raw)) } : one);
    }
    const tx = this.#box.transaction('outbox', 'readwrite');
    await Promise.all([...batch.map((one) => tx.store.put(one)), tx.done]);
    return batch;
  }

  async #pictures(): Promise<void> {
    for (const picture of await this.#box.getAll('pictures')) {
      if (picture.refused !== undefined) continue;
      try {
        const headers = { 'Content-Type': picture.media_type, 'Safehand-Parcel': picture.parcel };
        await this.#line.ask('PUT', `/v1/evidence/${picture.sha256}`, new Uint8Array(picture.bytes), headers);
        await this.#box.delete('pictures', picture.sha256);
      } catch (error) {
        if (!(error instanceof Refused) || error.passes || error.status === 401 || error.status === 403) throw error;
        await this.#box.put('pictures', { ...picture, bytes: new ArrayBuffer(0), refused: error.code });
      }
    }
  }
}
