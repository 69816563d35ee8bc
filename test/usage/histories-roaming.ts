/**
 * Random histories of months at home and abroad, told as stretches of days, one record a day: where somebody was or what was used
 * there. Stretches are few numbers, so that a failure shrinks to "so many days here, so many there".
 */
import fc from 'fast-check';
import { dayOf } from '../../pipelines/domain/calendar.js';
import {
  type Copy,
  DAY,
  type Delay,
  HOUR,
  type Item,
  instant,
  knownAfter,
  linesOf,
  MINUTE,
  type Told,
  trimmed,
  ZONE,
} from './lines.js';
import type { Data } from './wire.js';

const pick = fc.constantFrom;
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });

/** The last days of months shorter or longer than the one four months on, and both changes of the clock. */
const ACTIVE_FROM = ['2026-01-01', '2026-01-31', '2025-10-30', '2026-06-29', '2025-11-30'];

const trace = pick<Data>(
  { seen: true },
  { kind: 'data', bytes: 1000 },
  { kind: 'data', bytes: 1000, direction: 'in' },
  { kind: 'data', bytes: 1001 },
  { kind: 'voice', seconds: 60 },
  { kind: 'sms' },
  { kind: 'mms', messages: 2, direction: 'in' },
  { kind: 'premium' },
);
const country = pick('RS', 'ME', 'BA', 'XK', 'HR');
const away = pick('ME', 'BA', 'AL');
const length = fc.oneof(
  { weight: 2, arbitrary: pick(60, 61, 59, 15, 16, 62) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }) },
);
const late: fc.Arbitrary<Delay> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: pick<Delay>('midnight', 'noon', DAY, 5 * DAY, 20 * DAY) },
  { weight: 1, arbitrary: pick(60 * DAY, 110 * DAY, 130 * DAY, -3 * MINUTE) },
);
const stretch = fc.record({
  days: length,
  country: fc.oneof(
    { weight: 2, arbitrary: away },
    { weight: 2, arbitrary: fc.constant('RS') },
    { weight: 1, arbitrary: country },
  ),
  trace,
  delay: fc.oneof({ weight: 4, arbitrary: fc.constant<Delay>(0) }, { weight: 1, arbitrary: late }),
});
/** A day since it is active; most of what matters happens four to seven months on. */
const day = fc.oneof(
  { weight: 1, arbitrary: fc.nat(130) },
  { weight: 3, arbitrary: fc.integer({ min: 118, max: 200 }) },
);
const time = pick(12 * HOUR, 9 * HOUR, 0, DAY - 1, 23 * HOUR + 58 * MINUTE);
const extra = fc.record({
  day,
  time,
  times: pick(1, 1, 2, 16, 40),
  country,
  trace,
  delay: late,
  feed: maybe(pick('tap', 'nrtrde')),
});
const receipt = fc.record({
  day: fc.integer({ min: 118, max: 190 }),
  time,
  delay: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Delay>(0) },
    { weight: 1, arbitrary: pick<Delay>('midnight', DAY, 17 * DAY, 30 * DAY) },
  ),
  state: pick('delivered', 'delivered', 'read', 'accepted', 'failed'),
});
/** So many of the records of one stretch are withdrawn, some time later. */
const withdrawn = fc.record({ of: fc.nat(5), first: fc.nat(30), count: pick(1, 2, 15, 40), day });

export interface Journey {
  readonly activeFrom: string;
  readonly hour: number;
  /** The first stretch is brought along as a history. */
  readonly imported: boolean;
  /** Days after it became active that the service is heard of. */
  readonly upserted: number;
  readonly stretches: readonly {
    readonly days: number;
    readonly country: string;
    readonly trace: Data;
    readonly delay: Delay;
  }[];
  readonly extras: readonly {
    readonly day: number;
    readonly time: number;
    readonly times: number;
    readonly country: string;
    readonly trace: Data;
    readonly delay: Delay;
    readonly feed: string | undefined;
  }[];
  readonly receipts: readonly {
    readonly day: number;
    readonly time: number;
    readonly delay: Delay;
    readonly state: string;
  }[];
  readonly withdrawn: readonly {
    readonly of: number;
    readonly first: number;
    readonly count: number;
    readonly day: number;
  }[];
  readonly copies: readonly Copy[];
  readonly after: number;
}

