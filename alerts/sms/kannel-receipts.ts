/**
 * What a gateway in the form of Kannel tells us over HTTP: what became of a part (the address that `sendsms` was given), and messages
 * from telephones (`post-url` of its `sms-service`, with the message in headers and body, so that no number stands in an address).
 * It is answered with "kept" only when whoever hears it has it; otherwise the gateway is told to come again.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { SmsHearer, SmsReceipt, SmsState } from '../ports.js';
import { isMarkOf } from './kannel.js';
import { type Place, readHeader } from './message.js';

export interface KannelReceiptsGiven {
  /** The name of the gateway. */
  readonly via: string;
  /** With which keys are signed; the gateway shows it as `token` where it brings messages. */
  readonly secret: string;
  readonly hearer: Pick<SmsHearer, 'onReceipt' | 'onReceived'>;
}

/** The value of `%d`. */
const STATES: Readonly<Record<string, SmsState>> = {
  '1': 'delivered',
  '2': 'undeliverable',
  '4': 'enroute',
  '8': 'accepted',
  '16': 'rejected',
};
const TEXT_OCTETS_MAX = 4_096;

/** The routes `GET /receipts` and `POST /received`, to be mounted where the gateway is told. */
export function kannelReceipts(given: KannelReceiptsGiven): Hono {
  return new Hono()
    .get('/receipts', async (c) => {
      const { key = '', mark = '', state = '', at = '', reply = '' } = c.req.query();
      if (key === '' || !isMarkOf(mark, key, given.secret)) return c.text('not ours', 403);
      const known = STATES[state];
      if (!known) return c.text('no such state', 400);
      const seconds = /^\d{9,11}$/.test(at) ? Number(at) : undefined;
      const [, error] = /\berr:\s*(\S*[1-9a-z]\S*)/i.exec(reply) ?? [];
      const receipt: SmsReceipt = {
        via: given.via,
        key,
        ids: [key],
        state: known,
        ...(seconds === undefined ? {} : { at: seconds * 1_000 }),
        ...(error === undefined ? {} : { error }),
      };
      return kept(c, () => given.hearer.onReceipt(receipt));
    })
    .post('/received', async (c) => {
      if (!isToken(c.req.query('token') ?? '', given.secret)) return c.text('not ours', 403);
      const from = c.req.header('x-kannel-from') ?? '';
      const to = c.req.header('x-kannel-to') ?? '';
      if (from === '' || to === '') return c.text('from whom, to whom?', 400);
      const octets = Buffer.from(await c.req.arrayBuffer());
      if (octets.length > TEXT_OCTETS_MAX) return c.text('too long', 413);
      const place = placeOf(c.req.header('x-kannel-udh'));
      const text = decoded(octets, c.req.header('content-type') ?? '', c.req.header('x-kannel-coding'));
      return kept(c, () => given.hearer.onReceived({ via: given.via, from, to, text, ...(place && { place }) }));
    });
}

async function kept(c: Context, keep: () => Promise<void>): Promise<Response> {
  try {
    await keep();
    // Kannel takes nothing but 200 for an answer: after 204 it comes again.
    return c.body('', 200);
  } catch {
    return c.text('not kept, come again', 503);
  }
}

function isToken(token: string, secret: string): boolean {
  const [given, right] = [Buffer.from(token), Buffer.from(secret)];
  return given.length === right.length && timingSafeEqual(given, right);
}

/** UCS-2 comes in network order; all else in the charset that is named. */
function decoded(octets: Buffer, contentType: string, coding: string | undefined): string {
  const [, charset = 'utf-8'] = /charset="?([\w-]+)/i.exec(contentType) ?? [];
  if (coding === '2' && /utf-?16|ucs-?2/i.test(charset)) return Buffer.from(octets).swap16().toString('utf16le');
  return octets.toString(/8859-1|latin|windows/i.test(charset) ? 'latin1' : 'utf8');
}

/** Kannel writes the octets of a header as %05%00%03 and so on. */
function placeOf(udh: string | undefined): Place | undefined {
  const octets = [...(udh ?? '').matchAll(/%([0-9a-f]{2})|([^%])/gi)].map(([, hex, letter]) =>
    hex === undefined ? letter!.charCodeAt(0) & 0xff : Number.parseInt(hex, 16),
  );
  return readHeader(Uint8Array.from(octets))?.place;
}
