/**
 * The price lists of the story, made up: what `tariff.upserted` says, and what the operator's own rating puts on the records
 * of those services that come with a `charge`. Both are made from the same table.
 */
import type { UsageKind } from '../../domain/event.js';
import type { OperatorId } from './people.js';

/** What a record is priced by: where it goes to, or for roaming where it was made. */
export type PriceZone = 'national' | 'region' | 'world' | 'roaming-region' | 'roaming-eu';

interface Rates {
  /** Minor units for a minute, and for a message. */
  readonly minute: number;
  readonly message: number;
  /** Hundredths of a minor unit for a megabyte (2^20 bytes). */
  readonly megabyte: number;
}

type RateTable = Readonly<Record<PriceZone, Rates>>;

const RATES: Readonly<Record<OperatorId, RateTable>> = {
  'a1-rs': {
    national: { minute: 600, message: 360, megabyte: 4_000 },
    region: { minute: 1_500, message: 500, megabyte: 4_000 },
    world: { minute: 6_000, message: 1_200, megabyte: 4_000 },
    'roaming-region': { minute: 1_200, message: 400, megabyte: 30_000 },
    'roaming-eu': { minute: 4_500, message: 1_200, megabyte: 60_000 },
  },
  'mtel-at': {
    national: { minute: 9, message: 7, megabyte: 40 },
    region: { minute: 25, message: 15, megabyte: 40 },
    world: { minute: 90, message: 25, megabyte: 40 },
    'roaming-region': { minute: 35, message: 12, megabyte: 500 },
    'roaming-eu': { minute: 9, message: 7, megabyte: 40 },
  },
};
const CURRENCIES: Readonly<Record<OperatorId, string>> = { 'a1-rs': 'RSD', 'mtel-at': 'EUR' };

const MEGABYTE = 1_048_576;
const GIGABYTE = 1_024 * MEGABYTE;

/** Minor units as money on the wire: 120050 is "1200.50". */
export function wireMoney(minor: number, currency: string): { readonly amount: string; readonly currency: string } {
  const cents = minor % 100;
  return { amount: `${(minor - cents) / 100}.${cents < 10 ? '0' : ''}${cents}`, currency };
}

/** What the operator's own rating asks for an outgoing record, in minor units: started minutes, pieces, megabytes. */
export function ownCharge(operator: OperatorId, kind: UsageKind, zone: PriceZone, amount: number): number {
  const rates = RATES[operator][zone];
  if (kind === 'voice') return Math.ceil(amount / 60) * rates.minute;
  if (kind === 'data') return Math.ceil((amount / MEGABYTE) * (rates.megabyte / 100));
  return amount * rates.message;
}

/** The tariffs of an operator, by the number that a person's profile has. */
export const TARIFFS = ['basic', 'plus', 'max'] as const;

export function tariffId(operator: OperatorId, number: number): string {
  return `made-up-${operator}-${TARIFFS[number]!}`;
}

/** The monthly fee in minor units. */
export function monthlyFee(operator: OperatorId, number: number): number {
  return (operator === 'a1-rs' ? [99_900, 189_900, 349_900] : [990, 1_990, 3_490])[number]!;
}

/** The data of `tariff.upserted`. `basic` has no bundles, `plus` cheap nights and weekends, `max` large bundles. */
export function tariffData(operator: OperatorId, number: number): Readonly<Record<string, unknown>> {
  const rates = RATES[operator];
  const abroad = (['region', 'world', 'roaming-region', 'roaming-eu'] as const).flatMap((zone) =>
    pricesOf(rates[zone], [zone]),
  );
  const bundles = [
    [],
    [
      { kind: 'voice', zones: ['national'], amount: 300 * 60, period: 'month' },
      { kind: 'sms', zones: ['national'], amount: 100, period: 'month' },
      { kind: 'data', zones: ['national'], amount: 2 * GIGABYTE, period: 'month' },
    ],
    [
      { kind: 'voice', zones: ['national', 'region'], amount: 2_000 * 60, period: 'month' },
      { kind: 'data', zones: ['national'], amount: GIGABYTE, period: 'day' },
      { kind: 'data', zones: ['national'], amount: 20 * GIGABYTE, period: 'month' },
      { kind: 'data', zones: ['roaming-region', 'roaming-eu'], amount: 3 * GIGABYTE, period: 'month' },
    ],
  ][number]!;
  return {
    tariffId: tariffId(operator, number),
    currency: CURRENCIES[operator],
    prices: [...pricesOf(rates.national, undefined, number === 1), ...abroad, ...INCOMING],
    bundles,
  };
}

/** What comes in costs nothing. */
const INCOMING = ['voice', 'sms', 'mms'].map((kind) => ({
  kind,
  direction: 'in',
  bands: [{ from: '00:00', slots: [{ from: 0, rate: '0', unit: 1, increment: 1 }] }],
}));

function pricesOf(rates: Rates, zones?: readonly string[], cheapNights = false) {
  const scope = zones ? { zones } : {};
  const minutes = (share: number) => [
    { from: 0, rate: decimal(rates.minute * share, 100), unit: 60, increment: 60 },
    // From the second minute on by the second.
    { from: 60, rate: decimal(rates.minute * share, 100), unit: 60, increment: 1 },
  ];
  const day = { from: '00:00', connectFee: cheapNights ? '0.02' : '0', slots: minutes(1) };
  const cheap = [
    { weekdays: [1, 2, 3, 4, 5], from: '07:00', connectFee: '0.02', slots: minutes(1) },
    { weekdays: [1, 2, 3, 4, 5], from: '22:00', slots: minutes(0.5) },
    { weekdays: [6, 7], from: '00:00', slots: minutes(0.25) },
  ];
  const piece = [{ from: '00:00', slots: [{ from: 0, rate: decimal(rates.message, 100), unit: 1, increment: 1 }] }];
  const volume = { from: 0, rate: decimal(rates.megabyte, 10_000), unit: MEGABYTE, increment: 51_200 };
  return [
    { kind: 'voice', ...scope, bands: cheapNights ? cheap : [day] },
    { kind: 'sms', ...scope, bands: piece },
    { kind: 'mms', ...scope, bands: piece },
    { kind: 'data', ...scope, bands: [{ from: '00:00', slots: [volume] }] },
  ];
}

/** A fraction as a decimal; all in here have four decimals at most. */
function decimal(numerator: number, denominator: number): string {
  return (numerator / denominator).toFixed(4);
}
