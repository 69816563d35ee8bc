/**
 * A year of usage that never was: voice, SMS, data and roaming of any number of services, as two operators would get to know
 * of it. It feeds tests, the demonstration, the bench and chaos. Every event carries `madeup: true`, and every source begins
 * with `made-up/`. The same options give the same events, byte for byte; fewer days give the beginning of the same story, and
 * a service's events depend on the seed and its number alone, so that `firstService` cuts a story into parts.
 *
 * What is in it: tariffs, service records and changes of them, what was known before (`history.imported`), usage by the hour
 * of the day and the day of the week, trips to the neighbours of days to months, NRTRDE records within four hours and TAP
 * records of the same sessions after hours to four weeks, sessions in parts, records sent twice, withdrawn and corrected, found
 * weeks later, presence, bills and payments (MTEL), bars asked for and taken back, what became of roaming warnings, and on
 * request records that are bad, by class (`usage/faults.ts`).
 *
 * How it is made: hour by hour, service by service, each from a seed of its own. What becomes known later is held as five
 * small integers (`usage/held.ts`) and made into an event when its time comes. So memory is that of an hour and of the
 * TAP records on their way, whatever the number of services and days.
 */
import { wall } from '../domain/calendar.js';
import { type Instant, SECOND } from '../domain/units.js';
import type { WireEvent } from './generator.js';
import { barAsked, isCut, paymentDelay } from './usage/accounts.js';
import { DRAWS, seedOf, unit, whole } from './usage/chance.js';
import { Held, type Tell, TOLD, what } from './usage/held.js';
import { ACTIVITY, OPERATORS, type Operator, type OperatorId, People } from './usage/people.js';
import { DAY, HOUR, MINUTE } from './usage/places.js';
import { Rhythm } from './usage/rhythm.js';
import { Sessions } from './usage/sessions.js';
import { Teller } from './usage/teller.js';
import { livesAbroad, type Summer, summerFrom, travels, whereabouts } from './usage/trips.js';

export interface UsageYearOptions {
  readonly seed: number;
  readonly services: number;
  /** The first instant, in whole seconds. */
  readonly from: Instant;
  /** Days of 24 h; all is known (`recordedtime`) before the last one ends. */
  readonly days: number;
  /** Calls, messages and sessions a day of a service, in the mean (6); one may make several records. */
  readonly recordsPerServiceDay?: number;
  /** Absent: both. */
  readonly operators?: readonly OperatorId[];
  /** Bad records for each happening, 0 to 1 (0). */
  readonly faulty?: number;
  /** The number of the first service (0): stories of other numbers are other parts of the same whole. */
  readonly firstService?: number;
  /** Counts what is made, as it is made. */
  readonly meter?: UsageMeter;
}

/** How far a story is, and what it holds. */
export interface UsageMeter {
  events: number;
  /** Records that are still to become known, and the most that there were. */
  held: number;
  heldMax: number;
}

/** The story, in the order in which the operators got to know of it (`recordedtime`). Nothing is made before it is asked for. */
export function* usageYear(options: UsageYearOptions): Generator<WireEvent, void, undefined> {
  yield* new Year(options).tell();
}

const NOTICE_SHARE = 1 / 6;
const RATE_MAX = 1_000;
/** Seeds of a person's days and hours, which are not those of its trips. */
const OF_DAYS = 0x3c6ef372;
const OF_HOURS = 0x1b873593;

class Year {
  readonly #from: Instant;
  readonly #seconds: number;
  readonly #first: number;
  readonly #end: number;
  readonly #people: People;
  readonly #rhythm: Rhythm;
  readonly #summer: Summer;
  readonly #operators: readonly Operator[];
  readonly #held = new Held();
  readonly #meter: UsageMeter;
  readonly #teller: Teller;
  readonly #sessions: Sessions;

