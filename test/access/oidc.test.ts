/** Signing in by another provider, against a real one (oidc-provider) on a port of this machine. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error: it comes without types
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oidc, settingsOf } from '../../pipelines/access/oidc.js';
import { localPath } from '../../pipelines/http/client.js';
import { cookieOf, Door } from './door.js';

const SECRET = 'a secret of sixty-four characters that the provider shares with us';
const groups = new Map<string, readonly string[]>([
  ['ana', ['staff', 'noc-shift']],
  ['bez', ['staff']],
]);

let server: Server;
let door: Door;
let issuer: string;
let home: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((on) => server.listen(0, '127.0.0.1', on));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oidc = new Oidc(
    settingsOf(
      {
        issuer,
        clientId: 'dozor',
        clientSecretFile: 'x',
        name: 'Firm',
        roles: { 'noc-lead': 'supervisor', 'noc-shift': 'operator' },
      },
      'oidc.json',
      () => SECRET,
    ),
  );
  door = await Door.open({ oidc });
  home = await door.listen();
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'dozor', client_secret: SECRET, redirect_uris: [`${home}/v1/oidc/return`] }],
    pkce: { required: () => true },
    cookies: { keys: ['a key for the cookies of the provider'] },
    claims: { openid: ['sub', 'groups'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, groups: groups.get(id) ?? [], name: `Name ${id}`, preferred_username: `${id}@firm` }),
    }),
    loadExistingGrant: async (ctx: { oidc: { client: { clientId: string }; session: { accountId: string } } }) => {
      const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  } as never);
  const handle = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return handle(request, response);
    // Whoever the test says types in the right password there.
    const login = { accountId: String(request.headers['x-person']) };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  });
}, 60_000);
afterAll(async () => {
  await door.close();
  await new Promise((closed) => server.close(closed));
});

/** A browser that keeps its cookies by host and goes where it is led; `stop`: not to addresses that begin so. */
class Browser {
  readonly #jars = new Map<string, Map<string, string>>();
  readonly went: string[] = [];

  async go(url: string, person: string, stop = '\0'): Promise<{ readonly answer: Response; readonly url: string }> {
    for (let at = url, hops = 0; ; hops++) {
      if (hops > 12) throw new Error('led around');
      const { origin } = new URL(at);
      const jar = this.#jars.get(origin) ?? new Map<string, string>();
      this.#jars.set(origin, jar);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(at, {
        redirect: 'manual',
        headers: { 'x-person': person, ...(cookie && { cookie }) },
      });
      this.went.push(at);
      for (const one of answer.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(one)!;
        if (/max-age=0|expires=thu, 01 jan 1970/i.test(one)) jar.delete(name!);
        else jar.set(name!, value!);
      }
      const next = answer.headers.get('location');
      if (next === null || new URL(next, at).href.startsWith(stop))
        return { answer, url: next ? new URL(next, at).href : at };
      at = new URL(next, at).href;
    }
  }

  async me(): Promise<Record<string, unknown>> {
    const cookie = [...(this.#jars.get(home) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    return (await (await fetch(`${home}/v1/me`, { headers: { cookie } })).json()) as Record<string, unknown>;
  }
}

describe('a person of the firm', () => {
  it('comes in with the role of the first group that has one, and goes on to a local path', async () => {
    const browser = new Browser();
    const { url } = await browser.go(`${home}/v1/oidc/start?to=/alarms%3Fseverity=critical`, 'ana', `${home}/sign-in`);
    expect(url).toBe(`${home}/sign-in?to=${encodeURIComponent('/alarms?severity=critical')}`);
    expect(await browser.me()).toMatchObject({ kind: 'person', role: 'operator', name: 'Name ana' });
    const authorize = new URL(browser.went.find((one) => one.includes('code_challenge='))!);
    expect(authorize.searchParams.get('code_challenge_method')).toBe('S256');
    expect(authorize.searchParams.get('state')).not.toBeNull();
    expect(authorize.searchParams.get('nonce')).not.toBeNull();
  });

  it('loses the session when the groups say another role at the next time', async () => {
    const before = new Browser();
    await before.go(`${home}/v1/oidc/start`, 'ana', `${home}/sign-in`);
    groups.set('ana', ['noc-lead']);
    const after = new Browser();
    await after.go(`${home}/v1/oidc/start`, 'ana', `${home}/sign-in`);
    groups.set('ana', ['noc-shift']);
    expect([(await after.me())['role'], (await before.me())['kind']]).toEqual(['supervisor', 'nobody']);
    const accounts = await door.access.accounts.list();
    expect(accounts.filter(({ from }) => from === 'oidc')).toHaveLength(1);
  });

  it('without such a group is not let in, and is told no more than that', async () => {
    const browser = new Browser();
    const { url } = await browser.go(`${home}/v1/oidc/start`, 'bez', `${home}/sign-in`);
    expect(url).toBe(`${home}/sign-in?failed=provider`);
    expect((await browser.me())['kind']).toBe('nobody');
  });
});

describe('an answer that was not asked for', () => {
  it('with another state, in another browser, or twice, lets nobody in', async () => {
    const browser = new Browser();
    const { url } = await browser.go(`${home}/v1/oidc/start`, 'ana', `${home}/v1/oidc/return`);
    const forged = new URL(url);
    forged.searchParams.set('state', 'another');
    const other = new Browser();
    expect((await other.go(url, 'ana', `${home}/sign-in`)).url).toBe(`${home}/sign-in?failed=provider`);
    expect((await browser.go(forged.href, 'ana', `${home}/sign-in`)).url).toBe(`${home}/sign-in?failed=provider`);
    // The first try has used the cookie up.
    expect((await browser.go(url, 'ana', `${home}/sign-in`)).url).toBe(`${home}/sign-in?failed=provider`);
    expect((await browser.me())['kind']).toBe('nobody');
  });
});

describe('an open redirect', () => {
  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/%5cevil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/a/..//evil.example',
    '/\t/evil.example',
    '/x\r\nset-cookie: a=b',
    '',
  ])('is none: %j', (path) => {
    const to = localPath(path);
    expect(new URL(to, 'https://noc.example').origin).toBe('https://noc.example');
    expect(to).toMatch(/^\/(?![/\\])/);
    expect(to).not.toMatch(/[\r\n\t\\]/);
  });

  it('keeps a permalink as it was', () => {
    expect(localPath('/alarms/a-1?severity=critical&x=%20#journal')).toBe(
      '/alarms/a-1?severity=critical&x=%20#journal',
    );
  });
});

describe('the settings', () => {
  const good = {
    issuer: 'https://id.firm.example',
    clientId: 'dozor',
    clientSecretFile: 'f',
    roles: { noc: 'operator' },
  };

  it.each([
    [{ issuer: 'http://id.firm.example' }, 'issuer'],
    [{ roles: {} }, 'roles'],
    [{ roles: { noc: 'wall' } }, 'roles.noc'],
    [{ clientId: '' }, 'clientId'],
    [{ role: {} }, 'role is no field'],
  ])('name what is wrong: %j', (change, field) => {
    expect(() => settingsOf({ ...good, ...change }, 'oidc.json', () => 's')).toThrow(field);
  });

  it('are not there: the page offers no other way', async () => {
    const plain = await Door.open();
    expect((await plain.ask('/v1/oidc/start')).status).toBe(404);
    expect(await (await plain.ask('/v1/me')).json()).toMatchObject({ provider: null });
    expect(cookieOf(await plain.ask('/v1/oidc/start'))).toBe('');
  });
});
