/**
 * Log lines with CMCD become sessions, `tv.played` of the contract: the requests of one `sid` for one `cid`. A viewer who comes
 * back to a channel within a `sid` begins a further session there, and so does one who is silent for longer than `silence`.
 *
 * The sessions are a function of the set of lines; a line that stands there twice counts once. Whose service it is and on what
 * device nobody can tell from CMCD: the caller says it, or the lines do. Nothing is guessed of a browser's name.
 */
import type { DataOf } from '../../domain/event.js';
import { TV_DEVICES, type TvDevice } from '../../domain/event.js';
import { measured, type Request } from '../../domain/quality/player.js';
import { type Instant, MINUTE, type Milliseconds, SECOND } from '../../domain/units.js';
import { type Cmcd, type CmcdSaid, readCmcdLine } from './cmcd.js';
import { type FileProblem, PROBLEMS_MAX, timeText } from './format.js';

/** What the caller knows. */
export interface CmcdGiven {
  /** The `source` of the events: which log it is. */
  readonly source?: string;
  /** The opaque id of the service whose session it is; without it the line's own `service`. */
  readonly serviceOf?: (session: CmcdIdentity) => string | undefined;
  /** What it plays on, by the record of the device; without it the line's own `device`. */
  readonly deviceOf?: (session: CmcdIdentity) => TvDevice | undefined;
  /** A pause between requests longer than this ends a session. */
  readonly silence?: Milliseconds;
}

export interface CmcdIdentity {
  readonly sid: string;
  readonly cid?: string;
  readonly at: Instant;
  readonly said: CmcdSaid;
}

/** A session as an event of the contract. */
export interface PlayedEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: 'tv.played';
  readonly subject: string;
  readonly time: string;
  readonly recordedtime: string;
  readonly data: Omit<DataOf<'tv.played'>, 'broadcastAt'>;
}

export interface CmcdReading {
  /** By the time at which they became known. */
  readonly events: readonly PlayedEvent[];
  readonly problems: readonly FileProblem[];
  /** All problems, also those past the limit that the list has. */
  readonly problemCount: number;
  readonly counts: {
    readonly lines: number;
    readonly requests: number;
    readonly without: number;
    readonly sessions: number;
  };
}

/** So long a viewer may watch from the buffer or pause without a word. */
const SILENCE: Milliseconds = 30 * MINUTE;

interface Line {
  readonly number: number;
  readonly cmcd: Cmcd;
  readonly said: CmcdSaid;
  readonly request: Request;
}

/** All sessions of some lines. Lines may come in any order; nothing throws on what they say. */
export function sessionsOfCmcd(lines: Iterable<string>, given: CmcdGiven = {}): CmcdReading {
  const sessions = new CmcdSessions(given);
  for (const text of lines) sessions.take(text);
  return sessions.reading();
}

/** The same for lines that come one by one. A request is held in some hundred bytes until all are asked for. */
export class CmcdSessions {
  readonly #given: CmcdGiven;
  readonly #bySid = new Map<string, Line[]>();
  readonly #problems: FileProblem[] = [];
  readonly #counts = { lines: 0, requests: 0, without: 0 };
  #problemCount = 0;

  constructor(given: CmcdGiven = {}) {
    this.#given = given;
  }

