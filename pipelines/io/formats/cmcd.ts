/**
 * Common Media Client Data (CTA-5004, version 1): what a player says of itself with each request, as a query argument, as four
 * headers, or as JSON, in the lines of a server's log. One line becomes one request.
 *
 * A line is a JSON object (`time`, and `url` or `query`, `headers`, or `cmcd`; beside them `status`, `deliveryMilliseconds`,
 * `service`, `device`), or text of the combined log form, in which the headers may stand in quotes after the rest. A line that
 * has no CMCD is no problem and no request.
 */
import type { PieceKind, Request } from '../../domain/quality/player.js';
import { type Instant, parseInstant } from '../../domain/units.js';

/** The keys that are read, with the form of their values. Of others a player may send what it likes. */
const KEYS = {
  br: 'count',
  bl: 'count',
  bs: 'flag',
  cid: 'text',
  d: 'count',
  mtp: 'count',
  ot: 'token',
  pr: 'number',
  rtp: 'count',
  sf: 'token',
  sid: 'text',
  st: 'token',
  su: 'flag',
  tb: 'count',
  v: 'count',
} as const;
type Key = keyof typeof KEYS;
type ValueOf<K extends Key> = {
  count: number;
  number: number;
  flag: boolean;
  text: string;
  token: string;
}[(typeof KEYS)[K]];
/** As it stands on the wire: kbit/s and ms. */
export type Cmcd = { readonly [K in Key]?: ValueOf<K> };

/** What is wrong with a line. */
export interface CmcdProblem {
  readonly ok: false;
  readonly field: string;
  readonly why: string;
}

/** A line that was understood. */
export interface CmcdLine {
  readonly ok: true;
  readonly cmcd: Cmcd;
  readonly at: Instant;
  readonly request: Request;
  /** What the line says beside CMCD, for who knows whose session it is. */
  readonly said: CmcdSaid;
}

/** What a line may say of whose session it is: from its JSON fields, else from the arguments of its address. */
export interface CmcdSaid {
  readonly service?: string;
  readonly device?: string;
  readonly query: ReadonlyMap<string, string>;
}

const HEADERS = ['cmcd-object', 'cmcd-request', 'cmcd-status', 'cmcd-session'] as const;
/** Longer than this nothing is CMCD. */
const TEXT_MAX = 65_536;
/** CTA-5004 gives `sid` and `cid` so many characters. */
const NAME_MAX = 64;
const RATE = 1_000;

/** Reads one line; undefined where it has no CMCD. */
export function readCmcdLine(text: string): CmcdLine | CmcdProblem | undefined {
  if (text.length > TEXT_MAX) return problem('line', `is longer than ${TEXT_MAX} characters`);
  const line = text.trimStart().startsWith('{') ? jsonLine(text) : combinedLine(text);
  if (line === undefined || 'ok' in line) return line;
  const read =
    line.parts.length === 1 && typeof line.parts[0] === 'object'
      ? fromJson(line.parts[0])
      : readCmcd(line.parts as readonly string[]);
  if ('ok' in read) return read;
  const at = line.time;
  if (at === undefined) return problem('time', 'is no time with an offset');
  const { v = 1, sid } = read;
  if (v !== 1) return problem('v', `is version ${v}; version 1 is read`);
  if (sid === undefined) return problem('sid', 'is missing: the request belongs to no session');
  return { ok: true, cmcd: read, at, request: requestOf(read, at, line), said: line.said };
}

/** Reads lists of `key`, `key=value`; of a key given twice the first stands. */
export function readCmcd(parts: readonly string[]): Cmcd | CmcdProblem {
  const found: Record<string, unknown> = {};
  for (const part of parts) {
    for (const pair of pairsOf(part)) {
      const [name, raw] = pair;
      if (!Object.hasOwn(KEYS, name) || Object.hasOwn(found, name)) continue;
      const value = readValue(KEYS[name as Key], raw);
      if (value === undefined) return problem(name, 'is not of the form that CTA-5004 gives it');
      if (KEYS[name as Key] === 'text' && (value as string).length > NAME_MAX) {
        return problem(name, `is longer than ${NAME_MAX} characters`);
      }
      found[name] = value;
    }
  }
  return found as Cmcd;
}

