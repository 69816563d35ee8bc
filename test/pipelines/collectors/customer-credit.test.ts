import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerCredit, customerCredit } from '../../../pipelines/collectors/customer-credit.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { type Decision, decide } from '../../../pipelines/domain/decision.js';
import type { UnpaidFact } from '../../../pipelines/domain/fact.js';
import { formatMoney } from '../../../pipelines/domain/money.js';
import type { Packs } from '../../../pipelines/domain/pack.js';
import { decode, encode } from '../../../pipelines/runtime/codec.js';
import { type Line, packs, packsWith, replayed } from './replayed.js';

const VIENNA = 'Europe/Vienna';
const UNTIL = '2026-12-01T00:00:00+01:00';
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const at = (time: string) => `2026-06-${time}:00+02:00`;

const number = (subject: string, record: object = {}, time = '01T00:00'): Line => ({
  type: 'service.upserted',
  subject,
  time: at(time),
  data: {
    operator: 'mtel-at',
    kind: 'mobile',
    customerId: 'k1',
    payment: 'postpaid',
    activeFrom: '2025-01-01T00:00:00+01:00',
    ...record,
  },
});
const call = (subject: string, amount: string, time: string): Line => ({
  type: 'usage.recorded',
  subject,
  time: at(time),
  data: { kind: 'voice', direction: 'out', seconds: 60, charge: eur(amount) },
});
const paid = (subject: string, amount: string, time: string): Line => ({
  type: 'bill.paid',
  subject,
  time: at(time),
  data: { amount: eur(amount) },
});
const ended = (subject: string, time: string): Line => ({
  type: 'service.ended',
  subject,
  time: at(time),
  data: { reason: 'asked' },
});
const moved = (subject: string, customerId: string, time: string): Line => ({
  type: 'service.transferred',
  subject,
  time: at(time),
  data: { customerId },
});

/** Bars and warnings: time, service, what, for the customer or the service itself, the episode. */
function brief(decisions: readonly Decision[]): readonly string[] {
  return decisions.flatMap((one) => {
    if (one.type !== 'bar.applied' && one.type !== 'bar.lifted' && one.type !== 'spend.warned') return [];
    const { scope = 'own', episode } = one.data;
    return [`${formatLocal(one.time, VIENNA).slice(8, 16)} ${one.subject} ${one.type} ${scope} ${episode}`];
  });
}
const told = (lines: readonly Line[], by: Packs = packs) => replayed(lines, UNTIL, by);
const bars = (lines: readonly Line[], by: Packs = packs) =>
  brief(told(lines, by)).filter((line) => !line.includes('spend.warned'));

const two = [number('a'), number('b')];
const BOTH = ['11T12:00 a bar.applied customer 1', '11T12:00 b bar.applied customer 1'];

