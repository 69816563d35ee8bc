/** Finds out who asks: by a token or key in the header, by a person's session, or by a wall's cookie; else nobody. */
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Access } from '../access/access.js';
import { eventsOf } from '../access/roles.js';
import { isByTls } from './client.js';
import { give, sessionCookie, wallCookie } from './cookies.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import type { Tokens } from './tokens.js';
import { grantOfPerson, type Who } from './who.js';

export interface WhoGiven {
  readonly access: Access;
  readonly tokens: Tokens;
  /** What one may look at without signing in. */
  readonly anonymous: 'viewer' | 'none';
  /** The address at which browsers reach us, where a proxy stands between. */
  readonly publicUrl?: string | undefined;
  /** Told of a wall whose token somebody else has: it is shut by then. */
  readonly copied?: (wall: string) => void;
}

type Asked = Context<{ Bindings: Bindings }>;

/** Who asks, and what the answer brings along, such as a wall's next token. */
export interface Found {
  readonly who: Who;
  readonly answered?: () => void;
}

const WALL_LASTS_SECONDS = 400 * 86_400;

/** A Problem (401) where a token or key is shown that is none of ours. `acts`: it is somebody's doing, and not the page's own. */
export async function whoAsks(c: Asked, given: WhoGiven, acts: boolean): Promise<Found> {
  const { access, tokens, anonymous, publicUrl } = given;
  const header = c.req.header('authorization');
  if (header !== undefined) return { who: await byHeader(header, access, tokens) };
  const tls = isByTls(c, publicUrl);
  const token = getCookie(c, sessionCookie(tls));
  const signed = token === undefined ? undefined : await access.sessions.find(token, { acts });
  if (signed) {
    const { account, session } = signed;
    const { id, role, name } = account;
    const isOpen = () => access.sessions.isOpen(session);
    return { who: { kind: 'person', id, role, name, session, grant: grantOfPerson(id, role), isOpen } };
  }
  const wall = getCookie(c, wallCookie(tls));
  const found = wall === undefined ? undefined : await byWall(c, wall, given, tls);
  if (found) return found;
  return { who: { kind: 'nobody', id: 'anonymous', role: anonymous === 'viewer' ? 'viewer' : undefined } };
}

async function byHeader(header: string, access: Access, tokens: Tokens): Promise<Who> {
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header) ?? [];
  const grant = token === undefined ? undefined : tokens.find(token);
  if (grant) return { kind: 'token', id: grant.name, role: 'ingest', grant };
  const key = token === undefined || !access.isAttached ? undefined : await access.keys.find(token);
  if (!key) {
    const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
    throw new Problem(401, 'unauthorised', 'this token is not known', challenge);
  }
  const { id, name, role, sources, operators, types } = key;
  // A key of a person's role sends what the role may, of what the key may.
  const own = role === 'ingest' ? types : eventsOf(role).filter((type) => types?.includes(type) ?? true);
  const bounds = { ...(sources && { sources }), ...(operators && { operators }), ...(own && { types: own }) };
  return { kind: 'key', id, role, name, grant: { name, ...bounds }, isOpen: () => access.keys.isOpen(key) };
}

async function byWall(c: Asked, token: string, given: WhoGiven, tls: boolean): Promise<Found | undefined> {
  const { access, copied } = given;
  const used = await access.walls.use(token);
  if (used.is === 'unknown') return undefined;
  if (used.is === 'copied') {
    access.note({ who: used.wall, role: 'wall', what: 'wall.copied', subject: used.wall, outcome: 'refused' });
    copied?.(used.wall);
    const words = 'this token was given up and came back: the wall was shut, enrol it again';
    throw new Problem(401, 'wall-shut', words);
  }
  const { id, name } = used.wall;
  const { fresh } = used;
  return {
    who: { kind: 'wall', id, role: 'wall', name, isOpen: () => access.walls.isOpen(id) },
    ...(fresh !== undefined && { answered: () => giveWall(c, fresh, tls) }),
  };
}

/** Gives a screen its token. */
export function giveWall(c: Asked, token: string, tls: boolean): void {
  give(c, wallCookie(tls), token, { tls, maxAge: WALL_LASTS_SECONDS });
}
