/**
 * The sessions of a live RADIUS source: which packet belongs to which, how many are remembered, and what can be saved. The socket
 * and the clock are the caller's. A request is to be answered only when its events and the changed sessions are saved.
 */
import { HOUR, type Instant } from '../../domain/units.js';
import type { FileProblem, WireEvent } from './format.js';
import { expire, isSettled, nasKey, type RadiusGiven, type Session, type Step, sessionKey, step } from './radius.js';
import type { AccountingRequest } from './radius-packet.js';

/** So many sessions are remembered unless said otherwise; one takes about 500 bytes. */
const SESSIONS_MAX = 1_000_000;
/** Where there is no room, this share of it is made by forgetting what was settled first, but nothing that was heard of lately. */
const ROOM_SHARE = 0.05;
const LATELY = HOUR;

/** What a packet or a tick made. */
export interface Taken {
  readonly events: readonly WireEvent[];
  readonly problems: readonly FileProblem[];
  /** Sessions to save under their keys; undefined: to forget. */
  readonly changed: ReadonlyMap<string, Session | undefined>;
}

export class RadiusSessions {
  readonly #sessions: Map<string, Session>;
  readonly #given: RadiusGiven;
  readonly #sessionsMax: number;

  /** `saved`: the sessions of an earlier run. */
  constructor(given: RadiusGiven, saved: Iterable<readonly [string, Session]> = [], sessionsMax = SESSIONS_MAX) {
    this.#given = given;
    this.#sessions = new Map(saved);
    this.#sessionsMax = sessionsMax;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The open sessions again, as ones whose saved counters cannot be trusted. */
  doubt(): Taken {
    const made = new Made(this.#sessions);
    for (const [key, session] of this.#sessions) {
      const isOver = session.is === 'closed' && session.by === 'stop';
      if (!isOver) made.add(key, { session: { ...session, unsure: true }, events: [], problems: [] });
    }
    return made;
  }

  /** All of them under their keys. */
  get all(): Iterable<readonly [string, Session]> {
    return this.#sessions;
  }

  /** Takes a request. Undefined where there is no room for its session: it must not be answered, and will come again. */
  take(request: AccountingRequest, now: Instant): Taken | undefined {
    const made = new Made(this.#sessions);
    if (request.status === 'nas-on' || request.status === 'nas-off') {
      const prefix = `${nasKey(request.nas, this.#given.hashKey)}/`;
      for (const [key, session] of this.#sessions) {
        if (key.startsWith(prefix) && session.is === 'open') made.add(key, step(session, request, now, this.#given));
      }
      return made;
    }
    const key = sessionKey(request, this.#given.hashKey);
    const session = this.#sessions.get(key);
    if (!session && this.#sessions.size >= this.#sessionsMax && !this.#makeRoom(made, now)) return undefined;
    made.add(key, step(session, request, now, this.#given));
    return made;
  }

  /** Forgets the sessions that were settled first; false where there are none. */
  #makeRoom(made: Made, now: Instant): boolean {
    const settled = [...this.#sessions].filter(([, one]) => isSettled(one) && now - one.heardAt > LATELY);
    settled.sort(([, a], [, b]) => a.heardAt - b.heardAt);
    const forgotten = settled.slice(0, Math.max(1, Math.floor(this.#sessionsMax * ROOM_SHARE)));
    for (const [key] of forgotten) made.add(key, { session: undefined, events: [], problems: [] });
    return forgotten.length > 0;
  }

  /** Closes what is silent and forgets what is closed for long. To be called every minute or so. */
  tick(now: Instant): Taken {
    const made = new Made(this.#sessions);
    for (const [key, session] of this.#sessions) {
      const next = expire(session, now, this.#given);
      if (next.session !== session) made.add(key, next);
    }
    return made;
  }
}

class Made implements Taken {
  readonly events: WireEvent[] = [];
  readonly problems: FileProblem[] = [];
  readonly changed = new Map<string, Session | undefined>();
  readonly #sessions: Map<string, Session>;

  constructor(sessions: Map<string, Session>) {
    this.#sessions = sessions;
  }

  add(key: string, { session, events, problems }: Step): void {
    this.events.push(...events);
    this.problems.push(...problems);
    this.changed.set(key, session);
    if (session) this.#sessions.set(key, session);
    else this.#sessions.delete(key);
  }
}
