import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayNumber, dayStart } from '../../../../pipelines/domain/calendar.js';
import { ONE } from '../../../../pipelines/domain/rating/quantity.js';
import { settle } from '../../../../pipelines/domain/rating/settle.js';
import { readTariff, type Tariff } from '../../../../pipelines/domain/rating/tariff.js';
import { UsageBook } from '../../../../pipelines/domain/usage/book.js';
import { printOf } from '../../../../pipelines/domain/usage/packed.js';
import { rateBook, type Tariffs } from '../../../../pipelines/domain/usage/rating.js';
import type { UsageRecord } from '../../../../pipelines/domain/usage/record.js';
import { loadPacks, OWN_PACKS } from '../../../../pipelines/runtime/packs.js';
import { Replay } from '../../../../pipelines/runtime/replay.js';
import { instant, restarted, store } from '../../../usage-told.js';

const ZONE = 'Europe/Vienna';

function tariffOf(prices: unknown, bundles?: unknown, currency = 'EUR', tariffId = 't'): Tariff {
  const read = readTariff({ tariffId, currency, prices, ...(bundles !== undefined && { bundles }) });
  if (!read.ok) throw new Error(`${read.problem.field} ${read.problem.why}`);
  return read.value;
}
/** So much for each started minute. */
const perMinute = (rate: string, connectFee = '0') => ({
  kind: 'voice',
  bands: [{ from: '00:00', connectFee, slots: [{ from: 0, rate, unit: 60, increment: 60 }] }],
});
const perBlock = {
  kind: 'data',
  bands: [{ from: '00:00', slots: [{ from: 0, rate: '0.10', unit: 100, increment: 100 }] }],
};
const cents = tariffOf([perMinute('0.60')]);
/** A free minute in each billing cycle. */
const bundled = tariffOf([perMinute('0.60')], [{ kind: 'voice', amount: '1m', period: 'month' }]);

const by = (tariffAt: Tariffs['tariffAt'], more: Partial<Tariffs> = {}): Tariffs => ({
  tariffAt,
  zone: ZONE,
  billing: [{ from: 0, day: 'last' }],
  currency: 'EUR',
  minorPerMajor: 100,
  ...more,
});

type Call = Partial<Omit<UsageRecord, 'print' | 'session'>> & { readonly session?: string };

/** A call that the tariff rates. */
function call(id: string, time: string, seconds: number, { session, ...more }: Call = {}): UsageRecord {
  const at = instant(time, ZONE);
  return {
    print: printOf(id),
    at,
    day: dayNumber(at, ZONE),
    kind: 'voice',
    incoming: false,
    feed: 'other',
    place: 'home',
    amount: seconds,
    charge: 0,
    priced: false,
    standing: 'live',
    ...more,
    ...(session !== undefined && { session: printOf(session) }),
  };
}
const bookOf = (...records: UsageRecord[]) => {
  const book = new UsageBook();
  for (const record of records) book.add(record);
  return book;
};
/** What each day was charged, in minor units, by its date. */
const charges = (book: UsageBook) =>
  Object.fromEntries(
    book.days.map(({ day, charge }) => [new Date(day * 86_400_000).toISOString().slice(5, 10), charge / 10_000]),
  );
const cancel = (book: UsageBook, id: string) => book.cancel(printOf(id), 1e6);
const day = (date: string) => dayNumber(dayStart(date, ZONE), ZONE);

