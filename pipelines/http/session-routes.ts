/** Who is there, signing in and out, and the first administrator. */
import type { Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Access } from '../access/access.js';
import { type Account, Refusal } from '../access/accounts.js';
import { Failures } from '../access/limiter.js';
import type { Oidc } from '../access/oidc.js';
import { Busy } from '../access/passwords.js';
import { eventsOf } from '../access/roles.js';
import { allowedTo } from '../access/routes.js';
import { MINUTE } from '../domain/units.js';
import { tooMany } from './access-guard.js';
import { addressOf, isByTls, isOnLoopback } from './client.js';
import { give, sessionCookie, take } from './cookies.js';
import { objectOf } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { actorOf, type Who, whoOf } from './who.js';

export interface SessionRoutesGiven {
  readonly access: Access;
  readonly publicUrl?: string | undefined;
  /** Signing in by another provider, whose name the sign-in page shows. */
  readonly oidc?: Oidc | undefined;
  /** Prints where the process runs. */
  readonly print: (line: string) => void;
}

type App = Hono<{ Bindings: Bindings }>;
type Asked = Context<{ Bindings: Bindings }>;

const NO_STORE = { 'cache-control': 'no-store' } as const;
/** Guessing one account, and guessing from one place. */
const BY_ACCOUNT = { free: 5, waitMaxMs: 15 * MINUTE };
const BY_ADDRESS = { free: 20, waitMaxMs: 15 * MINUTE };
/** A typed login is kept no longer than a login can be. */
const LOGIN_MAX = 64;
const PASSWORD_MAX = 1_024;

/** GET /v1/me, POST and DELETE /v1/session, GET and POST /v1/set-up. */
export function sessionRoutes(app: App, given: SessionRoutesGiven): void {
  const { access, publicUrl, oidc, print } = given;
  const byAccount = new Failures(BY_ACCOUNT, access.now);
  const byAddress = new Failures(BY_ADDRESS, access.now);

  /** Runs what may be guessed at, once it is the turn of who asks. */
  const guarded = async <T>(keys: readonly (readonly [Failures, string])[], work: () => Promise<T>): Promise<T> => {
    const waitMs = Math.max(...keys.map(([failures, key]) => failures.waitMs(key)));
    if (waitMs > 0) throw tooMany(waitMs);
    for (const [failures, key] of keys) failures.begin(key);
    return work();
  };

  app.get('/v1/me', (c) => {
    const who = whoOf(c);
    return c.json({ ...meOf(who, access), provider: oidc?.settings.name ?? null }, 200, NO_STORE);
  });

  app.post('/v1/session', async (c) => {
    refuseInTheClear(c, publicUrl);
    const { login, password } = textsOf(await objectOf(c), { login: LOGIN_MAX, password: PASSWORD_MAX });
    const plain = login.normalize('NFKC').toLowerCase();
    const account = await guarded(
      [
        [byAccount, plain],
        [byAddress, addressOf(c)],
      ],
      () => access.accounts.byPassword(login, password),
    ).catch(asProblem);
    if (!account) {
      access.note({ ...actorOf(c), what: 'session.begun', outcome: 'refused' });
      throw new Problem(401, 'wrong-login', 'the name or the password is not right');
    }
    byAccount.succeed(plain);
    byAddress.succeed(addressOf(c));
    return beginSession(c, { access, publicUrl, account });
  });

  app.delete('/v1/session', async (c) => {
    const tls = isByTls(c, publicUrl);
    const token = getCookie(c, sessionCookie(tls));
    const account = token === undefined ? undefined : await access.sessions.end(token);
    take(c, sessionCookie(tls), tls);
    if (account !== undefined)
      access.note({ who: account, role: whoOf(c)?.role ?? 'none', what: 'session.ended', outcome: 'done' });
    // The browser forgets what it kept of our pages, on a machine that several people use.
    c.header('clear-site-data', '"cache"');
    return c.body(null, 204);
  });

  app.get('/v1/set-up', async (c) => {
    const isDue = await access.setUp.isDue();
    // Who opens the page with no code at hand finds a fresh one where the process runs.
    const code = isDue ? await access.setUp.freshCode() : undefined;
    if (code !== undefined) print(setUpWords(code));
    return c.json({ isDue }, 200, NO_STORE);
  });

  app.post('/v1/set-up', async (c) => {
    refuseInTheClear(c, publicUrl);
    const body = await objectOf(c);
    const { code, login, password } = textsOf(body, { code: 64, login: LOGIN_MAX, password: PASSWORD_MAX });
    const name = typeof body['name'] === 'string' ? body['name'] : login;
    const made = await guarded([[byAddress, addressOf(c)]], () =>
      access.setUp.complete(code, { login, name, password }),
    ).catch((error: unknown) => {
      access.note({ who: 'anonymous', role: 'none', what: 'set-up.completed', outcome: 'refused' });
      return asProblem(error);
    });
    byAddress.succeed(addressOf(c));
    await access.write({ who: made.id, role: made.role, what: 'set-up.completed', subject: made.id, outcome: 'done' });
    const account = await access.accounts.find(made.id);
    return beginSession(c, { access, publicUrl, account: account! });
  });
}

