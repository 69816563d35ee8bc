/**
 * RADIUS accounting (RFC 2866) as usage. An access server tells the counters of a session from its begin on, again and again;
 * usage is the difference to what was told before. So a packet that comes twice makes nothing, and one that is lost is made up
 * for by the next. Each session is a state, `step` takes it on by a packet, `expire` by time; neither has a clock.
 *
 *   (none) ── start, interim ──► open ── stop ──────────────► closed (stop)
 *                                  ├──── a later start ─────► open, another      a closed one is kept for a while: a late copy of
 *                                  ├──── nas-on, nas-off ───► closed (nas)       its packets must not count anew
 *                                  └──── silence ───────────► closed (silence) ── interim, stop: it was alive ──► goes on
 */
import type { Instant, Milliseconds } from '../../domain/units.js';
import {
  type FileProblem,
  type Given,
  hashOf,
  keyedName,
  type ProblemKind,
  serviceOf,
  timeText,
  type Usage,
  type WireEvent,
} from './format.js';
import type { AccountingRequest, Counter } from './radius-packet.js';

/** A session. No part of it says who the subscriber is. */
export interface Session {
  readonly is: 'open' | 'closed';
  /** What closed it. */
  readonly by?: 'stop' | 'nas' | 'silence';
  /** Names the session, and starts with the same id anew: a hash. */
  readonly sessionId: string;
  readonly nas: string;
  readonly startedAt: Instant;
  /** When the counters last counted were true, and how long the session then was. */
  readonly countedAt: Instant;
  readonly seconds: number;
  readonly input: Total;
  readonly output: Total;
  /** How many parts were told of. */
  readonly parts: number;
  /** When a packet last came. */
  readonly heardAt: Instant;
  /** A problem of a subscriber not known was told. */
  readonly toldUnresolved?: true;
  /** What is saved here may be older than what was told: the next counters are taken as they are, and nothing is counted. */
  readonly unsure?: true;
}

/** A counter of a session so far, in bytes. */
export interface Total {
  readonly bytes: number;
  /** The server counts its wraps itself. */
  readonly counted: boolean;
}

/** What is told beside the packets. */
export interface RadiusGiven extends Pick<Given, 'resolve' | 'hashKey'> {
  /** After so long without a packet of a session its stop is taken to be lost: some multiple of the interim interval. */
  readonly silenceMax: Milliseconds;
  /** How long a session is remembered that is closed and all counted. */
  readonly closedFor: Milliseconds;
  /** How long one is whose stop is lost, or whose subscriber was not known: it may still speak. Absent: as long. */
  readonly unsettledFor?: Milliseconds;
  /** A counter that grew faster was reset, and did not wrap. Bits a second; absent: 10 Gbit/s. */
  readonly bitsPerSecondMax?: number;
}

/** What a packet or the time makes of a session; `session` undefined where nothing is left to remember. */
export interface Step {
  readonly session: Session | undefined;
  readonly events: readonly WireEvent[];
  readonly problems: readonly FileProblem[];
}

const SECOND = 1_000;
const WRAP = 2 ** 32;
const BITS_PER_SECOND_MAX = 10e9;
/** A server's clock is believed where it agrees with ours so far. */
const CLOCKS_DIFFER_MAX = 5 * 60 * SECOND;
/** A second start of a session within this time of the first is a copy of it. */
const COPY_WITHIN = 60 * SECOND;
/** No session has more bytes in one direction; two of them a double holds exactly. */
const BYTES_MAX = 2 ** 52;

/** The key of a request's session, by which its state is kept. Sessions of one server may be found by the part up to the slash. */
export function sessionKey({ nas, sessionId, by }: AccountingRequest, hashKey: Uint8Array): string {
  const session = keyedName(hashKey, 'radius', [nas, sessionId, by.userName ?? '', by.callingStationId ?? '']);
  return `${nasKey(nas, hashKey)}/${session}`;
}

/** The part of the keys that all sessions of an access server have. */
export function nasKey(nas: string, hashKey: Uint8Array): string {
  return keyedName(hashKey, 'nas', [nas]);
}

/** When it happened: by the server's clock where that is credible, else by when it came and how long it was under way. */
export function happenedAt({ stampedAt, delaySeconds }: AccountingRequest, now: Instant): Instant {
  const byDelay = now - delaySeconds * SECOND;
  return stampedAt !== undefined && Math.abs(stampedAt - byDelay) <= CLOCKS_DIFFER_MAX ? stampedAt : byDelay;
}