describe('records without a charge', () => {
  it('come to what the tariff says; those with a charge keep it', () => {
    const book = bookOf(
      call('a', '2026-06-10 12:00', 61),
      call('b', '2026-06-11 12:00', 60, { priced: true, charge: 70_000 }),
      call('c', '2026-06-12 12:00', 60, { incoming: true }),
    );
    expect([...book.unrated]).toEqual([day('2026-06-10'), day('2026-06-12')]);
    rateBook(
      book,
      by(() => cents),
    );
    expect(charges(book)).toEqual({ '06-10': 120, '06-11': 7, '06-12': 0 });
    expect(book.balance).toBe(1_270_000);
    expect(book.unrated.size).toBe(0);
    rateBook(
      book,
      by(() => cents),
    );
    expect(book.balance).toBe(1_270_000);
  });

  it('volumes count before there is a price; only days whose charge changes are touched by the rating', () => {
    const book = bookOf(call('a', '2026-06-10 12:00', 61), call('b', '2026-06-11 12:00', 0));
    expect(book.sum('voiceSeconds', 0, 1e6)).toBe(61);
    book.looked();
    rateBook(
      book,
      by(() => cents),
    );
    expect(book.touched).toEqual([day('2026-06-10')]);
  });

  it('each kind by its own price: data in blocks, messages each, premium once', () => {
    const slots = (rate: string, unit: number | string) => [{ from: 0, rate, unit, increment: unit }];
    const price = (kind: string, rate: string, unit: number | string) => ({
      kind,
      bands: [{ from: '00:00', slots: slots(rate, unit) }],
    });
    const tariff = tariffOf([price('data', '0.10', 50_000), price('sms', '0.08', 1), price('premium', '3.00', 1)]);
    const book = bookOf(
      call('d', '2026-06-10 12:00', 50_001, { kind: 'data' }),
      call('s', '2026-06-11 12:00', 2, { kind: 'sms' }),
      call('p', '2026-06-12 12:00', 0, { kind: 'premium' }),
      call('m', '2026-06-13 12:00', 1, { kind: 'mms' }),
    );
    rateBook(
      book,
      by(() => tariff),
    );
    expect(charges(book)).toEqual({ '06-10': 20, '06-11': 16, '06-12': 300, '06-13': 0 });
  });

  it('where it went decides the price', () => {
    const tariff = tariffOf([
      perMinute('0.60'),
      { ...perMinute('1.20'), zones: ['eu'] },
      { ...perMinute('2.40'), zones: ['+381'] },
    ]);
    const book = bookOf(
      call('a', '2026-06-10 12:00', 60, { destination: { zone: 'eu' } }),
      call('b', '2026-06-11 12:00', 60, { destination: { prefix: '+38164' } }),
      call('c', '2026-06-12 12:00', 60),
    );
    rateBook(
      book,
      by(() => tariff),
    );
    expect(charges(book)).toEqual({ '06-10': 120, '06-11': 240, '06-12': 60 });
  });

  it('money has no more decimals than its currency', () => {
    const third = tariffOf([perMinute('0.333')]);
    const book = bookOf(call('a', '2026-06-10 12:00', 60), call('b', '2026-06-11 12:00', 120));
    rateBook(
      book,
      by(() => third),
    );
    expect(charges(book)).toEqual({ '06-10': 33, '06-11': 67 });
    const yen = tariffOf([perMinute('1.5')], undefined, 'JPY');
    const whole = bookOf(call('a', '2026-06-10 12:00', 60));
    rateBook(
      whole,
      by(() => yen, { currency: 'JPY', minorPerMajor: 1 }),
    );
    expect(charges(whole)).toEqual({ '06-10': 2 });
  });

  it('a cancelled one is not rated, and one that a TAP record replaces neither', () => {
    const book = bookOf(
      call('n', '2026-06-10 12:00', 60, { feed: 'nrtrde', session: 's' }),
      call('t', '2026-06-10 12:00', 120, { feed: 'tap', session: 's' }),
      call('w', '2026-06-11 12:00', 60),
    );
    cancel(book, 'w');
    rateBook(
      book,
      by(() => cents),
    );
    expect(charges(book)).toEqual({ '06-10': 120, '06-11': 0 });
    cancel(book, 't');
    rateBook(
      book,
      by(() => cents),
    );
    expect(charges(book)).toEqual({ '06-10': 60, '06-11': 0 });
    expect(book.balance).toBe(600_000);
  });
});

