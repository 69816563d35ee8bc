/**
 * What the events heard so far say of one service, read anew from all of them each time it is asked: its record over time, the
 * usage records that count, their charges. Nothing is kept between two questions, so nothing can be kept wrongly. A part of the
 * oracle: it shares the calendar and the rating with the project, and no more.
 */
import {
  type BillingChange,
  cycleOf,
  dayOf,
  nextDay,
  startOfDay,
  startOfWeek,
} from '../../pipelines/domain/calendar.js';
import { settle, type UsageRecord } from '../../pipelines/domain/rating/settle.js';
import { readTariff, type Tariff } from '../../pipelines/domain/rating/tariff.js';

import {
  type Data,
  type Event,
  type Exact,
  exact,
  MEASURES,
  NOTHING,
  type Profile,
  type Rec,
  type Span,
  type Sums,
  type Version,
  type Window,
  type WireMoney,
} from './wire.js';

const ZONES: Record<string, string> = { 'a1-rs': 'Europe/Belgrade', 'mtel-at': 'Europe/Vienna' };
const CURRENCIES: Record<string, string> = { 'a1-rs': 'RSD', 'mtel-at': 'EUR' };
const HOMES: Record<string, string> = { 'a1-rs': 'RS', 'mtel-at': 'AT' };
const MCC: Record<string, string> = { 220: 'RS', 218: 'BA', 297: 'ME', 294: 'MK', 276: 'AL', 221: 'XK', 232: 'AT' };

export class Facts {
  readonly versions: readonly Version[];
  readonly operator: string;
  readonly zone: string;
  readonly currency: string;
  readonly home: string;
  /** Since when it is active: windows before that are missing, not zero. */
  readonly since: number;
  readonly billing: readonly BillingChange[];
  readonly #events: readonly Event[];
  readonly #tariffs: readonly Event[];
  #live: readonly Rec[] | undefined;

  constructor(events: readonly Event[], tariffs: readonly Event[]) {
    this.#events = [...events];
    this.#tariffs = [...tariffs];
    this.versions = versionsOf(this.of('service.upserted'));
    const [first] = this.versions;
    this.operator = first!.profile.operator;
    this.zone = ZONES[this.operator]!;
    this.currency = CURRENCIES[this.operator]!;
    this.home = HOMES[this.operator]!;
    this.since = first!.profile.activeFrom === undefined ? first!.at : Date.parse(first!.profile.activeFrom);
    this.billing = this.versions.map(({ at, profile }) => ({ from: at, day: profile.billingDay ?? 'last' }));
  }

  /** All records that count. */
  get live(): readonly Rec[] {
    if (!this.#live) {
      const counting = liveOf(this.of('usage.recorded'), this.of('usage.cancelled'));
      const rated = this.#rated(counting);
      this.#live = [...counting.map((event) => this.#record(event, rated.get(event.ref))), ...this.#history()];
    }
    return this.#live;
  }

  of(...types: readonly string[]): readonly Event[] {
    return this.#events.filter(({ type }) => types.includes(type));
  }

  /** The profile in force; the first one also before its own time. */
  profileAt(at: number): Profile {
    return (this.versions.findLast((version) => version.at <= at) ?? this.versions[0]!).profile;
  }

  feeAt(at: number): Exact {
    const fee = this.profileAt(at).monthlyFee;
    return fee ? exact(fee) : 0n;
  }

  cycle(at: number): Span {
    return cycleOf(at, this.billing, this.zone);
  }

  window(kind: Window, at: number): Span {
    if (kind === 'month') return this.cycle(at);
    if (kind === 'day') return { from: startOfDay(at, this.zone), to: nextDay(at, this.zone) };
    const from = startOfWeek(at, this.zone);
    let to = from;
    for (let day = 0; day < 7; day++) to = nextDay(to, this.zone);
    return { from, to };
  }

  /** What was used in a window of a kind. What an imported cycle says itself, its imported days say no more. */
  sums(kind: Window, { from, to }: Span): Sums {
    const total = { ...NOTHING };
    const inside = this.live.filter(({ at }) => at >= from && at < to);
    const cycles = kind === 'month' ? inside.filter(({ counts }) => counts === 'cycles') : [];
    for (const { counts, sums } of inside) {
      if (counts === 'cycles' && kind !== 'month') continue;
      for (const measure of MEASURES) {
        if (counts === 'days' && cycles.some((cycle) => cycle.sums[measure] !== 0n)) continue;
        total[measure] += sums[measure];
      }
    }
    return total;
  }

  day(at: number): string {
    return dayOf(at, this.zone);
  }

  /** Everything charged and not taken back, in all cycles. */
  charged(): Exact {
    return this.live.reduce((sum, { ref, sums }) => (ref.startsWith('history ') ? sum : sum + sums.charge), 0n);
  }

