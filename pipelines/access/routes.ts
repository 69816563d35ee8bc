/**
 * Who may ask for what: ONE table of roles by routes, which every guard uses. A route that does not stand here is asked for by nobody,
 * and a test finds it. The pattern is that under which the route was made, so what is allowed is what is run.
 */
import type { Role } from './roles.js';

export interface Rule {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Who may; `anyone`: also who is not signed in. */
  readonly may: readonly Role[] | 'anyone';
  /** Asked from this machine itself, nobody needs to sign in. */
  readonly fromHere?: true;
  /** A page for people: who may not see it is sent to where one signs in. */
  readonly isPage?: true;
}

// --- Groups of roles ---

const ADMINS: readonly Role[] = ['admin'];
const SUPERVISORS: readonly Role[] = ['supervisor', 'admin'];
const OPERATORS: readonly Role[] = ['operator', ...SUPERVISORS];
/** Those who look at everything that carries no number and no name. */
const READERS: readonly Role[] = ['viewer', 'auditor', ...OPERATORS];
/** What a wall shows: aggregates. */
const WALLS: readonly Role[] = ['wall', ...READERS];
/** Systems that send events also ask for the alarms that they raised. */
const SYSTEMS: readonly Role[] = ['ingest', ...READERS];
/** Evidence without a person in it. */
const EVIDENCE: readonly Role[] = ['regulator', ...READERS];
/** Acts that become events: the role decides by type which, after the route (`roles.ts`). */
const ACTORS: readonly Role[] = ['ingest', ...OPERATORS];
const BINDING: readonly Role[] = ['ingest', ...SUPERVISORS];
const PERSONS: readonly Role[] = ['regulator', ...READERS];

const get = (path: string, may: Rule['may']): Rule => ({ method: 'GET', path, may });
const post = (path: string, may: Rule['may']): Rule => ({ method: 'POST', path, may });
const put = (path: string, may: Rule['may']): Rule => ({ method: 'PUT', path, may });
const patch = (path: string, may: Rule['may']): Rule => ({ method: 'PATCH', path, may });
const del = (path: string, may: Rule['may']): Rule => ({ method: 'DELETE', path, may });
const page = (path: string, may: Rule['may']): Rule => ({ method: 'GET', path, may, isPage: true });

const tmf = (base: string): readonly Rule[] => [
  get(`${base}/alarm`, SYSTEMS),
  get(`${base}/alarm/:id`, SYSTEMS),
  post(`${base}/alarm`, ['ingest']),
  patch(`${base}/alarm/:id`, ['ingest']),
  del(`${base}/alarm/:id`, ACTORS),
  ...['ackAlarms', 'unAckAlarms', 'clearAlarms', 'commentAlarms'].flatMap((task) => [
    post(`${base}/${task}`, ACTORS),
    get(`${base}/${task}`, SYSTEMS),
    get(`${base}/${task}/:id`, SYSTEMS),
  ]),
  post(`${base}/hub`, ['ingest', 'admin']),
  del(`${base}/hub/:id`, ['ingest', 'admin']),
];

