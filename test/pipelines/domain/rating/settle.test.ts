import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addFractions, type Fraction, fraction, ZERO_FRACTION } from '../../../../pipelines/domain/money.js';
import { formatExact, ONE } from '../../../../pipelines/domain/rating/quantity.js';
import { amountOf, priceFor, settle, type UsageRecord } from '../../../../pipelines/domain/rating/settle.js';
import { readTariff } from '../../../../pipelines/domain/rating/tariff.js';
import { parseInstant } from '../../../../pipelines/domain/units.js';

const calendar = { zone: 'Europe/Belgrade', billing: [{ from: 0, day: 5 }] };
const at = (text: string) => parseInstant(text)!;

const flat = (rate: string, increment = 60, connectFee = '0') => ({
  bands: [{ from: '00:00', connectFee, slots: [{ from: 0, rate, unit: 60, increment }] }],
});
function tariffOf(prices: unknown, bundles?: unknown, currency = 'EUR') {
  const read = readTariff({ currency, prices, ...(bundles !== undefined && { bundles }) });
  if (!read.ok) throw new Error(`${read.problem.field} ${read.problem.why}`);
  return read.value;
}
const voice = (id: string, time: string, seconds: number, more: Partial<UsageRecord> = {}): UsageRecord => ({
  id,
  kind: 'voice',
  start: at(time),
  amount: BigInt(seconds) * ONE,
  ...more,
});
const charges = (...given: Parameters<typeof settle>) =>
  Object.fromEntries(
    [...settle(...given)].map(([id, one]) => [id, one.is === 'rated' ? formatExact(one.charge) : 'unrated']),
  );

