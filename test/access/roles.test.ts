/** Each role against each route of the whole door: what the table allows is what happens, and nothing that it does not know is served. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPersonRole, ROLES, type Role } from '../../pipelines/access/roles.js';
import { mayUse, RULES, ruleOf } from '../../pipelines/access/routes.js';
import { cookieOf, Door, enrol, PASSWORD } from './door.js';

let door: Door;
const cookies = new Map<Role, string>();

beforeAll(async () => {
  door = await Door.open({ rates: { burst: 1e6, perSecond: 1e6 } });
  for (const role of ROLES.filter(isPersonRole)) cookies.set(role, (await door.signIn(role)).cookie);
  cookies.set('wall', (await enrol(door, cookies.get('admin')!)).cookie);
});
afterAll(() => door.close());

/** The routes that the whole door has: a middleware is asked beside them. */
const routesOf = (one: Door) => one.root.routes.filter(({ method }) => method !== 'ALL');

describe('the table', () => {
  it('has every route of the door', () => {
    const unknown = routesOf(door).filter(({ method, path }) => !ruleOf(method, path));
    expect(unknown.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('has no route that there is not, and none twice', () => {
    const there = new Set(routesOf(door).map(({ method, path }) => `${method} ${path}`));
    const named = RULES.map(({ method, path }) => `${method} ${path}`);
    expect(named.filter((one) => !there.has(one))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it('lets a wall, a viewer, a regulator and an auditor change nothing but their own session and what their page tells of itself', () => {
    const own = new Set(['/v1/session', '/v1/set-up', '/v1/walls/enrolment', '/collect']);
    const writes = RULES.filter(
      ({ method, path }) =>
        method !== 'GET' && !own.has(path) && !path.startsWith('/v1/me/') && !path.startsWith('/v1/sms/'),
    );
    for (const role of ['wall', 'viewer', 'regulator', 'auditor'] as const)
      expect(
        writes.filter((rule) => mayUse(rule, role)).map(({ path }) => path),
        role,
      ).toEqual([]);
  });
});

/** An address that the pattern takes. */
const addressOf = (path: string) => path.replaceAll(/:\w+/g, 'x1');

/** What an answer says of the right to ask; whatever the route itself answers is a yes. */
async function verdict(answer: Response): Promise<'yes' | 'no'> {
  const isRefused = answer.status === 401 || answer.status === 403;
  // A stream has no end.
  if (!isRefused) await answer.body?.cancel();
  if (answer.status === 303)
    return /^\/(?:sign-in|wall\/enrol)\?to=/.test(answer.headers.get('location') ?? '') ? 'no' : 'yes';
  if (!isRefused) return 'yes';
  const { error = '' } = (await answer.json()) as { readonly error?: string };
  return ['unauthorised', 'role-missing', 'not-allowed', 'cross-site'].includes(error) ? 'no' : 'yes';
}

describe('each role against each route', () => {
  const asks: Readonly<Record<string, (method: string, path: string, body?: unknown) => Promise<Response>>> = {
    ...Object.fromEntries(
      ROLES.filter((role) => role !== 'ingest').map((role) => [
        role,
        (method: string, path: string, body?: unknown) => door.page(method, path, body, cookies.get(role)),
      ]),
    ),
    ingest: (method, path, body) =>
      door.ask(path, {
        method,
        headers: { authorization: `Bearer ${door.token.token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    nobody: (method, path, body) => door.page(method, path, body),
  };
  // What ends or begins a session by itself is tried in sessions.test.ts; a gateway's secret is its own.
  const left = new Set([
    'POST /v1/session',
    'DELETE /v1/session',
    'POST /v1/set-up',
    'GET /v1/sms/receipts',
    'POST /v1/sms/received',
  ]);
  const tried = RULES.filter(({ method, path }) => !left.has(`${method} ${path}`));

  it.each(tried.map((rule) => [`${rule.method} ${rule.path}`, rule] as const))('%s', async (_name, rule) => {
    for (const [who, ask] of Object.entries(asks)) {
      const role = who === 'nobody' ? undefined : (who as Role);
      const body = rule.method === 'GET' || rule.method === 'DELETE' ? undefined : {};
      const answer = await ask(rule.method, addressOf(rule.path), body);
      expect(await verdict(answer), `${who}: ${answer.status}`).toBe(mayUse(rule, role) ? 'yes' : 'no');
    }
  });

  it('lets a wall hear the wall alone, and others every topic', async () => {
    const hear = async (role: Role, query: string) => {
      const answer = await door.page('GET', `/v1/stream${query}`, undefined, cookies.get(role));
      if (answer.status !== 403) await answer.body?.cancel();
      return answer.status;
    };
    for (const query of ['', '?topics=picture', '?topics=wall,picture'])
      expect(await hear('wall', query), query).toBe(403);
    // This door has no wall to show: the question is allowed, and says so.
    expect(await hear('wall', '?topics=wall')).toBe(400);
    expect(await hear('viewer', '?topics=picture')).toBe(200);
  });

  it('names the role that is missing', async () => {
    const answer = await door.page(
      'PUT',
      '/v1/services/s1/bars/international?time=2026-06-12T00:00:00Z',
      undefined,
      cookies.get('operator'),
    );
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: 'role-missing', message: 'this needs the role supervisor; yours is operator' },
    ]);
  });

  it('serves the metrics to this machine itself, and to a key, and not to a proxy on it', async () => {
    expect((await door.ask('/metrics', {}, '127.0.0.1')).status).toBe(200);
    expect((await door.ask('/metrics', {}, '192.0.2.7')).status).toBe(401);
    expect((await door.ask('/metrics', { headers: { 'x-forwarded-for': '192.0.2.7' } }, '127.0.0.1')).status).toBe(401);
    const open = await Door.open({ isMetricsOpen: true });
    expect((await open.ask('/metrics', {}, '192.0.2.7')).status).toBe(200);
    expect((await open.ask('/v1/status', {}, '192.0.2.7')).status).toBe(401);
    const { token } = await door.access.keys.create(
      { name: 'prometheus', role: 'viewer', expiresAt: door.now + 86_400_000 },
      'test',
    );
    expect((await door.ask('/metrics', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });
});

describe('what a role may send', () => {
  const event = (type: string, data: object) => ({
    specversion: '1.0',
    id: `e-${type}`,
    source: 'page',
    type,
    subject: 'core-1',
    time: '2026-06-12T07:00:00Z',
    data,
  });

  it('is decided by the type of event, and the words name the role that may', async () => {
    const works = event('works.announced', {});
    const answer = await door.page('POST', '/v1/events', works, cookies.get('operator'));
    expect(answer.status).toBe(403);
    expect(((await answer.json()) as { message: string }).message).toBe(
      'the role supervisor is needed for events of type works.announced; yours is operator',
    );
    const recorded = await door.page('POST', '/v1/events', event('usage.recorded', {}), cookies.get('admin'));
    expect(((await recorded.json()) as { message: string }).message).toContain('no person may send');
  });

  it('is done in the own name: another one is refused', async () => {
    const { id, cookie } = await door.signIn('operator', 'nocna');
    const act = (by: string) => event('alarm.commented', { alarmId: 'a1', by, text: 'looking' });
    const forged = await door.page('POST', '/v1/events', act('u-somebody'), cookie);
    expect([forged.status, ((await forged.json()) as { field: string }).field]).toEqual([403, 'data.by']);
    const own = await door.page('POST', '/v1/events', act(id), cookie);
    expect(own.status).toBe(202);
    expect(door.intake.calls.at(-1)?.by.name).toBe(id);
  });
});

describe('reading without signing in', () => {
  it('is what a viewer may where the setting says so, and changes nothing', async () => {
    const open = await Door.open({ anonymous: 'viewer' });
    expect((await open.ask('/v1/status')).status).toBe(200);
    expect((await open.ask('/')).status).not.toBe(303);
    expect((await open.page('POST', '/v1/events', {})).status).toBe(401);
    expect(await (await open.ask('/v1/me')).json()).toMatchObject({ kind: 'nobody', role: 'viewer', id: null });
  });

  it('is refused elsewhere: a page leads to where one signs in, and back', async () => {
    expect((await door.ask('/v1/status')).status).toBe(401);
    const page = await door.ask('/?severity=critical');
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in?to=%2F%3Fseverity%3Dcritical']);
  });
});

it('keeps nobody out who comes back with the right cookie', async () => {
  const answer = await door.page('POST', '/v1/session', { login: 'viewer', password: PASSWORD });
  expect((await door.ask('/v1/status', { headers: { cookie: cookieOf(answer) } })).status).toBe(200);
});