export const RULES: readonly Rule[] = [
  // How the process is.
  get('/healthz', 'anyone'),
  get('/readyz', 'anyone'),
  { ...get('/metrics', ['viewer', 'admin', 'ingest']), fromHere: true },

  // Who is there.
  page('/sign-in', 'anyone'),
  page('/set-up', 'anyone'),
  get('/assets/:file', 'anyone'),
  get('/v1/me', 'anyone'),
  post('/v1/session', 'anyone'),
  del('/v1/session', 'anyone'),
  get('/v1/set-up', 'anyone'),
  post('/v1/set-up', 'anyone'),

  get('/v1/oidc/start', 'anyone'),
  get('/v1/oidc/return', 'anyone'),

  page('/account', PERSONS),
  post('/v1/me/password', PERSONS),

  // Walls: a screen asks, an administrator lets it in.
  page('/wall/enrol', 'anyone'),
  post('/v1/walls/enrolment', 'anyone'),
  get('/v1/walls/enrolment', 'anyone'),
  get('/v1/walls', ADMINS),
  post('/v1/walls', ADMINS),
  del('/v1/walls/:id', ADMINS),

  get('/v1/people', READERS),

  // Who may do what.
  page('/admin', ADMINS),
  get('/v1/accounts', ADMINS),
  post('/v1/accounts', ADMINS),
  patch('/v1/accounts/:id', ADMINS),
  del('/v1/accounts/:id', ADMINS),
  get('/v1/sessions', ADMINS),
  del('/v1/sessions/:id', ADMINS),
  get('/v1/keys', ADMINS),
  post('/v1/keys', ADMINS),
  del('/v1/keys/:id', ADMINS),
  get('/v1/audit', ['auditor', 'admin']),

  // Pages.
  page('/', EVIDENCE),
  page('/alarms', READERS),
  page('/alarms/:id', READERS),
  page('/decisions', EVIDENCE),
  page('/decisions/:id', EVIDENCE),
  page('/elements/:id', READERS),
  page('/services/:id', READERS),
  page('/notices', READERS),
  page('/notices/:id', READERS),
  page('/texts', EVIDENCE),
  page('/packs', EVIDENCE),
  page('/packs/:operator', EVIDENCE),
  page('/overrun', READERS),
  page('/wall', WALLS),
  page('/outages', EVIDENCE),
  page('/outages/:incident', EVIDENCE),
  page('/refused', READERS),
  page('/search', READERS),
  page('/works', READERS),

  // What is live.
  get('/v1/stream', WALLS),
  get('/v1/wall/shapes', WALLS),
  get('/v1/status', [...WALLS, 'regulator', 'ingest']),
  get('/v1/outages', [...WALLS, 'regulator']),
  get('/v1/outages/ended', EVIDENCE),
  get('/v1/outages/:incident', EVIDENCE),
  get('/v1/outages/:incident/services', READERS),
  get('/v1/outages/:incident/projection', READERS),
  get('/v1/works', READERS),
  get('/v1/excuses', READERS),
  get('/v1/refused', READERS),
  get('/v1/search', READERS),
  get('/v1/alarms/board', WALLS),
  get('/v1/alarms', SYSTEMS),
  get('/v1/alarms/:id', SYSTEMS),
  get('/v1/decisions', EVIDENCE),
  get('/v1/decisions/:id', EVIDENCE),
  get('/v1/why/:id', EVIDENCE),
  get('/v1/why/:id/events', READERS),
  get('/v1/services/:id', READERS),
  get('/v1/elements/:id', READERS),
  get('/v1/notices', READERS),
  get('/v1/notices/:id', READERS),
  get('/v1/texts', EVIDENCE),
  get('/v1/packs', EVIDENCE),
  get('/v1/packs/:operator', EVIDENCE),
  get('/v1/overrun', READERS),
  get('/v1/kpi', READERS),
  get('/v1/kpi/series', READERS),

  // What pages tell of themselves, whoever looks at them.
  post('/collect', 'anyone'),

  // How a subscriber is reached: masked, and whole for who says why.
  get('/v1/contacts/:service', OPERATORS),
  post('/v1/contacts/:service/reveal', SUPERVISORS),

  // What changes something.
  post('/v1/events', ACTORS),
  post('/v1/clock', ['ingest']),
  post('/v1/alertmanager', ['ingest']),
  post('/v1/alarms/:id/:act', ACTORS),
  put('/v1/services/:id/bars/:kind', BINDING),
  del('/v1/services/:id/bars/:kind', BINDING),
  post('/v1/proposals/:id', BINDING),
  post('/v1/works', BINDING),
  post('/v1/works/:element/:worksId/cancel', BINDING),
  post('/v1/excuses', ACTORS),
  post('/v1/excuses/:id/withdraw', ACTORS),
  post('/v1/excuses/:id/confirm', BINDING),
  post('/v1/excuses/:id/reject', BINDING),
  ...['/tmf-api/alarmManagement/v4', '/tmf-api/alarm/v4'].flatMap(tmf),

  // A gateway shows a secret of its own, which the route checks.
  get('/v1/sms/receipts', 'anyone'),
  post('/v1/sms/received', 'anyone'),
];

const BY_ROUTE = new Map(RULES.map((rule) => [`${rule.method} ${rule.path}`, rule]));

/** The rule of a route by the pattern under which it was made; undefined: nobody may. */
export function ruleOf(method: string, path: string): Rule | undefined {
  return BY_ROUTE.get(`${method} ${path}`);
}

/** Whether a role may, by the table. */
export function mayUse({ may }: Rule, role: Role | undefined): boolean {
  return may === 'anyone' || (role !== undefined && may.includes(role));
}

/** What a role may ask for, as `METHOD /path`: a page leaves out what would be refused. */
export function allowedTo(role: Role | undefined): readonly string[] {
  return RULES.filter((rule) => mayUse(rule, role)).map(({ method, path }) => `${method} ${path}`);
}

/** The persons' roles that may, least first, for the words of a refusal. */
export function rolesFor({ may }: Rule): readonly Role[] {
  return may === 'anyone' ? PERSONS : may;
}
