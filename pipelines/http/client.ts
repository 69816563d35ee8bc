/** From where a request comes, and what of it a browser vouches for. */
import type { Context } from 'hono';
import { isLoopback } from './guard.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';

/** The address of the other end of the connection; empty in tests without a port. */
export function addressOf(c: Context<{ Bindings: Bindings }>): string {
  return (c.env?.incoming?.socket?.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** Whether it was asked on this machine itself, and not passed on by a proxy for somebody else. */
export function isFromHere(c: Context<{ Bindings: Bindings }>): boolean {
  const address = addressOf(c);
  const isPassedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => c.req.header(name) !== undefined,
  );
  return !isPassedOn && isLoopback(address);
}

/** Whether a browser reaches us by TLS: as the settings say where a proxy stands before us, else as the request came. */
export function isByTls(c: Context, publicUrl: string | undefined): boolean {
  return (publicUrl ?? c.req.url).startsWith('https:');
}

/** Whether the page is asked under a name of this machine itself, where nobody listens in. */
export function isOnLoopback(c: Context): boolean {
  return isLoopback(new URL(c.req.url).hostname);
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?(?:json|x-ndjson|ndjson)\s*(?:;|$)/i;

/**
 * Refuses what a page of another site could have sent in the name of who is signed in here: a write needs the header that only a
 * script of ours can set, a browser's word that it is of the same origin, and JSON.
 */
export function refuseForged(c: Context, publicUrl: string | undefined): void {
  if (SAFE.has(c.req.method)) return;
  const no = (why: string) => new Problem(403, 'cross-site', `this was not sent by a page of ours: ${why}`);
  if (c.req.header('x-dozor-page') === undefined) throw no('the header x-dozor-page is missing');
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site === undefined && origin === undefined) throw no('it names no origin');
  if (site !== undefined && site !== 'same-origin') throw no(`it is ${site.slice(0, 20)}`);
  if (origin !== undefined && !isOwn(origin, c, publicUrl)) throw no('its origin is another one');
  const type = c.req.header('content-type');
  const hasBody = c.req.raw.body !== null && c.req.header('content-length') !== '0';
  if (hasBody && !JSON_TYPE.test(type ?? '')) throw no('its body is not JSON');
}

function isOwn(origin: string, c: Context, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true;
  const { host, protocol } = new URL(c.req.url);
  return origin === `${protocol}//${host}`;
}

/** A local path to go to after signing in: never another site. */
export function localPath(path: string | undefined): string {
  if (path === undefined || path.length > 2_000 || !/^\/(?![/\\])[!-~]*$/.test(path) || path.includes('\\')) return '/';
  const base = 'http://local.invalid';
  const url = URL.canParse(path, base) ? new URL(path, base) : undefined;
  return url?.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}${url.hash}` : '/';
}
