/**
 * The door: text becomes an event, or a refusal that says why. Nothing behind it looks at JSON again.
 *
 * The checks, in this order; the first that fails gives the reason:
 *  1. too-large          the line is over 1 MiB
 *  2. not-json           it is no JSON
 *  3. too-deep           it nests deeper than 512 levels
 *  4. not-a-cloudevent   no object, `specversion` not "1.0", or `id`, `source` or `type` no text
 *  5. unknown-type       no type of the contract
 *  6. missing-field, malformed-field   `subject`, `time`, `recordedtime`, `sequence`, `subjectkind`, `data`, in this order
 *  7. subject-looks-like-a-number      the subject could be a phone number or an IMSI
 *  8. missing-field, malformed-field, negative-amount, money-decimals   a field of `data`
 *  9. unknown-operator   of an upsert
 * 10. wrong-currency     of the money in a service's record
 * 11. time-ahead         `time` is more than 5 minutes after `recordedtime`, where the type may not lie ahead
 * 12. beyond-memory      usage or presence more than 130 days older than `recordedtime`
 */
import { hash } from 'node:crypto';
import { DECISION_SOURCE, type DecisionOf, decisionId } from '../domain/decision.js';
import {
  type DataOf,
  type DozorEvent,
  decodeData,
  type EventType,
  eventSchemas,
  isEventType,
  mayLieAhead,
  SUBJECT_KIND,
} from '../domain/event.js';
import type { Money } from '../domain/money.js';
import { canonicalJson, moneyPaths, type Problem } from '../domain/schema.js';
import { DAY, type Instant, MINUTE, parseInstant } from '../domain/units.js';

/** The longest line that is looked at. */
export const LINE_BYTES_MAX = 1024 * 1024;
/** How deep JSON may nest; what walks it (hashes, `JSON.stringify`) recurses. */
export const DEPTH_MAX = 512;
/** How far `time` may lie after `recordedtime`: clocks differ. */
export const AHEAD_MAX = 5 * MINUTE;
/** How old a usage record may be when it becomes known: as long as ids are remembered. */
export const MEMORY = 130 * DAY;

/** Why an event was refused. `id-reused` is given where ids are remembered; the rest here. */
export const REASONS = [
  'too-large',
  'not-json',
  'too-deep',
  'not-a-cloudevent',
  'unknown-type',
  'missing-field',
  'malformed-field',
  'subject-looks-like-a-number',
  'negative-amount',
  'money-decimals',
  'unknown-operator',
  'wrong-currency',
  'time-ahead',
  'beyond-memory',
  'id-reused',
] as const;
export type Reason = (typeof REASONS)[number];

/** A refusal. `event` is what came, whole: a JSON object, or the text where it was none. */
export interface Rejection {
  readonly reason: Reason;
  readonly message: string;
  readonly field?: string;
  readonly line?: number;
  readonly event: unknown;
}

/** Phone number, address and what else came with them, as JSON. Read by `alerts` only. */
export type Contact = Readonly<Record<string, unknown>>;

/** `wire` is the object as it came, without the contact: what goes to the log. */
export type Decoded =
  | { readonly ok: true; readonly event: DozorEvent; readonly contact?: Contact; readonly wire: JsonObject }
  | { readonly ok: false; readonly rejection: Rejection };

export type JsonObject = Record<string, unknown>;

/** The operators of the installation. */
export interface Given {
  readonly operators: ReadonlyMap<string, { readonly currency: string }>;
}

