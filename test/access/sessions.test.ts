/** Signing in and out: no guessing, no fixation, an end by idleness, by age, by role and by password; and the first administrator. */
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../pipelines/access/audit.js';
import { cookieOf, Door, PASSWORD } from './door.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const status = async (door: Door, cookie: string) => (await door.ask('/v1/status', { headers: { cookie } })).status;

describe('the first administrator', () => {
  const person = { login: 'mira', password: PASSWORD };

  it('is made with the code that was printed, once', async () => {
    const door = await Door.open();
    expect(await (await door.ask('/v1/set-up')).json()).toEqual({ isDue: true });
    const [, code] = /enter ([\w-]+)$/.exec(door.printed[0]!)!;
    expect(code).toMatch(/^(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}$/);
    const made = await door.page('POST', '/v1/set-up', { code, ...person });
    expect(await made.json()).toMatchObject({ kind: 'person', role: 'admin', name: 'mira' });
    expect(await status(door, cookieOf(made))).toBe(200);
    expect((await door.page('POST', '/v1/set-up', { code, ...person, login: 'second' })).status).toBe(403);
    expect(await (await door.ask('/v1/set-up')).json()).toEqual({ isDue: false });
    expect(door.printed).toHaveLength(1);
  });

  it('is not made by a code that has run out, nor by guessing', async () => {
    const door = await Door.open();
    await door.ask('/v1/set-up');
    const [, code] = /enter ([\w-]+)$/.exec(door.printed[0]!)!;
    door.now += HOUR;
    expect((await door.page('POST', '/v1/set-up', { code, ...person })).status).toBe(403);
    await door.ask('/v1/set-up');
    const [, fresh] = /enter ([\w-]+)$/.exec(door.printed[1]!)!;
    for (let i = 0; i < 10; i++)
      expect(
        (await door.page('POST', '/v1/set-up', { code: `0000-0000-000${i}`, ...person }, '', `203.0.113.${i}`)).status,
      ).toBe(403);
    expect((await door.page('POST', '/v1/set-up', { code: fresh, ...person })).status).toBe(403);
  });
});

