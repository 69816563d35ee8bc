/** Who asks. The guard finds it out before any route; a route asks here. */
import type { Context } from 'hono';
import { eventsOf, type Role } from '../access/roles.js';
import type { Session } from '../access/sessions.js';
import type { Grant } from './ports.js';

export interface Who {
  readonly kind: 'person' | 'wall' | 'key' | 'token' | 'nobody';
  /** An opaque id: of an account, a wall or a key; the name of a token. */
  readonly id: string;
  /** Undefined: not signed in, and reading without it is not allowed. */
  readonly role: Role | undefined;
  /** A person's name, for the page that he sees himself. */
  readonly name?: string;
  readonly session?: Session;
  /** What may be sent; absent where nothing may. */
  readonly grant?: Grant;
}

const KEY = 'who';

export function setWho(c: Context, who: Who): void {
  c.set(KEY as never, who as never);
}

/** Who asks; undefined where no guard stands before the route. */
export function whoOf(c: Context): Who | undefined {
  return c.get(KEY as never) as Who | undefined;
}

/** What a person in a role may send, in the person's own name. */
export function grantOfPerson(id: string, role: Role): Grant {
  return { name: id, role, types: eventsOf(role) };
}