describe('tariffs over time', () => {
  it('a tariff known late: nothing until it comes, then all that it rates', () => {
    const book = bookOf(call('a', '2026-06-10 12:00', 60), call('b', '2026-06-11 12:00', 60));
    rateBook(
      book,
      by(() => undefined),
    );
    expect(charges(book)).toEqual({ '06-10': 0, '06-11': 0 });
    expect(book.unrated.size).toBe(0);
    book.rateAnew(day('2026-06-12'));
    expect([...book.unrated].sort()).toEqual([day('2026-06-10'), day('2026-06-11')]);
    rateBook(
      book,
      by(() => cents),
    );
    expect(charges(book)).toEqual({ '06-10': 60, '06-11': 60 });
    expect(book.balance).toBe(1_200_000);
  });

  it('a tariff without a price for it, or in another currency, is none', () => {
    const dear = tariffOf([{ ...perMinute('9.00'), zones: ['eu'] }]);
    const dinars = tariffOf([perMinute('60.00')], undefined, 'RSD');
    for (const tariff of [dear, dinars]) {
      const book = bookOf(call('a', '2026-06-10 12:00', 60));
      rateBook(
        book,
        by(() => tariff),
      );
      expect(book.balance).toBe(0);
    }
  });

  it('a tariff that is corrected changes what was charged, up and down', () => {
    const book = bookOf(call('a', '2026-06-10 12:00', 60));
    for (const [rate, minor] of [
      ['0.60', 60],
      ['0.90', 90],
      ['0.30', 30],
    ] as const) {
      book.rateAnew(day('2026-06-12'));
      rateBook(
        book,
        by(() => tariffOf([perMinute(rate)])),
      );
      expect(charges(book)).toEqual({ '06-10': minor });
      expect(book.balance).toBe(minor * 10_000);
    }
    expect(book.hasNegative).toBe(true);
  });

  it('a record is rated by the tariff of its time: two over a change', () => {
    const change = instant('2026-06-11 00:00', ZONE);
    const dear = tariffOf([perMinute('1.00')]);
    const book = bookOf(
      call('a', '2026-06-10 23:59:59.999', 60),
      call('b', '2026-06-11 00:00', 60),
      // The whole session is of the tariff that it began under.
      call('c1', '2026-06-10 23:59:30', 30, { session: 's' }),
      call('c2', '2026-06-11 00:00', 31, { session: 's' }),
    );
    rateBook(
      book,
      by((at) => (at < change ? cents : dear)),
    );
    expect(charges(book)).toEqual({ '06-10': 120, '06-11': 160 });
  });
});

describe("the service's tariff, told whole", () => {
  const packs = loadPacks([OWN_PACKS]);
  const price = (rate: string) => ({ currency: 'EUR', prices: [perMinute(rate)] });
  const event = (type: string, subject: string, time: string, data: object, known = time) => {
    const id = `${type} ${subject} ${time} ${known}`;
    return { specversion: '1.0', id, source: 'case', type, subject, time, recordedtime: known, data };
  };
  const record = (tariffId: string, more: object = {}) => {
    return { operator: 'mtel-at', kind: 'mobile', activeFrom: '2025-01-01T00:00:00+01:00', tariffId, ...more };
  };
  const minute = { kind: 'voice', seconds: 60 };
  /** When which bar was set, and for how much. */
  const bars = (events: readonly object[]) => {
    const found: string[] = [];
    const replay = new Replay({
      packs,
      decided: (one) => {
        if (one.type !== 'bar.applied' && one.type !== 'bar.lifted') return;
        found.push(
          `${new Date(one.time).toISOString()} ${one.type} ${one.data.because['unpaidInTenThousandthsOfMinor']}`,
        );
      },
    });
    for (const [i, line] of events.entries()) replay.line(JSON.stringify(line), i + 1);
    replay.finish(instant('2026-08-01'));
    return found;
  };
  const tariffs = [
    event('tariff.upserted', 'cheap', '2026-01-01T00:00:00Z', { tariffId: 'cheap', ...price('10') }),
    event('tariff.upserted', 'dear', '2026-01-01T00:00:00Z', { tariffId: 'dear', ...price('60') }),
  ];
  const begun = (tariffId: string) => event('service.upserted', 's1', '2026-01-01T00:00:00Z', record(tariffId));
  const used = event('usage.recorded', 's1', '2026-06-10T10:00:00Z', minute);
  const changed = (known: string) => event('service.upserted', 's1', '2026-06-09T00:00:00Z', record('dear'), known);

  it('known in time', () => {
    expect(bars([...tariffs, begun('cheap'), changed('2026-06-09T00:00:00Z'), used])).toEqual([
      '2026-06-10T10:00:00.000Z bar.applied 60000000',
    ]);
  });

  it('known late: what was used since is rated by it, once it is known', () => {
    expect(bars([...tariffs, begun('cheap'), used, changed('2026-06-11T00:00:00Z')])).toEqual([
      '2026-06-11T00:00:00.000Z bar.applied 60000000',
    ]);
  });

  it('a price list that is known late, or corrected', () => {
    const [cheap, dear] = tariffs as [object, object];
    const late = { ...dear, recordedtime: '2026-06-12T00:00:00Z' };
    expect(bars([cheap, begun('dear'), used, late])).toEqual(['2026-06-12T00:00:00.000Z bar.applied 60000000']);
    const correction = { ...price('59.99'), tariffId: 'dear' };
    const corrected = event('tariff.upserted', 'dear', '2026-01-02T00:00:00Z', correction, '2026-06-12T00:00:00Z');
    expect(bars([cheap, dear, begun('dear'), used, corrected])).toEqual([
      '2026-06-10T10:00:00.000Z bar.applied 60000000',
      '2026-06-12T00:00:00.000Z bar.lifted 59990000',
    ]);
  });
});

