/**
 * Short messages by an HTTP gateway in the form of Kannel's `sendsms` (user guide 1.4, chapter 10): a part is one request, and what
 * becomes of it is a request of the gateway to us (`kannel-receipts.ts`). The gateway gives no id: it is told the part's key in the
 * address of its receipts, with a mark that only we can make.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE, type Milliseconds, SECOND } from '../../pipelines/domain/units.js';
import type { QueryAnswer, SmsHearer, SmsPart, SmsTransport, Submission } from '../ports.js';
import { headerOf } from './message.js';
import { digitsOf } from './submission.js';

export interface KannelSettings {
  /** A word of ours, for receipts, logs and metrics. */
  readonly name: string;
  /** The address of `sendsms`, such as https://gateway.example/cgi-bin/sendsms. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** What telephones show where a part names no sender. */
  readonly sender: string;
  /** Where the gateway reaches our route for receipts. */
  readonly receiptsUrl: string;
  /** Signs the keys that stand in it. */
  readonly secret: string;
  /** POST says all in headers and body, so that no number stands in an address; a gateway that reads addresses alone wants GET. */
  readonly method?: 'POST' | 'GET';
  readonly answerWithin?: Milliseconds;
  /** Requests at one time; more are refused for now. */
  readonly window?: number;
}

const DEFAULTS = { method: 'POST', answerWithin: 30 * SECOND, window: 20 } as const;
/** Delivered, failed, taken by the centre, rejected by it. */
const RECEIPTS_WANTED = 1 + 2 + 8 + 16;
const CODING = { gsm: 0, ucs2: 2 } as const;
const RETRY_AFTER: Milliseconds = 5 * SECOND;
/** Answers that say "later": not taken. Other answers from 500 on may hide a message that was taken. */
const LATER: ReadonlySet<number> = new Set([408, 429, 503]);
/** Failures before anything was written. */
const NOT_WRITTEN: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

interface Asked {
  readonly url: string;
  readonly method: 'POST' | 'GET';
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export class KannelTransport implements SmsTransport {
  readonly #settings: Required<KannelSettings>;
  #inFlight = 0;

  constructor(settings: KannelSettings) {
    this.#settings = { ...DEFAULTS, ...settings };
    // A header has no other letters; what cannot be said is found before anything is sent.
    const { username, password, sender } = settings;
    for (const value of [username, password, sender]) {
      if (!/^[\x20-\x7e]+$/.test(value)) throw new RangeError(`the gateway ${settings.name}: a setting is not ASCII`);
    }
  }

  async start(_hearer: SmsHearer): Promise<void> {
    // Receipts come in by the route, which has its own hearer.
  }

  /** Waits for the requests that are under way. */
  async stop(): Promise<void> {
    while (this.#inFlight > 0) await new Promise((next) => setTimeout(next, 10));
  }

  async submit(part: SmsPart): Promise<Submission> {
    const request = this.#requestOf(part);
    if (this.#inFlight >= this.#settings.window) {
      return { is: 'refused', code: 'busy', permanent: false, retryAfter: SECOND };
    }
    this.#inFlight += 1;
    try {
      const { status, body } = await this.#send(request);
      return this.#submissionOf(part, status, await body);
    } catch (error) {
      const code = causeOf(error);
      return NOT_WRITTEN.has(code)
        ? { is: 'refused', code: 'not-sent', permanent: false, retryAfter: RETRY_AFTER }
        : { is: 'ambiguous', why: code === 'TimeoutError' ? 'time-out' : 'link-lost', via: this.#settings.name };
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** `sendsms` has no such question. */
  async query(): Promise<QueryAnswer> {
    return { is: 'unavailable', why: 'the gateway cannot be asked' };
  }

  async #send({ url, ...init }: Asked): Promise<{ readonly status: number; readonly body: Promise<string> }> {
    const { answerWithin } = this.#settings;
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerWithin) });
    return { status: response.status, body: response.text() };
  }

  #submissionOf({ key }: SmsPart, status: number, body: string): Submission {
    const { name: via } = this.#settings;
    // "0: Accepted for delivery", "3: Queued for later delivery".
    if (status >= 200 && status < 300) return { is: 'accepted', id: key, via };
    const code = `http-${status}`;
    if (LATER.has(status)) return { is: 'refused', code, permanent: false, retryAfter: RETRY_AFTER };
    if (status < 500) {
      // The gateway knows no way for this number now; that it does not know us is ours to mend: neither is the message's fault.
      const permanent = !/auth|denied/i.test(body);
      return { is: 'refused', code, permanent, ...(!permanent && { retryAfter: MINUTE }) };
    }
    return { is: 'ambiguous', why: code, via };
  }

  #requestOf(part: SmsPart): Asked {
    const { url, method, username, password, sender, receiptsUrl, secret } = this.#settings;
    const to = digitsOf(part.to);
    if (to === '') throw new RangeError('the recipient is no number');
    const said: Record<string, string> = {
      username,
      password,
      from: part.from ?? sender,
      to: `+${to}`,
      coding: String(CODING[part.alphabet]),
      'dlr-mask': String(RECEIPTS_WANTED),
      'dlr-url': receiptUrl(receiptsUrl, part.key, secret),
      ...(part.expiresAt === undefined ? {} : { validity: String(minutesUntil(part.expiresAt)) }),
    };
    const header = part.place && percentEncoded(headerOf(part.place));
    if (method === 'POST') {
      const headers = Object.fromEntries(Object.entries(said).map(([name, value]) => [`x-kannel-${name}`, value]));
      return {
        url,
        method,
        headers: { ...headers, ...(header && { 'x-kannel-udh': header }), 'content-type': 'text/plain; charset=UTF-8' },
        body: part.text,
      };
    }
    const fields = Object.entries({ ...said, text: part.text, charset: 'UTF-8' });
    const form = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    return { url: `${url}${url.includes('?') ? '&' : '?'}${form}${header ? `&udh=${header}` : ''}`, method };
  }
}

function minutesUntil(at: Instant): number {
  return Math.max(1, Math.ceil((at - Date.now()) / MINUTE));
}

/** The address of receipts of a part. What begins with % the gateway fills in: state, time and the centre's own words. */
function receiptUrl(base: string, key: string, secret: string): string {
  const mark = markOf(key, secret);
  const begin = `${base}${base.includes('?') ? '&' : '?'}`;
  return `${begin}key=${encodeURIComponent(key)}&mark=${mark}&state=%d&at=%T&reply=%A`;
}

/** What only we can have written beside a key. */
export function markOf(key: string, secret: string): string {
  return createHmac('sha256', secret).update(key).digest('hex').slice(0, 32);
}

/** Whether a mark is that of the key; takes the same time whatever is wrong. */
export function isMarkOf(mark: string, key: string, secret: string): boolean {
  const [given, right] = [Buffer.from(mark), Buffer.from(markOf(key, secret))];
  return given.length === right.length && timingSafeEqual(given, right);
}

function percentEncoded(octets: Uint8Array): string {
  return [...octets].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
}

function causeOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? name;
}
