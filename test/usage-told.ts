/**
 * One service as a detector of usage sees it: its record, its book, its clock and its timers. It is asked as the engine asks:
 * what was heard is kept, and judged together when the clock moves on, as of the clock before; then timers ring in order.
 * Every look is made twice, once as if the process had just started from its store, and then again with nothing new.
 */
import { expect } from 'vitest';
import { noticeOf } from '../pipelines/detectors/notices.js';
import { dayNumber, dayStart, formatLocal, fromWall } from '../pipelines/domain/calendar.js';
import { type Decision, type Draft, decide, decodeDecision, encodeDecision } from '../pipelines/domain/decision.js';
import { type Effect, type Given, refOf, type ServiceDetector, type Tale } from '../pipelines/domain/detector.js';
import { type DozorEvent, decodeData, type EventType } from '../pipelines/domain/event.js';
import { decimalsOf } from '../pipelines/domain/money.js';
import type { Pack, Rules } from '../pipelines/domain/pack.js';
import { readTariff, type Tariff } from '../pipelines/domain/rating/tariff.js';
import {
  billingOf,
  newService,
  type Profile,
  profileAt,
  type Turn,
  withProfile,
  withTurn,
} from '../pipelines/domain/service.js';
import { FOREVER, type Instant, parseInstant } from '../pipelines/domain/units.js';
import { UsageBook } from '../pipelines/domain/usage/book.js';
import { rateBook } from '../pipelines/domain/usage/rating.js';
import { takeUsage, type UsageEvent } from '../pipelines/domain/usage/taking.js';
import { decode, encode } from '../pipelines/runtime/codec.js';
import { loadPacks, OWN_PACKS } from '../pipelines/runtime/packs.js';

const packs = loadPacks([OWN_PACKS]);
/** The packs that come with the project: a tie turned in one of them is seen by the tests of its detector. */
export const a1: Pack = packs.at('a1-rs', 0)!;
export const mtel: Pack = packs.at('mtel-at', 0)!;

/** A pack with some terms of one section set otherwise. */
export function turned<K extends keyof Rules>(pack: Pack, section: K, terms: Partial<NonNullable<Rules[K]>>): Pack {
  return { ...pack, rules: { ...pack.rules, [section]: { ...pack.rules[section]!, ...terms } } };
}

export const rsd = (amount: string) => ({ amount, currency: 'RSD' });
export const eur = (amount: string) => ({ amount, currency: 'EUR' });

const LOCAL = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d(?::\d\d(?:\.\d{3})?)?))?$/;

/** An instant: RFC 3339, or what a clock on the wall shows: "2026-06-10" (its beginning) or "2026-06-10 12:00". */
export function instant(text: string, zone = a1.zone): Instant {
  const found = LOCAL.exec(text);
  if (!found) return parseInstant(text)!;
  const [, date = '', time] = found;
  return time === undefined ? dayStart(date, zone) : fromWall(Date.parse(`${date}T${time}Z`), zone);
}

/** The data of an event as it stands on the wire. */
type Wire = object;

export interface ToldOptions {
  readonly pack?: Pack;
  /** The service's record, but for operator and kind; `activeFrom` is 2025-01-01 unless it says otherwise. */
  readonly record?: Wire;
  /** When that record holds from and became known. */
  readonly from?: string;
  readonly submitted?: Given['submitted'];
}

export class UsageTold<State> {
  book = new UsageBook();
  facts = newService('s1');
  state: State;
  readonly #detector: ServiceDetector<State>;
  readonly #pack: Pack;
  readonly #submitted: Given['submitted'];
  readonly #decisions: Decision[] = [];
  readonly #tales: Tale[] = [];
  readonly #ids = new Set<string>();
  readonly #stored: StoredDays = new Map();
  readonly #tariffs: { readonly at: Instant; readonly tariff: Tariff }[] = [];
  #now: Instant;
  #due: Instant = FOREVER;
  #dirty = false;
  #events = 0;

  constructor(detector: ServiceDetector<State>, options: ToldOptions = {}) {
    const { pack = a1, record = {}, from = '2025-01-01', submitted = 'when-told' } = options;
    this.#detector = detector;
    this.#pack = pack;
    this.#submitted = submitted;
    this.state = detector.start;
    this.#now = this.at(from);
    this.record(record, from);
  }