  constructor(options: UsageYearOptions) {
    const { seed, services, from, days, recordsPerServiceDay = 6, faulty = 0, firstService = 0 } = options;
    const operators = [...new Set(options.operators ?? (['a1-rs', 'mtel-at'] as const))];
    check('seed', Number.isSafeInteger(seed));
    check('services', isCount(services) && isCount(firstService) && firstService + services < 2 ** 31);
    check('from', Number.isSafeInteger(from) && from % SECOND === 0);
    check('days', isCount(days) && days <= 20_000);
    check('recordsPerServiceDay', recordsPerServiceDay >= 0 && recordsPerServiceDay <= RATE_MAX);
    check('faulty', faulty >= 0 && faulty <= 1);
    check('operators', operators.length > 0 && operators.every((id) => Object.hasOwn(OPERATORS, id)));
    this.#from = from;
    this.#seconds = days * DAY;
    this.#first = firstService;
    this.#end = firstService + services;
    this.#people = new People(seedOf(seed | 0, Math.floor(seed / 2 ** 32)), from, operators);
    this.#rhythm = new Rhythm(recordsPerServiceDay, ACTIVITY);
    this.#summer = summerFrom(from);
    this.#operators = operators.map((id) => OPERATORS[id]);
    this.#meter = options.meter ?? { events: 0, held: 0, heldMax: 0 };
    this.#teller = new Teller(from, this.#people, this.#summer);
    this.#sessions = new Sessions(this.#people, this.#summer, faulty, (due, service, start, seed, of) =>
      this.#put(due, service, start, seed, of),
    );
  }

  *tell(): Generator<WireEvent, void, undefined> {
    if (this.#seconds === 0) return;
    for (const event of this.#opening()) {
      this.#meter.events += 1;
      yield event;
    }
    const tell: Tell<WireEvent> = (due, service, start, seed, of) => this.#teller.event(due, service, start, seed, of);
    for (let hour = 0; hour * HOUR < this.#seconds; hour++) {
      if (hour % 24 === 0) this.#day(hour / 24);
      this.#hour(hour);
      const meter = this.#meter;
      meter.heldMax = Math.max(meter.heldMax, this.#held.size);
      for (const event of this.#held.take(hour, tell)) {
        meter.events += 1;
        meter.held = this.#held.size;
        yield event;
      }
    }
  }

  // --- What there is at the beginning ---

  *#opening(): Generator<WireEvent, void, undefined> {
    for (const operator of this.#operators) yield* this.#teller.tariffs(operator);
    for (let service = this.#first; service < this.#end; service++) {
      const person = this.#people.of(service);
      if (this.#people.joins(person) >= 0) continue;
      yield this.#teller.event(0, service, 0, person, what(TOLD.upserted, 0));
      const history = this.#teller.history(service);
      if (history) yield history;
    }
  }

  // --- What happens ---

  /** All but usage is decided day by day. */
  #day(day: number): void {
    const begin = day * DAY;
    const people = this.#people;
    const cuts = new Map<number | 'last', boolean>();
    for (let service = this.#first; service < this.#end; service++) {
      const person = people.of(service);
      const joins = people.joins(person);
      const ends = people.ends(person);
      if (joins >= begin + DAY || ends < begin) continue;
      if (joins >= begin) this.#put(joins, service, joins, person, what(TOLD.upserted, 0));
      if (ends < begin + DAY) this.#put(ends, service, ends, person, what(TOLD.ended));
      const changes = people.changes(person);
      if (changes >= begin && changes < begin + DAY && changes < ends) {
        this.#put(changes, service, changes, person, what(TOLD.upserted, 1));
      }
      if (joins >= begin || ends < begin + DAY) continue;
      const seed = seedOf(person ^ OF_DAYS, day);
      const operator = people.operatorOf(person);
      this.#presence(service, person, operator, begin, seed);
      this.#bars(service, begin, seed);
      if (operator.id !== 'mtel-at' || people.isPrepaid(person)) continue;
      const billingDay = people.billingDayOf(person, 0);
      let cut = cuts.get(billingDay);
      if (cut === undefined) {
        cut = isCut(billingDay, this.#from + (begin + DAY / 2) * SECOND, operator.zone);
        cuts.set(billingDay, cut);
      }
      if (cut) this.#bill(service, begin, seed);
    }
  }

  /** A SIM abroad is seen each day, one that crosses a border before and after; one at home now and then. */
  #presence(service: number, person: number, { id, home }: Operator, begin: number, seed: number): void {
    const late = begin + whole(seed, DRAWS.second, 16 * HOUR, DAY - HOUR);
    const seen = what(TOLD.presence);
    if (!travels(person)) {
      if (unit(seed, DRAWS.presence) < 1 / 14) this.#put(late + 2 * MINUTE, service, late, seed, seen);
      return;
    }
    const before = whereabouts(person, home, begin, this.#summer);
    const after = whereabouts(person, home, begin + DAY, this.#summer);
    if (before !== after) this.#put(begin + HOUR, service, begin + HOUR, ~seed, seen);
    if (before !== after || unit(seed, DRAWS.presence) < (after === 0 ? 1 / 14 : 0.9)) {
      this.#put(late + 2 * MINUTE, service, late, seed, seen);
    }
    if (id !== 'a1-rs' || after === 0) return;
    // The gateway does not know why a warning was sent; it says what became of it.
    if (unit(seed, DRAWS.notice) < (livesAbroad(person) ? NOTICE_SHARE : NOTICE_SHARE / 4)) {
      this.#put(late, service, late, seed, what(TOLD.notice));
    }
  }

  #bars(service: number, begin: number, seed: number): void {
    const asked = barAsked(seed);
    if (!asked) return;
    const at = begin + whole(seed, DRAWS.second, 8 * HOUR, 20 * HOUR);
    this.#put(at, service, at, seed, what(TOLD.barRequested));
    if (asked.withdrawnAfter === undefined) return;
    const until = at + asked.withdrawnAfter;
    this.#put(until, service, until, seed, what(TOLD.barWithdrawn));
  }

  #bill(service: number, begin: number, seed: number): void {
    const issued = begin + whole(seed, DRAWS.second, 6 * HOUR, 18 * HOUR);
    this.#put(issued, service, issued, seed, what(TOLD.billIssued));
    const delay = paymentDelay(seed);
    if (delay !== undefined) this.#put(issued + delay, service, issued, seed, what(TOLD.billPaid));
  }

  /** Usage: how many happenings each service has in this hour, by a draw of its own. */
  #hour(hour: number): void {
    const people = this.#people;
    // Belgrade and Vienna keep the same time.
    const tables = this.#rhythm.at(wall(this.#from + hour * HOUR * SECOND, this.#operators[0]!.zone));
    for (let service = this.#first; service < this.#end; service++) {
      const person = people.of(service);
      const seed = seedOf(person ^ OF_HOURS, hour);
      const table = tables[people.activityOf(person)]!;
      const bits = seed >>> 0;
      for (let count = 0; count < table.length && bits >= table[count]!; count++) {
        this.#sessions.happen(service, person, hour, seedOf(seed, count + 1));
      }
    }
  }

  /** What becomes known after the story's end is not held. */
  #put(due: number, service: number, start: number, seed: number, of: number): void {
    if (due < this.#seconds) this.#held.put(due, service, start, seed, of);
  }
}

function check(option: string, holds: boolean): void {
  if (!holds) throw new RangeError(`usageYear: ${option} makes no sense`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
