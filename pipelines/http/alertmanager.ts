/**
 * What Alertmanager sends on (its webhook, version 4) becomes raw alarms: each alert one `alarm.reported`, and when it is resolved
 * one `alarm.ended`. A notice that repeats what is known is a duplicate and changes nothing. Alerts that Dozor itself had pushed there
 * come back with the rest, and are passed over.
 */
import { hash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { SEVERITIES, type Severity } from '../domain/event.js';
import { canonicalJson } from '../domain/schema.js';
import { rankOf } from '../domain/severity.js';
import { type Instant, parseInstant } from '../domain/units.js';
import { bytesOf, textOf } from './body.js';
import { bad, type OrdersGiven, sourceOf } from './orders.js';
import type { Bindings, Grant, LineAnswer } from './ports.js';
import { Problem } from './problem.js';
import { forbidden } from './tokens.js';

const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** The label by which what Dozor pushed is known again. */
export const OWN_LABEL = 'dozor_alarm';
/** The labels that may name the resource, unless the address says which: the first that an alert has. */
const RESOURCE_LABELS = ['resource', 'element', 'instance', 'job'] as const;
/** Words for severities that are in use beside those of X.733. */
const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  page: 'critical',
  emergency: 'critical',
  fatal: 'critical',
  error: 'major',
  high: 'major',
  medium: 'minor',
  low: 'warning',
  info: 'warning',
};

interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Instant;
  /** When it was resolved. */
  readonly endsAt: Instant | undefined;
  readonly fingerprint: string;
}

export interface AlertmanagerRoutes {
  readonly orders: () => OrdersGiven;
  readonly grantOf: (c: Context) => Grant;
}

/** POST /v1/alertmanager?resource=LABEL: give it as `webhook_configs.url`, with the token as `authorization.credentials`. */
export function alertmanagerRoutes(app: Hono<{ Bindings: Bindings }>, { orders, grantOf }: AlertmanagerRoutes): void {
  app.post('/v1/alertmanager', async (c) => {
    const grant = grantOf(c);
    const given = orders();
    const label = new URL(c.req.url).searchParams.get('resource') ?? undefined;
    const { receiver, alerts } = webhookOf(await jsonOf(c));
    const own = alerts.filter(({ labels }) => labels[OWN_LABEL] !== undefined).length;
    const events = alerts
      .filter(({ labels }) => labels[OWN_LABEL] === undefined)
      .map((alert) => {
        const event = eventOf(alert, { label, receiver, source: `${sourceOf(grant)}/alertmanager` });
        return given.clockMode === 'live' ? { ...event, recordedtime: new Date(given.now()).toISOString() } : event;
      });
    const refused = events.map((event) => forbidden(grant, event)).find((one) => one !== undefined);
    if (refused) {
      given.notAllowed(events.length);
      throw new Problem(403, 'not-allowed', refused.message);
    }
    const answers = await given.intake.takeObjects(events, grant).catch((error: unknown) => {
      given.failed('taking alerts', error);
      // Alertmanager sends again what is answered with 5xx.
      throw new Problem(503, 'unavailable', 'the alerts were not taken: send them again', { 'retry-after': '5' });
    });
    return c.json({ own, ...tallied(answers) }, 200, { 'cache-control': 'no-store' });
  });
}

async function jsonOf(c: Context): Promise<unknown> {
  const text = await textOf(bytesOf(c.req.raw.body, 'identity'), BODY_BYTES_MAX);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `the body is no JSON: ${(error as Error).message}`);
  }
}

/** Reads a webhook of version 4; a Problem (400) names the first field that is none of it. */
export function webhookOf(body: unknown): { readonly receiver: string; readonly alerts: readonly Alert[] } {
  if (!isObject(body)) throw bad('the body', 'should be an object');
  if (body['version'] !== '4') throw bad('version', 'should be "4"');
  const { receiver, alerts } = body;
  if (typeof receiver !== 'string') throw bad('receiver', 'should be a text');
  if (!Array.isArray(alerts)) throw bad('alerts', 'should be a list');
  return { receiver, alerts: alerts.map((alert: unknown, i) => alertOf(alert, `alerts.${i}`)) };
}

function alertOf(alert: unknown, where: string): Alert {
  if (!isObject(alert)) throw bad(where, 'should be an object');
  const { status, labels = {}, annotations = {}, fingerprint } = alert;
  if (status !== 'firing' && status !== 'resolved') throw bad(`${where}.status`, 'should be firing or resolved');
  if (!isTexts(labels)) throw bad(`${where}.labels`, 'should be an object of texts');
  if (!isTexts(annotations)) throw bad(`${where}.annotations`, 'should be an object of texts');
  if (typeof fingerprint !== 'string' || fingerprint === '') throw bad(`${where}.fingerprint`, 'should be a text');
  const startsAt = timeOf(alert['startsAt'], `${where}.startsAt`);
  const endsAt = status === 'resolved' ? timeOf(alert['endsAt'], `${where}.endsAt`) : undefined;
  return { status, labels, annotations, fingerprint, startsAt, endsAt };
}

function timeOf(value: unknown, field: string): Instant {
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  if (at === undefined) throw bad(field, 'should be an RFC 3339 time');
  return at;
}

/** An alert as the event that it says. Its id has what it says in it: the same notice twice is one event, another text is another. */
export function eventOf(
  { status, labels, annotations, startsAt, endsAt, fingerprint }: Alert,
  given: { readonly label: string | undefined; readonly receiver: string; readonly source: string },
): Record<string, unknown> {
  const names = given.label === undefined ? RESOURCE_LABELS : [given.label];
  const resource = names.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
  const { alertname = 'alert', severity, probableCause = alertname } = labels;
  const text = annotations['summary'] ?? annotations['description'];
  const data = {
    alarmKey: `alertmanager:${fingerprint}`,
    ...(status === 'firing' && { perceivedSeverity: severityOf(severity) }),
    ...(status === 'firing' && { probableCause, specificProblem: alertname }),
    ...(status === 'firing' && text !== undefined && { text }),
    sourceSystemId: `alertmanager/${given.receiver}`,
  };
  const time = new Date(endsAt ?? startsAt).toISOString();
  const print = hash('sha256', canonicalJson([status, data]), 'hex').slice(0, 16);
  return {
    specversion: '1.0',
    id: `${fingerprint}:${startsAt}:${endsAt ?? ''}:${print}`,
    source: given.source,
    type: status === 'firing' ? 'alarm.reported' : 'alarm.ended',
    // What names no resource is a matter of who sends it.
    subject: resource ?? `alertmanager/${given.receiver}`,
    time,
    data,
  };
}

/** A word for a severity; one that is unknown, or none, is indeterminate. */
export function severityOf(word: string | undefined): Severity {
  const lower = word?.toLowerCase() ?? '';
  const known = SEVERITIES.find((severity) => severity === lower && rankOf(severity) < rankOf('cleared'));
  return known ?? (Object.hasOwn(SEVERITY_WORDS, lower) ? SEVERITY_WORDS[lower]! : 'indeterminate');
}

function tallied(answers: readonly LineAnswer[]): Record<string, unknown> {
  const count = (status: LineAnswer['status']) => answers.filter((answer) => answer.status === status).length;
  const rejected = answers.filter(({ status }) => status === 'rejected');
  const why = rejected.map(({ line, reason, message, field }) => ({ line, reason, message, field }));
  return { accepted: count('accepted'), duplicates: count('duplicate'), rejected: why };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
}