describe('a customer with several numbers has one limit (MTEL 20.1.f)', () => {
  it.each([
    ['a cent below 60.00 EUR together', '29.99', []],
    ['exactly 60.00 EUR together', '30.00', BOTH],
    ['a cent more', '30.01', BOTH],
  ])('%s', (_, amount, found) => {
    expect(bars([...two, call('a', '30.00', '10T12:00'), call('b', amount, '11T12:00')])).toEqual(found);
  });

  it('bars what each of three numbers does, and none that owes nothing until it does', () => {
    const three = [...two, number('c'), call('a', '30.00', '10T12:00'), call('b', '30.00', '11T12:00')];
    expect(bars(three)).toEqual(BOTH);
    expect(bars([...three, call('c', '0.01', '12T12:00')])).toEqual([...BOTH, '12T12:00 c bar.applied customer 1']);
  });

  it('who has paid all of it is none of several: the other has its own limit', () => {
    const lines = [
      ...two,
      call('b', '1.00', '09T12:00'),
      paid('b', '1.00', '09T13:00'),
      call('a', '60.00', '10T12:00'),
    ];
    expect(brief(told(lines))).toEqual(['10T12:00 a spend.warned own 1', '10T12:00 a bar.applied own 1']);
  });

  it('whose limit is where the warning would be is barred there, and not warned', () => {
    const limited = ['a', 'b'].map((one) => number(one, { creditLimit: eur('30.00') }));
    expect(brief(told([...limited, call('a', '15.00', '10T12:00'), call('b', '15.00', '11T12:00')]))).toEqual(BOTH);
  });

  it('says what was added up, in every field enough to recompute it', () => {
    const decisions = told([...two, call('a', '30.00', '10T12:00'), call('b', '31.00', '11T12:00')]);
    const bar = decisions.find((one) => one.type === 'bar.applied' && one.subject === 'a');
    expect(bar?.data).toMatchObject({
      operator: 'mtel-at',
      clause: 'MTEL 20.1.f',
      reason: 'credit-limit',
      scope: 'customer',
      customerId: 'k1',
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      because: {
        unpaidInTenThousandthsOfMinor: 61_000_000,
        limitInTenThousandthsOfMinor: 60_000_000,
        limitIs: 'the rule',
        services: [
          { service: 'b', unpaidInTenThousandthsOfMinor: 31_000_000, barredByItself: false },
          { service: 'a', unpaidInTenThousandthsOfMinor: 30_000_000, barredByItself: false },
        ],
      },
    });
  });

  it('names fifty services and adds up the rest; where there is none it says nothing of others', () => {
    const many = (count: number) => {
      const names = Array.from({ length: count }, (_, i) => `n${String(i).padStart(2, '0')}`);
      const lines = [...names.map((one) => number(one)), ...names.map((one) => call(one, '1.20', '10T12:00'))];
      const bar = told(lines).find((one) => one.type === 'bar.applied')!;
      const { services, others } = bar.data.because as { services: readonly object[]; others?: object };
      return [services.length, others];
    };
    expect(many(50)).toEqual([50, undefined]);
    expect(many(52)).toEqual([50, { services: 2, unpaidInTenThousandthsOfMinor: 2_400_000 }]);
  });

  it('one number alone is as ever: nothing is said of a customer', () => {
    expect(brief(told([number('a'), call('a', '60.00', '10T12:00'), paid('a', '60.00', '12T12:00')]))).toEqual([
      '10T12:00 a spend.warned own 1',
      '10T12:00 a bar.applied own 1',
      '12T12:00 a bar.lifted own 1',
    ]);
  });

  it('numbers of different customers, of none, and those that are prepaid are not added up', () => {
    const calls = [call('a', '40.00', '10T12:00'), call('b', '40.00', '11T12:00')];
    expect(bars([number('a'), number('b', { customerId: 'k2' }), ...calls])).toEqual([]);
    const nobody = { customerId: undefined };
    expect(bars([number('a', nobody), number('b', nobody), ...calls])).toEqual([]);
    expect(bars([number('a'), number('b', { payment: 'prepaid' }), ...calls])).toEqual([]);
  });

  it('a business customer is one as well', () => {
    const record = { customerType: 'business' };
    const lines = [number('a', record), number('b', record)];
    expect(bars([...lines, call('a', '30.00', '10T12:00'), call('b', '30.00', '11T12:00')])).toEqual(BOTH);
  });

  it.each([
    ['99.99', []],
    ['100.00', BOTH],
  ])('the highest limit agreed for a number is that of all, with %s', (amount, found) => {
    const lines = [number('a', { creditLimit: eur('100.00') }), number('b', { creditLimit: eur('80.00') })];
    const rest = (Number(amount) - 55).toFixed(2);
    expect(bars([...lines, call('a', rest, '10T12:00'), call('b', '55.00', '11T12:00')])).toEqual(found);
  });

  it('the limit of a number that owes nothing counts', () => {
    const lines = [...two, number('c', { creditLimit: eur('100.00') })];
    expect(bars([...lines, call('a', '40.00', '10T12:00'), call('b', '40.00', '11T12:00')])).toEqual([]);
  });

  it('a pack may give each number a limit of its own', () => {
    const each = packsWith('mtel-at', (pack) => ({
      ...pack,
      rules: { ...pack.rules, creditLimit: { ...pack.rules.creditLimit!, severalNumbers: 'each' } },
    }));
    expect(bars([...two, call('a', '59.00', '10T12:00'), call('b', '59.00', '11T12:00')], each)).toEqual([]);
  });

  it('in place of a bar data may go on at a low rate', () => {
    const throttled = packsWith('mtel-at', (pack) => ({
      ...pack,
      rules: { ...pack.rules, creditLimit: { ...pack.rules.creditLimit!, throttleBitsPerSecond: 128_000 } },
    }));
    const decisions = told([...two, call('a', '30.00', '10T12:00'), call('b', '30.00', '11T12:00')], throttled);
    expect(decisions.find(({ type }) => type === 'bar.applied')?.data).toMatchObject({
      services: ['data'],
      throttleBitsPerSecond: 128_000,
    });
  });
});