describe('signing in', () => {
  it('says the same of a wrong password, an unknown name and a locked account', async () => {
    const door = await Door.open();
    const { id } = await door.signIn('operator');
    const wrong = await door.page('POST', '/v1/session', { login: 'operator', password: 'not the right one' });
    const unknown = await door.page('POST', '/v1/session', { login: 'nobody', password: PASSWORD });
    await door.access.accounts.change(id, { isDisabled: true });
    const locked = await door.page('POST', '/v1/session', { login: 'operator', password: PASSWORD });
    const answers = await Promise.all([wrong, unknown, locked].map(async (one) => [one.status, await one.text()]));
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers[0]![0]).toBe(401);
  });

  it('does the same work for a name that there is not', async () => {
    const door = await Door.open();
    await door.signIn('operator');
    const took = async (login: string) => {
      const began = performance.now();
      for (let i = 0; i < 4; i++) await door.access.accounts.byPassword(login, 'not the right one');
      return performance.now() - began;
    };
    await took('operator');
    const [known, unknown] = [await took('operator'), await took('nobody')];
    expect(unknown).toBeGreaterThan(known / 4);
  });

  it('waits twice as long after each wrong password, for the account wherever it is tried from', async () => {
    const door = await Door.open();
    await door.signIn('operator');
    let place = 0;
    const tryIt = (password: string) =>
      door.page('POST', '/v1/session', { login: 'Operator', password }, '', `203.0.113.${++place}`);
    for (let i = 0; i < 5; i++) expect((await tryIt('wrong wrong wrong')).status).toBe(401);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const refused = await tryIt(PASSWORD);
      expect(refused.status).toBe(429);
      const seconds = Number(refused.headers.get('retry-after'));
      waits.push(seconds);
      door.now += seconds * 1_000;
      expect((await tryIt('wrong wrong wrong')).status).toBe(401);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
    // A name that there is not waits just so.
    for (let i = 0; i < 5; i++)
      await door.page('POST', '/v1/session', { login: 'nobody', password: 'x' }, '', `203.0.113.${++place}`);
    expect(
      (await door.page('POST', '/v1/session', { login: 'nobody', password: 'x' }, '', '203.0.113.99')).status,
    ).toBe(429);
  });

  it('waits for a place that tries many names', async () => {
    const door = await Door.open();
    const answers: number[] = [];
    for (let i = 0; i < 22; i++)
      answers.push((await door.page('POST', '/v1/session', { login: `name${i}`, password: 'x' })).status);
    expect(answers.slice(0, 20).every((one) => one === 401)).toBe(true);
    expect(answers.slice(20)).toEqual([429, 429]);
  });

  it('gives a token that nobody had before, and ends the one that came along (session fixation)', async () => {
    const door = await Door.open();
    const { cookie: planted } = await door.signIn('viewer');
    await door.access.accounts.create({ login: 'victim', role: 'operator', password: PASSWORD }, 'test');
    const signed = await door.page('POST', '/v1/session', { login: 'victim', password: PASSWORD }, planted);
    const own = cookieOf(signed);
    expect(own).not.toBe(planted);
    expect([await status(door, own), await status(door, planted)]).toEqual([200, 401]);
    const made = await door.page(
      'POST',
      '/v1/session',
      { login: 'victim', password: PASSWORD },
      'dozor=AAAAAAAAAAAAAAAAAAAA',
    );
    expect(cookieOf(made)).not.toContain('AAAAAAAAAA');
  });

  it('sets a cookie that scripts, other sites and other hosts do not get, and keeps only its hash', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('operator');
    const tls = await Door.open({ publicUrl: 'https://noc.example' });
    await tls.access.accounts.create({ login: 'operator', role: 'operator', password: PASSWORD }, 'test');
    const [set] = (
      await tls.page('POST', '/v1/session', { login: 'operator', password: PASSWORD })
    ).headers.getSetCookie();
    expect(set).toMatch(/^__Host-dozor=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    for await (const [key, value] of door.store.entries('access', ''))
      expect(key + new TextDecoder().decode(value)).not.toContain(cookie.split('=')[1]);
  });

  it('is refused over a wire in the clear', async () => {
    const door = await Door.open();
    await door.signIn('operator');
    const headers = { 'content-type': 'application/json', 'x-dozor-page': '1', 'sec-fetch-site': 'same-origin' };
    const body = JSON.stringify({ login: 'operator', password: PASSWORD });
    const answer = await door.root.request('http://noc.example/v1/session', { method: 'POST', headers, body });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([403, 'needs-tls']);
  });
});

