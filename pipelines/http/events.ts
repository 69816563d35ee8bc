/**
 * POST /v1/events: one event, a batch, or NDJSON without end. What a token may not send is refused here, line by line; all else
 * is the door's to judge. An answer is given when what it accepts is durable.
 */
import type { Context } from 'hono';
import { LINE_BYTES_MAX } from '../runtime/decode.js';
import { BATCH_BYTES_MAX, bytesOf, type Encoding, linesOf, textOf } from './body.js';
import type { EventIntake, Grant, LineAnswer } from './ports.js';
import { Problem } from './problem.js';
import { forbidden, isUnlimited } from './tokens.js';

/** How many lines, and about how many bytes, are handed on at once; as many again are read meanwhile. */
const PART_LINES_MAX = 1_000;
const PART_BYTES_MAX = 1024 * 1024;
/** How many events a batch may have. */
const BATCH_EVENTS_MAX = 10_000;

/** What became of a request's events. `error` where it ended early: what has no answer was not taken. */
interface Summary {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly lines: number;
  readonly error?: string;
  readonly message?: string;
}

export interface EventsGiven {
  readonly intake: EventIntake;
  /** Told of failures that are ours, not the sender's. */
  readonly failed: (what: string, error: unknown) => void;
  /** Told of events that a token may not send: the door never sees them, and they count all the same. */
  readonly notAllowed: (events: number) => void;
}

/** Answers a request with events of one who may send what `grant` says. */
export async function takeEvents(c: Context, given: EventsGiven, grant: Grant): Promise<Response> {
  const form = formOf(c.req.header('content-type'));
  const bytes = bytesOf(c.req.raw.body, encodingOf(c.req.header('content-encoding')));
  if (form === 'lines') return takeLines(bytes, given, grant, wantedOf(c.req.query('answers')));
  const text = await textOf(bytes, BATCH_BYTES_MAX);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `the body is no JSON: ${(error as Error).message}`);
  }
  const isList = Array.isArray(value);
  if (form === 'batch' && !isList) throw new Problem(400, 'not-a-batch', 'a batch is a JSON array of events');
  if (form === 'event' && isList)
    throw new Problem(400, 'not-an-event', 'this is an array; its type is application/cloudevents-batch+json');
  if (isList) return takeBatch(value as unknown[], given, grant);
  if (Buffer.byteLength(text) > LINE_BYTES_MAX) {
    throw new Problem(413, 'too-large', `an event is at most ${LINE_BYTES_MAX} bytes`);
  }
  return takeOne(value, given, grant);
}

// --- What comes ---

type Form = 'event' | 'batch' | 'either' | 'lines';

const FORMS: Readonly<Record<string, Form>> = {
  'application/cloudevents+json': 'event',
  'application/cloudevents-batch+json': 'batch',
  'application/json': 'either',
  'application/x-ndjson': 'lines',
  'application/ndjson': 'lines',
};

