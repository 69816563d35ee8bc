/** Accounts, sessions, keys and the trail, for administrators; and everybody's own password. */
import type { Hono } from 'hono';
import type { Access } from '../access/access.js';
import type { ShownAccount } from '../access/accounts.js';
import type { ShownKey } from '../access/keys.js';
import { Failures } from '../access/limiter.js';
import { isKeyRole, isPersonRole, KEY_ROLES, type KeyRole, PEOPLE_ROLES, type PersonRole } from '../access/roles.js';
import { EVENT_TYPES } from '../domain/event.js';
import { type Instant, MINUTE, parseInstant } from '../domain/units.js';
import { tooMany } from './access-guard.js';
import { numberOf } from './alarms.js';
import { bad, objectOf } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { asProblem, textsOf } from './session-routes.js';
import { actorOf, whoOf } from './who.js';

const NO_STORE = { 'cache-control': 'no-store' } as const;
const PASSWORD_MAX = 1_024;
const TRAIL = 100;
const TRAIL_MAX = 1_000;

type App = Hono<{ Bindings: Bindings }>;
type Body = Readonly<Record<string, unknown>>;

/** All routes of this file. */
export function accountRoutes(app: App, access: Access): void {
  people(app, access);
  ownPassword(app, access);
  accounts(app, access);
  sessions(app, access);
  keys(app, access);
  app.get('/v1/audit', async (c) => {
    const limit = numberOf(new URL(c.req.url).searchParams, 'limit', TRAIL, TRAIL_MAX);
    // Who reads the trail stands in it.
    await access.write({ ...actorOf(c), what: 'audit.read', outcome: 'done' });
    return c.json({ records: await access.trail(Math.max(1, limit)) }, 200, NO_STORE);
  });
}

/** GET /v1/people: the names behind the ids that acts carry, for people who are signed in. */
function people(app: App, access: Access): void {
  app.get('/v1/people', async (c) => {
    if (whoOf(c)?.kind !== 'person') throw new Problem(403, 'no-person', 'names are for people who are signed in');
    const list = await access.accounts.list();
    return c.json(
      { people: Object.fromEntries(list.map(({ id, name, login }) => [id, name || login])) },
      200,
      NO_STORE,
    );
  });
}

function ownPassword(app: App, access: Access): void {
  const failures = new Failures({ free: 5, waitMaxMs: 15 * MINUTE }, access.now);
  app.post('/v1/me/password', async (c) => {
    const who = whoOf(c);
    if (who?.kind !== 'person') throw new Problem(403, 'no-person', 'a person has a password, and this is none');
    const { current, next } = textsOf(await objectOf(c), { current: PASSWORD_MAX, next: PASSWORD_MAX });
    const waitMs = failures.waitMs(who.id);
    if (waitMs > 0) throw tooMany(waitMs);
    failures.begin(who.id);
    const keep = who.session?.id;
    await access.accounts.setPassword(who.id, next, { current, ...(keep && { keep }) }).catch((error: unknown) => {
      access.note({ ...actorOf(c), what: 'password.changed', subject: who.id, outcome: 'refused' });
      return asProblem(error);
    });
    failures.succeed(who.id);
    await access.write({ ...actorOf(c), what: 'password.changed', subject: who.id, outcome: 'done' });
    return c.body(null, 204);
  });
}

function accounts(app: App, access: Access): void {
  app.get('/v1/accounts', async (c) => {
    const list = await access.accounts.list();
    return c.json({ accounts: list.map(accountOf) }, 200, NO_STORE);
  });
  app.post('/v1/accounts', async (c) => {
    const body = await objectOf(c);
    checkFields(body, ['login', 'name', 'role', 'password']);
    const { login, password } = textsOf(body, { login: 64, password: PASSWORD_MAX });
    const { name } = body;
    if (name !== undefined && typeof name !== 'string') throw bad('name', 'should be a text');
    const role = personRoleOf(body);
    const actor = actorOf(c);
    const made = await access.accounts
      .create({ login, role, password, ...(name !== undefined && { name }) }, actor.who)
      .catch(asProblem);
    await access.write({ ...actor, what: 'account.created', subject: made.id, outcome: 'done', reason: `as ${role}` });
    return c.json(accountOf(made), 201, NO_STORE);
  });
  app.patch('/v1/accounts/:id', async (c) => {
    const id = c.req.param('id');
    const body = await objectOf(c);
    checkFields(body, ['name', 'role', 'isDisabled', 'password']);
    const { name, isDisabled, password } = body;
    if (name !== undefined && typeof name !== 'string') throw bad('name', 'should be a text');
    if (isDisabled !== undefined && typeof isDisabled !== 'boolean') throw bad('isDisabled', 'should be true or false');
    const role = body['role'] === undefined ? undefined : personRoleOf(body);
    const actor = actorOf(c);
    const what = {
      ...(name !== undefined && { name }),
      ...(isDisabled !== undefined && { isDisabled }),
      ...(role !== undefined && { role }),
    };
    if (password !== undefined) {
      const { password: next } = textsOf(body, { password: PASSWORD_MAX });
      await access.accounts.setPassword(id, next).catch(asProblem);
      await access.write({ ...actor, what: 'password.reset', subject: id, outcome: 'done' });
    }
    const changed = await access.accounts.change(id, what).catch(asProblem);
    const words = [role && `role ${role}`, isDisabled !== undefined && (isDisabled ? 'locked' : 'unlocked')];
    const reason = words.filter(Boolean).join(', ');
    await access.write({
      ...actor,
      what: 'account.changed',
      subject: id,
      outcome: 'done',
      ...(reason && { reason }),
    });
    return c.json(accountOf(changed), 200, NO_STORE);
  });
  app.delete('/v1/accounts/:id', async (c) => {
    const id = c.req.param('id');
    await access.accounts.remove(id).catch(asProblem);
    await access.write({ ...actorOf(c), what: 'account.removed', subject: id, outcome: 'done' });
    return c.body(null, 204);
  });
}

