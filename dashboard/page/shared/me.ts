/** Who is signed in on this page, and what that role may. */
import { read, send } from './api.js';

export interface Me {
  readonly kind: 'person' | 'wall' | 'key' | 'token' | 'nobody';
  readonly id: string | null;
  readonly name: string | null;
  /** Null: nobody is signed in, and nothing may be read. */
  readonly role: string | null;
  /** `METHOD /path`, by the patterns of the server. */
  readonly may: readonly string[];
  /** The types of events that this person may send. */
  readonly events: readonly string[];
  readonly session: { readonly id: string; readonly endsAt: string } | null;
  /** Another place where one can sign in, by its name. */
  readonly provider: string | null;
}

/** Asks the server who we are to it. */
export const whoAmI = () => read<Me>('/v1/me');

export const signIn = (login: string, password: string) => send<Me>('POST', '/v1/session', { login, password });

export const signOut = () => send('DELETE', '/v1/session');

/** Whether something may be asked for, by the method and the server's pattern, such as `POST /v1/alarms/:id/:act`. */
export function may(me: Me | undefined, what: string): boolean {
  return me?.may.includes(what) ?? false;
}

/** A local path to go on to: never another site. */
export function localPath(path: string | null): string {
  if (path === null || !/^\/(?![/\\])[!-~]*$/.test(path) || path.includes('\\')) return '/';
  const url = new URL(path, location.origin);
  return url.origin === location.origin ? url.pathname + url.search + url.hash : '/';
}