function formOf(header: string | undefined): Form {
  const [type = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const form = Object.hasOwn(FORMS, type) ? FORMS[type] : undefined;
  if (!form) {
    const known = Object.keys(FORMS).join(', ');
    throw new Problem(
      415,
      'unknown-content-type',
      `'${type}' is not taken; the content-type should be one of ${known}`,
      {
        accept: known,
      },
    );
  }
  const charset = parameters
    .find((one) => one.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new Problem(415, 'unknown-charset', `the charset '${charset}' is not taken; JSON is UTF-8`);
  }
  return form;
}

function encodingOf(header: string | undefined): Encoding {
  const encoding = header?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Problem(415, 'unknown-content-encoding', `'${encoding}' is not taken; the content-encoding may be gzip`, {
    'accept-encoding': 'gzip',
  });
}

type Wanted = 'all' | 'problems';

function wantedOf(answers: string | undefined): Wanted {
  if (answers === undefined || answers === 'all') return 'all';
  if (answers === 'problems') return answers;
  throw new Problem(
    400,
    'bad-parameter',
    "answers should be 'all' or 'problems' (accepted lines are then counted, not answered)",
  );
}

// --- One event ---

const STATUS: Readonly<Record<LineAnswer['status'], number>> = { accepted: 202, duplicate: 200, rejected: 422 };

/** Takes one event of one who may send what `grant` says: 202 accepted, 200 known already, 403 not allowed, 422 rejected. */
export async function takeOne(
  event: unknown,
  { intake, failed, notAllowed }: EventsGiven,
  grant: Grant,
): Promise<Response> {
  const refusal = refusalOf(grant, event, 1);
  notAllowed(refusal ? 1 : 0);
  if (refusal) return Response.json(refusal, { status: 403 });
  const [answer] = await intake.takeObjects([event], grant).catch((error: unknown) => {
    failed('taking an event', error);
    throw unavailable('the event was not taken: send it again');
  });
  if (!answer) throw new Error('the door gave no answer to an event');
  return Response.json(answer, { status: STATUS[answer.status] });
}

// --- A batch ---

async function takeBatch(events: readonly unknown[], given: EventsGiven, grant: Grant): Promise<Response> {
  if (events.length > BATCH_EVENTS_MAX) {
    throw new Problem(
      413,
      'too-large',
      `a batch has at most ${BATCH_EVENTS_MAX} events; send NDJSON, which has no limit`,
    );
  }
  const refused: LineAnswer[] = [];
  const lineOf: number[] = [];
  const allowed = events.filter((event, i) => {
    const refusal = refusalOf(grant, event, i + 1);
    if (refusal) refused.push(refusal);
    else lineOf.push(i + 1);
    return !refusal;
  });
  const taken =
    allowed.length === 0
      ? []
      : await given.intake.takeObjects(allowed, grant).catch((error: unknown) => {
          given.failed('taking a batch', error);
          throw unavailable('the batch was not taken: send it again, what had been taken is a duplicate then');
        });
  const answers = inOrder(
    given,
    refused,
    taken.map((answer) => ({ ...answer, line: lineOf[answer.line - 1] ?? answer.line })),
  );
  const { lines: _, ...counts } = new Tally().add(answers).summary(events.length);
  return Response.json({ ...counts, answers });
}

// --- NDJSON ---

async function takeLines(
  bytes: AsyncIterable<Uint8Array>,
  given: EventsGiven,
  grant: Grant,
  wanted: Wanted,
): Promise<Response> {
  const parts = answersTo(linesOf(bytes), given, grant);
  // The first part is awaited before the status is sent: what is wrong from the start is answered as such.
  let next: IteratorResult<Part, void> | undefined = await parts.next();
  const tally = new Tally();
  const encoder = new TextEncoder();
  let lines = 0;
  const end = (problem?: Problem) => {
    const error = problem && {
      error: problem.code,
      message: `${problem.message}; lines after ${lines} were not taken`,
    };
    return encoder.encode(`${JSON.stringify({ summary: { ...tally.summary(lines), ...error } })}\n`);
  };
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    for (;;) {
      let came: IteratorResult<Part, void>;
      try {
        came = next ?? (await parts.next());
      } catch (error) {
        if (!(error instanceof Problem)) given.failed('answering lines', error);
        controller.enqueue(end(error instanceof Problem ? error : unavailable('this failed inside')));
        controller.close();
        return;
      }
      next = undefined;
      if (came.done) {
        controller.enqueue(end());
        controller.close();
        return;
      }
      tally.add(came.value.answers);
      lines = came.value.lines;
      const said = came.value.answers.filter(({ status }) => wanted === 'all' || status === 'rejected');
      if (said.length === 0) continue;
      controller.enqueue(encoder.encode(said.map((answer) => `${JSON.stringify(answer)}\n`).join('')));
      return;
    }
  };
  const stream = new ReadableStream<Uint8Array>(
    { pull, cancel: async () => void (await parts.return()) },
    // Nothing is read ahead: who does not read the answers is not listened to.
    new CountQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(stream, { headers: { 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' } });
}

/** The answers to some lines; `lines` counts those up to and with them. */
interface Part {
  readonly answers: readonly LineAnswer[];
  readonly lines: number;
}

type Turn =
  | { readonly is: 'read'; readonly lines: readonly string[] | undefined }
  | { readonly is: 'cut'; readonly error: unknown }
  | { readonly is: 'taken'; readonly part: Part }
  | { readonly is: 'refused' };

/**
 * Hands lines on part by part and yields what became of them, in order. While one part is on its way to the disk the next is
 * read, and no more than that: so the parts grow by themselves when the sender is faster than the disk.
 */
async function* answersTo(
  source: AsyncGenerator<readonly string[], void>,
  given: EventsGiven,
  grant: Grant,
): AsyncGenerator<Part, void> {
  const pending: string[] = [];
  let bytes = 0;
  let first = 1;
  let cut: { readonly error: unknown } | undefined;
  const read = (): Promise<Turn> =>
    source.next().then(
      ({ done, value }) => ({ is: 'read', lines: done ? undefined : value }),
      (error: unknown) => ({ is: 'cut', error }),
    );
  const take = (): Promise<Turn> => {
    const lines = pending.splice(0, PART_LINES_MAX);
    bytes -= lengthOf(lines);
    first += lines.length;
    return takePart(lines, first - lines.length, given, grant);
  };

  let reading: Promise<Turn> | undefined = read();
  let taking: Promise<Turn> | undefined;
  try {
    while (reading || taking || pending.length > 0) {
      if (!taking && pending.length > 0) taking = take();
      const hasRoom = pending.length < PART_LINES_MAX && bytes < PART_BYTES_MAX;
      const turn: Turn = await Promise.race([hasRoom ? reading : undefined, taking].filter((one) => one !== undefined));
      switch (turn.is) {
        case 'read':
          reading = turn.lines === undefined ? undefined : read();
          pending.push(...(turn.lines ?? []));
          bytes += lengthOf(turn.lines ?? []);
          break;
        case 'cut':
          // What came whole before the break is taken and answered first.
          reading = undefined;
          cut = turn;
          break;
        case 'taken':
          taking = undefined;
          yield turn.part;
          break;
        case 'refused':
          throw unavailable('events cannot be taken now: try again');
      }
    }
    if (cut) throw cut.error;
  } finally {
    void source.return();
  }
}

async function takePart(lines: readonly string[], first: number, given: EventsGiven, grant: Grant): Promise<Turn> {
  const refused: LineAnswer[] = [];
  // A line that may not be sent is handed on as a blank one: the numbers of the others stay right.
  const allowed = isUnlimited(grant)
    ? lines
    : lines.map((line, i) => (mayGo(grant, line, first + i, refused) ? line : ''));
  try {
    const isBlank = allowed.every((line) => line.trim() === '');
    const taken = isBlank ? [] : await given.intake.takeLines(allowed, first, grant);
    return { is: 'taken', part: { answers: inOrder(given, refused, taken), lines: first + lines.length - 1 } };
  } catch (error) {
    given.failed('taking lines', error);
    return { is: 'refused' };
  }
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}

function mayGo(grant: Grant, text: string, line: number, refused: LineAnswer[]): boolean {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    // The door says what is wrong with it.
    return true;
  }
  const refusal = refusalOf(grant, event, line);
  if (refusal) refused.push(refusal);
  return !refusal;
}

// --- Answers ---

function refusalOf(grant: Grant, event: unknown, line: number): LineAnswer | undefined {
  const problem = forbidden(grant, event);
  if (!problem) return undefined;
  const { id } = event as { readonly id?: unknown };
  return { line, status: 'rejected', ...(typeof id === 'string' && { id }), reason: 'not-allowed', ...problem };
}

function inOrder(
  { notAllowed }: EventsGiven,
  refused: readonly LineAnswer[],
  taken: readonly LineAnswer[],
): readonly LineAnswer[] {
  notAllowed(refused.length);
  return refused.length === 0 ? taken : [...refused, ...taken].sort((a, b) => a.line - b.line);
}

class Tally {
  readonly #counts = { accepted: 0, duplicate: 0, rejected: 0 };

  add(answers: readonly LineAnswer[]): this {
    for (const { status } of answers) this.#counts[status] += 1;
    return this;
  }

  summary(lines: number): Summary {
    const { accepted, duplicate, rejected } = this.#counts;
    return { accepted, duplicates: duplicate, rejected, lines };
  }
}

function unavailable(message: string): Problem {
  return new Problem(503, 'unavailable', message, { 'retry-after': '5' });
}