describe('bundles', () => {
  const tariff = (bundle: object = {}, price: object = {}) =>
    tariffOf(
      [{ kind: 'voice', ...flat('0.6'), ...price }],
      [{ kind: 'voice', amount: '1m', period: 'month', ...bundle }],
    );
  const late = voice('late', '2026-06-10T10:00:00Z', 60);
  const early = voice('early', '2026-06-10T11:00:00Z', 120);

  it('a late, earlier call gets the free minute: 0.6 and 0.6 become 0 and 1.2, in whatever order they come', () => {
    expect(charges(tariff(), [early], calendar)).toEqual({ early: '0.6' });
    expect(charges(tariff(), [early, late], calendar)).toEqual({ late: '0', early: '1.2' });
    expect(charges(tariff(), [late, early], calendar)).toEqual({ late: '0', early: '1.2' });
  });

  it('give whole steps: 61 s take two minutes, and of 59 s left a minute takes none', () => {
    const calls = [voice('a', '2026-06-10T10:00:00Z', 61), voice('b', '2026-06-10T11:00:00Z', 1)];
    expect(charges(tariff({ amount: 120 }), calls, calendar)).toEqual({ a: '0', b: '0.6' });
    expect(charges(tariff({ amount: 119 }), calls, calendar)).toEqual({ a: '0.6', b: '0.6' });
  });

  it('what is not given is charged from its place in the call on', () => {
    const stepped = {
      bands: [
        {
          from: '00:00',
          slots: [
            { from: 0, rate: '9', unit: 60, increment: 60 },
            { from: 60, rate: '0.6', unit: 60, increment: 1 },
          ],
        },
      ],
    };
    expect(charges(tariff({}, stepped), [voice('a', '2026-06-10T10:00:00Z', 70)], calendar)).toEqual({ a: '0.1' });
  });

  it('begin anew with the billing cycle, the local day, the local week', () => {
    const calls = (...times: string[]) => times.map((time, i) => voice(String(i), time, 60));
    const cut = calls('2026-07-05T21:59:59Z', '2026-07-05T22:00:00Z', '2026-07-05T22:00:01Z');
    expect(charges(tariff(), cut, calendar)).toEqual({ 0: '0', 1: '0', 2: '0.6' });
    const night = calls('2026-10-24T21:59:59Z', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z');
    expect(charges(tariff({ period: 'day' }), night, calendar)).toEqual({ 0: '0', 1: '0', 2: '0.6', 3: '0' });
    expect(charges(tariff({ period: 'week' }), night, calendar)).toEqual({ 0: '0', 1: '0.6', 2: '0.6', 3: '0' });
  });

  it('the connect fee stays due, unless the bundle covers it', () => {
    const price = flat('0.6', 60, '0.05');
    expect(charges(tariff({}, price), [late], calendar)).toEqual({ late: '0.05' });
    expect(charges(tariff({ coversConnectFee: true }, price), [late], calendar)).toEqual({ late: '0' });
  });

  it('one after the other, each in its zones', () => {
    const bundles = [
      { kind: 'voice', zones: ['eu'], amount: '1m', period: 'month' },
      { kind: 'voice', amount: '2m', period: 'month' },
    ];
    const two = tariffOf([{ kind: 'voice', ...flat('0.6') }], bundles);
    const abroad = voice('a', '2026-06-10T10:00:00Z', 180, { destination: { zone: 'eu' } });
    expect(charges(two, [abroad, late], calendar)).toEqual({ a: '0', late: '0.6' });
    const shorter = { ...abroad, amount: 120n * ONE };
    expect(charges(two, [shorter, late], calendar)).toEqual({ a: '0', late: '0' });
    expect(charges(two, [late], calendar)).toEqual({ late: '0' });
  });
});

describe('sessions in parts', () => {
  const tariff = tariffOf([{ kind: 'voice', ...flat('0.6', 60, '0.05') }]);
  const part = (id: string, time: string, seconds: number) => voice(id, time, seconds, { sessionId: 's' });
  const parts = [
    part('1', '2026-06-10T10:00:00Z', 30),
    part('2', '2026-06-10T10:00:30Z', 30),
    part('3', '2026-06-10T10:01:00Z', 1),
  ];

  it('the connect fee once, the step once, and each part costs what it adds', () => {
    expect(charges(tariff, parts, calendar)).toEqual({ 1: '0.65', 2: '0', 3: '0.6' });
    expect(charges(tariff, [...parts].reverse(), calendar)).toEqual({ 1: '0.65', 2: '0', 3: '0.6' });
  });

  it('a first part that comes late takes the fee', () => {
    expect(charges(tariff, parts.slice(1), calendar)).toEqual({ 2: '0.65', 3: '0' });
  });
});

describe('which price', () => {
  const tariff = tariffOf([
    { kind: 'voice', ...flat('1') },
    { kind: 'voice', zones: ['AT', 'eu'], ...flat('2') },
    { kind: 'voice', zones: ['+4366'], ...flat('3') },
    { kind: 'voice', zones: ['43664'], ...flat('4') },
    { kind: 'voice', direction: 'in', ...flat('5') },
    { kind: 'data', bands: [{ from: '00:00', slots: [{ rate: '6', unit: '1 MB', increment: '50 KB' }] }] },
  ]);
  const chosen = (kind: 'voice' | 'data' | 'sms', destination?: UsageRecord['destination'], direction?: 'in' | 'out') =>
    tariff.prices.findIndex(
      ({ price }) =>
        price === priceFor(tariff, { kind, ...(destination && { destination }), ...(direction && { direction }) }),
    ) + 1;

  it('the longest prefix, then zone, country, everywhere; what comes in only by a price that says so', () => {
    expect(chosen('voice')).toBe(1);
    expect(chosen('voice', { country: 'AT' })).toBe(2);
    expect(chosen('voice', { zone: 'eu', prefix: '4366' })).toBe(3);
    expect(chosen('voice', { prefix: '+43664' })).toBe(4);
    expect(chosen('voice', { prefix: '381' })).toBe(1);
    expect(chosen('voice', {}, 'in')).toBe(5);
    expect(chosen('data', {}, 'in')).toBe(6);
  });

  it('none: it is not rated, and takes nothing', () => {
    expect(chosen('sms')).toBe(0);
    expect(charges(tariff, [{ id: 'm', kind: 'sms', start: 0, amount: ONE }], calendar)).toEqual({ m: 'unrated' });
  });

  it('a charge has no more decimals than its currency, rounded once', () => {
    const finer = tariffOf([{ kind: 'voice', ...flat('0.0149', 1), rounding: { method: 'up', decimals: 4 } }]);
    expect(charges(finer, [voice('a', '2026-06-10T10:00:00Z', 60)], calendar)).toEqual({ a: '0.02' });
  });

  it('problems are named by their field', () => {
    const bad = (wire: unknown) => readTariff(wire);
    expect(bad({ currency: 'XXX' })).toMatchObject({ ok: false, problem: { field: 'currency' } });
    expect(
      bad({
        currency: 'EUR',
        prices: [{ kind: 'voice', bands: [{ from: '00:00', slots: [{ rate: '1', unit: '1 MB', increment: 1 }] }] }],
      }),
    ).toMatchObject({
      ok: false,
      problem: { field: 'prices.0.bands.0.slots.0.unit' },
    });
    expect(bad({ currency: 'EUR', bundles: [{ kind: 'voice', amount: 0, period: 'month' }] })).toMatchObject({
      problem: { field: 'bundles.0.amount' },
    });
  });
});

it('a message without a number is one; voice without seconds is unknown', () => {
  expect(amountOf({ kind: 'sms' })).toBe(ONE);
  expect(amountOf({ kind: 'mms', messages: 3 })).toBe(3n * ONE);
  expect(amountOf({ kind: 'voice' })).toBeUndefined();
});

describe('properties', () => {
  const records = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 40 }).map(String),
      minutes: fc.integer({ min: 0, max: 3000 }),
      seconds: fc.integer({ min: 0, max: 700 }),
      sessionId: fc.constantFrom(undefined, undefined, 's', 't'),
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  const made = ({
    id,
    minutes,
    seconds,
    sessionId,
  }: {
    id: string;
    minutes: number;
    seconds: number;
    sessionId: string | undefined;
  }) =>
    voice(id, '2026-06-10T00:00:00Z', seconds, {
      start: at('2026-06-10T00:00:00Z') + minutes * 60_000,
      ...(sessionId && { sessionId }),
    });
  const total = (settled: ReturnType<typeof settle>): Fraction =>
    [...settled.values()].reduce(
      (sum, one) => (one.is === 'rated' ? addFractions(sum, one.charge) : sum),
      ZERO_FRACTION,
    );

  it('the order of records changes nothing', () => {
    fc.assert(
      fc.property(
        records.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        fc.integer({ min: 1, max: 3000 }),
        fc.constantFrom('day', 'week', 'month'),
        fc.integer({ min: 1, max: 90 }),
        ([list, turned], amount, period, increment) => {
          const tariff = tariffOf(
            [{ kind: 'voice', ...flat('0.37', increment, '0.1') }],
            [{ kind: 'voice', amount, period }],
          );
          const one = settle(tariff, list.map(made), calendar);
          const other = settle(tariff, turned.map(made), calendar);
          expect(new Map([...other].sort())).toEqual(new Map([...one].sort()));
        },
      ),
    );
  });

  it('at one price the total is that of all minutes less those given, whoever got them', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 60 }), (list, free) => {
        const tariff = tariffOf(
          [{ kind: 'voice', ...flat('1') }],
          [{ kind: 'voice', amount: `${free}m`, period: 'month' }],
        );
        const alone = list.map((one) => made({ ...one, sessionId: undefined }));
        const minutes = list.reduce((sum, { seconds }) => sum + Math.ceil(seconds / 60), 0);
        expect(total(settle(tariff, alone, calendar))).toEqual(fraction(Math.max(0, minutes - free)));
      }),
    );
  });
});
