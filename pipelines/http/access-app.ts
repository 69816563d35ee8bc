/** Everything about who may do what, as routes: serve them behind `accessGuard`. */
import { Hono } from 'hono';
import { accountRoutes } from './account-routes.js';
import { type ContactRoutesGiven, contactRoutes } from './contact-routes.js';
import { type OidcRoutesGiven, oidcRoutes } from './oidc-routes.js';
import type { Bindings } from './ports.js';
import { problemOf } from './problem.js';
import { type SessionRoutesGiven, sessionRoutes } from './session-routes.js';
import { type WallRoutesGiven, wallRoutes } from './wall-routes.js';

export type AccessAppGiven = SessionRoutesGiven & WallRoutesGiven & ContactRoutesGiven & OidcRoutesGiven;

/** The routes of signing in, accounts, keys and walls. */
export function createAccess(given: AccessAppGiven): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.onError((error) => {
    const problem = problemOf(error);
    if (problem) return problem.response();
    throw error;
  });
  sessionRoutes(app, given);
  accountRoutes(app, given.access);
  wallRoutes(app, given);
  contactRoutes(app, given);
  oidcRoutes(app, given);
  return app;
}
