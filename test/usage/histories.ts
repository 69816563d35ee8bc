/**
 * Random small histories of what is used and paid: records near the ends of cycles and on the days of the clock's change, sums
 * that hit limits exactly, records that come late, twice, in the wrong order, or are withdrawn. They are arrays of small choices,
 * so that a failure shrinks to the few lines that matter.
 */
import fc from 'fast-check';
import { type Copy, DAY, type Delay, HOUR, MINUTE, trimmed } from './lines.js';
import type { Data } from './wire.js';

// --- Choices ---

const pick = fc.constantFrom;
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });

/** Near the ends of cycles, and both changes of the clock. */
const anchor = pick('2026-06-26', '2026-03-24', '2026-10-20', '2026-02-24', '2026-12-27');
const timeOfDay = pick(12 * HOUR, 0, DAY - 1, 8 * HOUR, 2 * HOUR + 30 * MINUTE, 3 * HOUR, 23 * HOUR + 58 * MINUTE);
const day = fc.oneof(
  { weight: 6, arbitrary: fc.nat(9) },
  { weight: 2, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: pick(31, 62, 93, 94, 120) },
);
const moment = fc.record({ day, time: timeOfDay });
type Moment = { readonly day: number; readonly time: number };

const delay: fc.Arbitrary<Delay> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: pick<Delay>('midnight', 'midnight', 'noon') },
  { weight: 4, arbitrary: pick(MINUTE, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 33 * DAY, 100 * DAY) },
  { weight: 1, arbitrary: pick(-3 * MINUTE, -5 * MINUTE, 130 * DAY, 130 * DAY + 1) },
);
const copies = fc.array(fc.record({ of: fc.nat(60), later: pick(0, HOUR, 2 * DAY, 40 * DAY) }), { maxLength: 4 });

const COUNTRIES = ['RS', 'ME', 'BA', 'HR'];
const CHARGES = {
  RSD: ['0.01', '-0.01', '200.00', '499.99', '500.00', '1000.00', '1000.01', '2000.00', '2500.00'].concat([
    '3999.99',
    '4000.00',
    '5000.00',
    '-500.00',
    '-2500.00',
  ]),
  EUR: ['0.01', '-0.01', '10.00', '29.99', '30.00', '59.99', '60.00', '-30.00'],
};
export type Currency = keyof typeof CHARGES;

const money = (currency: Currency) => pick(...CHARGES[currency]).map((amount): Data => ({ amount, currency }));
/** Amounts that are whole with VAT: 0.05 and 0.06. */
const charge = (currency: Currency) =>
  fc.oneof(
    { weight: 6, arbitrary: money(currency) },
    { weight: 1, arbitrary: pick('0.05', '2500.00', '25.00').map((amount) => ({ amount, currency, vat: 'excluded' })) },
  );

/** A record without what ties it to others; nothing is said where nothing need be. */
const plainUse = (currency: Currency) =>
  fc
    .record({
      kind: pick('data', 'voice', 'sms', 'mms', 'premium'),
      size: pick(1, 499, 500, 501, 1000, 2, 60, 0),
      sized: fc.boolean(),
      direction: maybe(pick('out', 'in')),
      charge: maybe(charge(currency)),
      country: maybe(pick(...COUNTRIES)),
    })
    .map(({ kind, size, sized, ...rest }) => trimmed({ kind, ...rest, ...sizeOf(kind, size, sized) }));

function sizeOf(kind: string, size: number, sized: boolean): Data {
  if (kind === 'voice') return { seconds: size };
  if (kind === 'data') return { bytes: size };
  return sized && kind !== 'premium' ? { messages: size % 5 } : {};
}

/** One of few sessions of a day, so that partners meet: NRTRDE and TAP, parts and wholes. */
const partnerUse = (currency: Currency) =>
  fc
    .record({
      kind: pick('voice', 'data'),
      feed: pick('nrtrde', 'tap', 'tap', 'cdr'),
      sessionId: maybe(pick('a', 'b')),
      part: maybe(pick(1, 2)),
      size: pick(60, 500, 501, 1000),
      charge: maybe(charge(currency)),
      visitedNetwork: maybe(pick('29702', '22005', '21805')),
    })
    .map(({ kind, size, ...rest }) => trimmed({ kind, ...rest, ...sizeOf(kind, size, true) }));

// --- Profiles ---

const rsd = (amount: string): Data => ({ amount, currency: 'RSD' });
const limits = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: pick<Data>(
      { daily: { dataBytes: 1000 } },
      { daily: { dataBytes: 500, voiceSeconds: 60 }, weekly: { dataBytes: 1000 } },
      { daily: { charge: rsd('1000.00') }, weekly: { charge: rsd('1000.00') }, monthly: { charge: rsd('2000.00') } },
      { daily: { messages: 3 }, monthly: { messages: 4, dataBytes: 1000 } },
      { daily: { charge: rsd('0.00'), dataBytes: 0 }, monthly: { voiceSeconds: 120 } },
    ),
  },
);
const billingDay = pick<number | 'last'>('last', 28, 27, 26, 5, 1);
const fee = pick<Data | null>(rsd('1000.00'), rsd('500.00'), rsd('999.99'), rsd('0.00'), null, {
  ...rsd('500.00'),
  vat: 'excluded',
});

