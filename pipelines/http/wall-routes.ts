/** Screens that ask to be let in, and who lets them in: /v1/walls. */
import type { Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Access } from '../access/access.js';
import { Buckets } from '../access/limiter.js';
import { tooMany } from './access-guard.js';
import { addressOf, isByTls } from './client.js';
import { wallCookie } from './cookies.js';
import { objectOf } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { asProblem, refuseInTheClear, textsOf } from './session-routes.js';
import { actorOf, whoOf } from './who.js';
import { giveWall } from './who-asks.js';

export interface WallRoutesGiven {
  readonly access: Access;
  readonly publicUrl?: string | undefined;
  /** Told that a wall is one no longer. */
  readonly shut?: ((wall: string) => void) | undefined;
}

type Asked = Context<{ Bindings: Bindings }>;

const NO_STORE = { 'cache-control': 'no-store' } as const;
/** Screens ask once, people type codes seldom: more is guessing. */
const ASKS = { burst: 10, perSecond: 0.05 };
const CODES = { burst: 10, perSecond: 0.05 };

/** POST and GET /v1/walls/enrolment for screens; GET and POST /v1/walls, DELETE /v1/walls/ID for administrators. */
export function wallRoutes(app: Hono<{ Bindings: Bindings }>, { access, publicUrl, shut }: WallRoutesGiven): void {
  const asks = new Buckets(ASKS, access.now);
  const codes = new Buckets(CODES, access.now);
  const tokenOf = (c: Asked) => getCookie(c, wallCookie(isByTls(c, publicUrl)));

  app.post('/v1/walls/enrolment', async (c) => {
    refuseInTheClear(c, publicUrl);
    const waitMs = asks.take(addressOf(c));
    if (waitMs > 0) throw tooMany(waitMs);
    if (whoOf(c)?.kind === 'wall') throw new Problem(409, 'let-in', 'this screen is let in already');
    const { code, token, until } = await access.walls.ask(tokenOf(c)).catch(asProblem);
    giveWall(c, token, isByTls(c, publicUrl));
    return c.json({ code, until: new Date(until).toISOString() }, 201, NO_STORE);
  });

  app.get('/v1/walls/enrolment', async (c) => {
    const token = tokenOf(c);
    const standing = token === undefined ? ({ is: 'none' } as const) : await access.walls.standing(token);
    return c.json({ state: standing.is }, 200, NO_STORE);
  });

  app.get('/v1/walls', async (c) => {
    const walls = await access.walls.list();
    const iso = (at: number) => new Date(at).toISOString();
    const shown = walls.map(({ createdAt, seenAt, ...rest }) => ({
      ...rest,
      createdAt: iso(createdAt),
      seenAt: iso(seenAt),
    }));
    return c.json({ walls: shown }, 200, NO_STORE);
  });

  app.post('/v1/walls', async (c) => {
    const actor = actorOf(c);
    const waitMs = codes.take(actor.who);
    if (waitMs > 0) throw tooMany(waitMs);
    const { code, name, place } = textsOf(await objectOf(c), { code: 64, name: 60, place: 60 });
    const wall = await access.walls.letIn(code, { name, place }, actor.who).catch((error: unknown) => {
      access.note({ ...actor, what: 'wall.let-in', outcome: 'refused' });
      return asProblem(error);
    });
    await access.write({ ...actor, what: 'wall.let-in', subject: wall.id, outcome: 'done' });
    return c.json({ id: wall.id }, 201, NO_STORE);
  });

  app.delete('/v1/walls/:id', async (c) => {
    const id = c.req.param('id');
    if (!(await access.walls.shut(id))) throw new Problem(404, 'not-found', 'there is no such wall');
    shut?.(id);
    await access.write({ ...actorOf(c), what: 'wall.shut', subject: id, outcome: 'done' });
    return c.body(null, 204);
  });
}
