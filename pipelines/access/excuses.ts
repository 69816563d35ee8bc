/**
 * Time excused with four eyes: one person proposes, another confirms, and only then it goes through the door as events that carry
 * both. A proposal is kept in the store; it expires, and who made it cannot confirm it.
 */
import { randomUUID } from 'node:crypto';
import type { ExcuseAsked, ExcuseLine } from '../domain/excuse-wire.js';
import { HOUR, type Instant } from '../domain/units.js';
import type { Shelf } from './shelf.js';

/** A proposal that nobody confirmed is none any more after so long. */
export const EXPIRES_MS = 24 * HOUR;
/** Proposals that are settled are shown for so long. */
const SHOWN_MS = 30 * 24 * HOUR;
const OPEN_MAX = 500;

/** A proposal as it is kept. */
export interface Excuse extends ExcuseLine {
  /** What goes through the door once it is confirmed. */
  readonly events?: readonly object[];
}

/** Why something cannot be done with a proposal. */
export class ExcuseError extends Error {
  override readonly name = 'ExcuseError';
  readonly code: 'not-found' | 'settled' | 'expired' | 'same-person' | 'not-yours' | 'too-many';

  constructor(code: ExcuseError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const keyOf = (id: string) => `x/${id}`;
const iso = (at: Instant) => new Date(at).toISOString();

export class Excuses {
  readonly #shelf: Shelf;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, now: () => Instant = Date.now) {
    this.#shelf = shelf;
    this.#now = now;
  }

  /** All that are open, and those settled in the last month; newest first. */
  async list(): Promise<readonly Excuse[]> {
    const now = this.#now();
    const all = (await this.#shelf.list<Excuse>('x/')).map((one) => this.#asItIs(one));
    return all
      .filter((one) => one.state === 'open' || one.state === 'confirmed' || Date.parse(one.proposedAt) > now - SHOWN_MS)
      .sort((a, b) => (a.proposedAt < b.proposedAt ? 1 : a.proposedAt > b.proposedAt ? -1 : a.id < b.id ? -1 : 1));
  }

  /** One of them; throws an ExcuseError where there is none. */
  async find(id: string): Promise<Excuse> {
    const held = await this.#shelf.get<Excuse>(keyOf(id));
    if (!held) throw new ExcuseError('not-found', `there is no proposal ${id.slice(0, 64)}`);
    return this.#asItIs(held);
  }

  /** Proposes; `key` makes the same proposal count once, however often it is sent. */
  propose(asked: ExcuseAsked, by: string, key: string): Promise<Excuse> {
    return this.#shelf.change(async (draft) => {
      const known = await draft.get<{ readonly id: string }>(`k/${by}/${key}`);
      if (known) return (await draft.get<Excuse>(keyOf(known.id)))!;
      const open = (await draft.list<Excuse>('x/')).filter((one) => this.#asItIs(one).state === 'open');
      if (open.length >= OPEN_MAX)
        throw new ExcuseError('too-many', `there are ${OPEN_MAX} open proposals: settle some of them first`);
      const now = this.#now();
      const id = randomUUID();
      const excuse: Excuse = {
        ...asked,
        id,
        by,
        proposedAt: iso(now),
        expiresAt: iso(now + EXPIRES_MS),
        state: 'open',
      };
      draft.put(keyOf(id), excuse);
      draft.put(`k/${by}/${key}`, { id });
      return excuse;
    });
  }

  /** Another person confirms: from now on it is to go through the door. Confirmed again by the same person it stays as it is. */
  confirm(id: string, by: string, eventsOf: (excuse: Excuse) => readonly object[]): Promise<Excuse> {
    return this.#settle(id, (held) => {
      if (held.state === 'confirmed' || held.state === 'sent') {
        if (held.decidedBy === by) return held;
        throw settled(held);
      }
      if (held.by === by)
        throw new ExcuseError('same-person', 'who proposed it cannot confirm it: it takes another person');
      this.#mustBeOpen(held);
      const decided = { ...held, state: 'confirmed' as const, decidedBy: by, decidedAt: iso(this.#now()) };
      return { ...decided, events: eventsOf(decided) };
    });
  }

  /** Another person rejects, or who proposed it takes it back. */
  end(id: string, by: string, as: 'rejected' | 'withdrawn', why: string): Promise<Excuse> {
    return this.#settle(id, (held) => {
      if (held.state === as && (as === 'withdrawn' ? held.by : held.decidedBy) === by) return held;
      this.#mustBeOpen(held);
      if (as === 'withdrawn' && held.by !== by)
        throw new ExcuseError('not-yours', 'only who proposed it takes it back; another person rejects it');
      const decided = { state: as, decidedBy: by, decidedAt: iso(this.#now()) };
      return { ...held, ...decided, ...(why !== '' && { why }) };
    });
  }

  /** What was confirmed went through the door, or was refused there. */
  taken(id: string, refusal?: string): Promise<Excuse> {
    return this.#settle(id, (held) => {
      if (held.state !== 'confirmed') return held;
      return refusal === undefined ? { ...held, state: 'sent' } : { ...held, state: 'refused', why: refusal };
    });
  }

  /** Those that were confirmed and are not known to have gone through the door. */
  async unsent(): Promise<readonly Excuse[]> {
    return (await this.#shelf.list<Excuse>('x/')).filter(({ state }) => state === 'confirmed');
  }

  #settle(id: string, work: (held: Excuse) => Excuse): Promise<Excuse> {
    return this.#shelf.change(async (draft) => {
      const held = await draft.get<Excuse>(keyOf(id));
      if (!held) throw new ExcuseError('not-found', `there is no proposal ${id.slice(0, 64)}`);
      const next = work(held);
      if (next !== held) draft.put(keyOf(id), next);
      return next;
    });
  }

  #mustBeOpen(held: Excuse): void {
    const now = this.#asItIs(held);
    if (now.state === 'expired') throw new ExcuseError('expired', `it expired at ${held.expiresAt}: propose it anew`);
    if (now.state !== 'open') throw settled(held);
  }

  /** Nobody writes down that it expired: the clock says so. */
  #asItIs(held: Excuse): Excuse {
    return held.state === 'open' && Date.parse(held.expiresAt) <= this.#now() ? { ...held, state: 'expired' } : held;
  }
}

function settled(held: Excuse): ExcuseError {
  return new ExcuseError('settled', `it is settled already: ${held.state}`);
}