  #record(event: Event, rated: Exact | undefined): Rec {
    let read = readings.get(event);
    if (!read) readings.set(event, (read = readRecord(event, this.home)));
    if (rated === undefined) return read;
    return { ...read, sums: { ...read.sums, charge: rated }, uses: { ...read.uses, charge: rated } };
  }

  /** What the tariff in force says of records without a charge of their own. */
  #rated(events: readonly Event[]): Map<string, Exact> {
    const charges = new Map<string, Exact>();
    const byTariff = new Map<Tariff, UsageRecord[]>();
    for (const event of events) {
      const {
        kind,
        seconds,
        bytes,
        messages = 1,
        charge,
        ...rest
      } = event.data as {
        kind: UsageRecord['kind'];
        [field: string]: unknown;
      };
      const { tariffId } = this.profileAt(event.at);
      const amount = kind === 'voice' ? seconds : kind === 'data' ? bytes : messages;
      if (charge !== undefined || tariffId === undefined || amount === undefined) continue;
      const tariff = tariffAt(this.#tariffs, tariffId, event.at);
      if (!tariff || tariff.currency !== this.currency) continue;
      const { direction, destination, sessionId } = rest as Partial<UsageRecord>;
      const record: UsageRecord = {
        id: event.ref,
        kind,
        start: event.at,
        amount: BigInt(amount as number) * 1_000_000_000n,
        ...(direction !== undefined && { direction }),
        ...(destination !== undefined && { destination }),
        ...(sessionId !== undefined && { sessionId }),
      };
      byTariff.set(tariff, [...(byTariff.get(tariff) ?? []), record]);
    }
    for (const [tariff, records] of byTariff) {
      for (const [ref, settled] of settle(tariff, records, { zone: this.zone, billing: this.billing })) {
        if (settled.is !== 'rated') continue;
        const { numerator, denominator } = settled.charge;
        charges.set(ref, (numerator * 10_000n) / denominator);
      }
    }
    return charges;
  }

  #history(): Rec[] {
    return this.of('history.imported').flatMap((event) => {
      const { cycles = [], days = [] } = event.data as { cycles?: Data[]; days?: Data[] };
      const record = (at: number, counts: Rec['counts'], from: Data, i: number, country?: string): Rec => {
        const sums = { ...NOTHING };
        for (const measure of MEASURES) {
          const value = from[measure] as number | WireMoney | undefined;
          if (value !== undefined) sums[measure] = typeof value === 'object' ? exact(value) : BigInt(value);
        }
        return { ref: `history ${event.ref} ${counts} ${i}`, at, counts, sums, uses: sums, country };
      };
      return [
        ...cycles.map((cycle, i) => {
          const usage = (cycle['usage'] ?? {}) as Data;
          const charge = cycle['charges'] as WireMoney | undefined;
          return record(
            Date.parse(cycle['from'] as string),
            'cycles',
            { ...usage, ...(charge && { charge }) },
            i,
            'of a cycle',
          );
        }),
        ...days.map((day, i) => {
          const date = day['date'] as string;
          const { date: _, country, ...sums } = day;
          const noon = Date.parse(`${date}T12:00:00Z`);
          return record(noon, 'days', sums, i, (country as string | undefined) ?? this.home);
        }),
      ];
    });
  }
}

/** What a line says by itself is read once: it never changes. */
const readings = new WeakMap<Event, Rec>();
const lists = new WeakMap<Event, Tariff>();

function readRecord({ ref, at, data }: Event, home: string): Rec {
  const {
    kind,
    direction = 'out',
    seconds,
    messages,
    bytes,
    charge,
  } = data as {
    kind: string;
    direction?: string;
    seconds?: number;
    messages?: number;
    bytes?: number;
    charge?: WireMoney;
  };
  const text = kind === 'sms' || kind === 'mms';
  const uses: Sums = {
    charge: charge ? exact(charge) : 0n,
    voiceSeconds: BigInt(kind === 'voice' ? (seconds ?? 0) : 0),
    messages: BigInt(text ? (messages ?? 1) : 0),
    dataBytes: BigInt(kind === 'data' ? (bytes ?? 0) : 0),
  };
  const sums = direction === 'out' ? uses : { ...NOTHING, charge: uses.charge };
  return { ref, at, counts: 'all', sums, uses, country: countryOf(data, home) };
}

/** The price list that holds at a record's time; the first one also for all time before it. */
function tariffAt(tariffs: readonly Event[], tariffId: string, at: number): Tariff | undefined {
  const versions = tariffs
    .filter(({ subject, data }) => (data['tariffId'] ?? subject) === tariffId)
    .sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
  const version = versions.findLast((one) => one.at <= at) ?? versions[0];
  if (!version) return undefined;
  let tariff = lists.get(version);
  if (!tariff) {
    const read = readTariff(version.data);
    if (!read.ok) return undefined;
    lists.set(version, (tariff = read.value));
  }
  return tariff;
}

/** By time; of two for one instant the one known later, then the one of the greater name. */
function versionsOf(upserts: readonly Event[]): readonly Version[] {
  const sorted = upserts
    .map(({ at, known, ref, data }) => ({ at, known, ref, profile: data as unknown as Profile }))
    .sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
  return sorted.filter((version, i) => sorted[i + 1]?.at !== version.at);
}

/** The records that are not withdrawn, without those of NRTRDE whose TAP record is among them. */
export function liveOf(records: readonly Event[], cancellations: readonly Event[]): readonly Event[] {
  const withdrawn = new Set(cancellations.map(({ source, data }) => `${source}#${data['recordId']}`));
  const standing = records.filter(({ ref }) => !withdrawn.has(ref));
  return standing.filter(({ data }) => {
    if (data['feed'] !== 'nrtrde' || data['sessionId'] === undefined) return true;
    return !standing.some(
      ({ data: other }) =>
        other['feed'] === 'tap' &&
        other['sessionId'] === data['sessionId'] &&
        other['kind'] === data['kind'] &&
        (other['part'] === undefined || data['part'] === undefined || other['part'] === data['part']),
    );
  });
}

function countryOf({ country, feed, visitedNetwork }: Data, home: string): string | undefined {
  if (country !== undefined) return country as string;
  if (visitedNetwork !== undefined) return MCC[(visitedNetwork as string).slice(0, 3)] ?? 'elsewhere';
  return feed === 'tap' || feed === 'nrtrde' ? undefined : home;
}