const anyJourney: fc.Arbitrary<Journey> = fc.record({
  activeFrom: pick(...ACTIVE_FROM),
  hour: pick(0, 13),
  imported: pick(false, false, false, true),
  upserted: pick(0, 0, 30, 125),
  stretches: fc.array(stretch, { minLength: 1, maxLength: 6 }),
  extras: fc.array(extra, { maxLength: 4 }),
  receipts: fc.array(receipt, { maxLength: 4 }),
  withdrawn: fc.array(withdrawn, { maxLength: 2 }),
  copies: fc.array(fc.record({ of: fc.nat(200), later: pick(0, 2 * DAY) }), { maxLength: 3 }),
  after: pick(0, DAY, 30 * DAY, 140 * DAY),
});

const stay = (days: fc.Arbitrary<number>, where: fc.Arbitrary<string>) =>
  fc.record({ days, country: where, trace, delay: fc.constant<Delay>(0) });
const DAYS_LATE = [5 * DAY, 20 * DAY, 40 * DAY, 70 * DAY, 110 * DAY];

/** Months abroad with a warning received, and days at home of which is heard too late: surcharges that should not have been. */
const overstay: fc.Arbitrary<Journey> = fc.record({
  activeFrom: pick(...ACTIVE_FROM),
  hour: pick(0, 13),
  imported: fc.constant(false),
  upserted: fc.constant(0),
  stretches: fc.tuple(
    stay(fc.integer({ min: 1, max: 50 }), fc.constant('RS')),
    stay(fc.integer({ min: 70, max: 140 }), away),
    stay(fc.integer({ min: 1, max: 40 }), country),
  ),
  extras: fc.array(
    fc.record({
      day: fc.integer({ min: 20, max: 190 }),
      time,
      times: pick(1, 5, 15, 16, 40, 60),
      country: pick('RS', 'RS', 'RS', 'ME'),
      trace,
      delay: pick<Delay>(...DAYS_LATE),
      feed: fc.constant(undefined),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  receipts: fc.array(
    fc.record({
      day: fc.integer({ min: 120, max: 135 }),
      time,
      delay: pick<Delay>(0, 0, 'noon', 18 * DAY),
      state: pick('delivered', 'read'),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  withdrawn: fc.array(withdrawn, { maxLength: 1 }),
  copies: fc.constant([]),
  after: pick(0, DAY, 60 * DAY),
});

export const journeys: fc.Arbitrary<Journey> = fc.oneof(anyJourney, overstay);

export function journeyTold(journey: Journey): Told {
  const { activeFrom: date, hour } = journey;
  const since = instant(date, 0, hour * HOUR);
  const items: Item[] = [];
  const add = (type: string, at: number, delay: Delay, data: Data) =>
    items.push({ id: `e${items.length}`, type, subject: 's1', at, known: knownAfter(at, delay), data });
  const leave = (at: number, delay: Delay, where: string, { seen, ...use }: Data, feed?: string) => {
    if (seen) add('presence.observed', at, delay, { country: where });
    else add('usage.recorded', at, delay, { ...use, country: where, ...(feed && { feed }) });
    return `e${items.length - 1}`;
  };
  const profile = { operator: 'a1-rs', kind: 'mobile', activeFrom: new Date(since).toISOString() };
  add('service.upserted', since + journey.upserted * DAY, 0, profile);
  let at = 0;
  const ids = journey.stretches.map(({ days, country: where, trace: what, delay }, i) => {
    const noons = Array.from({ length: days }, () => instant(date, at++, 12 * HOUR));
    if (i > 0 || !journey.imported) return noons.map((one) => leave(one, delay, where, what));
    const sums = { dataBytes: what['bytes'], voiceSeconds: what['seconds'], messages: what['messages'] };
    const brought = noons.map((one) => ({ date: dayOf(one, ZONE), country: where, ...trimmed(sums) }));
    add('history.imported', noons.at(-1)!, delay, { days: brought });
    return [];
  });
  for (const { day: from, time: when, times, country: where, trace: what, delay, feed } of journey.extras) {
    for (let i = 0; i < times; i++) leave(instant(date, from + i, when), delay, where, what, feed);
  }
  for (const { day: on, time: when, delay, state } of journey.receipts) {
    add('notice.progressed', instant(date, on, when), delay, { template: 'roaming-warning', state });
  }
  for (const { of, first, count, day: on } of journey.withdrawn) {
    for (const recordId of (ids[of % ids.length] ?? []).slice(first, first + count)) {
      // It may come before its record, as partners' files do, but not before the event itself.
      const { at: used } = items.find(({ id }) => id === recordId)!;
      add('usage.cancelled', Math.max(used, instant(date, on, 15 * HOUR)), 0, { recordId });
    }
  }
  const lines = linesOf(items, journey.copies);
  return { lines, until: Math.max(...items.map(({ known }) => known)) + journey.after };
}
