/**
 * A tariff as events and files give it, and as the rating works with it. `tariff.upserted` lets a price list through as it is
 * (`event.ts`); here it is read, and what is wrong in it is named by its field. Plain numbers are seconds, bytes or messages.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { decimalsOf, type Fraction, fraction, multiply, ZERO_FRACTION } from '../money.js';
import { type Decoding, decoder, name, oneOf, type Problem, text } from '../schema.js';
import { DAY, HOUR, MINUTE, SECOND } from '../units.js';
import { type Measure, ONE, type Quantity, readDecimal, readQuantity } from './quantity.js';
import { HALF_UP, methodOf, type Rounding } from './rounding.js';
import type { Start, Week } from './week.js';

// --- On the wire ---

const may = Type.Optional;
const number = Type.Unsafe<string | number>({ anyOf: [{ type: 'string' }, { type: 'number' }] });
/** A decimal in major units, or money. */
const amount = Type.Unsafe<string | number | { readonly amount: unknown }>({
  anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'object', required: ['amount'] }],
});
const slot = Type.Object({ from: may(number), rate: amount, unit: number, increment: number });
const slots = Type.Array(slot, { minItems: 1 });
const band = Type.Object({
  weekdays: may(Type.Array(number, { minItems: 1 })),
  from: number,
  connectFee: may(amount),
  slots,
});
const rounding = Type.Object({ method: may(text), decimals: may(Type.Integer({ minimum: 0, maximum: 20 })) });
const rest = {
  rounding: may(rounding),
  maxCost: may(amount),
  maxCostStrategy: may(text),
};
const banded = { bands: Type.Array(band, { minItems: 1 }), ...rest };
const slotted = { connectFee: may(amount), slots, ...rest };

/** What a price or a bundle is for. */
const zones = may(Type.Array(name, { minItems: 1 }));
export const PRICED_KINDS = ['voice', 'sms', 'mms', 'data', 'premium'] as const;
const kind = oneOf(PRICED_KINDS);
const prices = Type.Array(Type.Object({ kind, direction: may(oneOf(['out', 'in'])), zones, ...banded }));
/** The contract's month is the billing cycle. */
export const BUNDLE_PERIODS = ['day', 'week', 'month', 'calendar-month'] as const;
const bundles = Type.Array(
  Type.Object({ kind, zones, amount: number, period: oneOf(BUNDLE_PERIODS), coversConnectFee: may(Type.Boolean()) }),
);
export const tariffSchema = Type.Object({
  tariffId: may(name),
  currency: name,
  prices: may(prices),
  bundles: may(bundles),
});

// --- As the rating works with it ---

export type PricedKind = (typeof PRICED_KINDS)[number];
export type BundlePeriod = (typeof BUNDLE_PERIODS)[number];

/** From an offset into the usage on, `step` is the price of each started `increment`. */
export interface Slot {
  readonly from: Quantity;
  readonly increment: Quantity;
  readonly step: Fraction;
}

export interface Band {
  readonly connectFee: Fraction;
  /** Sorted; the first is from 0. */
  readonly slots: readonly Slot[];
}

/** What a usage costs. */
export interface Price {
  readonly week: Week<Band>;
  /** The offset from which on no band changes its slot any more. */
  readonly lastSlot: Quantity;
  readonly rounding: Rounding;
  /** The most that a usage costs; absent where nothing caps it. */
  readonly cap?: Fraction;
}

/** For what: without zones everywhere; without a direction what goes out, and data and premium both ways. */
export interface Scope {
  readonly kind: PricedKind;
  readonly direction?: 'out' | 'in';
  readonly zones?: readonly string[];
}

export interface Bundle extends Scope {
  readonly amount: Quantity;
  readonly period: BundlePeriod;
  readonly coversConnectFee: boolean;
}

export interface Tariff {
  /** Its `tariffId`, or nothing where the event has none. */
  readonly id: string;
  readonly currency: string;
  readonly prices: readonly (Scope & { readonly price: Price })[];
  readonly bundles: readonly Bundle[];
}

/** What the kind is measured in. */
export function measureOf(of: PricedKind): Measure {
  return of === 'voice' ? 'time' : of === 'data' ? 'volume' : 'count';
}

