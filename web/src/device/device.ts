// This device: its key, which nothing can read, its enrolment, and the requests that it signs.

import type { Answers } from './api.ts';
import type { Box, Row } from './box.ts';
import { base64url, hex, random, sha256, utf8 } from './bytes.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const INSTANCE_BYTES = 16;
const PATIENCE_MS = 10_000;
const JUMP_MS = 120_000;

/** An enrolled device, as its box keeps it. `secret` cannot be taken out of the browser. */
export interface Device {
  readonly id: string;
  readonly party: string;
  readonly secret: CryptoKey;
}

/** The server refused, in its own words. `status` 0: it could not be reached. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number;
  readonly serverMs: number | undefined;

  constructor(status: number, code: string, words: string, retryAfterMs = 0, serverMs?: number) {
    super(words);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.serverMs = serverMs;
  }

  /** Whether asking again later may help. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Ask; throws Refused unless the answer is a success. */
export async function fetched(target: string, asked: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(target, { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS), ...asked });
  } catch (error) {
    throw new Refused(0, 'network', String(error));
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get('Retry-After') ?? 0) * 1000;
  const serverMs = typeof said.params?.server_ms === 'number' ? said.params.server_ms : undefined;
  throw new Refused(answer.status, String(said.code ?? `status.${answer.status}`), String(said.remedy ?? said.title ?? answer.status), wait, serverMs);
}

/** Sign: ES256, r and s of 32 bytes each, as base64url. */
export async function signed(secret: CryptoKey, said: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.sign(ES256, secret, said)));
}

/** Make a key and enrol with a code that a person read out or that a signed-in colleague asked for. */
export async function enrol<Known extends Row>(box: Box<Known>, code: string): Promise<Device> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify']);
  const point = base64url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  const proof = await signed(pair.privateKey, utf8(`safehand/enrol/v1\n${code}\n${point}`));
  const answer = await fetched('/v1/devices', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code, public_key: point, proof }),
  });
  const made = (await answer.json()) as Answers['POST /v1/devices'];
  const device: Device = { id: made.device, party: made.party, secret: pair.privateKey };
  await box.put('keep', device, 'device');
  return device;
}

/** The device that this box belongs to, once it is enrolled. */
export const enrolled = async <Known extends Row>(box: Box<Known>): Promise<Device | undefined> =>
  (await box.get('keep', 'device')) as Device | undefined;

/** The line to the server: signs each request, and corrects itself by the server's clock. */
export class Line {
  readonly device: Device;
  readonly #instance = base64url(random(INSTANCE_BYTES));
  /** How far this device's clock is behind the server's. Known once the server has refused it, or the clock was set back. */
  aheadMs = 0;
  #seen = { wall: Date.now(), ran: performance.now() };

  constructor(device: Device) {
    this.device = device;
  }

  /** The time, by the server's clock as far as it is known. */
  now(): number {
    const [wall, ran] = [Date.now(), performance.now()];
    const back = ran - this.#seen.ran - (wall - this.#seen.wall);
    this.#seen = { wall, ran };
    if (back > JUMP_MS) this.aheadMs += back; // set forward looks like sleep: the server tells
    return wall + this.aheadMs;
  }

  /** A signed request; throws Refused unless it is answered with a success. */
  async ask(method: string, target: string, body: Uint8Array<ArrayBuffer> = new Uint8Array(), headers: Record<string, string> = {}): Promise<Response> {
    const there = `${target}${target.includes('?') ? '&' : '?'}instance=${this.#instance}`;
    try {
      return await this.#send(method, there, body, headers);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || error.serverMs === undefined) throw error;
      this.aheadMs = error.serverMs - Date.now();
      return this.#send(method, there, body, headers);
    }
  }

  async #send(method: string, target: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<Response> {
    const at = this.now();
    const said = `safehand/request/v1\n${method} ${target}\n${at}\n${hex(await sha256(body))}\n`;
    const signature = await signed(this.device.secret, utf8(said));
    const authorization = `Safehand-Device id=${this.device.id}, at=${at}, signature=${signature}`;
    const asked: RequestInit = { method, credentials: 'omit', headers: { ...headers, Authorization: authorization } };
    return fetched(target, method === 'GET' ? asked : { ...asked, body });
  }
}
