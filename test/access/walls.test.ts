/** Walls: let in by a code, read-only, their token changed every hour and lost with no answer; a copy of an old one shuts the wall. */
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../pipelines/access/audit.js';
import { copiedEvent } from '../../pipelines/commands/access-parts.js';
import { decodeObject } from '../../pipelines/runtime/decode.js';
import { cookieOf, Door, enrol } from './door.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;
let door: Door;
let admin: string;

beforeEach(async () => {
  door = await Door.open();
  admin = (await door.signIn('admin')).cookie;
});

const me = async (cookie: string) => {
  const answer = await door.ask('/v1/me', { headers: { cookie } });
  return {
    answer,
    ...((await answer.json()) as { readonly kind: string; readonly role: string | null; readonly error?: string }),
  };
};

/** Asks as the wall, and takes over the token that it is given. */
async function goOn(cookie: string): Promise<string> {
  const { answer, kind } = await me(cookie);
  expect(kind).toBe('wall');
  return cookieOf(answer) || cookie;
}

describe('letting in', () => {
  it('shows a code on the screen, and goes on when an administrator has typed it in', async () => {
    const asked = await door.page('POST', '/v1/walls/enrolment', {});
    const { code } = (await asked.json()) as { readonly code: string };
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const cookie = cookieOf(asked);
    const state = async () => (await (await door.ask('/v1/walls/enrolment', { headers: { cookie } })).json()) as object;
    expect(await state()).toEqual({ state: 'waiting' });
    expect((await door.ask('/v1/status', { headers: { cookie } })).status).toBe(401);
    const typed = code.toLowerCase().replace('-', ' ');
    expect((await door.page('POST', '/v1/walls', { code: typed, name: 'left', place: 'room 2' }, admin)).status).toBe(
      201,
    );
    expect(await state()).toEqual({ state: 'let-in' });
    expect((await door.ask('/v1/status', { headers: { cookie } })).status).toBe(200);
    expect((await door.page('POST', '/v1/walls', { code, name: 'again', place: 'x' }, admin)).status).toBe(403);
  });

  it('takes no code after ten minutes, and none from who is no administrator', async () => {
    const { code } = (await (await door.page('POST', '/v1/walls/enrolment', {})).json()) as { readonly code: string };
    const wall = { code, name: 'left', place: 'room 2' };
    const { cookie } = await door.signIn('supervisor');
    expect((await door.page('POST', '/v1/walls', wall, cookie)).status).toBe(403);
    door.now += 10 * MINUTE;
    expect((await door.page('POST', '/v1/walls', wall, admin)).status).toBe(403);
  });

  it('does not let codes be guessed, nor screens ask without end', async () => {
    const tries = await Promise.all(
      Array.from({ length: 12 }, () =>
        door.page('POST', '/v1/walls', { code: 'AAAA-AAAA', name: 'x', place: 'y' }, admin),
      ),
    );
    expect(tries.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(2);
    const asks = await Promise.all(Array.from({ length: 12 }, () => door.page('POST', '/v1/walls/enrolment', {})));
    expect(asks.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(2);
  });

  it('has no secret in an address, and a cookie that no script reads', async () => {
    const asked = await door.page('POST', '/v1/walls/enrolment', {});
    const [cookie] = asked.headers.getSetCookie();
    expect(cookie).toMatch(/^dozor-wall=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
    const tls = await Door.open({ publicUrl: 'https://noc.example' });
    const [secure] = (await tls.page('POST', '/v1/walls/enrolment', {})).headers.getSetCookie();
    expect(secure).toMatch(/^__Host-dozor-wall=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  });
});

describe('a wall that is let in', () => {
  it('reads for weeks while its token changes every hour', async () => {
    let { cookie } = await enrol(door, admin);
    const seen = new Set([cookie]);
    for (let hour = 0; hour < 14 * 24; hour += 1) {
      cookie = await goOn(await goOn(cookie));
      seen.add(cookie);
      door.now += HOUR;
    }
    expect(seen.size).toBe(14 * 24 + 1);
    const kept: unknown[] = [];
    for await (const [key] of door.store.entries('access', 't/')) kept.push(key);
    expect(kept.length).toBeLessThan(180);
  });

  it('goes on with the old token where the answer with the new one was lost', async () => {
    const { cookie } = await enrol(door, admin);
    const lost = await me(cookie);
    expect(cookieOf(lost.answer)).not.toBe('');
    door.now += 5 * MINUTE;
    const again = await goOn(cookie);
    expect(again).not.toBe(cookie);
    expect(await goOn(again)).toBe(again);
  });

  it('lets requests under way through with the token before, for two minutes', async () => {
    const { cookie } = await enrol(door, admin);
    const next = await goOn(cookie);
    await goOn(next);
    door.now += MINUTE;
    expect((await me(cookie)).kind).toBe('wall');
  });

  it('is shut at once when an administrator says so', async () => {
    const { id, cookie } = await enrol(door, admin);
    expect((await door.page('DELETE', `/v1/walls/${id}`, undefined, admin)).status).toBe(204);
    expect((await me(cookie)).kind).toBe('nobody');
    expect((await door.ask('/v1/status', { headers: { cookie } })).status).toBe(401);
  });
});

describe('a stolen cookie', () => {
  it('that was given up is refused, shuts the wall, stands in the trail, and raises an alarm', async () => {
    const { id, cookie: stolen } = await enrol(door, admin);
    const own = await goOn(await goOn(stolen));
    door.now += 3 * MINUTE;
    const thief = await door.ask('/v1/status', { headers: { cookie: stolen } });
    expect([thief.status, ((await thief.json()) as { error: string }).error]).toEqual([401, 'wall-shut']);
    expect((await me(own)).kind).toBe('nobody');
    expect(door.copied).toEqual([id]);
    await expect.poll(async () => (await door.access.trail(5)).map(({ what }) => what)).toContain('wall.copied');
    expect((await verifyAudit(door.log)).broken).toBeUndefined();
  });

  it('is found out by the screen itself where the thief was first', async () => {
    const { id, cookie } = await enrol(door, admin);
    await goOn(await goOn(cookie));
    door.now += 3 * MINUTE;
    expect((await me(cookie)).error).toBe('wall-shut');
    expect(door.copied).toEqual([id]);
  });

  it('is told by an event that the door takes', () => {
    const operators = new Map([['a1-rs', { currency: 'RSD' }]]);
    const decoded = decodeObject(copiedEvent('w-1', Date.parse('2026-06-12T08:00:00Z'), 'live'), { operators }, 1);
    expect(decoded.ok).toBe(true);
  });
});
