/**
 * `POST /collect`: where the pages of this installation tell how they do, as the Faro web SDK has it (docs/telemetry.md). Anybody may
 * send here who can open a page, so nothing is believed: the body is limited while it is unpacked, its form is checked, what comes too
 * often is answered 429, and what is wrong is said in general words alone.
 */
import type { Context, Hono } from 'hono';
import type { PageReport } from '../../domain/page-signal.js';
import { bytesOf, type Encoding, textOf } from '../body.js';
import type { Bindings } from '../ports.js';
import { Problem } from '../problem.js';
import { decodeFaroBody, type FaroBody, ITEMS_MAX, itemsOf, reportOf } from './form.js';
import { Allowance, type Rate, Recent } from './limits.js';

/** What became of a request. */
export const OUTCOMES = ['taken', 'repeated', 'too-many', 'too-large', 'malformed', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface CollectGiven {
  /** Takes what is kept; it must not wait. */
  readonly take: (report: PageReport) => void;
  /** The builds of the pages that this server has, by their names. */
  readonly builds: ReadonlySet<string>;
  /** The enrolled wall that asks; absent where nobody is enrolled. */
  readonly wallOf?: (c: Context) => string | undefined;
  /** Whether who asks may look at pages at all: else he is no wall, whatever he says. Absent: everybody may. */
  readonly mayLook?: (c: Context) => boolean;
  /** Told what became of each request, and of how many things in it nothing was kept. */
  readonly settled: (outcome: Outcome, passedOver: number) => void;
  readonly rates?: { readonly all: Rate; readonly each: Rate };
  /** A clock in ms that never falls. */
  readonly now?: () => number;
}

/** The largest body, unpacked. */
export const BODY_BYTES_MAX = 512 * 1024;
const RATES = { all: { perSecond: 50, burst: 100 }, each: { perSecond: 5, burst: 60 } } as const;
/** A page begins a new session then, so that none can be followed for longer. */
const SESSION_MS = 24 * 3_600_000;
const SESSIONS_MAX = 5_000;
const KEYS_MAX = 5_000;
const KEY = /^[\w-]{1,64}$/;
/** The only words for what is wrong: what exactly is for our own log and metrics. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'this cannot be read',
  403: 'only a page of this installation may send here',
  413: 'this is too large',
  415: 'send application/json, packed by gzip or not at all',
  429: 'too many reports: come again later',
};

/** Adds the route. */
export function collectRoute(app: Hono<{ Bindings: Bindings }>, given: CollectGiven): void {
  const { settled, now = () => performance.now() } = given;
  const allowance = new Allowance(given.rates ?? RATES, now());
  const keys = new Recent<true>(KEYS_MAX);
  const sessions = new Recent<number>(SESSIONS_MAX);

  app.post('/collect', async (c) => {
    const wait = allowance.take(clientOf(c), now());
    if (wait > 0) {
      settled('too-many', 0);
      return refusal(429, { 'retry-after': `${Math.ceil(wait / 1_000)}` });
    }
    try {
      checkSender(c);
      const key = c.req.header('idempotency-key') ?? '';
      // The SDK sends again what it heard no answer to: it counts once.
      if (KEY.test(key) && keys.get(key)) {
        settled('repeated', 0);
        return accepted(false);
      }
      const body = await bodyOf(c);
      if (KEY.test(key)) keys.set(key, true);
      const { report, passedOver } = reportOf(body, given.builds);
      const enrolled = given.wallOf?.(c);
      settled('taken', passedOver);
      if (enrolled !== undefined) given.take({ ...report, page: 'wall', wall: enrolled, enrolled: true });
      else given.take((given.mayLook?.(c) ?? true) ? report : withoutWall(report));
      return accepted(isOver(sessions, body.meta.session?.id, now()));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      settled(outcomeOf(error.status), 0);
      return refusal(error.status);
    }
  });
}

/** What anybody's page may say: how fast it was and what failed in it. */
function withoutWall({ wall: _, ...report }: PageReport): PageReport {
  return { ...report, signals: report.signals.filter(({ is }) => is === 'vital' || is === 'error') };
}

function accepted(sessionIsOver: boolean): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return new Response('ok', {
    status: 202,
    headers: { ...headers, ...(sessionIsOver && { 'x-faro-session-status': 'invalid' }) },
  });
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Problem(status, 'not-taken', WORDS[status] ?? WORDS[400]!, headers).response();
}

function outcomeOf(status: number): Outcome {
  if (status === 413) return 'too-large';
  return status === 403 ? 'refused' : 'malformed';
}

/** Only a page of ours can set the header: another site's form cannot, and its script would have to ask us first. */
function checkSender(c: Context): void {
  const site = c.req.header('sec-fetch-site');
  if (c.req.header('x-dozor-page') === undefined || (site !== undefined && site !== 'same-origin'))
    throw new Problem(403, 'not-allowed', 'no page of ours');
  if (!/^application\/json(?:;|$)/i.test(c.req.header('content-type') ?? ''))
    throw new Problem(415, 'not-json', 'no JSON');
}

async function bodyOf(c: Context): Promise<FaroBody> {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') throw new Problem(415, 'unknown-encoding', 'no gzip');
  const text = await textOf(bytesOf(c.req.raw.body, encoding satisfies Encoding), BODY_BYTES_MAX);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Problem(400, 'not-json', 'no JSON');
  }
  const decoded = decodeFaroBody(json);
  if (!decoded.ok) throw new Problem(400, 'malformed', `${decoded.problem.field} ${decoded.problem.why}`);
  if (itemsOf(decoded.value) > ITEMS_MAX) throw new Problem(413, 'too-large', `more than ${ITEMS_MAX} things`);
  return decoded.value;
}

/** Whether a session has lasted for its day. A page without one needs no new one. */
function isOver(sessions: Recent<number>, id: string | undefined, now: number): boolean {
  if (id === undefined || id === '') return false;
  const since = sessions.get(id);
  if (since === undefined) sessions.set(id, now);
  return since !== undefined && now - since > SESSION_MS;
}

/** Whom a limit is for: the address of the other end. Behind a proxy that is the proxy, and the limit is for all behind it. */
function clientOf(c: Context<{ Bindings: Bindings }>): string {
  return c.env?.incoming?.socket?.remoteAddress ?? 'unknown';
}
