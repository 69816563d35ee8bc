/**
 * Detail files of RADIUS servers: accounting requests as text, one paragraph each. A line that begins at the margin opens it,
 * indented lines are attributes (`Name = value`), an empty line ends it. The server puts `Timestamp`, when it received the
 * request in seconds since 1970, behind all others: a paragraph that is cut off has none.
 */
import type { Instant } from '../../domain/units.js';
import type { AccountingRequest, Counter } from './radius-packet.js';

/** One paragraph: a request and when the server received it, or what is wrong with it. `line` is its first line, from 1. */
export type DetailRecord =
  | { readonly ok: true; readonly line: number; readonly request: AccountingRequest; readonly at: Instant }
  | { readonly ok: false; readonly line: number; readonly field?: string; readonly why: string };

const LINE_LENGTH_MAX = 16_384;
const LINES_MAX = 1_000;
const UINT32_MAX = 2 ** 32 - 1;

const STATUS: Readonly<Record<string, AccountingRequest['status']>> = {
  start: 'start',
  stop: 'stop',
  'interim-update': 'interim',
  alive: 'interim',
  'accounting-on': 'nas-on',
  'accounting-off': 'nas-off',
  '1': 'start',
  '2': 'stop',
  '3': 'interim',
  '7': 'nas-on',
  '8': 'nas-off',
};

/** A paragraph as it is read. */
class Paragraph {
  readonly line: number;
  readonly attributes = new Map<string, string>();
  last = '';
  lines = 0;
  bad: { readonly line: number; readonly why: string } | undefined;

  constructor(line: number) {
    this.line = line;
  }

  /** Takes an indented line. Of an attribute that comes twice the first holds, as in a packet. */
  take(text: string, line: number): void {
    this.lines += 1;
    const [, name, value] = /^\s+([A-Za-z0-9][\w.-]*)(?::\d+)?\s*(?:\+=|:=|=)\s*(.*?)\s*$/.exec(text) ?? [];
    if (name === undefined || this.lines > LINES_MAX) {
      this.bad ??= { line, why: name === undefined ? 'is no attribute' : 'there are too many attributes' };
      return;
    }
    if (!this.attributes.has(name)) this.attributes.set(name, value!);
    this.last = name;
  }
}

/** Reads the paragraphs of a file from its bytes. Never throws for what they say. */
export async function* detailRecords(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<DetailRecord> {
  let open: Paragraph | undefined;
  for await (const { line, text, ended } of linesOf(chunks)) {
    if (text.trim() === '') {
      if (open) yield recordOf(open);
      open = undefined;
    } else if (!/^\s/.test(text)) {
      // Without the empty line before it, what was open is cut off.
      if (open) yield cutOff(open);
      open = new Paragraph(line);
    } else if (open) {
      open.take(text, line);
      if (!ended) open.bad ??= { line, why: 'the line is cut off' };
    } else {
      open = new Paragraph(line);
      open.bad = { line, why: 'the paragraph has no first line: it is cut off' };
    }
  }
  if (open) yield open.bad || open.last === 'Timestamp' ? recordOf(open) : cutOff(open);
}

function cutOff({ line }: Paragraph): DetailRecord {
  return { ok: false, line, why: 'the record is cut off' };
}

function recordOf({ line, attributes, bad }: Paragraph): DetailRecord {
  const no = (why: string, field?: string): DetailRecord => ({
    ok: false,
    line,
    ...(field !== undefined && { field }),
    why,
  });
  if (bad) return { ok: false, line: bad.line, why: bad.why };
  const malformed: string[] = [];
  const text = (name: string): string | undefined => {
    const value = attributes.get(name);
    if (value === undefined) return undefined;
    const plain = unquoted(value);
    if (plain === undefined) malformed.push(name);
    return plain || undefined;
  };
  const number = (name: string): number | undefined => {
    const value = attributes.get(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,10}$/.test(value) || Number(value) > UINT32_MAX) {
      malformed.push(name);
      return undefined;
    }
    return Number(value);
  };
  const counter = (octetsName: string, gigawordsName: string): Counter | undefined => {
    const [octets, gigawords] = [number(octetsName), number(gigawordsName)];
    return octets === undefined ? undefined : { octets, ...(gigawords !== undefined && { gigawords }) };
  };
  const status = STATUS[(attributes.get('Acct-Status-Type') ?? '').toLowerCase()];
  if (!status) return no('is none of start, interim, stop, on, off', 'Acct-Status-Type');
  const receivedAt = number('Timestamp');
  const nas = text('NAS-Identifier') ?? text('NAS-IP-Address') ?? text('NAS-IPv6-Address');
  const sessionId = text('Acct-Session-Id');
  const [userName, callingStationId] = [text('User-Name'), text('Calling-Station-Id')];
  const input = counter('Acct-Input-Octets', 'Acct-Input-Gigawords');
  const output = counter('Acct-Output-Octets', 'Acct-Output-Gigawords');
  const sessionSeconds = number('Acct-Session-Time');
  const delaySeconds = number('Acct-Delay-Time') ?? 0;
  // Written as a date by most servers, with a zone that names no offset: then the time of receipt serves.
  const stamp = /^\d{1,10}$/.test(attributes.get('Event-Timestamp') ?? '') ? number('Event-Timestamp') : undefined;
  if (malformed.length > 0) return no('is malformed', malformed[0]);
  if (receivedAt === undefined) return no('is missing: the record is cut off, or of another form', 'Timestamp');
  if (nas === undefined) return no('is missing, and so are NAS-IP-Address and NAS-IPv6-Address', 'NAS-Identifier');
  const ofSession = status !== 'nas-on' && status !== 'nas-off';
  if (ofSession && sessionId === undefined) return no('is missing', 'Acct-Session-Id');
  const request: AccountingRequest = {
    status,
    nas,
    sessionId: ofSession ? sessionId! : '',
    by: { ...(userName !== undefined && { userName }), ...(callingStationId !== undefined && { callingStationId }) },
    ...(sessionSeconds !== undefined && { sessionSeconds }),
    ...(input && { input }),
    ...(output && { output }),
    delaySeconds,
    ...(stamp !== undefined && { stampedAt: stamp * 1_000 }),
  };
  return { ok: true, line, request, at: receivedAt * 1_000 };
}

/** A value without its quotes and escapes; undefined where a quote is not closed. */
function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  const [, inner] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? [];
  return inner?.replace(/\\([0-7]{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

interface Line {
  readonly line: number;
  readonly text: string;
  /** Whether a line end stood behind it. */
  readonly ended: boolean;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let line = 0;
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const part of parts) yield { line: (line += 1), text: part.slice(0, LINE_LENGTH_MAX), ended: true };
    // What follows of a line without an end is not kept: cut, it is no attribute any more.
    if (rest.length > 2 * LINE_LENGTH_MAX) rest = rest.slice(0, LINE_LENGTH_MAX + 1);
  }
  rest += decoder.decode();
  if (rest !== '') yield { line: line + 1, text: rest.slice(0, LINE_LENGTH_MAX), ended: false };
}