describe('sessions in parts', () => {
  it('are rounded and connected once, on their sum; a part costs what it adds', () => {
    const tariff = tariffOf([perMinute('0.60', '0.05')]);
    const parts = [
      call('1', '2026-06-10 23:59', 30, { session: 's' }),
      call('2', '2026-06-11 00:00', 30, { session: 's' }),
      call('3', '2026-06-12 00:00', 1, { session: 's' }),
    ];
    const inOrder = bookOf(...parts);
    rateBook(
      inOrder,
      by(() => tariff),
    );
    expect(charges(inOrder)).toEqual({ '06-10': 65, '06-11': 0, '06-12': 60 });
    const oneByOne = new UsageBook();
    for (const part of parts.reverse()) {
      oneByOne.add(part);
      rateBook(
        oneByOne,
        by(() => tariff),
      );
    }
    expect(charges(oneByOne)).toEqual(charges(inOrder));
    expect(oneByOne.balance).toBe(1_250_000);
  });
});

describe('bundles', () => {
  it('a late record takes the free minute: the total stays, both days are touched', () => {
    const book = bookOf(call('b', '2026-06-12 12:00', 60), call('c', '2026-06-13 12:00', 60));
    rateBook(
      book,
      by(() => bundled),
    );
    expect(charges(book)).toEqual({ '06-12': 0, '06-13': 60 });
    book.looked();
    book.add(call('a', '2026-06-11 12:00', 60));
    rateBook(
      book,
      by(() => bundled),
    );
    expect(charges(book)).toEqual({ '06-11': 0, '06-12': 60, '06-13': 60 });
    expect(book.touched).toEqual([day('2026-06-11'), day('2026-06-12')]);
    expect(book.balance).toBe(1_200_000);
  });

  it('a record that is cancelled gives its free minute back', () => {
    const book = bookOf(call('a', '2026-06-11 12:00', 60), call('b', '2026-06-12 12:00', 60));
    rateBook(
      book,
      by(() => bundled),
    );
    expect(charges(book)).toEqual({ '06-11': 0, '06-12': 60 });
    cancel(book, 'a');
    expect(book.unrated.size).toBeGreaterThan(0);
    rateBook(
      book,
      by(() => bundled),
    );
    expect(charges(book)).toEqual({ '06-11': 0, '06-12': 0 });
    expect(book.balance).toBe(0);
  });

  it('another version of the tariff with other bundles gives its own, whole', () => {
    const change = instant('2026-06-03', ZONE);
    const blocks = tariffOf([perBlock, perMinute('0.60')], [{ kind: 'data', amount: 400, period: 'week' }]);
    const minutes = tariffOf([perBlock, perMinute('0.60')], [{ kind: 'voice', amount: '5m', period: 'month' }]);
    // 1 June is a Monday: the week and the month begin at one instant.
    const book = bookOf(
      call('d', '2026-06-02 12:00', 300, { kind: 'data' }),
      call('v', '2026-06-03 12:00', 300),
      call('w', '2026-06-04 12:00', 60),
    );
    rateBook(
      book,
      by((at) => (at < change ? blocks : minutes)),
    );
    expect(charges(book)).toEqual({ '06-02': 0, '06-03': 0, '06-04': 60 });
  });

  it("the bundle's month is the billing cycle", () => {
    const book = bookOf(
      call('a', '2026-06-05 23:59:59', 60),
      call('b', '2026-06-06 00:00', 60),
      call('c', '2026-07-05 12:00', 60),
    );
    rateBook(
      book,
      by(() => bundled, { billing: [{ from: 0, day: 5 }] }),
    );
    expect(charges(book)).toEqual({ '06-05': 0, '06-06': 0, '07-05': 60 });
  });
});

// --- Whatever the order ---

type Op =
  | { readonly is: 'add'; readonly record: UsageRecord }
  | { readonly is: 'cancel'; readonly print: string }
  | { readonly is: 'tariff' };
/** After an operation the records may be rated, or the process may start again. */
type Then = 'nothing' | 'rate' | 'restart';

