/**
 * Sessions of people: a reference of 256 random bits in a cookie, of which only the hash is kept. One ends after some idle time, at
 * its last hour, when its owner signs out, and when the role or the password of the account changes.
 */
import { type Instant, MINUTE } from '../domain/units.js';
import { type Account, accountKey } from './accounts.js';
import { hashOf, randomId, randomToken } from './secrets.js';
import type { Draft, Shelf } from './shelf.js';

export interface Session {
  /** Opaque and no secret: by it a session is listed and ended. */
  readonly id: string;
  readonly key: string;
  readonly account: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
}

export interface SessionLimits {
  /** After so long without a request it ends. */
  readonly idleMs: number;
  /** After so long it ends however much it is used. */
  readonly absoluteMs: number;
}

/** A session that stands, and whose it is. */
export interface Signed {
  readonly session: Session;
  readonly account: Account;
}

/** So long a session goes on before it is written again that it was seen. */
const SEEN_MS = MINUTE;
/** So many a person may have at once; the oldest ends. */
const SESSIONS_MAX = 10;

export class Sessions {
  readonly limits: SessionLimits;
  readonly #shelf: Shelf;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, limits: SessionLimits, now: () => Instant) {
    this.#shelf = shelf;
    this.limits = limits;
    this.#now = now;
  }

  /** Begins a session, with a token that nobody had before; undefined where the account has been locked or changed since. */
  begin(account: Account): Promise<{ readonly token: string; readonly session: Session } | undefined> {
    const token = randomToken();
    const now = this.#now();
    const session = { id: randomId('s'), key: keyOf(token), account: account.id, createdAt: now, seenAt: now };
    return this.#shelf.change(async (draft) => {
      const stands = await draft.get<Account>(accountKey(account.id));
      if (!stands || stands.isDisabled || stands.role !== account.role) return undefined;
      const own = (await draft.list<Session>('s/')).filter((one) => one.account === account.id);
      const oldest = own.sort((a, b) => b.createdAt - a.createdAt).slice(SESSIONS_MAX - 1);
      for (const one of oldest) draft.delete(one.key);
      draft.put(session.key, session);
      return { token, session };
    });
  }

  /** Whose session it is; undefined where there is none, or it has ended. `acts`: somebody did something, so it is not idle. */
  async find(token: string, { acts = true }: { readonly acts?: boolean } = {}): Promise<Signed | undefined> {
    const session = await this.#shelf.get<Session>(keyOf(token));
    if (!session || !this.stands(session)) return undefined;
    const account = await this.#shelf.get<Account>(accountKey(session.account));
    if (!account || account.isDisabled) return undefined;
    const now = this.#now();
    if (!acts || now - session.seenAt < SEEN_MS) return { session, account };
    const seen = await this.#shelf.change(async (draft) => {
      // Ended in between, it stays ended.
      const stands = await draft.get<Session>(session.key);
      if (stands) draft.put(session.key, { ...stands, seenAt: now });
      return stands;
    });
    return seen && { session: { ...seen, seenAt: now }, account };
  }

  /** Whether a session still stands by what is kept of it. */
  async isOpen(session: Session): Promise<boolean> {
    const stands = await this.#shelf.get<Session>(session.key);
    return stands !== undefined && this.stands(stands);
  }

  stands({ createdAt, seenAt }: Session): boolean {
    const now = this.#now();
    return now < createdAt + this.limits.absoluteMs && now < seenAt + this.limits.idleMs;
  }

  /** When it ends if nothing more is done. */
  endsAt({ createdAt, seenAt }: Session): Instant {
    return Math.min(createdAt + this.limits.absoluteMs, seenAt + this.limits.idleMs);
  }

  /** Ends the session of a token; whose it was, where there was one. */
  end(token: string): Promise<string | undefined> {
    return this.#shelf.change(async (draft) => {
      const session = await draft.get<Session>(keyOf(token));
      if (session) draft.delete(session.key);
      return session?.account;
    });
  }

  /** Ends one by its id; whose it was. */
  endById(id: string): Promise<string | undefined> {
    return this.#shelf.change(async (draft) => (await endSessions(draft, (session) => session.id === id))[0]?.account);
  }

  /** Those that stand. */
  async list(): Promise<readonly Session[]> {
    return (await this.#shelf.list<Session>('s/')).filter((session) => this.stands(session));
  }

  /** Forgets those that have ended. */
  async sweep(): Promise<void> {
    const gone = (await this.#shelf.list<Session>('s/')).filter((session) => !this.stands(session));
    if (gone.length === 0) return;
    await this.#shelf.change(async (draft) => {
      await endSessions(draft, (session) => !this.stands(session));
    });
  }
}

/** Ends sessions as part of a change. */
export async function endSessions(draft: Draft, ends: (session: Session) => boolean): Promise<readonly Session[]> {
  const ended = (await draft.list<Session>('s/')).filter(ends);
  for (const { key } of ended) draft.delete(key);
  return ended;
}

function keyOf(token: string): string {
  return `s/${hashOf(token)}`;
}