describe('a session', () => {
  it('ends after half an hour without a request, and goes on with one; the stream of a page is none', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('operator');
    door.now += 29 * MINUTE;
    expect(await status(door, cookie)).toBe(200);
    door.now += 29 * MINUTE;
    expect((await (await door.ask('/v1/me', { headers: { cookie } })).json()) as object).toMatchObject({
      kind: 'person',
    });
    door.now += MINUTE;
    expect(await status(door, cookie)).toBe(401);
  });

  it('ends after twelve hours however much is done', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('operator');
    for (let i = 0; i < 12 * 4 - 1; i++) {
      door.now += 15 * MINUTE;
      expect(await status(door, cookie)).toBe(200);
    }
    door.now += 15 * MINUTE;
    expect(await status(door, cookie)).toBe(401);
  });

  it('ends with signing out, at the server too', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('operator');
    const out = await door.page('DELETE', '/v1/session', undefined, cookie);
    expect([out.status, out.headers.getSetCookie()[0]]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    expect(await status(door, cookie)).toBe(401);
  });

  it('ends when the role changes, the account is locked, the password is reset, or an administrator ends it', async () => {
    const door = await Door.open();
    const admin = (await door.signIn('admin')).cookie;
    const { id } = await door.signIn('operator');
    const ends: readonly (() => Promise<Response>)[] = [
      () => door.page('PATCH', `/v1/accounts/${id}`, { role: 'supervisor' }, admin),
      () => door.page('PATCH', `/v1/accounts/${id}`, { password: 'druga dugačka fraza' }, admin),
      async () => {
        const { sessions } = (await (await door.page('GET', '/v1/sessions', undefined, admin)).json()) as {
          sessions: { id: string; account: string }[];
        };
        return door.page(
          'DELETE',
          `/v1/sessions/${sessions.find(({ account }) => account === id)!.id}`,
          undefined,
          admin,
        );
      },
      () => door.page('PATCH', `/v1/accounts/${id}`, { isDisabled: true }, admin),
    ];
    for (const [i, end] of ends.entries()) {
      const cookie = await door.cookieFor('operator', i < 2 ? PASSWORD : 'druga dugačka fraza');
      expect(await status(door, cookie)).toBe(200);
      expect((await end()).status).toBeLessThan(300);
      expect(await status(door, cookie)).toBe(401);
    }
  });

  it('of others ends when its owner changes the password, which needs the old one', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('operator');
    const other = await door.cookieFor('operator');
    const next = 'sasvim nova fraza';
    const wrong = await door.page('POST', '/v1/me/password', { current: 'not this one', next }, cookie);
    expect(wrong.status).toBe(403);
    expect((await door.page('POST', '/v1/me/password', { current: PASSWORD, next }, cookie)).status).toBe(204);
    expect([await status(door, cookie), await status(door, other)]).toEqual([200, 401]);
    expect(await status(door, await door.cookieFor('operator', next))).toBe(200);
  });

  it('is one of ten at most: the oldest gives way', async () => {
    const door = await Door.open();
    const { cookie: first } = await door.signIn('operator');
    for (let i = 0; i < 10; i++) {
      door.now += 1_000;
      await door.cookieFor('operator');
    }
    expect(await status(door, first)).toBe(401);
  });
});

describe('accounts', () => {
  it('keep one administrator', async () => {
    const door = await Door.open();
    const { id, cookie } = await door.signIn('admin');
    for (const [method, body] of [
      ['PATCH', { role: 'viewer' }],
      ['PATCH', { isDisabled: true }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await door.page(method, `/v1/accounts/${id}`, body, cookie);
      expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([409, 'last-admin']);
    }
  });

  it('have logins that are taken once, in whatever letters, and show no password', async () => {
    const door = await Door.open();
    const { cookie } = await door.signIn('admin');
    const again = await door.page(
      'POST',
      '/v1/accounts',
      { login: 'ADMIN', role: 'viewer', password: PASSWORD },
      cookie,
    );
    expect(again.status).toBe(409);
    const list = await (await door.page('GET', '/v1/accounts', undefined, cookie)).text();
    expect(list).not.toMatch(/scrypt|password/);
  });
});

it('writes into the trail who signed in, who was refused and what was changed, and no secret', async () => {
  const door = await Door.open();
  const { id, cookie } = await door.signIn('admin');
  await door.page('POST', '/v1/session', { login: 'admin', password: 'a wrong password' });
  await door.page('POST', '/v1/accounts', { login: 'nova', role: 'operator', password: PASSWORD }, cookie);
  await door.page('POST', '/v1/clock', { until: '2026-06-12T00:00:00Z' }, cookie);
  await expect.poll(async () => (await door.access.trail(20)).length).toBeGreaterThanOrEqual(4);
  const trail = await door.access.trail(20);
  expect(trail).toContainEqual(expect.objectContaining({ what: 'session.begun', who: id, outcome: 'done' }));
  expect(trail).toContainEqual(
    expect.objectContaining({ what: 'session.begun', who: 'anonymous', outcome: 'refused' }),
  );
  expect(trail).toContainEqual(expect.objectContaining({ what: 'account.created', who: id, role: 'admin' }));
  expect(trail).toContainEqual(
    expect.objectContaining({
      what: 'request.refused',
      subject: 'POST /v1/clock',
      reason: 'role-missing',
      request: expect.any(String),
    }),
  );
  const text = JSON.stringify(trail);
  for (const secret of [PASSWORD, 'a wrong password', cookie.split('=')[1]!, 'nova'])
    expect(text).not.toContain(secret);
  expect((await verifyAudit(door.log)).broken).toBeUndefined();
});
