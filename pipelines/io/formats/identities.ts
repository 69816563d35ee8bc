/**
 * Which service an identity of a subscriber belongs to: a CSV file of the operator's, `identity,serviceId` and optionally
 * `from,to`. It is held in memory alone. No error says what stands in it but by line and column: those are phone numbers.
 *
 * An identity is `imsi:`, `msisdn:`, `user:` or `station:` with its text, or digits alone (an IMSI or a phone number), or any
 * other text alone (a user name or calling station of RADIUS), or `hash:` with the HMAC-SHA-256, in hexadecimal, of the first
 * form (`imsi:220051234567890`) under the installation's identity key.
 */
import { createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { EVER, FOREVER, type Instant, parseInstant } from '../../domain/units.js';
import type { Identity } from './format.js';

/** A service that an identity had for some time. */
interface Holding {
  readonly service: string;
  readonly from: Instant;
  /** Up to before this. */
  readonly to: Instant;
}

/** Most identities belong to one service for ever: those are the service's id alone. */
type Held = string | readonly Holding[];

/** What the parts of an identity are called in the file. */
const KINDS = { imsi: 'imsi', msisdn: 'msisdn', userName: 'user', callingStationId: 'station' } as const;
/** Digits alone: an IMSI or a phone number. */
const ANY_NUMBER = 'number';
/** Other text alone: a user name or a calling station. */
const ANY_TEXT = 'text';
const HASH = 'hash';

/** The services of subscribers, by identity. */
export class Identities {
  readonly #held: ReadonlyMap<string, Held>;
  readonly #hashKey: Uint8Array;
  readonly #hashed: boolean;
  /** Records that named two services, by two identities: none of the two can be believed. */
  conflicts = 0;

  constructor(held: ReadonlyMap<string, Held>, hashKey: Uint8Array, hashed: boolean) {
    this.#held = held;
    this.#hashKey = hashKey;
    this.#hashed = hashed;
  }

  /** How many identities there are. */
  get size(): number {
    return this.#held.size;
  }

  /** The service that a subscriber had at that time; undefined where none is known, or where its identities name different ones. */
  resolve(identity: Identity, at: Instant): string | undefined {
    let found: string | undefined;
    for (const key of this.#keysOf(identity)) {
      const service = serviceAt(this.#held.get(key), at);
      if (service === undefined || service === found) continue;
      if (found !== undefined) {
        this.conflicts += 1;
        return undefined;
      }
      found = service;
    }
    return found;
  }

  #keysOf(identity: Identity): readonly string[] {
    const keys: string[] = [];
    for (const [field, kind] of Object.entries(KINDS)) {
      const text = identity[field as keyof Identity];
      if (text === undefined) continue;
      const digits = digitsIn(text);
      const ofRadius = kind === 'user' || kind === 'station';
      const names = ofRadius
        ? [`${kind}:${text}`, `${ANY_TEXT}:${text}`]
        : [`${kind}:${kind === 'imsi' ? text : (digits ?? text)}`];
      // A user of a mobile network is often named by its number.
      if (digits !== undefined) names.push(`${ANY_NUMBER}:${digits}`, ...(ofRadius ? [`msisdn:${digits}`] : []));
      keys.push(...names);
      if (this.#hashed) keys.push(`${HASH}:${identityHash(this.#hashKey, names[0]!)}`);
    }
    return keys;
  }
}

/** The keyed hash by which the file may name an identity, in place of itself. `name`: its first form, `imsi:220051234567890`. */
export function identityHash(hashKey: Uint8Array, name: string): string {
  return createHmac('sha256', hashKey).update(name).digest('hex');
}

/** One line of the file with its identity, hashed where it says of what kind it is; undefined where it cannot be. */
export function hashedIdentity(hashKey: Uint8Array, identity: string): string | undefined {
  const key = keyOf(identity);
  const kind = key?.slice(0, key.indexOf(':'));
  if (key === undefined || kind === ANY_NUMBER || kind === ANY_TEXT) return undefined;
  return kind === HASH ? key : `${HASH}:${identityHash(hashKey, key)}`;
}

// --- Reading ---

const PROBLEMS_TOLD = 20;
/** What the door refuses as a subject. */
const LIKE_A_NUMBER = /^(?:\d{9,15}$|\+\d)/;
const COLUMNS = ['identity', 'serviceId', 'from', 'to'];

/** Reads the file, also `.gz`. Throws one error that names every bad line by its number, and never what stands there. */
export async function readIdentities(path: string, hashKey: Uint8Array): Promise<Identities> {
  const held = new Map<string, Held>();
  const services = new Map<string, string>();
  const problems: string[] = [];
  let hashed = false;
  for await (const { line, identity, service, from, to } of identityRows(path)) {
    const read = rowOf(identity, service, from, to);
    if (typeof read === 'string') {
      problems.push(`line ${line}: ${read}`);
      continue;
    }
    hashed ||= read.key.startsWith(`${HASH}:`);
    // Ids that many identities share are kept once.
    const known = services.get(service) ?? service;
    services.set(known, known);
    const before = held.get(read.key);
    const next = joined(before, { ...read.holding, service: known });
    if (next === undefined) problems.push(`line ${line}: its identity has another service for the same time already`);
    else held.set(read.key, next);
  }
  if (problems.length > 0) {
    const more = problems.length > PROBLEMS_TOLD ? [`and ${problems.length - PROBLEMS_TOLD} more`] : [];
    const told = [...problems.slice(0, PROBLEMS_TOLD), ...more].join('\n  ');
    throw new Error(`the identities ${path} cannot be used:\n  ${told}`);
  }
  return new Identities(held, hashKey, hashed);
}

/** One row of the file as it stands there. */
export interface IdentityRow {
  readonly line: number;
  readonly identity: string;
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The rows of the file, without a header: the columns by their names, or else in the order identity, serviceId, from, to. Throws an
 * error that repeats nothing of it.
 */
export async function* identityRows(path: string): AsyncGenerator<IdentityRow> {
  let order: readonly number[] | undefined;
  try {
    for await (const { line, cells } of linesOf(path)) {
      if (order === undefined) {
        const header = headerOf(cells);
        order = header ?? COLUMNS.map((_, i) => i);
        if (header) continue;
      }
      const [identity = '', service = '', from = '', to = ''] = order.map((at) => cells[at]);
      yield { line, identity, service, from, to };
    }
  } catch (error) {
    throw new Error(`the identities ${path} cannot be read: ${wordsOf(error)}`);
  }
}

async function* linesOf(path: string): AsyncGenerator<{ readonly line: number; readonly cells: readonly string[] }> {
  const raw = createReadStream(path);
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true });
  // The callback is empty because whoever reads gets the error as well.
  if (path.endsWith('.gz')) pipeline(raw, createGunzip(), parser, () => undefined);
  else pipeline(raw, parser, () => undefined);
  for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
    yield { line: info.lines, cells: record };
  }
}