/** Reads the data of `tariff.upserted`. A charge is money: it is rounded once, to no more decimals than the currency has. */
export function readTariff(wire: unknown): Decoding<Tariff> {
  return reading(tariffSchema, wire, ({ tariffId = '', currency, prices: listed = [], bundles: given = [] }) => {
    const decimals = decimalsOf(currency);
    if (decimals === undefined) throw wrong('currency', 'is no known currency');
    return {
      id: tariffId,
      currency,
      prices: listed.map((one, i) => ({
        ...scopeOf(one),
        price: bandedPrice(one, measureOf(one.kind), ONE, `prices.${i}.`, decimals),
      })),
      bundles: given.map((one, i) => ({
        ...scopeOf(one),
        amount: positive(one.amount, measureOf(one.kind), ONE, `bundles.${i}.amount`),
        period: one.period,
        coversConnectFee: one.coversConnectFee ?? false,
      })),
    };
  });
}

const slottedSchema = Type.Object(slotted);
const bandedSchema = Type.Object(banded);

/** Reads one price by itself, as `dozor rate` has it: `{ connectFee, slots, rounding }` or `{ bands, rounding }`. */
export function readPrice(wire: unknown, measure: Measure, plain: Quantity = ONE): Decoding<Price> {
  if (typeof wire === 'object' && wire !== null && 'bands' in wire) {
    return reading(bandedSchema, wire, (one) => bandedPrice(one, measure, plain, ''));
  }
  return reading(slottedSchema, wire, (one) => priceOf([{ at: 0, band: bandOf(one, measure, plain, '') }], one, ''));
}

// --- Reading ---

/** A problem on its way out of this file: it never leaves `reading`. */
class Wrong extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.why);
    this.problem = problem;
  }
}

function wrong(field: string, why: string, what: Problem['what'] = 'malformed'): Wrong {
  return new Wrong({ what, field, why });
}

const decoders = new Map<TSchema, (wire: unknown) => Decoding<unknown>>();

function reading<S extends TSchema, T>(schema: S, wire: unknown, make: (wire: Static<S>) => T): Decoding<T> {
  let decode = decoders.get(schema);
  if (!decode) decoders.set(schema, (decode = decoder(schema)));
  const shape = decode(wire);
  if (!shape.ok) return shape;
  try {
    return { ok: true, value: make(shape.value as Static<S>) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, problem: error.problem };
    throw error;
  }
}

type WireBand = Static<typeof band>;
type WireRest = Static<typeof bandedSchema> | Static<typeof slottedSchema>;

function scopeOf(one: Static<typeof prices>[number] | Static<typeof bundles>[number]): Scope {
  return {
    kind: one.kind,
    ...('direction' in one && one.direction !== undefined && { direction: one.direction }),
    ...(one.zones !== undefined && { zones: one.zones }),
  };
}

function bandedPrice(
  one: Static<typeof bandedSchema>,
  measure: Measure,
  plain: Quantity,
  path: string,
  decimalsMax?: number,
): Price {
  const starts = one.bands.flatMap((wire, i) => {
    const field = `${path}bands.${i}`;
    const made = bandOf(wire, measure, plain, `${field}.`);
    const from = timeOfDay(wire.from, `${field}.from`);
    const days = weekdaysOf(wire.weekdays, `${field}.weekdays`);
    return days.map((day) => ({ at: day * DAY + from, band: made, days: days.length, field }));
  });
  // On the same day at the same time the band for fewer weekdays is the one that is meant.
  starts.sort((a, b) => a.at - b.at || a.days - b.days);
  const week: Start<Band>[] = [];
  let head: (typeof starts)[number] | undefined;
  for (const start of starts) {
    if (head?.at === start.at) {
      if (head.days === start.days)
        throw wrong(`${start.field}.from`, `is also that of ${head.field}, on the same day`);
      continue;
    }
    head = start;
    if (week.at(-1)?.band !== start.band) week.push({ at: start.at, band: start.band });
  }
  if (week.length > 1 && week[0]!.band === week.at(-1)!.band) week.shift();
  return priceOf(week as unknown as Week<Band>, one, path, decimalsMax);
}

