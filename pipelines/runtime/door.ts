/**
 * The door: what comes in is read, checked, named once and sent to its side. It refuses what the contract calls bad, each with
 * its own name; what it lets in moves the clock where events do (`replay`, and DOZOR_CLOCK=events).
 */
import type { EventType } from '../domain/event.js';
import { type DozorEvent, SUBJECT_KIND } from '../domain/event.js';
import type { Packs } from '../domain/pack.js';
import { DAY, EVER, type Instant } from '../domain/units.js';
import {
  type Contact,
  type Decoded,
  decodeLine,
  decodeObject,
  fingerprint,
  foreignMoney,
  type JsonObject,
  MEMORY,
  type Rejection,
} from './decode.js';
import { PrintTable } from './print-table.js';

/** What became of a line. */
export type Taken =
  | {
      readonly is: 'event';
      readonly event: DozorEvent;
      readonly wire: JsonObject;
      readonly contact?: Contact;
      readonly sides: Sides;
    }
  /** The same event came before: it changes nothing. */
  | { readonly is: 'duplicate' }
  | { readonly is: 'rejected'; readonly rejection: Rejection };

/** Where an event goes. A fault of a subject that may be either goes to both; the side that knows it takes it. */
export interface Sides {
  readonly service: boolean;
  readonly element: boolean;
}

/** What a door remembers; one in memory serves a replay, one on disk an installation. */
export interface DoorMemory {
  /** The content remembered for a named event, if any. */
  seen(id: string): string | undefined;
  /** `until`: the day, counted from the epoch, after which it need not be remembered; absent: always. */
  remember(id: string, content: string, until?: number): void;
  forget(id: string): void;
  /** The currency of a service, as its upserts had it. */
  currencyOf(subject: string): string | undefined;
  setCurrency(subject: string, currency: string): void;
}

/** A door's memory that lives as long as the process. */
export class TransientMemory implements DoorMemory {
  readonly #seen = new PrintTable();
  readonly #currencies = new Map<string, string>();

  seen(id: string): string | undefined {
    return this.#seen.get(id);
  }
  remember(id: string, content: string, until?: number): void {
    if (until !== undefined) this.#seen.day(until - MEMORY_DAYS);
    this.#seen.set(id, content, until);
  }
  forget(id: string): void {
    this.#seen.delete(id);
  }
  currencyOf(subject: string): string | undefined {
    return this.#currencies.get(subject);
  }
  setCurrency(subject: string, currency: string): void {
    this.#currencies.set(subject, currency);
  }
}

export class Door {
  readonly #operators: ReadonlyMap<string, { readonly currency: string }>;
  readonly #memory: DoorMemory;
  /** The greatest `recordedtime` let in so far: the clock, where events move it. */
  clock: Instant;

  constructor(given: { readonly packs: Packs; readonly memory: DoorMemory; readonly clock?: Instant }) {
    this.#operators = given.packs.operators();
    this.#memory = given.memory;
    this.clock = given.clock ?? EVER;
  }

  /** Takes one line of NDJSON. `line` is its number, from 1. */
  takeLine(text: string, line: number): Taken {
    return this.admit(this.readLine(text, line), line);
  }

  /** Reads a line without letting it in: what it needs to be remembered by can be fetched first. */
  readLine(text: string, line: number): Decoded {
    return decodeLine(text, line, { operators: this.#operators });
  }

  /** Reads a parsed event without letting it in. */
  readObject(value: unknown, line?: number): Decoded {
    return decodeObject(value, { operators: this.#operators }, line);
  }

  /** A task found an event bad after it was let in: its id is free again. */
  release(source: string, id: string): void {
    this.#memory.forget(fingerprint({ source, id }).id);
  }

  /** Lets a decoded event in, or says why not. */
  admit(came: Decoded, line?: number): Taken {
    if (!came.ok) return { is: 'rejected', rejection: came.rejection };
    const { event, wire, contact } = came;
    const refuse = (reason: Rejection['reason'], message: string, field?: string): Taken => ({
      is: 'rejected',
      rejection: { reason, message, ...(field ? { field } : {}), ...(line === undefined ? {} : { line }), event: wire },
    });
    const print = fingerprint(wire);
    const before = this.#memory.seen(print.id);
    if (before === print.content) return { is: 'duplicate' };
    if (before !== undefined) {
      return refuse('id-reused', `source ${event.source} and id ${event.id} named another event before`, 'id');
    }
    if (event.type === 'service.upserted') {
      this.#memory.setCurrency(event.subject, this.#operators.get(event.data.operator)!.currency);
    } else {
      // A service not known yet is checked when its upsert has come.
      const currency = this.#memory.currencyOf(event.subject);
      const wrong = currency === undefined ? undefined : foreignMoney(event.type, event.data, currency);
      if (wrong) return refuse('wrong-currency', wrong.message, wrong.field);
    }
    if (isForgettable(event.type)) {
      if (event.recordedtime < this.clock - MEMORY) {
        return refuse(
          'beyond-memory',
          'it became known more than 130 days ago: a copy could not be told',
          'recordedtime',
        );
      }
      const clock = Math.max(this.clock, event.recordedtime);
      this.#memory.remember(print.id, print.content, Math.floor(clock / DAY) + MEMORY_DAYS);
    } else this.#memory.remember(print.id, print.content);
    if (event.recordedtime > this.clock) this.clock = event.recordedtime;
    return { is: 'event', event, wire, sides: sidesOf(event.type, event.subjectkind), ...(contact ? { contact } : {}) };
  }
}

/** What comes by the million is remembered for as long as it can come again, and no longer. */
function isForgettable(type: EventType): boolean {
  return type.startsWith('usage.') || type === 'presence.observed';
}

/** The memory in days, with one for the parts of days at both ends. */
const MEMORY_DAYS = Math.ceil(MEMORY / DAY) + 1;

/** Which tasks an event is for. */
export function sidesOf(type: EventType, subjectkind: 'service' | 'element' | undefined): Sides {
  switch (SUBJECT_KIND[type]) {
    case 'service':
      return { service: true, element: false };
    case 'element':
    case 'tariff':
      return { service: false, element: true };
    case 'either':
      return { service: subjectkind !== 'element', element: subjectkind !== 'service' };
  }
}