  take(text: string): void {
    this.#counts.lines += 1;
    const where = `line ${this.#counts.lines}`;
    const read = text.trim() === '' ? undefined : readCmcdLine(text);
    if (read === undefined) this.#counts.without += 1;
    else if (!read.ok) this.#problem({ kind: 'bad-record', where, field: read.field, why: read.why });
    else {
      this.#counts.requests += 1;
      const { cmcd, said, request } = read;
      const of = this.#bySid.get(cmcd.sid!) ?? [];
      of.push({ number: this.#counts.lines, cmcd, said, request });
      this.#bySid.set(cmcd.sid!, of);
    }
  }

  #problem(problem: FileProblem): void {
    this.#problemCount += 1;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }

  /** The sessions of all lines taken; to be asked for once. */
  reading(): CmcdReading {
    const events: PlayedEvent[] = [];
    let sessions = 0;
    for (const [sid, of] of this.#bySid) {
      for (const session of sessionsOf(of, this.#given.silence ?? SILENCE)) {
        sessions += 1;
        const where = `line ${session.lines[0]!.number}`;
        const event = eventOf(sid, session, this.#given);
        if (typeof event === 'string') this.#problem({ kind: 'unresolved', where, why: event });
        else if (event) events.push(event);
        else this.#problem({ kind: 'note', where, why: 'a session of which nothing was played and nothing failed' });
      }
    }
    events.sort((a, b) => Date.parse(a.recordedtime) - Date.parse(b.recordedtime) || (a.id < b.id ? -1 : 1));
    const counts = { ...this.#counts, sessions };
    return { events, problems: this.#problems, problemCount: this.#problemCount, counts };
  }
}

interface Cut {
  readonly cid: string | undefined;
  /** 1 for the first session of this content, and so on. */
  readonly nth: number;
  readonly lines: readonly Line[];
}

/** Cuts the requests of one `sid` at a change of content and at a long silence. A request that names none belongs to what runs. */
function sessionsOf(lines: readonly Line[], silence: Milliseconds): readonly Cut[] {
  const sorted = lines.toSorted(
    (a, b) =>
      a.request.at - b.request.at || (a.request.name < b.request.name ? -1 : a.request.name > b.request.name ? 1 : 0),
  );
  const cuts: { cid: string | undefined; lines: Line[] }[] = [];
  let last: Line | undefined;
  for (const line of sorted) {
    const running = cuts.at(-1);
    const { cid } = line.cmcd;
    const goesOn =
      running &&
      last &&
      line.request.at - last.request.at <= silence &&
      (cid === undefined || running.cid === undefined || cid === running.cid);
    if (goesOn) {
      running.lines.push(line);
      running.cid ??= cid;
    } else cuts.push({ cid, lines: [line] });
    last = line;
  }
  const seen = new Map<string | undefined, number>();
  return cuts.map(({ cid, lines: of }) => {
    const nth = (seen.get(cid) ?? 0) + 1;
    seen.set(cid, nth);
    return { cid, nth, lines: of };
  });
}

/** The event; a text that says what is not known; undefined for a session in which nothing happened. */
function eventOf(sid: string, { cid, nth, lines }: Cut, given: CmcdGiven): PlayedEvent | string | undefined {
  const session = measured(lines.map(({ request }) => request));
  const said = (of: (said: CmcdSaid) => string | undefined) => lines.map((line) => of(line.said)).find((text) => text);
  const identity: CmcdIdentity = { sid, ...(cid !== undefined && { cid }), at: session.from, said: lines[0]!.said };
  const subject = given.serviceOf ? given.serviceOf(identity) : said(({ service }) => service);
  if (subject === undefined) return 'nobody knows whose session it is';
  const device = given.deviceOf ? given.deviceOf(identity) : said(({ device: of }) => of);
  if (device === undefined || !TV_DEVICES.includes(device as TvDevice))
    return 'nobody knows on what device it was played';
  const { played, stalled, stalls, startup, failed, switches } = session;
  const rates = [session.deliveredBitsPerSecond, session.topBitsPerSecond, session.throughputBitsPerSecond];
  const [delivered, top, throughput] = rates.map((rate) => rate && Math.round(rate));
  if (!failed && delivered === undefined && played === 0) return undefined;
  const live = lines.find(({ cmcd }) => cmcd.st !== undefined)?.cmcd.st;
  return {
    specversion: '1.0',
    id: nth === 1 ? `${sid}/${cid ?? ''}` : `${sid}/${cid ?? ''}/${nth}`,
    source: given.source ?? 'cmcd',
    type: 'tv.played',
    subject,
    time: timeText(session.from),
    recordedtime: timeText(session.to),
    data: {
      device: device as TvDevice,
      ...(live !== undefined && { mode: live === 'l' ? 'live' : 'catch-up' }),
      ...(cid !== undefined && { channelId: cid }),
      seconds: played / SECOND,
      ...(delivered !== undefined && { deliveredBitsPerSecond: delivered }),
      ...(top !== undefined && { nominalBitsPerSecond: top }),
      ...(throughput !== undefined && { throughputBitsPerSecond: throughput }),
      ...(stalled !== undefined && { rebufferSeconds: stalled / SECOND }),
      ...(stalls !== undefined && { stalls }),
      ...(startup !== undefined && { startupMilliseconds: startup }),
      switches,
      failed,
    },
  };
}