  at(text: string): Instant {
    return instant(text, this.#pack.zone);
  }

  get now(): Instant {
    return this.#now;
  }

  // --- What it is told: at its own time, known then or later ---

  /** A whole record, which replaces the one before from its time on. */
  record(data: Wire, time: string, known = time): this {
    const { operator, zone } = this.#pack;
    const activeFrom = formatLocal(dayStart('2025-01-01', zone), zone);
    const whole = { operator, kind: 'mobile', activeFrom, ...data };
    const event = this.#event('service.upserted', whole, time, known);
    const version = { at: event.time, known: event.recordedtime, ref: refOf(event), profile: event.data as Profile };
    this.facts = withProfile(this.facts, version);
    this.#dirty = true;
    return this;
  }

  turn(what: Turn['do'], time: string, known = time): this {
    this.#go(known);
    const turn = { do: what, at: this.at(time), known: this.at(known), ref: `case#${what} ${time}` };
    this.facts = withTurn(this.facts, turn);
    this.#dirty = true;
    return this;
  }

  use(data: Wire, time: string, known = time, id?: string): this {
    return this.hear('usage.recorded', data, time, known, id);
  }

  cancel(recordId: string, time: string, known = time): this {
    return this.hear('usage.cancelled', { recordId }, time, known);
  }

  present(country: string, time: string, known = time): this {
    return this.hear('presence.observed', { country }, time, known);
  }

  tariff(data: Wire, time: string, known = time): this {
    this.#go(known);
    const read = readTariff(data);
    if (!read.ok) throw new Error(`${read.problem.field} ${read.problem.why}`);
    this.#tariffs.push({ at: this.at(time), tariff: read.value });
    this.#tariffs.sort((a, b) => a.at - b.at);
    this.book.rateAnew(dayNumber(this.#now, this.#pack.zone));
    this.#dirty = true;
    return this;
  }

  /** Any event: into the book, or to the detector where it hears it. */
  hear(type: EventType, data: Wire, time: string, known = time, id?: string): this {
    const event = this.#event(type, data, time, known, id);
    if (isUsage(event)) {
      // What is taken off is taken off what is owed by then.
      if (this.book.unrated.size > 0 && mayLower(event)) this.#rate();
      takeUsage(this.book, event, this.#pack);
    } else {
      expect(this.#detector.hears).toContain(type);
      const [state, effects] = this.#detector.step(this.state, { is: 'event', event, now: this.#now }, this.#given());
      expect(effects).toEqual([]);
      this.state = state;
    }
    this.#dirty = true;
    return this;
  }

  /** Moves the clock: what was heard is judged, then timers ring. */
  until(time: string): this {
    this.#go(time);
    return this;
  }

  // --- What it decided ---

  /** All decisions, the notices that go with them and those that the detector asked for by itself. */
  get decisions(): readonly Decision[] {
    this.#settle();
    return this.#decisions;
  }

  of<T extends Decision['type']>(type: T): Extract<Decision, { type: T }>[] {
    return this.decisions.filter((decision): decision is Extract<Decision, { type: T }> => decision.type === type);
  }

  /** What it told the collectors. */
  get tales(): readonly Tale[] {
    this.#settle();
    return this.#tales;
  }

  /** Each decision but the notices: its local time and its type. */
  get brief(): readonly string[] {
    return this.decisions.flatMap((one) => (one.type === 'notice.requested' ? [] : [`${this.local(one)} ${one.type}`]));
  }

  /** Each notice: its local time and its template, and whether it is late. */
  get notices(): readonly string[] {
    return this.of('notice.requested').map(
      (one) => `${this.local(one)} ${one.data.template}${one.data.late ? ' late' : ''}`,
    );
  }

  local({ time }: { readonly time: Instant }): string {
    return formatLocal(time, this.#pack.zone);
  }

  /** How much the detector's state takes in the store. */
  get stateBytes(): number {
    return encode(this.state).length;
  }

  // --- As the engine does it ---

  #event(type: EventType, wire: Wire, time: string, known: string, id?: string): DozorEvent {
    this.#go(known);
    const decoded = decodeData(type, wire);
    if (!decoded.ok) throw new Error(`${type}: ${decoded.problem.field} ${decoded.problem.why}`);
    this.#events += 1;
    const names = { specversion: '1.0', id: id ?? `e${this.#events}`, source: 'case', subject: 's1' } as const;
    return { ...names, type, time: this.at(time), recordedtime: this.at(known), data: decoded.value } as DozorEvent;
  }

  #go(time: string): void {
    const to = this.at(time);
    if (!(to >= this.#now))
      throw new Error(`${time} is no time, or before the clock ${this.local({ time: this.#now })}`);
    if (to === this.#now) return;
    this.#settle();
    while (this.#due <= to) {
      this.#now = Math.max(this.#now, this.#due);
      this.#look();
    }
    this.#now = to;
  }

  #settle(): void {
    if (this.#dirty) this.#look();
  }

  #look(): void {
    this.#dirty = false;
    const { zone } = this.#pack;
    this.book.forget(dayNumber(this.#now, zone));
    if (this.book.unrated.size > 0) this.#rate();
    const started = this.#restarted();
    const looked = this.#ask(this.state, this.book);
    expect(this.#ask(decode(encode(this.state)) as State, started)).toEqual(looked);
    this.state = looked.state;
    this.book.looked();
    this.#due = dueOf(looked.effects);
    // The engine asks whenever another rule has something due: with nothing new nothing follows, and no wake is lost.
    const again = this.#ask(this.state, this.book);
    expect(again.state).toEqual(this.state);
    expect(again.effects.filter((effect) => effect.do !== 'wake')).toEqual([]);
    expect(dueOf(again.effects)).toBe(this.#due);
    for (const effect of looked.effects) {
      if (effect.do === 'decide') this.#decide(effect.draft);
      else if (effect.do === 'tell') this.#tales.push(effect.tale);
    }
  }

  #ask(held: State, book: UsageBook): { readonly state: State; readonly effects: readonly Effect[] } {
    const [state, effects] = this.#detector.step(held, { is: 'tick', now: this.#now }, this.#given(book));
    // A wake that is not in the future would ring for ever.
    for (const effect of effects) if (effect.do === 'wake') expect(effect.at).toBeGreaterThan(this.#now);
    return { state, effects };
  }

  #given(usage = this.book): Given {
    return {
      facts: this.facts,
      pack: () => this.#pack,
      parts: () => [],
      usage,
      tariff: (at) => this.#tariffAt(at),
      submitted: this.#submitted,
    };
  }

  #decide(draft: Draft): void {
    expect(draft.time).toBe(this.#now);
    const notice = noticeOf(draft, profileAt(this.facts, draft.time), this.#pack);
    for (const one of notice ? [draft, notice] : [draft]) {
      const decision = decide(one) as Decision;
      const wire = JSON.parse(JSON.stringify(encodeDecision(decision, this.#pack.zone))) as unknown;
      const read = decodeDecision(wire);
      expect(read.ok ? read.value : read.problem).toEqual(JSON.parse(JSON.stringify(decision)));
      expect(this.#ids, `${decision.type} once`).not.toContain(decision.id);
      this.#ids.add(decision.id);
      this.#decisions.push(decision);
    }
  }

  #rate(): void {
    const { zone, currency } = this.#pack;
    rateBook(this.book, {
      tariffAt: (start) => this.#tariffAt(start),
      zone,
      currency,
      billing: billingOf(this.facts),
      minorPerMajor: 10 ** decimalsOf(currency)!,
    });
  }

  #tariffAt(start: Instant): Tariff | undefined {
    return (this.#tariffs.findLast(({ at }) => at <= start) ?? this.#tariffs[0])?.tariff;
  }

  #restarted(): UsageBook {
    store(this.book, this.#stored);
    return restarted(this.book, this.#stored);
  }
}

/** Days and records of a book as the store holds them, by day. */
export type StoredDays = Map<number, string>;

/** Writes what changed in the book since the last time. */
export function store(book: UsageBook, stored: StoredDays): void {
  for (const [day, packed] of book.takeDays()) {
    if (packed === undefined) stored.delete(day);
    else stored.set(day, packed);
  }
}

/** The book as a process finds it that has just started. */
export function restarted(book: UsageBook, stored: StoredDays): UsageBook {
  const found = UsageBook.unpack(book.pack());
  for (const [day, packed] of stored) found.restoreDay(day, packed);
  return found;
}

function dueOf(effects: readonly Effect[]): Instant {
  return Math.min(FOREVER, ...effects.flatMap((effect) => (effect.do === 'wake' ? [effect.at] : [])));
}

function isUsage(event: DozorEvent): event is UsageEvent {
  return ['usage.recorded', 'usage.cancelled', 'presence.observed', 'history.imported', 'bill.paid'].includes(
    event.type,
  );
}

/** Whether an event may make what is owed less. */
function mayLower(event: UsageEvent): boolean {
  if (event.type === 'usage.recorded') return event.data.feed === 'tap' || (event.data.charge?.minor ?? 0) < 0;
  return event.type === 'usage.cancelled' || event.type === 'bill.paid';
}
