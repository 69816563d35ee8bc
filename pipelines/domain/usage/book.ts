/**
 * What a service used: every record that can still be taken back, replaced or rated anew, and the sums of its days. The sums are
 * a function of the set of records, whatever the order in which they came. Only the balance follows the order of arrival, as its
 * clause says.
 *
 * A record counts unless it was cancelled, or is a provisional one (NRTRDE) that a TAP record of the same session replaces.
 */
import type { Measure } from '../decision.js';
import { count, DayUse, packDay, see, unpackDay } from './days.js';
import { type History, PastUse } from './history.js';
import { Packer, PRINT_LENGTH, Unpacker } from './packed.js';
import {
  type Fine,
  mayHold,
  type Place,
  pack,
  restood,
  type Standing,
  select,
  type UsageRecord,
  unpack,
  type Wanted,
} from './record.js';

/** What detectors may ask about a service's use. Days are local days as numbers, `to` is not included. */
export interface UsageView {
  /** The days of which something came since the detectors last looked, in order. */
  readonly touched: readonly number[];
  /** Whether what was known before came since then. It is there to look back at and touches no day, but what was judged without it may be wrong. */
  readonly imported: boolean;
  /** The days with any use, in order. */
  readonly days: readonly DayUse[];
  /** The records that came since then and count; undefined: others were taken back, or it is whatever is on the touched days. */
  readonly news: readonly UsageRecord[] | undefined;
  /** The records of a day that count and are wanted, in the order in which they came; for as long as records are held. */
  records(day: number, wanted?: Wanted): readonly UsageRecord[];
  /** Usage charges that no payment covers, in the order in which all came; never below 0. */
  readonly balance: Fine;
  /** Whether anything was ever credited: without that, charges only grow. */
  readonly hasNegative: boolean;
  /** The sum of a measure (charges in `Fine`) over whole days; with `cycle`, imported sums of cycles within them count too. */
  sum(measure: Measure, from: number, to: number, cycle?: boolean): number;
}

/** What is left of bundles after the last record, and which that was. */
export interface Shared {
  readonly at: number;
  readonly print: string;
  readonly left: Map<string, bigint>;
}

/** Days for which a record can be taken back or replaced: the memory of events, and a day for the zones. */
const RECORD_DAYS = 132;
/** Records that the tariff rates stay for as long as a bundle of theirs may have to be shared out anew. */
const UNPRICED_DAYS = 200;
/** Days for which sums are kept: a late record's window, and the four months or three cycles before it. */
const SUM_DAYS = 270;
/** Of form 1 the history was JSON. */
const VERSION = 2;
/** What is so of a book, as bits. */
const HAS_NEGATIVE = 1;
const IMPORTED = 2;
const packer = new Packer();

/** Each by a name of its own: a field that is looked up by a changing name is found four times as slowly. */
const SUMMED: Readonly<Record<Measure, (use: DayUse) => number>> = {
  charge: ({ charge }) => charge,
  voiceSeconds: ({ voiceSeconds }) => voiceSeconds,
  messages: ({ messages }) => messages,
  dataBytes: ({ dataBytes }) => dataBytes,
};

type Found = UsageRecord & { readonly from: number; readonly to: number };

export class UsageBook implements UsageView {
  #days: DayUse[] = [];
  /** The packed records of each day. */
  readonly #chunks = new Map<number, string>();
  /** Days with records that the tariff rates. */
  readonly #unpriced = new Set<number>();
  /** Cancellations of records not yet known, with the day on which they are forgotten. */
  readonly #cancels = new Map<string, number>();
  readonly #touched = new Set<number>();
  #news: UsageRecord[] | undefined = [];
  /** Days whose sums or records are not as they were last taken. */
  readonly #changedDays = new Set<number>();
  /** Days as they are kept, packed: each until it changes. */
  readonly #packedDays = new Map<number, string>();
  #history = PastUse.none;
  #balance: Fine = 0;
  #hasNegative = false;
  #imported = false;
  #forgotOn = Number.NaN;
  /** Days with records that were not rated as they are now; empty: none. */
  readonly unrated = new Set<number>();
  /** Those records, where nothing but new ones came; undefined: whatever is on these days. */
  #fresh: UsageRecord[] | undefined = [];
  /** How far bundles were shared out, in the order of event time: a note of the rating. */
  shared: Shared | undefined;