/** Reads one line of NDJSON. */
export function decodeLine(text: string, line: number, given: Given): Decoded {
  // A string of n units has at most 3n bytes: most lines need no count.
  if (text.length * 3 > LINE_BYTES_MAX && Buffer.byteLength(text) > LINE_BYTES_MAX) {
    return refuse(text, line, 'too-large', `the line is longer than ${LINE_BYTES_MAX} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(text, line, 'not-json', `the line is no JSON: ${(error as Error).message}`);
  }
  // Each level costs an opening and a closing character.
  if (text.length > 2 * DEPTH_MAX && isDeeper(value, DEPTH_MAX)) {
    return refuse(text, line, 'too-deep', `the JSON nests deeper than ${DEPTH_MAX} levels`);
  }
  return decodeFlat(isObject(value) ? value : text, given, line);
}

/** Reads an event that has been parsed already; `line` where it came from a file. */
export function decodeObject(value: unknown, given: Given, line?: number): Decoded {
  if (isDeeper(value, DEPTH_MAX)) {
    return refuse(textOf(value), line, 'too-deep', `the JSON nests deeper than ${DEPTH_MAX} levels`);
  }
  return decodeFlat(value, given, line);
}

function decodeFlat(value: unknown, given: Given, line: number | undefined): Decoded {
  const no = (reason: Reason, message: string, field?: string) => refuse(value, line, reason, message, field);
  if (!isObject(value)) return no('not-a-cloudevent', 'this is no JSON object');
  const { specversion, id, source, type, subject, time, recordedtime, sequence, subjectkind, data } = value;
  if (specversion !== '1.0') return no('not-a-cloudevent', 'specversion must be "1.0"', 'specversion');
  if (!isText(id)) return no('not-a-cloudevent', 'id must be a text that is not empty', 'id');
  if (!isText(source)) return no('not-a-cloudevent', 'source must be a text that is not empty', 'source');
  if (!isText(type)) return no('not-a-cloudevent', 'type must be a text that is not empty', 'type');
  if (!isEventType(type)) return no('unknown-type', `no such type of event: ${shorten(type)}`, 'type');

  // CloudEvents: an attribute that is null is one that is not there.
  if (subject == null) return no('missing-field', 'subject is missing', 'subject');
  if (!isText(subject)) return no('malformed-field', 'subject must be a text that is not empty', 'subject');
  if (time == null) return no('missing-field', 'time is missing', 'time');
  const at = instantOf(time);
  if (at === undefined) return no('malformed-field', 'time is no RFC 3339 time with an offset', 'time');
  const known = recordedtime == null ? at : instantOf(recordedtime);
  if (known === undefined) {
    return no('malformed-field', 'recordedtime is no RFC 3339 time with an offset', 'recordedtime');
  }
  const number = sequence == null ? undefined : sequenceOf(sequence);
  if (sequence != null && number === undefined) {
    return no('malformed-field', 'sequence must be a text that is not empty, or a whole number from 0', 'sequence');
  }
  // Where the type settles what its subject is, nobody needs to say it, and what is said is not asked for.
  const kind = SUBJECT_KIND[type] === 'either' ? (subjectkind ?? undefined) : undefined;
  if (kind !== undefined && kind !== 'service' && kind !== 'element') {
    return no('malformed-field', 'subjectkind must be service or element', 'subjectkind');
  }
  if (data == null) return no('missing-field', 'data is missing', 'data');
  if (!isObject(data)) return no('malformed-field', 'data must be an object', 'data');

  if (CONTROL.test(subject)) return no('malformed-field', 'subject has a control character in it', 'subject');
  if (LIKE_A_NUMBER.test(subject)) {
    return no(
      'subject-looks-like-a-number',
      'subject looks like a phone number or IMSI; it must be an opaque id',
      'subject',
    );
  }

  const decoded = decodeData(type, data);
  if (!decoded.ok) {
    const { what, field, why } = decoded.problem;
    const path = field ? `data.${field}` : 'data';
    return no(REASON_OF[what], `${path} ${why}`, path);
  }

  if (type === 'service.upserted' || type === 'element.upserted') {
    const { operator } = decoded.value as DataOf<'service.upserted' | 'element.upserted'>;
    const home = given.operators.get(operator);
    if (!home) return no('unknown-operator', `no such operator: ${shorten(operator)}`, 'data.operator');
    const stranger = foreignMoney(type, decoded.value, home.currency);
    if (stranger) return no('wrong-currency', stranger.message, stranger.field);
  }

  if (at > known + AHEAD_MAX && !mayLieAhead(type)) {
    return no('time-ahead', 'time is more than 5 minutes after recordedtime', 'time');
  }
  if (at < known - MEMORY && (type.startsWith('usage.') || type === 'presence.observed')) {
    return no('beyond-memory', 'time is more than 130 days before recordedtime', 'time');
  }

  const event = {
    specversion,
    id,
    source,
    type,
    subject,
    time: at,
    recordedtime: known,
    ...(number !== undefined && { sequence: number }),
    ...(kind !== undefined && { subjectkind: kind }),
    data: decoded.value,
  } as DozorEvent;
  return splitContact(event, value, data);
}

/** Takes phone numbers and addresses out of what goes on: of a service's record its `contact`, of a contact's record all. */
function splitContact(event: DozorEvent, wire: JsonObject, wireData: JsonObject): Decoded {
  if (event.type === 'contact.upserted') {
    return { ok: true, event: { ...event, data: {} }, contact: wireData, wire: { ...wire, data: {} } };
  }
  if (event.type !== 'service.upserted' || wireData['contact'] === undefined) return { ok: true, event, wire };
  const { contact, ...rest } = wireData;
  const { contact: _, ...data } = event.data as typeof event.data & { contact?: unknown };
  return { ok: true, event: { ...event, data }, contact: contact as Contact, wire: { ...wire, data: rest } };
}

// --- What is checked ---

/** Keys are made of subjects: a line break in one would be read as two. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;
const LIKE_A_NUMBER = /^(?:\d{9,15}$|\+\d)/;

const REASON_OF: Readonly<Record<Problem['what'], Reason>> = {
  missing: 'missing-field',
  malformed: 'malformed-field',
  negative: 'negative-amount',
  decimals: 'money-decimals',
};

const moneyFields = new Map<EventType, readonly (readonly string[])[]>();

/**
 * The first money of an event, outside its lists, that is not in this currency: for a service's record here, for its other
 * events where the service is known.
 */
export function foreignMoney(
  type: EventType,
  data: object,
  currency: string,
): { readonly field: string; readonly message: string } | undefined {
  let paths = moneyFields.get(type);
  if (!paths) moneyFields.set(type, (paths = moneyPaths(eventSchemas[type])));
  for (const path of paths) {
    let value: unknown = data;
    for (const key of path) value = (value as JsonObject | null | undefined)?.[key];
    const found = (value as Money | null | undefined)?.currency;
    if (found === undefined || found === currency) continue;
    const field = `data.${path.join('.')}.currency`;
    return { field, message: `${field} is ${found}, and the operator's currency is ${currency}` };
  }
  return undefined;
}

function instantOf(value: unknown): Instant | undefined {
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

/** A source may number its records with text (CloudEvents' sequence extension) or with JSON numbers. */
function sequenceOf(value: unknown): string | undefined {
  if (isText(value)) return value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}

function shorten(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 64)}...`;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'nested too deep to be written down';
  }
}

// --- Refusals ---

function refuse(
  event: unknown,
  line: number | undefined,
  reason: Reason,
  message: string,
  field?: string,
): { readonly ok: false; readonly rejection: Rejection } {
  return {
    ok: false,
    rejection: { reason, message, ...(field !== undefined && { field }), ...(line !== undefined && { line }), event },
  };
}

/**
 * The decision that keeps a refused event whole. `now` is the clock; where it has not begun, the event's own time is taken. A
 * bad line that has a subject is named by what it says, so that a copy is the same decision; one without by its number and text.
 */
export function rejected(rejection: Rejection, now?: Instant): DecisionOf<'event.rejected'> {
  const { event, line } = rejection;
  const came: JsonObject = isObject(event) ? event : {};
  // A subject that could be a phone number becomes nobody's key.
  const subject = isText(came['subject']) && !LIKE_A_NUMBER.test(came['subject']) ? came['subject'] : undefined;
  const time =
    now !== undefined && Number.isFinite(now) ? now : (instantOf(came['recordedtime']) ?? instantOf(came['time']) ?? 0);
  const what = canonicalJson(event);
  const fields = subject === undefined ? [line, what] : [rejection.reason, what];
  return {
    specversion: '1.0',
    id: decisionId(['event.rejected', subject, ...fields]),
    source: DECISION_SOURCE,
    type: 'event.rejected',
    ...(subject !== undefined && { subject }),
    time,
    data: { ...rejection },
  };
}

// --- Once for all ---

/** What is remembered of an event: `id` names (source, id), `content` what it says. Taken of the wire object, without contact. */
export function fingerprint(wire: JsonObject): Fingerprint {
  let print = prints.get(wire);
  if (!print) {
    print = printOf(wire);
    prints.set(wire, print);
  }
  return print;
}

export interface Fingerprint {
  readonly id: string;
  readonly content: string;
}

/** An event is asked for more than once on its way in, and hashing is the dearest part of it. */
const prints = new WeakMap<JsonObject, Fingerprint>();

function printOf(wire: JsonObject): Fingerprint {
  const { source, id, type, subject, time, data } = wire;
  return {
    id: hash('sha256', canonicalJson([source, id]), 'hex').slice(0, 24),
    content: hash('sha256', canonicalJson({ type, subject, time, data }), 'hex').slice(0, 12),
  };
}