describe('what ends the bar of a customer', () => {
  const barred = [...two, call('a', '30.00', '10T12:00'), call('b', '35.00', '11T12:00')];
  const lifted = (time: string) => [...BOTH, `${time} a bar.lifted customer 1`, `${time} b bar.lifted customer 1`];

  it('a payment for any of the numbers', () => {
    expect(bars([...barred, paid('b', '5.00', '12T12:00')])).toEqual(BOTH);
    expect(bars([...barred, paid('b', '5.01', '12T12:00')])).toEqual(lifted('12T12:00'));
  });

  it('a correction, and what comes after it is the next episode', () => {
    const corrected = [...barred, call('a', '-10.00', '12T12:00'), call('b', '5.00', '13T12:00')];
    const again = ['13T12:00 a bar.applied customer 2', '13T12:00 b bar.applied customer 2'];
    expect(bars(corrected)).toEqual([...lifted('12T12:00'), ...again]);
  });

  it('a raised limit, at the time from which it holds', () => {
    const raised = number('a', { creditLimit: eur('90.00') }, '20T00:00');
    expect(bars([...barred, { ...raised, recordedtime: at('12T12:00') }])).toEqual(lifted('20T00:00'));
  });

  it('the end of a number, which takes what it owes with it', () => {
    expect(bars([...barred, ended('b', '12T12:00')])).toEqual(lifted('12T12:00'));
  });

  it('a transfer, and the number then counts with those of the new holder', () => {
    const other = [number('c', { customerId: 'k2' }), call('c', '26.00', '10T13:00')];
    expect(bars([...barred, ...other, moved('b', 'k2', '12T12:00')]).sort()).toEqual(
      [...lifted('12T12:00'), '12T12:00 b bar.applied customer 1', '12T12:00 c bar.applied customer 1'].sort(),
    );
  });

  it('tells the subscriber of each bar and of its end, in the words and by the channels of that number', () => {
    const lines = [number('a'), number('b', { notifyBy: ['email'], language: 'en' }), ...barred.slice(2)];
    const notices = told([...lines, paid('b', '5.01', '12T12:00')]).flatMap((one) =>
      one.type === 'notice.requested'
        ? [`${one.subject} ${one.data.template} ${one.data.channels} ${one.data.language}`]
        : [],
    );
    expect(notices.sort()).toEqual(
      [
        'a credit-limit-warning sms de',
        'b credit-limit-warning email en',
        'a credit-limit-barred sms de',
        'a credit-limit-lifted sms de',
        'b credit-limit-barred email en',
        'b credit-limit-lifted email en',
      ].sort(),
    );
  });
});

describe('one warning for the customer', () => {
  it.each([
    ['a cent below 30.00 EUR', '9.99', []],
    ['exactly 30.00 EUR', '10.00', ['11T12:00 b spend.warned customer 1']],
  ])('%s: of the number whose record brought them there', (_, amount, found) => {
    expect(brief(told([...two, call('a', '20.00', '10T12:00'), call('b', amount, '11T12:00')]))).toEqual(found);
  });

  it('with the sum, the limit and the share', () => {
    const decisions = told([...two, call('a', '20.00', '10T12:00'), call('b', '12.00', '11T12:00')]);
    const [warned] = decisions.filter((one) => one.type === 'spend.warned');
    expect(warned!.data.share).toBe(0.5);
    expect(formatMoney(warned!.data.charges)).toEqual(eur('32.00'));
    expect(formatMoney(warned!.data.cap)).toEqual(eur('60.00'));
  });

  it('none where a number was warned for itself, and another after they were below it', () => {
    const lines = [...two, call('a', '31.00', '10T12:00'), call('b', '5.00', '11T12:00')];
    expect(brief(told(lines))).toEqual(['10T12:00 a spend.warned own 1']);
    const later = [
      ...lines,
      paid('a', '31.00', '12T12:00'),
      call('b', '20.00', '13T12:00'),
      call('a', '5.00', '14T12:00'),
    ];
    expect(brief(told(later))).toEqual(['10T12:00 a spend.warned own 1', '14T12:00 a spend.warned customer 1']);
  });
});

interface Step {
  readonly what: string;
  readonly of: string;
  readonly euros: number;
}

/** Which bars must stand after these steps, worked out from the clause alone. */
function plainly(steps: readonly Step[]) {
  const numbers = new Map(
    ['a', 'b', 'c'].map((name) => [name, { service: name, owes: 0, limit: undefined as number | undefined, of: 'k1' }]),
  );
  for (const { what, of, euros } of steps) {
    const number = numbers.get(of)!;
    if (what === 'call') number.owes += euros;
    else if (what === 'paid') number.owes = Math.max(0, number.owes - 2 * euros);
    else if (what === 'limit') Object.assign(number, { limit: 40 + 2 * euros, of: 'k1' });
    else number.of = what === 'moved' ? 'k2' : 'k1';
  }
  const all = [...numbers.values()];
  return all.map(({ service, owes, limit, of }) => {
    const his = all.filter((one) => one.of === of && (one.owes > 0 || one.limit !== undefined));
    const agreed = his.flatMap((one) => one.limit ?? []);
    const reach = agreed.length > 0 ? Math.max(...agreed) : 60;
    const sum = his.reduce((total, one) => total + one.owes, 0);
    return { service, own: owes >= (limit ?? 60), shared: owes > 0 && his.length > 1 && sum >= reach };
  });
}