/** One pair after another: commas within quotes divide nothing. */
function* pairsOf(text: string): Generator<readonly [name: string, value: string | undefined]> {
  for (const [whole] of text.matchAll(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g)) {
    const pair = whole.trim();
    if (pair === '') continue;
    const at = pair.indexOf('=');
    yield at < 0 ? [pair, undefined] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  }
}

function readValue(form: (typeof KEYS)[Key], raw: string | undefined): unknown {
  switch (form) {
    case 'flag':
      return raw === undefined || raw === 'true' ? true : raw === 'false' ? false : undefined;
    case 'count':
      return raw !== undefined && /^\d{1,12}$/.test(raw) ? Number(raw) : undefined;
    case 'number':
      return raw !== undefined && /^\d{1,6}(\.\d{1,6})?$/.test(raw) ? Number(raw) : undefined;
    case 'token':
      return raw !== undefined && /^"?[a-z]{1,8}"?$/.test(raw) ? raw.replaceAll('"', '') : undefined;
    case 'text':
      return raw !== undefined && /^"(?:\\.|[^"\\])+"$/.test(raw)
        ? raw.slice(1, -1).replace(/\\(.)/g, '$1')
        : undefined;
  }
}

/** The same as one JSON object, the third form of CTA-5004. */
function fromJson(object: object): Cmcd | CmcdProblem {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    if (!Object.hasOwn(KEYS, name)) continue;
    const form = KEYS[name as Key];
    const raw = form === 'text' && typeof value === 'string' ? JSON.stringify(value) : String(value);
    const read = readValue(form, raw);
    if (read === undefined) return problem(name, 'is not of the form that CTA-5004 gives it');
    if (form === 'text' && (read as string).length > NAME_MAX)
      return problem(name, `is longer than ${NAME_MAX} characters`);
    found[name] = read;
  }
  return found as Cmcd;
}

// --- The lines of logs ---

interface Line {
  readonly time: Instant | undefined;
  /** Lists of CMCD as text, or one JSON object. */
  readonly parts: readonly (string | object)[];
  readonly path: string;
  readonly status?: number;
  readonly delivery?: number;
  readonly said: CmcdSaid;
}

function jsonLine(text: string): Line | CmcdProblem | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return problem('line', 'is no JSON');
  }
  const { time, url, query, headers, cmcd, status, deliveryMilliseconds: delivery, service, device } = line;
  const address = addressOf(
    typeof url === 'string' ? url : typeof query === 'string' ? `?${query.replace(/^\?/, '')}` : '',
  );
  if (address === undefined) return problem('url', 'is no address that can be read');
  const parts = partsOf(address.query, headers, cmcd);
  if (parts.length === 0) return undefined;
  return {
    time: typeof time === 'string' ? parseInstant(time) : undefined,
    parts,
    path: address.path,
    ...(typeof status === 'number' && { status }),
    ...(typeof delivery === 'number' && delivery >= 0 && { delivery }),
    said: {
      query: address.query,
      ...(typeof service === 'string' && { service }),
      ...(typeof device === 'string' && { device }),
    },
  };
}

/** `host ident user [10/Jun/2026:20:00:00 +0200] "GET /path?CMCD=... HTTP/1.1" 206 1000 ... "CMCD-Object: ..."`. */
const COMBINED = /^\S+ \S+ \S+ \[([^\]]+)\] "(?:GET|HEAD|POST) (\S+)(?: HTTP\/[\d.]+)?" (\d{3}) (?:\d+|-)(.*)$/;
const HEADER_TEXT = /"(CMCD-(?:Object|Request|Status|Session)): ((?:\\.|[^"\\])*)"/gi;