/** Takes a session on by a packet of it that came at `now`. */
export function step(session: Session | undefined, request: AccountingRequest, now: Instant, given: RadiusGiven): Step {
  const at = happenedAt(request, now);
  if (request.status === 'nas-on' || request.status === 'nas-off') return session ? closed(session, 'nas') : NOTHING;
  if (request.status === 'start') return started(session, request, at, now, given);
  // Use of a subscriber not known at its stop is counted when it is told of again, and the subscriber is known then.
  if (session?.is === 'closed' && session.by === 'stop' && !session.toldUnresolved) return afterEnd(session, request);
  return told(session ?? begun(request, at, now, given), request, at, now, given);
}

/** Takes a session on by time alone: closes one that is silent, forgets one that is closed for long. */
export function expire(session: Session, now: Instant, given: RadiusGiven): Step {
  const { silenceMax, closedFor, unsettledFor = closedFor } = given;
  if (session.is === 'open' && now - session.heardAt > silenceMax) {
    const why = `the stop is lost: closed as of ${timeText(session.countedAt)}, and what was used since is not counted`;
    return closed(session, 'silence', problemOf('lost', session, why));
  }
  const keptFor = isSettled(session) ? closedFor : unsettledFor;
  if (session.is === 'closed' && now - session.heardAt > silenceMax + keptFor) return NOTHING;
  return { session, events: [], problems: [] };
}

/** Whether nothing is expected of a session any more but copies. */
export function isSettled({ is, by, toldUnresolved }: Session): boolean {
  return is === 'closed' && by !== 'silence' && !toldUnresolved;
}

const NOTHING: Step = { session: undefined, events: [], problems: [] };

function started(
  session: Session | undefined,
  request: AccountingRequest,
  at: Instant,
  now: Instant,
  given: RadiusGiven,
): Step {
  // A start that is not later than what is known already is a copy, or was overtaken. Not every server tells of its delay.
  if (session && (at <= session.countedAt || at - session.startedAt <= COPY_WITHIN)) {
    return { session: { ...session, heardAt: Math.max(session.heardAt, now) }, events: [], problems: [] };
  }
  const next = begun(request, at, now, given);
  const lost = session?.is === 'open' ? [problemOf('lost', session, 'the stop is lost: its id is used again')] : [];
  return { session: next, events: [], problems: lost };
}

/** A session as of its start, with nothing counted; of one first heard of in the middle the start is worked out. */
function begun(request: AccountingRequest, at: Instant, now: Instant, { hashKey }: RadiusGiven): Session {
  const startedAt = request.status === 'start' ? at : at - (request.sessionSeconds ?? 0) * SECOND;
  const none: Total = { bytes: 0, counted: false };
  return {
    is: 'open',
    sessionId: keyedName(hashKey, 'radius session', [sessionKey(request, hashKey), startedAt]),
    nas: request.nas,
    startedAt,
    countedAt: startedAt,
    seconds: 0,
    input: none,
    output: none,
    parts: 0,
    heardAt: now,
  };
}

/** After a stop nothing more can come but copies and what was overtaken. */
function afterEnd(session: Session, request: AccountingRequest): Step {
  const later = (request.sessionSeconds ?? 0) > session.seconds;
  const why = 'a packet after the end of the session tells of more use: it is not counted';
  return { session, events: [], problems: later ? [problemOf('note', session, why)] : [] };
}

