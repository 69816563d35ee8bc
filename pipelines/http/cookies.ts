/** The cookies: what a script cannot read, no other site is sent, and (by TLS) no other host can set. */
import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';

export const sessionCookie = (tls: boolean) => (tls ? '__Host-dozor' : 'dozor');
export const wallCookie = (tls: boolean) => (tls ? '__Host-dozor-wall' : 'dozor-wall');
export const oidcCookie = (tls: boolean) => (tls ? '__Host-dozor-oidc' : 'dozor-oidc');

export interface CookieGiven {
  readonly tls: boolean;
  /** Seconds; absent: until the browser is closed. */
  readonly maxAge?: number;
  /** Lax where another site's page leads here and the cookie has to come along. */
  readonly sameSite?: 'Strict' | 'Lax';
}

/** Sets a cookie of ours. */
export function give(c: Context, name: string, value: string, { tls, maxAge, sameSite = 'Strict' }: CookieGiven): void {
  setCookie(c, name, value, {
    path: '/',
    httpOnly: true,
    secure: tls,
    sameSite,
    ...(maxAge !== undefined && { maxAge }),
  });
}

/** Takes one back. */
export function take(c: Context, name: string, tls: boolean): void {
  deleteCookie(c, name, { path: '/', secure: tls });
}