describe('a number under both bars never ends unbarred while one of them stands', () => {
  /** The last word on a number at each instant at which anything was said of it. */
  const words = (lines: readonly Line[]) => bars(lines).filter((line) => line.includes(' a '));
  const barred = [...two, call('a', '30.00', '10T12:00'), call('b', '35.00', '11T12:00')];
  const first = ['11T12:00 a bar.applied customer 1', '12T12:00 a bar.applied own 1'];

  it("its own is lifted, the customer's stands: set anew after it", () => {
    // a owes 61, then 31; b 35.
    expect(words([...barred, call('a', '31.00', '12T12:00'), paid('a', '30.00', '13T12:00')])).toEqual([
      ...first,
      '13T12:00 a bar.lifted own 1',
      '13T12:00 a bar.lifted customer 1',
      '13T12:00 a bar.applied customer 2',
    ]);
  });

  it("the customer's ends while its own stands: nothing is said before that one ends", () => {
    const raised = number('b', { creditLimit: eur('150.00') }, '13T12:00');
    const lines = [...barred, call('a', '31.00', '12T12:00'), raised];
    expect(words(lines)).toEqual(first);
    expect(words([...lines, paid('a', '61.00', '14T12:00')])).toEqual([
      ...first,
      '14T12:00 a bar.lifted own 1',
      '14T12:00 a bar.lifted customer 1',
    ]);
  });

  it('of an end that is told of already the subscriber is not told twice', () => {
    const raised = number('b', { creditLimit: eur('150.00') }, '13T12:00');
    const lines = [...barred, call('a', '31.00', '12T12:00'), raised, paid('a', '61.00', '14T12:00')];
    const ends = told(lines).filter(
      (one) => one.type === 'notice.requested' && one.subject === 'a' && one.data.template === 'credit-limit-lifted',
    );
    expect(ends).toHaveLength(1);
  });

  it("barred for itself first: the customer's comes when that ends, if it still has to", () => {
    const lines = [...two, call('a', '65.00', '10T12:00'), call('b', '20.00', '11T12:00')];
    expect(words([...lines, paid('a', '20.00', '12T12:00')])).toEqual([
      '10T12:00 a bar.applied own 1',
      '12T12:00 a bar.lifted own 1',
      '12T12:00 a bar.applied customer 1',
    ]);
    expect(words([...lines, paid('a', '30.00', '12T12:00')])).toEqual([
      '10T12:00 a bar.applied own 1',
      '12T12:00 a bar.lifted own 1',
    ]);
  });

  it('handed on under both, what is lifted of the customer says that its own bar stands', () => {
    const decisions = told([...barred, call('b', '31.00', '12T12:00'), moved('b', 'k2', '13T12:00')]);
    const lifted = decisions.filter((one) => one.type === 'bar.lifted' && one.subject === 'b');
    expect(lifted.map(({ data }) => data)).toMatchObject([
      {
        scope: 'customer',
        because: { why: 'the service is no longer one of this customer; the bar for its own balance stands' },
      },
    ]);
    const notices = decisions.filter((one) => one.type === 'notice.requested' && one.subject === 'b');
    expect(JSON.stringify(notices)).not.toContain('credit-limit-lifted');
  });

  it('of any story: the last word is that of the two bars, and every bar that ended was lifted', () => {
    const step = fc.record({
      what: fc.constantFrom('call', 'call', 'call', 'paid', 'limit', 'moved', 'back'),
      of: fc.constantFrom('a', 'b', 'c'),
      euros: fc.integer({ min: 1, max: 45 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
        const lines = steps.map(({ what, of, euros }, i): Line => {
          const time = `${String(2 + Math.floor(i / 10)).padStart(2, '0')}T1${i % 10}:00`;
          if (what === 'call') return call(of, `${euros}.00`, time);
          if (what === 'paid') return paid(of, `${2 * euros}.00`, time);
          if (what === 'limit') return number(of, { creditLimit: eur(`${40 + 2 * euros}.00`) }, time);
          return moved(of, what === 'moved' ? 'k2' : 'k1', time);
        });
        const decisions = told([...two, number('c'), ...lines]);
        const standing = new Map<string, Set<string>>();
        const words = new Map<string, string>();
        for (const one of decisions) {
          if (one.type !== 'bar.applied' && one.type !== 'bar.lifted') continue;
          const held = standing.get(one.subject!) ?? new Set();
          const name = `${one.data.scope ?? 'own'} ${one.data.customerId ?? ''} ${one.data.episode}`;
          expect(held.has(name)).toBe(one.type === 'bar.lifted');
          if (one.type === 'bar.applied') held.add(name);
          else held.delete(name);
          standing.set(one.subject!, held);
          words.set(one.subject!, one.type);
        }
        // A number that went to another while both its bars stood is told of the customer's end, and stays barred by its own.
        for (const [service, held] of standing) {
          const left =
            [...held].some((name) => name.startsWith('own')) &&
            steps.some(({ what }) => what === 'moved' || what === 'back');
          if (!left) expect(words.get(service)).toBe(held.size > 0 ? 'bar.applied' : 'bar.lifted');
        }
        const barred = (service: string, scope: string) =>
          [...(standing.get(service) ?? [])].some((name) => name.startsWith(scope));
        for (const { service, own, shared } of plainly(steps)) {
          expect(barred(service, 'own')).toBe(own);
          // While its own stands, the customer's may stand unsaid.
          if (!own) expect(barred(service, 'customer')).toBe(shared);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the collector by itself', () => {
  const T = Date.parse('2026-06-10T10:00:00Z');
  const fact = (service: string, revision: number, euros: number, when = T): UnpaidFact => ({
    is: 'unpaid',
    from: 'service-0',
    operator: 'mtel-at',
    customer: 'k1',
    service,
    revision,
    at: when,
    stands: true,
    prepaid: false,
    unpaid: euros * 1_000_000,
    limit: null,
    barred: euros >= 60,
    warned: euros >= 30,
    billing: [{ from: T, day: 'last' }],
  });
  const facts = [
    fact('a', 1, 20),
    fact('b', 1, 25),
    fact('a', 2, 40, T + 1_000),
    fact('c', 1, 5, T + 1_000),
    fact('b', 2, 10, T + 3_000),
    fact('a', 3, 55, T + 4_000),
  ];
  const judged = (state: CustomerCredit, clock: number) =>
    customerCredit.judge(state, { key: 'mtel-at/k1', clock, packs });
  const run = (heard: readonly UnpaidFact[], clocks: readonly number[], restart = false) => {
    const ids: string[] = [];
    let state = heard.reduce(customerCredit.hear, customerCredit.start(heard[0]!));
    for (const clock of clocks) {
      const result = judged(state, clock);
      state = result.state;
      for (const draft of result.drafts) ids.push(`${draft.time} ${decide(draft).id}`);
      const kept = customerCredit.keep(state);
      if (!restart || !kept) continue;
      const parts = new Map([...(kept.parts ?? [])].map(([name, part]) => [name, decode(encode(part))]));
      state = customerCredit.take({ head: decode(encode(kept.head)) as Record<string, unknown>, parts });
    }
    return ids;
  };
  const whole = run(facts, [T + 5_000]);

  it('decides the same whatever the order in which it hears, and however often', () => {
    expect(whole.length).toBeGreaterThan(8);
    const orders = fc.shuffledSubarray([...facts, ...facts], {
      minLength: 2 * facts.length,
      maxLength: 2 * facts.length,
    });
    fc.assert(
      fc.property(orders, (heard) => {
        expect(run(heard, [T + 5_000])).toEqual(whole);
      }),
    );
  });

  it('decides the same at however many ticks, and over restarts', () => {
    const ticks = [0, 500, 1_000, 1_500, 2_000, 3_000, 3_500, 4_000, 5_000].map((ms) => T + ms);
    expect(run(facts, ticks)).toEqual(whole);
    expect(run(facts, ticks, true)).toEqual(whole);
  });

  it('decides nothing of what was found later than the clock of all tasks', () => {
    expect(run(facts, [T - 1])).toEqual([]);
    expect(judged(facts.reduce(customerCredit.hear, customerCredit.start(facts[0]!)), T - 1).next).toBe(T);
  });

  it('keeps nothing of a customer who owes nothing and was never told anything', () => {
    const state = judged(customerCredit.hear(customerCredit.start(facts[0]!), fact('a', 1, 0)), T).state;
    expect(customerCredit.keep(state)).toBeUndefined();
  });
});