function combinedLine(text: string): Line | CmcdProblem | undefined {
  const found = COMBINED.exec(text.trim());
  if (!found) return /CMCD/i.test(text) ? problem('line', 'is neither JSON nor of the combined log form') : undefined;
  const [, time = '', url = '', status, rest = ''] = found;
  const address = addressOf(url);
  if (address === undefined) return problem('url', 'is no address that can be read');
  const headers = Object.fromEntries(
    [...rest.matchAll(HEADER_TEXT)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value.replace(/\\(.)/g, '$1'),
    ]),
  );
  const parts = partsOf(address.query, headers, undefined);
  if (parts.length === 0) return undefined;
  return { time: logTime(time), parts, path: address.path, status: Number(status), said: { query: address.query } };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `10/Jun/2026:20:00:00 +0200`. */
function logTime(text: string): Instant | undefined {
  const found = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d(?:\.\d{1,9})?) ([+-]\d\d)(\d\d)$/.exec(text);
  if (!found) return undefined;
  const [, day, name = '', year, clock, hours, minutes] = found;
  const month = String(MONTHS.indexOf(name) + 1).padStart(2, '0');
  return parseInstant(`${year}-${month}-${day}T${clock}${hours}:${minutes}`);
}

/** The argument `CMCD`, else the headers, else the JSON object: a request has it in one place. */
function partsOf(query: ReadonlyMap<string, string>, headers: unknown, cmcd: unknown): readonly (string | object)[] {
  const argument = query.get('CMCD');
  if (argument !== undefined) return [argument];
  const named = new Map(
    Object.entries(typeof headers === 'object' && headers ? headers : {}).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const texts = HEADERS.flatMap((name) => {
    const value = named.get(name);
    return typeof value === 'string' ? value : [];
  });
  if (texts.length > 0) return texts;
  if (typeof cmcd === 'string') return [cmcd];
  return typeof cmcd === 'object' && cmcd !== null ? [cmcd] : [];
}

interface Address {
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

function addressOf(url: string): Address | undefined {
  const at = url.indexOf('?');
  const [path, text] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1).replace(/#.*$/, '')];
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    const cut = pair.indexOf('=');
    const [name, value] = cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)];
    try {
      query.set(decodeURIComponent(name), decodeURIComponent(value.replaceAll('+', ' ')));
    } catch {
      return undefined;
    }
  }
  return { path, query };
}

// --- The request ---

/** Kinds of objects: of picture, of both muxed, of sound; list, first part; what carries no time of the programme. */
const KINDS: Readonly<Record<string, PieceKind>> = {
  v: 'picture',
  av: 'picture',
  a: 'sound',
  i: 'init',
  m: 'list',
  c: 'other',
  tt: 'other',
  k: 'other',
  o: 'other',
};

function requestOf(cmcd: Cmcd, at: Instant, line: Line): Request {
  const { ot, br, tb, d, bl, bs = false, su = false, mtp, pr = 1 } = cmcd;
  return {
    at,
    // A player that does not tell kinds tells the bitrate or length of media alone.
    kind: ot === undefined ? (br !== undefined || d !== undefined ? 'picture' : 'other') : (KINDS[ot] ?? 'other'),
    ...(br !== undefined && { bitsPerSecond: br * RATE }),
    ...(tb !== undefined && { topBitsPerSecond: tb * RATE }),
    ...(d !== undefined && { length: d }),
    ...(bl !== undefined && { buffer: bl }),
    ...(mtp !== undefined && { throughputBitsPerSecond: mtp * RATE }),
    starved: bs,
    urgent: su,
    speed: pr,
    ...(line.delivery !== undefined && { delivery: line.delivery }),
    failed: line.status !== undefined && line.status >= 400,
    name: `${line.path} ${JSON.stringify(line.parts)} ${line.status ?? ''}`,
  };
}

function problem(field: string, why: string): CmcdProblem {
  return { ok: false, field, why };
}