  get touched(): readonly number[] {
    return [...this.#touched].sort((a, b) => a - b);
  }

  get imported(): boolean {
    return this.#imported;
  }

  get days(): readonly DayUse[] {
    return this.#days;
  }

  get news(): readonly UsageRecord[] | undefined {
    return this.#news;
  }

  records(day: number, wanted: Wanted = () => true): readonly UsageRecord[] {
    return select(this.#chunks.get(day) ?? '', day, wanted);
  }

  get balance(): Fine {
    return this.#balance;
  }

  get hasNegative(): boolean {
    return this.#hasNegative;
  }

  /** The day as of which it last forgot; undefined: it has not yet. */
  get today(): number | undefined {
    return Number.isNaN(this.#forgotOn) ? undefined : this.#forgotOn;
  }

  get hasUnpriced(): boolean {
    return this.#unpriced.size > 0;
  }

  // --- What comes ---

  /** Takes a record in, and says whether it counts. */
  add(record: UsageRecord): boolean {
    // Its day is looked at, be it that it changes no sum.
    this.#touch(record.day);
    let standing: Standing = 'live';
    let change = 0;
    if (this.#cancels.has(record.print)) standing = 'cancelled';
    else if (record.session !== undefined && record.feed !== 'other') {
      const others = this.#ofSession(record.session).filter(
        (other) => other.feed !== record.feed && sameUse(other, record),
      );
      if (record.feed === 'nrtrde') {
        if (others.some((other) => other.feed === 'tap' && other.standing === 'live')) standing = 'replaced';
      } else {
        for (const other of others) {
          if (other.feed === 'nrtrde' && other.standing === 'live') change += this.#stand(other, 'replaced');
        }
      }
    }
    const kept = { ...record, standing };
    this.#chunks.set(record.day, (this.#chunks.get(record.day) ?? '') + pack(kept));
    this.#change(record.day);
    if (!record.priced) {
      this.#unpriced.add(record.day);
      this.unrated.add(record.day);
      if (standing === 'live') this.#fresh?.push(kept);
    }
    if (standing === 'live') {
      this.#news?.push(kept);
      change += this.#count(kept, 1);
    }
    this.#owe(change);
    return standing === 'live';
  }

  /**
   * Takes a record back, or one that has yet to come, and says whether one was; `forgetOn` is the day from which on it cannot come
   * any more.
   */
  cancel(print: string, forgetOn: number): boolean {
    const found = this.#find(print);
    if (!found) {
      this.#cancels.set(print, forgetOn);
      return false;
    }
    this.#touch(found.day);
    if (found.standing === 'cancelled') return false;
    let change = this.#stand(found, 'cancelled');
    if (found.feed === 'tap' && found.session !== undefined) {
      const others = this.#ofSession(found.session).filter((other) => sameUse(other, found));
      const taps = this.#ofSession(found.session).filter((other) => other.feed === 'tap' && other.standing === 'live');
      for (const other of others) {
        if (other.feed !== 'nrtrde' || other.standing !== 'replaced') continue;
        if (!taps.some((tap) => sameUse(tap, other))) change += this.#stand(other, 'live');
      }
    }
    this.#owe(change);
    return true;
  }

  /** The subscriber was seen at a place. */
  present(day: number, place: Place): void {
    see(this.#use(day), place, 1);
    this.#touch(day);
  }

  /** A payment or a sum that was unpaid before (negative: taken off). */
  owe(change: Fine): void {
    this.#owe(change);
  }

  /** Takes in what was known before; `places` are the same days by place. */
  remember(
    history: History,
    places: readonly { readonly day: number; readonly place: Place; readonly sums: Partial<Record<Measure, number>> }[],
  ): void {
    this.#history = this.#history.with(history);
    for (const { day, place, sums } of places) {
      const use = this.#use(day);
      see(use, place, 1);
      const { voiceSeconds = 0, messages = 0, dataBytes = 0 } = sums;
      if (place === 'home') {
        use.homeVoiceSeconds += voiceSeconds;
        use.homeMessages += messages;
        use.homeDataBytes += dataBytes;
      } else if (place === 'zone') {
        use.zoneVoiceSeconds += voiceSeconds;
        use.zoneMessages += messages;
        use.zoneDataBytes += dataBytes;
      } else {
        use.elsewhereVoiceSeconds += voiceSeconds;
        use.elsewhereMessages += messages;
        use.elsewhereDataBytes += dataBytes;
      }
      this.#change(day);
    }
    if (history.cycles.length + history.days.length > 0) this.#imported = true;
    // What was before is looked back at; by itself it is no news of any window.
    if (history.cycles.some(({ sums }) => (sums.charge ?? 0) < 0)) this.#hasNegative = true;
  }

  // --- What the tariff rates ---

  /** The records to be rated, where nothing but new ones came since the last time. */
  get fresh(): readonly UsageRecord[] | undefined {
    return this.#fresh;
  }

  /** The records of these days that the tariff rates and that count, in no certain order. */
  unpriced(from: number, to: number): readonly UsageRecord[] {
    const records: UsageRecord[] = [];
    for (const day of this.#unpriced) {
      if (day < from || day >= to) continue;
      for (const record of unpack(this.#chunks.get(day) ?? '', day)) {
        if (!record.priced && record.standing === 'live') records.push(record);
      }
    }
    return records;
  }

  /** Whether a session has one record only, be it that others were taken back. */
  isAlone(session: string): boolean {
    return this.#ofSession(session).length === 1;
  }

  /** The days on which parts of a session are. */
  daysOfSession(session: string): readonly number[] {
    return this.#ofSession(session).map(({ day }) => day);
  }

  /** Sets what records of these days that the tariff rates come to; those that are left out stay as they are. */
  rate(charges: ReadonlyMap<string, Fine>, days: Iterable<number>): void {
    let change = 0;
    for (const day of new Set(days)) {
      const chunk = this.#chunks.get(day) ?? '';
      let rated = '';
      let differs = false;
      for (const { from, to, ...record } of unpack(chunk, day)) {
        const charge = record.priced || record.standing !== 'live' ? undefined : charges.get(record.print);
        if (charge === undefined || charge === record.charge) {
          rated += chunk.slice(from, to);
          continue;
        }
        differs = true;
        const anew = { ...record, charge };
        count(this.#use(day), record, -1);
        change += this.#count(anew, 1) - record.charge;
        if (charge < record.charge) this.#hasNegative = true;
        rated += pack(anew);
      }
      if (!differs) continue;
      this.#chunks.set(day, rated);
      this.#change(day);
    }
    this.unrated.clear();
    this.#fresh = [];
    this.#owe(change);
  }

  /** The tariff has changed: what it rates is rated again, as far back as records can still come. */
  rateAnew(today: number): void {
    for (const day of this.#unpriced) if (day >= today - RECORD_DAYS) this.unrated.add(day);
    this.#fresh = undefined;
    this.shared = undefined;
  }

  // --- Sums ---

  sum(measure: Measure, from: number, to: number, cycle = false): number {
    let sum = 0;
    const of = SUMMED[measure];
    for (let i = this.#indexOf(from); i < this.#days.length; i++) {
      const use = this.#days[i]!;
      if (use.day >= to) break;
      sum += of(use);
    }
    return sum + this.#history.sum(measure, from, to, cycle);
  }

  // --- Time ---

  /** The detectors have looked. */
  looked(): void {
    this.#touched.clear();
    this.#imported = false;
    this.#news = [];
  }

  /** Forgets what nothing can come to depend on any more. */
  forget(today: number): void {
    if (today === this.#forgotOn) return;
    this.#forgotOn = today;
    if (this.#days.length > 0 && this.#days[0]!.day < today - SUM_DAYS) {
      for (const { day } of this.#days) if (day < today - SUM_DAYS) this.#change(day);
      this.#days = this.#days.filter(({ day }) => day >= today - SUM_DAYS);
    }
    for (const day of this.#chunks.keys()) {
      if (day >= today - (this.#unpriced.has(day) ? UNPRICED_DAYS : RECORD_DAYS)) continue;
      this.#chunks.delete(day);
      this.#unpriced.delete(day);
      this.#change(day);
    }
    this.#history = this.#history.since(today - SUM_DAYS);
    for (const [print, on] of this.#cancels) if (on < today) this.#cancels.delete(print);
  }

  // --- Keeping it ---

  /** The days that changed since this was last asked, each packed with its records; undefined: forgotten. */
  takeDays(): readonly (readonly [day: number, packed: string | undefined])[] {
    if (this.#changedDays.size === 0) return [];
    const changed = [...this.#changedDays].map((day) => [day, this.#packDay(day)] as const);
    this.#changedDays.clear();
    return changed;
  }

  #packDay(day: number): string | undefined {
    const held = this.#packedDays.get(day);
    if (held !== undefined) return held;
    const use = this.#days[this.#indexOf(day)];
    const records = this.#chunks.get(day);
    if (use?.day !== day && records === undefined) return undefined;
    packDay(packer, use?.day === day ? use : new DayUse(day));
    const packed = packer.raw(records ?? '').take();
    this.#packedDays.set(day, packed);
    return packed;
  }

  /** Takes a day back from the store. */
  restoreDay(day: number, packed: string): void {
    this.#packedDays.set(day, packed);
    const reader = new Unpacker(packed);
    const use = unpackDay(reader, day);
    const last = this.#days.at(-1);
    if (!last || last.day < day) this.#days.push(use);
    else this.#days.splice(this.#indexOf(day), 0, use);
    if (reader.done) return;
    const records = packed.slice(reader.at);
    this.#chunks.set(day, records);
    for (const { priced } of unpack(records, day)) {
      if (priced) continue;
      this.#unpriced.add(day);
      break;
    }
  }

  /** All days in one text, for as long as nobody asks for the book. */
  packDays(): string {
    const days = new Set([...this.#days.map(({ day }) => day), ...this.#chunks.keys()]);
    const packed = [...days].sort((a, b) => a - b).map((day) => [day, this.#packDay(day)!] as const);
    for (const [day, text] of packed) packer.signed(day).count(text.length).raw(text);
    return packer.take();
  }

  unpackDays(packed: string): void {
    for (const reader = new Unpacker(packed); !reader.done; ) {
      const day = reader.signed();
      this.restoreDay(day, reader.raw(reader.count()));
    }
  }

  /** All but the days. */
  pack(): string {
    packer
      .byte(VERSION)
      .signed(this.#balance)
      .byte((this.#hasNegative ? HAS_NEGATIVE : 0) | (this.#imported ? IMPORTED : 0));
    for (const set of [this.#touched, this.unrated]) {
      packer.count(set.size);
      for (const day of set) packer.signed(day);
    }
    packer.count(this.#cancels.size);
    for (const [print, on] of this.#cancels) packer.raw(print).signed(on);
    packer.count(this.#history.packed.length).raw(this.#history.packed);
    if (this.shared) {
      const { at, print, left } = this.shared;
      packer.signed(at).text(print).count(left.size);
      for (const [key, rest] of left) packer.text(key).text(rest.toString(36));
    }
    return packer.take();
  }

  static unpack(packed: string): UsageBook {
    const reader = new Unpacker(packed);
    const version = reader.byte();
    if (version !== VERSION && version !== 1)
      throw new Error(`usage is packed in form ${version}, which this version does not know`);
    const book = new UsageBook();
    book.#balance = reader.signed();
    const flags = reader.byte();
    book.#hasNegative = (flags & HAS_NEGATIVE) !== 0;
    book.#imported = (flags & IMPORTED) !== 0;
    for (const set of [book.#touched, book.unrated]) {
      for (let left = reader.count(); left > 0; left--) set.add(reader.signed());
    }
    for (let left = reader.count(); left > 0; left--) {
      const print = reader.raw(PRINT_LENGTH);
      book.#cancels.set(print, reader.signed());
    }
    if (book.unrated.size > 0) book.#fresh = undefined;
    if (book.#touched.size > 0) book.#news = undefined;
    const history = version === 1 ? reader.text() : reader.raw(reader.count());
    if (history) book.#history = version === 1 ? PastUse.of(JSON.parse(history) as History) : new PastUse(history);
    if (!reader.done) {
      const [at, print, left] = [reader.signed(), reader.text(), new Map<string, bigint>()];
      for (let more = reader.count(); more > 0; more--) left.set(reader.text(), bigintOf(reader.text()));
      book.shared = { at, print, left };
    }
    return book;
  }

  // --- Inside ---

  /** The index of the first day from `day` on. Mostly it is among the last. */
  #indexOf(day: number): number {
    let low = 0;
    for (let high = this.#days.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#days[middle]!.day < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #use(day: number): DayUse {
    const last = this.#days.at(-1);
    if (last?.day === day) return last;
    const i = this.#indexOf(day);
    const held = this.#days[i];
    if (held?.day === day) return held;
    const use = new DayUse(day);
    this.#days.splice(i, 0, use);
    return use;
  }

  #count(record: UsageRecord, sign: 1 | -1): Fine {
    count(this.#use(record.day), record, sign);
    this.#touch(record.day);
    if (record.charge < 0 || sign < 0) this.#hasNegative = true;
    return sign * record.charge;
  }

  #change(day: number): void {
    this.#changedDays.add(day);
    this.#packedDays.delete(day);
  }

  #touch(day: number): void {
    this.#touched.add(day);
    this.#change(day);
  }

  /** Lets a record stand otherwise, and says how that changes what is owed. */
  #stand(record: Found, standing: Standing): Fine {
    const chunk = this.#chunks.get(record.day)!;
    this.#news = undefined;
    this.#chunks.set(record.day, restood(chunk, record.from, standing));
    this.#change(record.day);
    if (!record.priced) {
      this.unrated.add(record.day);
      // What is left of a session begins elsewhere, and may cost another price.
      if (record.session !== undefined) for (const day of this.daysOfSession(record.session)) this.unrated.add(day);
      this.#fresh = undefined;
      this.shared = undefined;
    }
    if (record.standing === 'live') return this.#count(record, -1);
    return standing === 'live' ? this.#count(record, 1) : 0;
  }

  #owe(change: Fine): void {
    this.#balance = Math.max(0, this.#balance + change);
  }

  #find(print: string): Found | undefined {
    for (const [day, chunk] of this.#chunks) {
      if (!mayHold(chunk, print)) continue;
      for (const record of unpack(chunk, day)) if (record.print === print) return record;
    }
    return undefined;
  }

  #ofSession(session: string): readonly Found[] {
    const found: Found[] = [];
    for (const [day, chunk] of this.#chunks) {
      if (!mayHold(chunk, session)) continue;
      for (const record of unpack(chunk, day)) if (record.session === session) found.push(record);
    }
    return found;
  }
}

/** A whole number as `toString(36)` wrote it. */
function bigintOf(text: string): bigint {
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return value;
}

/** Whether two records of one session tell of the same use: one of them of the whole session, or both of one part. */
function sameUse(a: UsageRecord, b: UsageRecord): boolean {
  return a.kind === b.kind && (a.part === undefined || b.part === undefined || a.part === b.part);
}

/** The view of a service that used nothing. */
export const NO_USAGE: UsageView = new UsageBook();