function priceOf(week: Week<Band>, one: WireRest, path: string, decimalsMax?: number): Price {
  const { method = HALF_UP.method, decimals = decimalsMax ?? HALF_UP.decimals } = one.rounding ?? {};
  const known = methodOf(method);
  if (!known) throw wrong(`${path}rounding.method`, 'must be one of half-up, half-even, up, down');
  const maxCost = one.maxCost === undefined ? undefined : price(one.maxCost, `${path}maxCost`);
  const strategy = (one.maxCostStrategy ?? 'free').toLowerCase().replace(/^\*/, '');
  if (strategy !== 'free' && strategy !== 'disconnect' && strategy !== '') {
    throw wrong(`${path}maxCostStrategy`, 'must be one of free, disconnect');
  }
  // What was used before the network cut the call was used: `disconnect` never caps it. Nothing is no cap.
  const capped = maxCost !== undefined && maxCost.numerator > 0n && strategy === 'free';
  return {
    week,
    lastSlot: week.reduce((last, start) => greater(last, start.band.slots.at(-1)!.from), 0n),
    rounding: { method: known, decimals: Math.min(decimals, decimalsMax ?? decimals) },
    ...(capped && { cap: maxCost }),
  };
}

function bandOf(one: Pick<WireBand, 'connectFee' | 'slots'>, measure: Measure, plain: Quantity, path: string): Band {
  const made = one.slots.map((wire, i) => {
    const field = `${path}slots.${i}`;
    const unit = positive(wire.unit, measure, plain, `${field}.unit`);
    const increment = positive(wire.increment, measure, plain, `${field}.increment`);
    const from = wire.from === undefined && i === 0 ? 0n : quantity(wire.from, measure, plain, `${field}.from`);
    return { from, increment, step: multiply(price(wire.rate, `${field}.rate`), fraction(increment, unit)), field };
  });
  made.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  if (made[0]!.from !== 0n) throw wrong(`${made[0]!.field}.from`, 'is not 0, and no other slot begins there');
  for (const [i, { from, field }] of made.entries()) {
    if (made[i - 1]?.from === from) throw wrong(`${field}.from`, 'is that of another slot too');
  }
  return {
    connectFee: one.connectFee === undefined ? ZERO_FRACTION : price(one.connectFee, `${path}connectFee`),
    slots: made.map(({ from, increment, step }) => ({ from, increment, step })),
  };
}

function price(wire: Static<typeof amount>, field: string): Fraction {
  const value = readDecimal(typeof wire === 'object' ? wire.amount : wire);
  if (!value) throw wrong(field, 'is no decimal number');
  if (value.numerator < 0n) throw wrong(field, 'is negative', 'negative');
  return value;
}

function quantity(wire: unknown, measure: Measure, plain: Quantity, field: string): Quantity {
  if (wire === undefined) throw wrong(field, 'is missing', 'missing');
  const value = readQuantity(wire, measure, plain);
  if (value === undefined) throw wrong(field, `is no ${NAMES[measure]}`);
  if (value < 0n) throw wrong(field, 'is negative', 'negative');
  return value;
}

const NAMES: Readonly<Record<Measure, string>> = {
  time: 'length of time (60, "60s", "PT1M")',
  volume: 'volume (51200, "50 KB")',
  count: 'number of pieces',
};

function positive(wire: unknown, measure: Measure, plain: Quantity, field: string): Quantity {
  const value = quantity(wire, measure, plain, field);
  if (value === 0n) throw wrong(field, 'is not above 0');
  return value;
}

const TIME_OF_DAY = /^(\d\d?):(\d\d)(?::(\d\d))?$/;

function timeOfDay(wire: string | number, field: string): number {
  const found = TIME_OF_DAY.exec(String(wire));
  const [, hour, minute, second = '0'] = found ?? [];
  const at = found ? Number(hour) * HOUR + Number(minute) * MINUTE + Number(second) * SECOND : Number(wire) * SECOND;
  const odd = found ? Number(minute) > 59 || Number(second) > 59 : typeof wire === 'string' || !Number.isInteger(at);
  if (odd || !(at >= 0 && at < DAY)) throw wrong(field, 'is no local time of day, such as "18:00"');
  return at;
}

const WEEKDAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'];

/** Monday is 0 in here, and 1 outside, as in ISO 8601; Sunday is 7 outside, or 0. */
function weekdaysOf(wire: WireBand['weekdays'], field: string): readonly number[] {
  if (wire === undefined) return WEEKDAYS.map((_, day) => day);
  const days = wire.map((one, i) => {
    const called =
      typeof one === 'string' && /^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?$|^..$/i.test(one);
    const day = called
      ? WEEKDAYS.indexOf(one.slice(0, 2).toLowerCase())
      : /^[0-7]$/.test(String(one))
        ? (Number(one) + 6) % 7
        : -1;
    if (day < 0) throw wrong(`${field}.${i}`, 'is no weekday: 1 (Monday) to 7, or "mon" to "sun"');
    return day;
  });
  return [...new Set(days)];
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
