/** Attacks that do not depend on a browser: forged requests, bodies, headers, paths, floods. Each must leave everything as it was. */
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Door, enrol, PASSWORD } from './door.js';

let door: Door;
let operator: string;
let operatorId: string;
let viewer: string;
let admin: string;

beforeAll(async () => {
  door = await Door.open({ rates: { burst: 1e6, perSecond: 1e6 } });
  ({ id: operatorId, cookie: operator } = await door.signIn('operator'));
  viewer = (await door.signIn('viewer')).cookie;
  admin = (await door.signIn('admin')).cookie;
});

const event = {
  specversion: '1.0',
  id: 'forged',
  source: 'evil',
  type: 'alarm.commented',
  subject: 'core-1',
  time: '2026-06-12T07:00:00Z',
  data: { alarmId: 'a1', text: 'forged' },
};
const errorOf = async (answer: Response) => ((await answer.json()) as { readonly error?: string }).error;

describe('a forged request (CSRF) with the cookie of who is signed in', () => {
  const body = JSON.stringify(event);
  const own = { 'x-dozor-page': '1', 'content-type': 'application/json' };
  const forgeries: readonly (readonly [name: string, headers: Record<string, string>])[] = [
    [
      'of a form',
      {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      },
    ],
    ['as plain text', { ...own, 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' }],
    ['without the header of a page', { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }],
    ['from another site', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['from another host of this site', { ...own, 'sec-fetch-site': 'same-site' }],
    ['typed into the address bar', { ...own, 'sec-fetch-site': 'none' }],
    ['from another origin', { ...own, origin: 'https://evil.example' }],
    ['from another port', { ...own, origin: 'http://127.0.0.1:9999' }],
    ['from a frame without an origin', { ...own, origin: 'null' }],
    ['with one good word and one bad', { ...own, 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
    ['that names no origin', own],
  ];

  it.each(forgeries)('%s is refused', async (_name, headers) => {
    const taken = door.intake.calls.length;
    const answer = await door.ask('/v1/events', { method: 'POST', headers: { ...headers, cookie: operator }, body });
    expect([answer.status, await errorOf(answer)]).toEqual([403, 'cross-site']);
    expect(door.intake.calls.length).toBe(taken);
  });

  it.each(forgeries)('%s signs nobody in and out', async (_name, headers) => {
    const signIn = { method: 'POST', headers, body: JSON.stringify({ login: 'operator', password: PASSWORD }) };
    expect((await door.ask('/v1/session', signIn)).status).toBe(403);
    const { 'content-type': _, ...rest } = headers;
    const isForged = JSON.stringify(rest) !== JSON.stringify({ 'x-dozor-page': '1', 'sec-fetch-site': 'same-origin' });
    const out = await door.ask('/v1/session', { method: 'DELETE', headers: { ...rest, cookie: viewer } });
    expect(out.status).toBe(isForged ? 403 : 204);
    if (!isForged) viewer = await door.cookieFor('viewer');
  });

  it('of a page of ours is taken, and so is one with a key, from wherever', async () => {
    const own = { ...event, id: 'own', data: { ...event.data, by: operatorId } };
    expect((await door.page('POST', '/v1/events', own, operator)).status).toBe(202);
    const headers = {
      authorization: `Bearer ${door.token.token}`,
      'content-type': 'application/json',
      origin: 'https://evil.example',
    };
    expect(
      (await door.ask('/v1/events', { method: 'POST', headers, body: JSON.stringify({ ...own, id: 'key' }) })).status,
    ).toBe(202);
  });

  it('with a key that is none is not answered as the person whose cookie comes along', async () => {
    const headers = { authorization: 'Bearer nothing', cookie: admin };
    expect((await door.ask('/v1/accounts', { headers })).status).toBe(401);
  });
});

describe('an event that one may not send', () => {
  it.each(['alone', 'among many'])('%s is in the trail, with who asked', async (how) => {
    const own = await Door.open();
    const { id, cookie } = await own.signIn('viewer');
    const { id: other, cookie: shift } = await own.signIn('operator');
    const refused = { ...event, type: 'fault.updated', data: { faultId: 'f1' } };
    const body = how === 'alone' ? refused : [event, refused];
    expect((await own.page('POST', '/v1/events', body, cookie)).status).toBe(403);
    const answer = await own.page('POST', '/v1/events', body, shift);
    expect(await answer.text()).toContain('not-allowed');
    const trail = (await own.access.trail(100)).filter(({ what }) => what === 'request.refused').reverse();
    expect(trail.map(({ who, role, subject, reason }) => [who, role, subject, reason])).toEqual([
      [id, 'viewer', 'POST /v1/events', 'role-missing'],
      [other, 'operator', 'POST /v1/events', 'not-allowed'],
    ]);
  });
});

describe('a body', () => {
  const token = () => ({ authorization: `Bearer ${door.token.token}` });

  it('that is a gzip bomb is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '\n'));
    const headers = { ...token(), 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
    const answer = await door.ask('/v1/events', { method: 'POST', headers, body: bomb });
    const text = await answer.text();
    expect([
      answer.status === 413 || text.includes('too-large'),
      text.includes('"accepted":0') || answer.status === 413,
    ]).toEqual([true, true]);
  });

  it('that is packed where none is expected is no JSON', async () => {
    const headers = {
      'x-dozor-page': '1',
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    };
    const body = gzipSync(JSON.stringify({ login: 'admin', password: PASSWORD }));
    expect((await door.ask('/v1/session', { method: 'POST', headers, body })).status).toBe(400);
  });

  it.each([
    '/v1/session',
    '/v1/set-up',
    '/v1/accounts',
    '/v1/keys',
    '/v1/walls',
    '/v1/me/password',
    '/v1/contacts/s1/reveal',
  ])('that is too large is refused by %s', async (path) => {
    const answer = await door.page('POST', path, { password: 'x'.repeat(64 * 1024) }, admin);
    expect(answer.status).toBe(413);
  });

  it.each(['[]', 'null', '"text"', '{', '{"__proto__":{"role":"admin"}}'])(
    'that is %s changes nothing',
    async (body) => {
      const headers = {
        'x-dozor-page': '1',
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
        cookie: admin,
      };
      const before = (await door.access.accounts.list()).length;
      expect((await door.ask('/v1/accounts', { method: 'POST', headers, body })).status).toBe(400);
      expect((await door.access.accounts.list()).length).toBe(before);
      expect(({} as { role?: string }).role).toBeUndefined();
    },
  );
});

describe('header injection', () => {
  it('gets no line of its own into an answer', async () => {
    for (const to of ['/%0d%0aset-cookie:%20x=1', '/x%0d%0a%0d%0a<script>', '/\u2028evil']) {
      const answer = await door.ask(`/?to=${to}`);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('location')).toMatch(/^\/sign-in\?to=[\w%.~!*'()-]+$/);
    }
  });

  it('is no name, login, key or place', async () => {
    const password = 'sasvim nova fraza';
    for (const bad of ['a\r\nb', 'a\u0000b', 'a\u001b[2Jb']) {
      expect((await door.page('POST', '/v1/accounts', { login: bad, role: 'viewer', password }, admin)).status).toBe(
        400,
      );
      expect(
        (await door.page('POST', '/v1/accounts', { login: 'good', name: bad, role: 'viewer', password }, admin)).status,
      ).toBe(400);
      const key = { name: bad, role: 'viewer', expiresAt: new Date(door.now + 1e9).toISOString() };
      expect((await door.page('POST', '/v1/keys', key, admin)).status).toBe(400);
    }
  });
});

describe('path tricks', () => {
  it.each([
    '/v1/%61ccounts',
    '/v1//accounts',
    '/v1/accounts/',
    '/v1/accounts;role=admin',
    '/V1/ACCOUNTS',
    '/v1/me/../accounts',
    '/v1/me/%2e%2e/accounts',
    '/v1/accounts%00',
    '/v1/accounts%2f',
    '/v1/accounts?x=/healthz',
    '/healthz/../v1/accounts',
    '/assets/..%2f..%2fv1%2faccounts',
    '/assets/../v1/accounts',
    '\\v1\\accounts',
  ])('%s shows no account to a viewer, nor to nobody', async (path) => {
    for (const cookie of [viewer, '']) {
      const answer = await door.ask(path, { headers: { ...(cookie && { cookie }) } });
      expect([401, 403, 404]).toContain(answer.status);
      expect(await answer.text()).not.toContain('"accounts"');
    }
  });

  it.each([
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/....//manifest.json',
    '/assets/manifest.json',
  ])('%s gives no file', async (path) => {
    expect([404, 503]).toContain((await door.ask(path, { headers: { cookie: admin } })).status);
  });

  it('asks as HEAD what it may not as GET, and by a header what it may not as POST: neither goes', async () => {
    expect((await door.ask('/v1/accounts', { method: 'HEAD', headers: { cookie: viewer } })).status).toBe(403);
    const headers = { cookie: admin, 'x-http-method-override': 'DELETE', 'sec-fetch-site': 'cross-site' };
    expect((await door.ask('/v1/accounts/u-1', { method: 'POST', headers })).status).toBe(404);
    expect(
      (await door.ask('/v1/accounts', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status,
    ).toBe(404);
  });
});

describe('asking without end', () => {
  it('is slowed down by place for nobody, by account for who is signed in, and not for others', async () => {
    const own = await Door.open({ rates: { burst: 20, perSecond: 1 } });
    const { cookie } = await own.signIn('operator');
    const asked = async (count: number, headers: Record<string, string>, from: string) => {
      const answers = await Promise.all(Array.from({ length: count }, () => own.ask('/v1/me', { headers }, from)));
      return answers.filter(({ status }) => status === 429).length;
    };
    expect(await asked(30, {}, '203.0.113.1')).toBe(10);
    expect(await asked(1, {}, '203.0.113.2')).toBe(0);
    expect(await asked(30, { cookie }, '203.0.113.1')).toBe(10);
    own.now += 5_000;
    expect(await asked(6, { cookie }, '203.0.113.3')).toBe(1);
  });
});

describe('every answer', () => {
  it('has the policy that runs nothing inline, and by TLS a year of it', async () => {
    const tls = await Door.open({ publicUrl: 'https://noc.example' });
    for (const [one, path, hsts] of [
      [door, '/healthz', null],
      [door, '/v1/accounts', null],
      [door, '/nothing', null],
      [tls, '/sign-in', 'max-age=31536000; includeSubDomains'],
      [tls, '/v1/accounts', 'max-age=31536000; includeSubDomains'],
    ] as const) {
      const { headers } = await one.ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of [
        "default-src 'none'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ])
        expect(policy).toContain(part);
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toBe(hsts);
    }
  });

  it('to a failure inside says nothing of it, and a store that is away lets nobody in', async () => {
    const away = new Door();
    const answer = await away.ask('/v1/status', { headers: { cookie: operator } });
    expect([answer.status, await errorOf(answer)]).toEqual([503, 'unavailable']);
    expect((await away.ask('/healthz')).status).toBe(200);
  });
});

describe('a number', () => {
  beforeAll(() => {
    door.contacts.set('s1', { msisdn: '+381641234567', email: 'mira@firm.example' });
  });

  it('is masked for an operator and whole for a supervisor who says why, which stands in the trail first', async () => {
    const masked = await door.page('GET', '/v1/contacts/s1', undefined, operator);
    expect(await masked.json()).toEqual({ msisdn: '+38164***4567', email: 'm***@firm.example', isMasked: true });
    const reveal = (body: object, cookie: string) => door.page('POST', '/v1/contacts/s1/reveal', body, cookie);
    const why = { reason: 'the customer asked to be called back' };
    expect((await reveal(why, operator)).status).toBe(403);
    const { id, cookie } = await door.signIn('supervisor');
    expect((await reveal({ reason: 'x' }, cookie)).status).toBe(400);
    expect((await reveal({ reason: 'call +381 64 123 4567 back' }, cookie)).status).toBe(400);
    expect(await (await reveal(why, cookie)).json()).toMatchObject({ msisdn: '+381641234567' });
    expect(await door.access.trail(50)).toContainEqual(
      expect.objectContaining({
        who: id,
        what: 'contact.revealed',
        subject: 's1',
        reason: why.reason,
        outcome: 'done',
      }),
    );
    expect(JSON.stringify(await door.access.trail(1_000))).not.toMatch(/381641|1234567/);
  });

  it('is not shown where the trail cannot be written, and not to who asks for one after another', async () => {
    const own = await Door.open();
    own.contacts.set('s1', { msisdn: '+381641234567' });
    const { cookie } = await own.signIn('supervisor');
    const why = { reason: 'the customer asked to be called back' };
    const statuses: number[] = [];
    for (let i = 0; i < 22; i++) statuses.push((await own.page('POST', '/v1/contacts/s1/reveal', why, cookie)).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    own.now += 3_600_000 - 2_000_000;
    Object.assign(own.log, { append: () => Promise.reject(new Error('the log is full')) });
    const failed = await own.page('POST', '/v1/contacts/s1/reveal', why, cookie);
    expect([failed.status, await failed.text()]).toEqual([503, expect.not.stringMatching(/1234567|log is full/)]);
  });
});

describe('a key', () => {
  it('is bound to its role, types, operators and end, is shown once and kept as a hash', async () => {
    const make = async (body: object) => {
      const answer = await door.page(
        'POST',
        '/v1/keys',
        { expiresAt: new Date(door.now + 3_600_000).toISOString(), ...body },
        admin,
      );
      return (await answer.json()) as { readonly token: string; readonly id: string };
    };
    const { token, id } = await make({ name: 'probes-1', role: 'ingest', types: ['kpi.sampled'] });
    const send = (type: string, key = token) =>
      door.ask('/v1/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...event, id: `k-${type}`, type, data: { kpi: 'x', value: 1 } }),
      });
    expect((await send('kpi.sampled')).status).toBe(202);
    expect((await send('alarm.commented')).status).toBe(403);
    const reader = await make({ name: 'prometheus', role: 'viewer' });
    expect((await send('kpi.sampled', reader.token)).status).toBe(403);
    expect(await (await door.page('GET', '/v1/keys', undefined, admin)).text()).not.toContain(token);
    expect((await door.page('DELETE', `/v1/keys/${id}`, undefined, admin)).status).toBe(204);
    expect((await send('kpi.sampled')).status).toBe(401);
    const later = door.now;
    door.now += 3_600_000;
    expect((await door.ask('/metrics', { headers: { authorization: `Bearer ${reader.token}` } })).status).toBe(401);
    door.now = later;
  });
});

it('a wall changes nothing by its cookie, however it asks', async () => {
  const wall = await enrol(door, admin);
  expect((await door.page('POST', '/v1/events', event, wall.cookie)).status).toBe(403);
  expect((await door.ask('/v1/decisions', { headers: { cookie: wall.cookie } })).status).toBe(403);
});
