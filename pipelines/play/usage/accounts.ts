/**
 * What is told of a service beside its usage: bills and payments, bars asked for and taken back, where its SIM was seen, what
 * became of a warning, and what was known before the story began. The amounts of bills are drawn, not added up from the
 * records: the story holds no sums.
 */
import { cycleOf, cyclesOver, dayOf, formatLocal } from '../../domain/calendar.js';
import type { Span } from '../../domain/intervals.js';
import { type Instant, SECOND } from '../../domain/units.js';
import { DRAWS, draw, Sizes, seedOf, unit, whole } from './chance.js';
import type { Operator, People } from './people.js';
import { COUNTRIES, DAY, HOUR } from './places.js';
import { monthlyFee, wireMoney } from './tariffs.js';
import { type Summer, whereabouts } from './trips.js';

const DAY_MS = DAY * SECOND;
type Data = Readonly<Record<string, unknown>>;

/** Minor units of usage in a month's bill. */
const BILLED = new Sizes('billed', 1_400, 0.9, 0, 20_000);
/** Bytes a day that are told of the time before the story. */
const BYTES_BEFORE = new Sizes('bytes-before', 150_000_000, 1.2, 0, 8_000_000_000);
/** How many days before the story are told. */
const DAYS_BEFORE = 122;

/** How often what is asked of a service on a day happens. */
const BAR_SHARE = 1 / 900;
const BAR_KINDS = [
  'spend-cap',
  'spend-cap',
  'spend-cap',
  'roaming',
  'premium',
  'international',
  'premium-sms',
] as const;
const LATE_PAYER_SHARE = 0.09;
const PART_PAYER_SHARE = 0.03;
const NEVER_PAID_SHARE = 0.02;

/** Whether the cycle of a billing day was cut at the beginning of the local day that holds `at`. */
export function isCut(billingDay: number | 'last', at: Instant, zone: string): boolean {
  if (billingDay === 'last') return dayOf(at, zone).endsWith('-01');
  return Number(dayOf(at - DAY_MS, zone).slice(8)) === billingDay;
}

/** The data of `bill.issued`: the fee and the usage of the cycle that ended before `issued`. */
export function billIssued(
  operator: Operator,
  tariff: number,
  day: number | 'last',
  issued: Instant,
  seed: number,
): Data {
  const { currency, zone, id } = operator;
  const usage = BILLED.of(draw(seed, DRAWS.bill));
  const cycle: Span = cycleOf(issued - DAY_MS, [{ from: 0, day }], zone);
  return {
    amount: wireMoney(monthlyFee(id, tariff) + usage, currency),
    usageAmount: wireMoney(usage, currency),
    due: dayOf(issued + 14 * DAY_MS, zone),
    cycle: { from: formatLocal(cycle.from, zone), to: formatLocal(cycle.to, zone) },
  };
}

/** The data of `bill.paid`: the whole bill, or for a few half of it. */
export function billPaid(operator: Operator, tariff: number, seed: number): Data {
  const part = unit(seed, DRAWS.detail) < PART_PAYER_SHARE ? 0.5 : 1;
  const usage = BILLED.of(draw(seed, DRAWS.bill));
  return {
    amount: wireMoney(Math.floor((monthlyFee(operator.id, tariff) + usage) * part), operator.currency),
    usageAmount: wireMoney(Math.floor(usage * part), operator.currency),
  };
}

/** Seconds from a bill to its payment; undefined where it is never paid. */
export function paymentDelay(seed: number): number | undefined {
  const sort = unit(seed, DRAWS.payment);
  if (sort < NEVER_PAID_SHARE) return undefined;
  if (sort < NEVER_PAID_SHARE + LATE_PAYER_SHARE) return whole(seed, DRAWS.second, 20 * DAY, 70 * DAY);
  return whole(seed, DRAWS.second, 2 * HOUR, 16 * DAY);
}

/** Whether the subscriber asks for a bar on this day (`seed`), and after how many seconds it is taken back, if at all. */
export function barAsked(seed: number): { readonly withdrawnAfter?: number } | undefined {
  if (unit(seed, DRAWS.bar) >= BAR_SHARE) return undefined;
  return unit(seed, DRAWS.withdrawn) < 0.6 ? { withdrawnAfter: whole(seed, DRAWS.detail, 3 * HOUR, 60 * DAY) } : {};
}

/** The data of `bar.requested` and `bar.withdrawn`. */
export function barData(seed: number): Data {
  return { kind: BAR_KINDS[draw(seed, DRAWS.detail) % BAR_KINDS.length]! };
}

/** The data of `notice.progressed`: the gateway says what became of a roaming warning, by its template. */
export function noticeData(seed: number): Data {
  const sort = unit(seed, DRAWS.detail);
  const state = sort < 0.8 ? 'delivered' : sort < 0.9 ? 'read' : 'failed';
  return { template: 'roaming-warning', state, channel: 'sms' };
}

/** The data of `history.imported`: whole cycles before the story and, for who was abroad as it began, the days of four months. */
export function historyData(
  people: People,
  person: number,
  operator: Operator,
  from: Instant,
  summer: Summer,
): Data | undefined {
  const { zone, home, currency, id } = operator;
  const activeFrom = people.activeFrom(person);
  const abroad = whereabouts(person, home, 0, summer) !== 0;
  if (activeFrom >= from || (!abroad && unit(person, DRAWS.history) >= 0.1)) return undefined;
  const billing = [{ from: 0, day: people.billingDayOf(person, 0) }];
  const cycles = cyclesOver({ from: from - 125 * DAY_MS, to: from }, billing, zone)
    .filter((cycle) => cycle.from >= activeFrom && cycle.to <= from)
    .slice(-3)
    .map((cycle, i) => {
      const charges = BILLED.of(draw(seedOf(person, i), DRAWS.history)) * (currency === 'RSD' ? 100 : 1);
      return {
        from: formatLocal(cycle.from, zone),
        to: formatLocal(cycle.to, zone),
        charges: wireMoney(charges, currency),
        usage: { voiceSeconds: charges * 3, messages: charges % 40, dataBytes: charges * 1_048_576 },
      };
    });
  const days = [];
  for (let back = abroad ? DAYS_BEFORE : 0; back > 0; back--) {
    if (from - back * DAY_MS < activeFrom) continue;
    const place = whereabouts(person, home, -back * DAY + DAY / 2, summer);
    const bytes = BYTES_BEFORE.of(draw(seedOf(person, -back), DRAWS.history));
    days.push({
      date: dayOf(from - back * DAY_MS, zone),
      country: COUNTRIES[place]?.code ?? home,
      dataBytes: bytes,
      voiceSeconds: bytes % 1_800,
      messages: bytes % 7,
    });
  }
  return {
    cycles,
    ...(days.length > 0 && { days }),
    ...(id === 'mtel-at' && { unpaid: wireMoney(BILLED.of(draw(person, DRAWS.bill)) >> 1, currency) }),
  };
}
