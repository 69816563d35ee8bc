/** Who asks. The guard finds it out before any route; a route asks here. */
import type { Context } from 'hono';
import { eventsOf, type Role } from '../access/roles.js';
import type { Session } from '../access/sessions.js';
import type { Grant } from './ports.js';

export interface Who {
  readonly kind: 'person' | 'wall' | 'key' | 'token' | 'nobody';
  /** An opaque id: of an account, a wall or a key; the name of a token; `anonymous`. */
  readonly id: string;
  /** Undefined: not signed in, and reading without it is not allowed. */
  readonly role: Role | undefined;
  /** A person's name, for the page that he sees himself; that of a wall or a key. */
  readonly name?: string;
  readonly session?: Session;
  /** What may be sent; absent where nothing may. */
  readonly grant?: Grant;
  /** Whether it is still let in: asked again while a long answer goes on. Absent where nothing can end it. */
  readonly isOpen?: () => Promise<boolean>;
}

const WHO = 'who';
const REQUEST = 'request';
const REFUSAL = 'refusal';

/** Tells the routes who asks, and by which name the request stands in the trail. */
export function setWho(c: Context, who: Who, request: string): void {
  c.set(WHO as never, who as never);
  c.set(REQUEST as never, request as never);
}

/** Tells the routes how to have it written down that something was not allowed. */
export function setRefusal(c: Context, note: (reason: string) => void): void {
  c.set(REFUSAL as never, note as never);
}

/** Has a refusal written down that the answer's status does not show, such as of some events among many. */
export function noteRefusal(c: Context, reason: string): void {
  (c.get(REFUSAL as never) as ((reason: string) => void) | undefined)?.(reason);
}

/** Who asks; undefined where no guard stands before the route. */
export function whoOf(c: Context): Who | undefined {
  return c.get(WHO as never) as Who | undefined;
}

/** Who asks, as the trail names it. */
export function actorOf(c: Context): { readonly who: string; readonly role: string; readonly request?: string } {
  const { id = 'anonymous', role = 'none' } = whoOf(c) ?? {};
  const request = c.get(REQUEST as never) as string | undefined;
  return { who: id, role, ...(request !== undefined && { request }) };
}

/** What a person in a role may send, in the person's own name. */
export function grantOfPerson(id: string, role: Role): Grant {
  return { name: id, role, types: eventsOf(role) };
}
