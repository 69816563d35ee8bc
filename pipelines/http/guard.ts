/**
 * What stands before every route: who may name us, and what a browser may do with what we answer. A page on another site can
 * point its own name at 127.0.0.1 (DNS rebinding); then the Host header still carries that name, and is refused.
 */
import type { MiddlewareHandler } from 'hono';
import { Problem } from './problem.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Everything from here, nothing inline, in nobody's frame. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** Whether an address is this machine's own, reached from nowhere else. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Refuses requests for host names that are not ours. `undefined`: every name is (we do not listen on loopback). */
export function hostCheck(names: readonly string[] | undefined): MiddlewareHandler {
  const ours = names && new Set([...LOOPBACK_NAMES, ...names.map((name) => name.toLowerCase())]);
  return async (c, next) => {
    if (ours) {
      // HTTP/2 has the name in the address alone; a request line may name another host than the header.
      const asked = [new URL(c.req.url).host, c.req.header('host')];
      for (const host of asked) if (host !== undefined && !ours.has(nameOf(host))) return strange(host).response();
    }
    return next();
  };
}

/** A year: a browser that was here once asks by TLS from then on. */
const HSTS = 'max-age=31536000; includeSubDomains';

/** Sets the headers that every answer carries. `behindTls`: browsers reach us by TLS, whatever reaches us here. */
export function secure(behindTls = false): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (behindTls || c.req.url.startsWith('https:')) c.res.headers.set('strict-transport-security', HSTS);
  };
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

function strange(host: string): Problem {
  const message = `'${host.slice(0, 100)}' is not a name of this installation; DOZOR_HOSTS lists further names`;
  return new Problem(421, 'unknown-host', message);
}