function sessions(app: App, access: Access): void {
  app.get('/v1/sessions', async (c) => {
    const own = whoOf(c)?.session?.id;
    const list = await access.sessions.list();
    const shown = list.map((session) => ({
      id: session.id,
      account: session.account,
      createdAt: iso(session.createdAt),
      seenAt: iso(session.seenAt),
      endsAt: iso(access.sessions.endsAt(session)),
      isOwn: session.id === own,
    }));
    return c.json({ sessions: shown }, 200, NO_STORE);
  });
  app.delete('/v1/sessions/:id', async (c) => {
    const account = await access.sessions.endById(c.req.param('id'));
    if (account === undefined) throw new Problem(404, 'not-found', 'there is no such session');
    await access.write({ ...actorOf(c), what: 'session.killed', subject: account, outcome: 'done' });
    return c.body(null, 204);
  });
}

function keys(app: App, access: Access): void {
  app.get('/v1/keys', async (c) => {
    const list = await access.keys.list();
    return c.json({ keys: list.map(keyOf) }, 200, NO_STORE);
  });
  app.post('/v1/keys', async (c) => {
    const body = await objectOf(c);
    checkFields(body, ['name', 'role', 'expiresAt', 'sources', 'operators', 'types']);
    const { name, expiresAt } = textsOf(body, { name: 64, expiresAt: 64 });
    const until = parseInstant(expiresAt);
    if (until === undefined) throw bad('expiresAt', 'should be an RFC 3339 time');
    const { role } = body;
    if (!isKeyRole(role)) throw bad('role', `should be one of ${KEY_ROLES.join(', ')}`);
    const lists = Object.fromEntries(
      (['sources', 'operators', 'types'] as const).flatMap((list) =>
        body[list] === undefined ? [] : [[list, textListOf(body, list)]],
      ),
    );
    const strange = lists['types']?.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
    if (strange !== undefined) throw bad('types', `has a type of event that there is not: ${strange.slice(0, 64)}`);
    const actor = actorOf(c);
    const given = { name, role: role as KeyRole, expiresAt: until, ...lists };
    const { token, key } = await access.keys.create(given, actor.who).catch(asProblem);
    await access.write({ ...actor, what: 'key.created', subject: key.id, outcome: 'done', reason: `as ${role}` });
    return c.json({ ...keyOf(key), token }, 201, NO_STORE);
  });
  app.delete('/v1/keys/:id', async (c) => {
    const id = c.req.param('id');
    if ((await access.keys.remove(id)) === undefined) throw new Problem(404, 'not-found', 'there is no such key');
    await access.write({ ...actorOf(c), what: 'key.removed', subject: id, outcome: 'done' });
    return c.body(null, 204);
  });
}

function accountOf({ createdAt, signedInAt, ...rest }: ShownAccount): object {
  return { ...rest, createdAt: iso(createdAt), signedInAt: signedInAt === undefined ? null : iso(signedInAt) };
}

function keyOf({ createdAt, expiresAt, usedAt, ...rest }: ShownKey): object {
  const used = usedAt === undefined ? null : iso(usedAt);
  return { ...rest, createdAt: iso(createdAt), expiresAt: iso(expiresAt), usedAt: used };
}

function personRoleOf(body: Body): PersonRole {
  const { role } = body;
  if (!isPersonRole(role)) throw bad('role', `should be one of ${PEOPLE_ROLES.join(', ')}`);
  return role;
}

function textListOf(body: Body, name: string): readonly string[] {
  const list = body[name];
  const isFit = Array.isArray(list) && list.length <= 100 && list.every((one) => typeof one === 'string' && one !== '');
  if (!isFit) throw bad(name, 'should be a list of at most 100 texts');
  return list as readonly string[];
}

function checkFields(body: Body, known: readonly string[]): void {
  for (const name of Object.keys(body))
    if (!known.includes(name)) throw bad(name, `is no field; there are ${known.join(', ')}`);
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
