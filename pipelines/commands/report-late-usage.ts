/**
 * `dozor report late-usage`: the register of late-billed data. Of each service and billing cycle what became known only when the
 * cycle was over: records, withdrawals and replacements, and by how much they change its usage charges (VAT included, rounded once).
 *
 * It is worked out from the events alone, with the same rules that judge them: bad lines, copies and strays count for nothing. A
 * record without a charge is counted as unrated: its price is its tariff's. One partition is in memory at a time.
 */
import { beginOf, cycleOf, dayNumber, formatLocal } from '../domain/calendar.js';
import { refOf } from '../domain/detector.js';
import { formatMoney } from '../domain/money.js';
import type { Packs } from '../domain/pack.js';
import { billingOf, newService, profileAt, type ServiceFacts, withProfile } from '../domain/service.js';
import { EVER, type Instant } from '../domain/units.js';
import { UsageBook } from '../domain/usage/book.js';
import { moneyOf } from '../domain/usage/money.js';
import type { Fine } from '../domain/usage/record.js';
import { takeUsage, type UsageEvent } from '../domain/usage/taking.js';
import { cycleDays } from '../domain/usage/windows.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { Door, TransientMemory } from '../runtime/door.js';
import { partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { checkPeriod, compare, type Format, isWithin, linesOf, type Period, partitionRecords } from './report.js';

export interface LateUsageOptions extends Period {
  readonly format: Format;
}

/** The register, and how many records are of services that nobody has told of. */
export interface LateUsage {
  readonly lines: readonly string[];
  readonly unknown: number;
}

type Late = Extract<UsageEvent, { type: 'usage.recorded' | 'usage.cancelled' }>;

/** What is known late of a service and cycle. */
interface Entry {
  readonly service: string;
  readonly operator: string;
  readonly zone: string;
  readonly currency: string;
  readonly from: Instant;
  readonly to: Instant;
  records: number;
  withdrawn: number;
  unrated: number;
  charge: Fine;
  firstKnown: Instant;
  lastKnown: Instant;
  readonly events: string[];
}

const COLUMNS = [
  'service',
  'operator',
  'cycleFrom',
  'cycleTo',
  'records',
  'withdrawn',
  'unrated',
  'charge',
  'firstKnown',
  'lastKnown',
  'events',
];

/** The register of an installation for what became known within the period. Rejects in words where the period is none. */
export async function reportLateUsage(config: Config, packs: Packs, options: LateUsageOptions): Promise<LateUsage> {
  checkPeriod(options);
  const { log, close } = await openParts(config, 'read');
  try {
    return await lateUsageRegister(log, packs, options);
  } finally {
    await close();
  }
}

/** The register of what is on a log, by service and cycle. */
export async function lateUsageRegister(log: Log, packs: Packs, options: LateUsageOptions): Promise<LateUsage> {
  const count = await log.partitions(TOPICS.serviceEvents);
  const entries: Entry[] = [];
  let unknown = 0;
  for (let partition = 0; partition < count; partition++) {
    const reading = new Reading(packs, options);
    const take = async (mark: string) => {
      for await (const { key, offset, value } of partitionRecords(log, TOPICS.serviceEvents, partition)) {
        const text = key === TICK_KEY ? '' : Buffer.from(value).toString('utf8');
        if (text.includes(mark)) reading.line(text, offset, (subject) => partitionOf(subject, count) === partition);
      }
    };
    // A service's record may come after its use: all of them first.
    await take('"service.upserted"');
    await take('"usage.');
    entries.push(...reading.entries.values());
    unknown += reading.unknown;
  }
  entries.sort((a, b) => compare(a.service, b.service) || a.from - b.from);
  return { lines: linesOf(COLUMNS, entries.map(rowOf), options.format), unknown };
}

class Reading {
  readonly entries = new Map<string, Entry>();
  unknown = 0;
  readonly #packs: Packs;
  readonly #period: Period;
  readonly #door: Door;
  readonly #facts = new Map<string, ServiceFacts>();
  readonly #books = new Map<string, UsageBook>();
  #now: Instant = EVER;

  constructor(packs: Packs, period: Period) {
    this.#packs = packs;
    this.#period = period;
    this.#door = new Door({ packs, memory: new TransientMemory() });
  }

  /** Takes a line of the log. One whose subject is at home elsewhere stands there too. */
  line(text: string, offset: number, isHome: (subject: string) => boolean): void {
    const decoded = this.#door.readLine(text, offset);
    if (!decoded.ok || !isHome(decoded.event.subject)) return;
    const taken = this.#door.admit(decoded);
    if (taken.is !== 'event') return;
    const { event } = taken;
    if (event.type === 'service.upserted') {
      const facts = this.#facts.get(event.subject) ?? newService(event.subject);
      const version = { at: event.time, known: event.recordedtime, ref: refOf(event), profile: event.data };
      this.#facts.set(event.subject, withProfile(facts, version));
    } else if (event.type === 'usage.recorded' || event.type === 'usage.cancelled') this.#use(event);
  }

  #use(event: Late): void {
    const facts = this.#facts.get(event.subject);
    if (!facts) {
      this.unknown += 1;
      return;
    }
    let book = this.#books.get(facts.id);
    if (!book) this.#books.set(facts.id, (book = new UsageBook()));
    const pack = this.#packs.at(profileAt(facts, event.time).operator, event.time)!;
    const { zone, currency } = pack;
    const billing = billingOf(facts);
    this.#now = Math.max(this.#now, event.recordedtime);
    book.forget(dayNumber(this.#now, zone));
    const mayMatter =
      isWithin(this.#period, event.recordedtime) && mayReach(event, cycleOf(event.time, billing, zone).to);
    const before = new Map(mayMatter ? chargesOf(book) : []);
    const counts = takeUsage(book, priced(event, currency), pack);
    const { touched } = book;
    book.looked();
    if (!mayMatter || !counts) return;
    const charges = new Map(chargesOf(book));
    const reached = new Map<string, Entry>();
    for (const day of touched) {
      const at = beginOf(day, zone);
      const { from, to } = cycleOf(at, billing, zone);
      if (event.recordedtime < to) continue;
      const key = `${facts.id} ${cycleDays(at, billing, zone).from}`;
      let entry = this.entries.get(key);
      if (!entry) {
        const counts = { records: 0, withdrawn: 0, unrated: 0, charge: 0 };
        const known = { firstKnown: event.recordedtime, lastKnown: event.recordedtime };
        const head = { service: facts.id, operator: pack.operator, zone, currency, from, to };
        this.entries.set(key, (entry = { ...head, ...counts, ...known, events: [] }));
      }
      entry.charge += (charges.get(day) ?? 0) - (before.get(day) ?? 0);
      reached.set(key, entry);
    }
    for (const entry of reached.values()) note(entry, event);
  }
}

function note(entry: Entry, event: Late): void {
  if (event.type === 'usage.cancelled') entry.withdrawn += 1;
  else {
    entry.records += 1;
    if (event.data.charge === undefined) entry.unrated += 1;
  }
  entry.firstKnown = Math.min(entry.firstKnown, event.recordedtime);
  entry.lastKnown = Math.max(entry.lastKnown, event.recordedtime);
  entry.events.push(refOf(event));
}

/** What its tariff prices costs nothing here: nobody rates this book, so it should not wait to be rated. */
function priced(event: Late, currency: string): Late {
  if (event.type === 'usage.cancelled' || event.data.charge !== undefined) return event;
  return { ...event, data: { ...event.data, charge: { minor: 0, currency } } };
}

/** Whether an event may change a cycle that is over: its own, or that of a record which it withdraws or replaces. */
function mayReach(event: Late, end: Instant): boolean {
  return event.type === 'usage.cancelled' || event.data.feed === 'tap' || event.recordedtime >= end;
}

function chargesOf(book: UsageBook): readonly (readonly [day: number, charge: Fine])[] {
  return book.days.map(({ day, charge }) => [day, charge]);
}

function rowOf(entry: Entry): Record<string, unknown> {
  const { service, operator, zone, currency, records, withdrawn, unrated, events } = entry;
  const local = (at: Instant) => formatLocal(at, zone);
  return {
    service,
    operator,
    cycleFrom: local(entry.from),
    cycleTo: local(entry.to),
    records,
    withdrawn,
    unrated,
    charge: formatMoney(moneyOf(entry.charge, currency)),
    firstKnown: local(entry.firstKnown),
    lastKnown: local(entry.lastKnown),
    events: [...events].sort(compare),
  };
}