function told(session: Session, request: AccountingRequest, at: Instant, now: Instant, given: RadiusGiven): Step {
  const heard: Session = { ...session, heardAt: Math.max(session.heardAt, now) };
  const seconds = request.sessionSeconds ?? Math.max(0, Math.round((at - session.startedAt) / SECOND));
  const end = request.status === 'stop' ? ({ is: 'closed', by: 'stop' } as const) : undefined;
  // An earlier packet that was overtaken says nothing new.
  if (seconds < session.seconds || (seconds === session.seconds && wentBack(session, request))) {
    return { session: { ...heard, ...end }, events: [], problems: [] };
  }

  if (session.unsure) return taken(heard, request, at, seconds, end);
  const elapsed = seconds - session.seconds;
  const bytesMax = ((given.bitsPerSecondMax ?? BITS_PER_SECOND_MAX) / 8) * Math.max(elapsed, 1);
  const input = advanced(session.input, request.input, bytesMax);
  const output = advanced(session.output, request.output, bytesMax);
  const problems: FileProblem[] = [];
  const resets = [input.reset ? 'input' : '', output.reset ? 'output' : ''].filter((name) => name !== '');
  for (const name of resets) {
    const why = `the ${name} counter went back, or on faster than it can: the difference is not counted`;
    problems.push(problemOf('total', session, why));
  }
  const bytes = input.bytes + output.bytes;
  const open = reopened(heard);
  const subject = serviceOf(given, request.by, at);
  if (subject === undefined && bytes > 0) {
    // Nothing is taken as counted: where the subscriber becomes known, the next difference has it all.
    const why = `no service is known for subscriber ${hashOf(given.hashKey, request.by)}`;
    const field = Object.keys(request.by).join(', ');
    if (!session.toldUnresolved || end) problems.push({ ...problemOf('unresolved', session, why), field });
    return { session: { ...open, toldUnresolved: true, ...end }, events: [], problems };
  }
  const parts = session.parts + (bytes > 0 ? 1 : 0);
  const counted = {
    countedAt: Math.max(at, session.countedAt),
    seconds,
    input: input.total,
    output: output.total,
    parts,
  };
  const { toldUnresolved: _, ...known } = open;
  const next: Session = { ...known, ...counted, ...end };
  if (bytes === 0) return { session: next, events: [], problems };
  const { sessionId, countedAt } = session;
  const data: Usage = { kind: 'data', bytes, sessionId, part: parts, feed: 'radius' };
  const event: WireEvent = {
    specversion: '1.0',
    // Named by how far the counters were: told again, whatever came between, it is the same.
    id: `${sessionId}/${seconds}/${input.total.bytes}-${output.total.bytes}`,
    source: `radius/${/^[\w.:-]{1,64}$/.test(session.nas) ? session.nas : nasKey(session.nas, given.hashKey)}`,
    type: 'usage.recorded',
    subject: subject!,
    // As of all records, the time at which the use began.
    time: timeText(Math.min(countedAt, now)),
    recordedtime: timeText(now),
    data,
  };
  return { session: next, events: [event], problems };
}

/** A session whose saved counters cannot be trusted goes on from the counters that it is told of now. */
function taken(
  { unsure: _, ...heard }: Session,
  { input, output }: AccountingRequest,
  at: Instant,
  seconds: number,
  end: Partial<Session> | undefined,
): Step {
  const stands = (before: Total, counter: Counter | undefined): Total =>
    counter
      ? {
          bytes: Math.min((counter.gigawords ?? 0) * WRAP + counter.octets, BYTES_MAX),
          counted: before.counted || counter.gigawords !== undefined,
        }
      : before;
  const counters = { input: stands(heard.input, input), output: stands(heard.output, output) };
  const next: Session = { ...reopened(heard), countedAt: Math.max(at, heard.countedAt), seconds, ...counters, ...end };
  const why = 'what was saved of it had fallen back: what was used up to now, and not told before, is not counted';
  return { session: next, events: [], problems: [problemOf('lost', heard, why)] };
}

/** A session closed for silence that is heard of was alive. */
function reopened({ by: _, ...session }: Session): Session {
  return { ...session, is: 'open' };
}

/** How much a counter went on, and what it then is. A packet without it says nothing of it. */
function advanced(before: Total, counter: Counter | undefined, bytesMax: number) {
  if (!counter) return { bytes: 0, total: before, reset: false };
  const counted = before.counted || counter.gigawords !== undefined;
  // Who counts wraps leaves the count out while it is zero; of who does not, a counter that went back has wrapped.
  const high = counted ? (counter.gigawords ?? 0) : Math.floor(before.bytes / WRAP);
  const straight = high * WRAP + counter.octets;
  const wrapped = !counted && straight < before.bytes;
  const bytes = wrapped ? straight + WRAP : straight;
  const more = bytes - before.bytes;
  const credible = more >= 0 && bytes <= BYTES_MAX && (more <= bytesMax || (!wrapped && more < WRAP));
  if (credible) return { bytes: more, total: { bytes, counted }, reset: false };
  // From here on differences are taken of the counter's new value.
  const anew = (counter.gigawords ?? 0) * WRAP + counter.octets;
  return { bytes: 0, total: { bytes: Math.min(anew, BYTES_MAX), counted }, reset: true };
}

/** Whether a packet of the same second is the earlier one. */
function wentBack(session: Session, { input, output }: AccountingRequest): boolean {
  const back = (before: Total, now: Counter | undefined) =>
    now !== undefined && (now.gigawords ?? Math.floor(before.bytes / WRAP)) * WRAP + now.octets < before.bytes;
  return back(session.input, input) || back(session.output, output);
}

function closed(session: Session, by: NonNullable<Session['by']>, ...problems: FileProblem[]): Step {
  return { session: session.is === 'closed' ? session : { ...session, is: 'closed', by }, events: [], problems };
}

function problemOf(kind: ProblemKind, { sessionId }: Session, why: string): FileProblem {
  return { kind, where: `session ${sessionId}`, why };
}