/** The line that is printed where the process runs. */
export function setUpWords(code: string): string {
  return `  No administrator yet: open /set-up on the page within an hour and enter ${code}`;
}

/** Begins a session of its own for who was recognised, whatever cookie came along, and answers who it is. */
export async function beginSession(
  c: Asked,
  {
    access,
    publicUrl,
    account,
    answer,
  }: {
    readonly access: Access;
    readonly publicUrl: string | undefined;
    readonly account: Account;
    readonly answer?: () => Response;
  },
): Promise<Response> {
  const tls = isByTls(c, publicUrl);
  const before = getCookie(c, sessionCookie(tls));
  if (before !== undefined) await access.sessions.end(before);
  const { id, role, name } = account;
  // Nobody is let in unseen: where it cannot be written down, there is no session.
  await access.write({ who: id, role, what: 'session.begun', subject: id, outcome: 'done' });
  const begun = await access.sessions.begin(account);
  if (!begun) throw new Problem(401, 'wrong-login', 'the name or the password is not right');
  give(c, sessionCookie(tls), begun.token, { tls });
  if (answer) return answer();
  return c.json(
    { ...meOf({ kind: 'person', id, role, name, session: begun.session }, access), provider: null },
    200,
    NO_STORE,
  );
}

function meOf(who: Who | undefined, access: Access): Record<string, unknown> {
  const { kind = 'nobody', id, role, name, session } = who ?? {};
  return {
    kind,
    id: kind === 'nobody' ? null : id,
    name: name ?? null,
    role: role ?? null,
    may: allowedTo(role),
    events: kind === 'person' && role ? eventsOf(role) : [],
    session: session ? { id: session.id, endsAt: new Date(access.sessions.endsAt(session)).toISOString() } : null,
  };
}

/** A password goes over the wire by TLS, or not over a wire at all. */
export function refuseInTheClear(c: Asked, publicUrl: string | undefined): void {
  if (isByTls(c, publicUrl) || isOnLoopback(c)) return;
  const words =
    'signing in needs TLS (https), or a browser on the machine itself: set DOZOR_PUBLIC_URL where a proxy does TLS';
  throw new Problem(403, 'needs-tls', words);
}

/** Texts of the body, none of them empty; a Problem (400) names the first that is missing or too long. */
export function textsOf<K extends string>(
  body: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<K, number>>,
): Record<K, string> {
  const entries = (Object.entries(fields) as [K, number][]).map(([name, max]) => {
    const value = body[name];
    if (typeof value !== 'string' || value === '') throw new Problem(400, 'bad-parameter', `${name} is missing`);
    if (value.length > max) throw new Problem(400, 'bad-parameter', `${name} is longer than ${max} characters`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Record<K, string>;
}

const STATUS: Readonly<Record<string, number>> = {
  'not-found': 404,
  'login-taken': 409,
  'name-taken': 409,
  'last-admin': 409,
  'set-up-done': 409,
  'too-many': 409,
  'wrong-code': 403,
  'wrong-password': 403,
};

/** Throws what access refuses as a Problem; anything else as it is. */
export function asProblem(error: unknown): never {
  if (error instanceof Refusal) throw new Problem(STATUS[error.code] ?? 400, error.code, error.message);
  if (error instanceof Busy)
    throw new Problem(503, 'busy', 'too many are signing in: try again', { 'retry-after': '2' });
  throw error;
}