const a1Profile = fc.record({
  limits,
  billingDay,
  monthlyFee: fee,
  spendBar: maybe(fc.boolean()),
});
const mtelProfile = fc.record({
  billingDay,
  creditLimit: maybe(pick('60.00', '30.00', '20.00', '100.00').map((amount) => ({ amount, currency: 'EUR' }))),
});

// --- What happens ---

const use = (currency: Currency) =>
  fc.record({
    is: fc.constant('use' as const),
    moment,
    delay,
    data: fc.oneof({ weight: 4, arbitrary: plainUse(currency) }, { weight: 1, arbitrary: partnerUse(currency) }),
  });
const cancelled = fc.record({ is: fc.constant('cancelled' as const), of: fc.nat(40), delay });
const bar = fc.record({ is: fc.constant('bar' as const), moment, delay, wants: fc.boolean() });
const paid = fc.record({
  is: fc.constant('paid' as const),
  moment,
  delay,
  amount: money('EUR'),
  usageAmount: maybe(money('EUR')),
});
const profile = <T>(of: fc.Arbitrary<T>) =>
  fc.record({
    is: fc.constant('profile' as const),
    moment,
    delay: pick<Delay>(0, 0, -2 * DAY, -40 * DAY, DAY, 9 * DAY, 40 * DAY, 'midnight'),
    of,
  });

type Happening =
  | { readonly is: 'use'; readonly moment: Moment; readonly delay: Delay; readonly data: Data }
  | { readonly is: 'cancelled'; readonly of: number; readonly delay: Delay }
  | { readonly is: 'bar'; readonly moment: Moment; readonly delay: Delay; readonly wants: boolean }
  | {
      readonly is: 'paid';
      readonly moment: Moment;
      readonly delay: Delay;
      readonly amount: Data;
      readonly usageAmount: Data | undefined;
    }
  | { readonly is: 'profile'; readonly moment: Moment; readonly delay: Delay; readonly of: Data };

/** What is brought along at go-live, told so many days late. */
export interface Imported {
  readonly charges: readonly Data[];
  readonly unpaid: Data | undefined;
  readonly late: number;
}
const imported = (currency: Currency): fc.Arbitrary<Imported> =>
  fc.record({
    charges: fc.array(money(currency), { maxLength: 4 }),
    unpaid: maybe(money(currency).filter(({ amount }) => !(amount as string).startsWith('-'))),
    late: pick(0, 0, 4, 40),
  });

export interface ServiceStory {
  readonly operator: string;
  /** Days before the anchor: since when it is active, and since when it is known. */
  readonly activeFrom: number | undefined;
  readonly upserted: number;
  readonly customerType: string | undefined;
  readonly tariffId: string | undefined;
  readonly profile: Data;
  readonly imported: Imported | undefined;
  readonly happens: readonly Happening[];
}

const story = (operator: string, currency: Currency, first: fc.Arbitrary<Data>, happening: fc.Arbitrary<Happening>) =>
  fc.record({
    operator: fc.constant(operator),
    activeFrom: maybe(pick(400, 0, 1, 8, 31, 45, 70, 100, 130)),
    // A negative one is known only when something has happened already.
    upserted: pick(2, 2, 0, 130, -1, -4),
    customerType: maybe(pick('consumer', 'consumer', 'business')),
    tariffId: maybe(pick('t1', 't2', 'e1')),
    profile: first,
    imported: fc.option(imported(currency), { nil: undefined, freq: 3 }),
    happens: fc.array(happening, { minLength: 1, maxLength: 36 }),
  });

const a1Story = story(
  'a1-rs',
  'RSD',
  a1Profile,
  fc.oneof(
    { weight: 12, arbitrary: use('RSD') },
    { weight: 2, arbitrary: cancelled },
    { weight: 2, arbitrary: bar },
    { weight: 1, arbitrary: profile(a1Profile) },
  ),
);
const mtelStory = story(
  'mtel-at',
  'EUR',
  mtelProfile,
  fc.oneof(
    { weight: 10, arbitrary: use('EUR') },
    { weight: 3, arbitrary: cancelled },
    { weight: 5, arbitrary: paid },
    { weight: 1, arbitrary: profile(mtelProfile) },
  ),
);

export interface History {
  readonly anchor: string;
  readonly services: readonly ServiceStory[];
  readonly copies: readonly Copy[];
  /** The day on which a price list becomes known. */
  readonly listed: number;
  readonly after: number;
}

const histories = (of: fc.Arbitrary<ServiceStory>): fc.Arbitrary<History> =>
  fc.record({
    anchor,
    services: fc.array(of, { minLength: 1, maxLength: 2 }),
    copies,
    listed: pick(-500, -500, 5, 40),
    after: pick(0, 2 * DAY, 45 * DAY),
  });

export const spending = histories(a1Story);
export const credit = histories(mtelStory);