const FIRST = instant('2026-06-24', ZONE);
const CHANGE = instant('2026-07-05 12:00', ZONE);
const BILLING = [
  { from: 0, day: 'last' as const },
  { from: instant('2026-07-02 12:00', ZONE), day: 10 },
];
/** Bundles of every period, and two tariffs one after the other, the first of which is known late. */
const before = tariffOf(
  [perMinute('0.60', '0.05'), perBlock],
  [
    { kind: 'voice', amount: '3m', period: 'day', coversConnectFee: true },
    { kind: 'data', amount: 400, period: 'week' },
  ],
  'EUR',
  'before',
);
const after = tariffOf(
  [perMinute('1.00'), { ...perMinute('2.00'), zones: ['eu'] }],
  [
    { kind: 'voice', zones: ['eu'], amount: '2m', period: 'month' },
    { kind: 'voice', amount: '5m', period: 'month' },
    { kind: 'voice', amount: '4m', period: 'calendar-month' },
  ],
  'EUR',
  'after',
);

const plain = fc.record({
  // Twenty days, in quarters of an hour of the first two hours of each: some at the same instant.
  slot: fc.integer({ min: 0, max: 20 * 8 - 1 }),
  kind: fc.constantFrom('voice' as const, 'voice' as const, 'data' as const),
  amount: fc.integer({ min: 0, max: 260 }),
  feed: fc.constantFrom('other' as const, 'other' as const, 'nrtrde' as const, 'tap' as const),
  session: fc.constantFrom(undefined, undefined, undefined, 's1', 's2'),
  zone: fc.constantFrom(undefined, undefined, 'eu'),
  cancelled: fc.constantFrom(false, false, false, true),
});

function storyOf(records: fc.Arbitrary<typeof plain extends fc.Arbitrary<infer T> ? T : never>) {
  return fc
    .tuple(fc.array(records, { minLength: 1, maxLength: 14 }), fc.boolean())
    .chain(([list, late]) => {
      const ops: Op[] = late ? [{ is: 'tariff' }] : [];
      list.forEach(({ slot, kind, amount, feed, session, zone, cancelled }, i) => {
        const at = FIRST + Math.floor(slot / 8) * 86_400_000 + (slot % 8) * 900_000;
        const of = {
          kind,
          feed,
          at,
          day: dayNumber(at, ZONE),
          ...(session && { session }),
          ...(zone && { destination: { zone } }),
        };
        ops.push({ is: 'add', record: call(`r${i}`, '2026-06-24', amount, of) });
        if (cancelled) ops.push({ is: 'cancel', print: printOf(`r${i}`) });
      });
      const then = fc.constantFrom<Then>('nothing', 'rate', 'rate', 'restart');
      return fc.tuple(
        fc.shuffledSubarray(ops, { minLength: ops.length }),
        fc.array(then, { minLength: ops.length, maxLength: ops.length }),
        // In the order of event time nothing has to be shared out again.
        fc.boolean(),
      );
    })
    .map(([ops, thens, inOrder]) => {
      const time = (op: Op) => (op.is === 'add' ? op.record.at : 0);
      return { ops: inOrder ? [...ops].sort((a, b) => time(a) - time(b)) : ops, thens };
    });
}

/** What all records told so far come to, reckoned at once: minor units a day, in ten-thousandths. */
function reckoned(ops: readonly Op[], tariffs: Tariffs): Map<number, number> {
  const cancelled = new Set(ops.flatMap((op) => (op.is === 'cancel' ? [op.print] : [])));
  const known = ops.flatMap((op) => (op.is === 'add' && !cancelled.has(op.record.print) ? [op.record] : []));
  const replaced = ({ feed, session, kind }: UsageRecord) =>
    feed === 'nrtrde' &&
    session !== undefined &&
    known.some((other) => other.feed === 'tap' && other.session === session && other.kind === kind);
  const live = known.filter((one) => !replaced(one));
  const forms = live.map(({ print, kind, at, amount, destination, session }) => ({
    id: print,
    kind,
    start: at,
    amount: BigInt(amount) * ONE,
    ...(destination && { destination }),
    ...(session !== undefined && { sessionId: session }),
  }));
  const settled = settle(tariffs.tariffAt, forms, tariffs);
  const days = new Map<number, number>();
  for (const { print, day: at } of live) {
    const one = settled.get(print)!;
    const fine = one.is === 'rated' ? Number((one.charge.numerator * 1_000_000n) / one.charge.denominator) : 0;
    days.set(at, (days.get(at) ?? 0) + fine);
  }
  return days;
}