/** Where each column stands, if this is a header. */
function headerOf(cells: readonly string[]): readonly number[] | undefined {
  const names = cells.map((cell) => cell.toLowerCase().replaceAll('_', ''));
  const order = COLUMNS.map((column) => names.indexOf(column.toLowerCase()));
  return order[0]! < 0 || order[1]! < 0 ? undefined : order;
}

/** What is wrong with the file. The parser's own words repeat what stands there. */
function wordsOf(error: unknown): string {
  if (error instanceof CsvError)
    return `line ${(error as CsvError & { lines?: number }).lines ?? '?'} is no CSV (${error.code})`;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : code === undefined ? 'it is no list of identities' : message;
}

function rowOf(identity: string, service: string, from: string, to: string) {
  const key = keyOf(identity);
  if (key === undefined) return 'column identity: is empty, or not in one of the forms';
  if (service === '') return 'column serviceId: is empty';
  if (LIKE_A_NUMBER.test(service) || service === identity) {
    return 'column serviceId: looks like a phone number or an IMSI: it must be an opaque id';
  }
  const begin = from === '' ? EVER : parseInstant(from);
  const end = to === '' ? FOREVER : parseInstant(to);
  if (begin === undefined) return 'column from: is no RFC 3339 time with an offset';
  if (end === undefined) return 'column to: is no RFC 3339 time with an offset';
  if (!(begin < end)) return 'column to: is not after from';
  return { key, holding: { from: begin, to: end } };
}

/** The key of an identity as a file writes it; undefined where it is in none of the forms. */
function keyOf(identity: string): string | undefined {
  const [, kind, text] = /^(imsi|msisdn|user|station|hash):(.*)$/is.exec(identity) ?? [];
  if (kind === undefined) {
    const digits = digitsIn(identity);
    if (digits !== undefined) return `${ANY_NUMBER}:${digits}`;
    return identity === '' ? undefined : `${ANY_TEXT}:${identity}`;
  }
  switch (kind.toLowerCase()) {
    case 'hash':
      return /^[0-9a-f]{64}$/i.test(text!) ? `${HASH}:${text!.toLowerCase()}` : undefined;
    case 'imsi':
      // Its first digits are a country's: 00 is no sign that a country follows.
      return /^\d{6,15}$/.test(text!) ? `imsi:${text}` : undefined;
    case 'msisdn': {
      const digits = digitsIn(text!);
      return digits === undefined ? undefined : `msisdn:${digits}`;
    }
    default:
      return text === '' ? undefined : `${kind.toLowerCase()}:${text}`;
  }
}

/** The digits of a number however it is written: with a plus or 00 before it, with blanks, hyphens and brackets in it. */
function digitsIn(text: string): string | undefined {
  const plain = text.replace(/[\s().\-/]/g, '').replace(/^(?:\+|00)/, '');
  return /^\d{5,15}$/.test(plain) ? plain : undefined;
}

function joined(before: Held | undefined, next: Holding): Held | undefined {
  const isForEver = next.from === EVER && next.to === FOREVER;
  if (before === undefined) return isForEver ? next.service : [next];
  if (typeof before === 'string') return before === next.service ? before : undefined;
  const overlaps = before.some(({ service, from, to }) => service !== next.service && from < next.to && next.from < to);
  return overlaps ? undefined : [...before, next];
}

function serviceAt(held: Held | undefined, at: Instant): string | undefined {
  if (held === undefined || typeof held === 'string') return held;
  return held.find(({ from, to }) => from <= at && at < to)?.service;
}