const nonZero = (days: Iterable<readonly [number, number]>) =>
  [...days].filter(([, charge]) => charge !== 0).sort(([a], [b]) => a - b);

describe('whatever the order in which records, cancellations and tariffs come, and however they are batched', () => {
  it.each([
    ['records alone', plain.map((one) => ({ ...one, session: undefined, feed: 'other' as const, cancelled: false }))],
    ['with cancellations', plain.map((one) => ({ ...one, session: undefined }))],
    ['with sessions, NRTRDE and TAP too', plain],
  ])('each day comes to what all records come to when they are reckoned at once: %s', (_, records) => {
    fc.assert(
      fc.property(storyOf(records), ({ ops, thens }) => {
        let book = new UsageBook();
        const stored = new Map<number, string>();
        const isLate = ops.some(({ is }) => is === 'tariff');
        let known = !isLate;
        const tariffs = by((at) => (at >= CHANGE ? after : known ? before : undefined), { billing: BILLING });
        for (const [i, op] of ops.entries()) {
          if (op.is === 'add') book.add(op.record);
          else if (op.is === 'cancel') book.cancel(op.print, 1e6);
          else {
            known = true;
            book.rateAnew(day('2026-07-20'));
          }
          if (thens[i] === 'nothing' && i < ops.length - 1) continue;
          if (book.unrated.size > 0) rateBook(book, tariffs);
          const want = reckoned(ops.slice(0, i + 1), tariffs);
          expect(nonZero(book.days.map(({ day: at, charge }) => [at, charge] as const))).toEqual(nonZero(want));
          expect(book.balance).toBe([...want.values()].reduce((sum, one) => sum + one, 0));
          if (thens[i] !== 'restart') continue;
          store(book, stored);
          book = restarted(book, stored);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('after months, and after a restart', () => {
  it('what is forgotten of a bundle changes nothing of what is held, nor of what is owed', () => {
    const book = bookOf(call('a', '2026-06-01 12:00', 60), call('b', '2026-06-20 12:00', 60));
    rateBook(
      book,
      by(() => bundled),
    );
    expect(book.balance).toBe(600_000);
    for (const date of ['2026-12-18', '2026-12-25', '2027-01-10']) {
      book.forget(day(date));
      book.add(call(`late ${date}`, `${date} 12:00`, 60));
      rateBook(
        book,
        by(() => bundled),
      );
    }
    // The calls of 25 December and of 20 June; those of the 18th and of January are free.
    expect(book.sum('charge', day('2026-06-20'), day('2026-06-21'))).toBe(600_000);
    expect(book.balance).toBe(1_200_000);
  });

  it('nor where weeks and months hang the oldest day on that of a late record', () => {
    const hanging = tariffOf(
      [perMinute('0.60')],
      [
        { kind: 'voice', amount: '2m', period: 'month' },
        { kind: 'data', amount: 1, period: 'week' },
      ],
    );
    const book = new UsageBook();
    const first = instant('2026-06-01 12:00', ZONE);
    for (let i = 0; i < 206; i++) {
      const at = first + i * 86_400_000;
      book.forget(dayNumber(at, ZONE));
      book.add({ ...call(`c${i}`, '2026-06-01', 60), at, day: dayNumber(at, ZONE) });
      rateBook(
        book,
        by(() => hanging),
      );
    }
    // Seven months, each with two free minutes.
    expect(book.balance).toBe((206 - 14) * 600_000);
    book.looked();
    book.add(call('late', '2026-08-20 12:00', 60));
    rateBook(
      book,
      by(() => hanging),
    );
    expect(book.touched).toEqual([day('2026-08-20')]);
    expect(book.balance).toBe((206 - 14 + 1) * 600_000);
  });

  it('the same is rated from the store as from memory', () => {
    const book = bookOf(call('a', '2026-06-11 12:00', 60, { destination: { zone: 'eu', prefix: '+43' } }));
    const stored = new Map<number, string>();
    store(book, stored);
    const read = restarted(book, stored);
    const tariff = tariffOf([perMinute('0.60'), { ...perMinute('1.20'), zones: ['eu'] }]);
    for (const one of [book, read]) {
      expect([...one.unrated]).toEqual([day('2026-06-11')]);
      rateBook(
        one,
        by(() => tariff),
      );
      expect(one.balance).toBe(1_200_000);
    }
    expect(read.takeDays()).toEqual(book.takeDays());
  });
});
