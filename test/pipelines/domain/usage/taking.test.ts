import { describe, expect, it } from 'vitest';
import { dayNumber, dayStart } from '../../../../pipelines/domain/calendar.js';
import { refOf } from '../../../../pipelines/domain/detector.js';
import { decodeData, type EventOf } from '../../../../pipelines/domain/event.js';
import type { Pack } from '../../../../pipelines/domain/pack.js';
import { UsageBook } from '../../../../pipelines/domain/usage/book.js';
import { printOf } from '../../../../pipelines/domain/usage/packed.js';
import { HOME } from '../../../../pipelines/domain/usage/record.js';
import { historyOf, placeOf, recordOf, takeUsage, type UsageEvent } from '../../../../pipelines/domain/usage/taking.js';
import { a1, instant, mtel, rsd, turned } from '../../../usage-told.js';

function event<T extends UsageEvent['type']>(
  type: T,
  data: object,
  time = '2026-06-10 12:00',
  known = time,
  id = 'e1',
) {
  const decoded = decodeData(type, data);
  if (!decoded.ok) throw new Error(`${decoded.problem.field} ${decoded.problem.why}`);
  const at = { time: instant(time), recordedtime: instant(known) };
  return {
    specversion: '1.0',
    id,
    source: 'case',
    subject: 's1',
    type,
    ...at,
    data: decoded.value,
  } as unknown as EventOf<T>;
}
const used = (data: object, pack: Pack = a1, time?: string) => recordOf(event('usage.recorded', data, time), pack);
const day = (date: string) => dayNumber(dayStart(date, a1.zone), a1.zone);
const taken = (...events: UsageEvent[]) => {
  const book = new UsageBook();
  for (const one of events) takeUsage(book, one, a1);
  return book;
};

describe('what only the rules on unusual use ask of a record', () => {
  const call = { kind: 'voice', seconds: 60 };
  const without = { ...a1, rules: { ...a1.rules, unusualUse: undefined } } as unknown as Pack;
  const short = (ranges: readonly string[]) =>
    turned(a1, 'unusualUse', { shortCalls: { ranges, secondsMax: 30, callsMin: 1 } });

  it.each([
    ['abroad', { country: 'ME' }, 'ME'],
    ['elsewhere', { country: 'US' }, 'US'],
    ['at home', { country: 'RS' }, HOME],
    ['by the network', { visitedNetwork: '29701' }, 'ME'],
    ['by a network at home', { visitedNetwork: '22005' }, HOME],
    ['of a network that is not known', { visitedNetwork: '99901' }, undefined],
    ['not named', {}, undefined],
    ["not named by a partner's record", { feed: 'tap' }, undefined],
  ])('the country: %s', (_, more, country) => {
    expect(used({ ...call, ...more }).country).toBe(country);
    expect(used({ ...call, ...more }, without).country).toBeUndefined();
    expect(used({ ...call, ...more }, turned(a1, 'unusualUse', { travelMin: null })).country).toBeUndefined();
  });

  it.each([
    ['of a range', '88213', true],
    ['with a plus', '+88213', true],
    ['with zeros', '0088213', true],
    ['of another', '8821', false],
    ['none', undefined, false],
  ])('whether its number is on the list: %s', (_, prefix, is) => {
    const record = used({ ...call, destination: prefix === undefined ? {} : { prefix } }, short(['7', '88213']));
    expect(record.listed).toBe(is ? true : undefined);
    expect(used({ ...call, destination: { prefix: '88213' } }, short([])).listed).toBeUndefined();
  });
});

describe('a record of usage', () => {
  it('keeps what is needed, and its session and part as prints', () => {
    const full = {
      kind: 'voice',
      direction: 'in',
      seconds: 61,
      charge: rsd('1.50'),
      sessionId: 's',
      part: 2,
      feed: 'tap',
      country: 'ME',
    };
    expect(used({ ...full, destination: { zone: 'eu' } })).toEqual({
      print: printOf('case#e1'),
      at: instant('2026-06-10 12:00'),
      day: day('2026-06-10'),
      kind: 'voice',
      incoming: true,
      feed: 'tap',
      place: 'zone',
      country: 'ME',
      amount: 61,
      charge: 1_500_000,
      priced: true,
      session: printOf('s'),
      part: printOf('2'),
      standing: 'live',
    });
  });

  it('without a charge it is rated, by where it went', () => {
    expect(used({ kind: 'sms', destination: { prefix: '+43', country: 'AT' } })).toMatchObject({
      priced: false,
      charge: 0,
      destination: { prefix: '+43', country: 'AT' },
    });
    expect(used({ kind: 'sms', charge: rsd('0.00'), destination: { zone: 'eu' } })).not.toHaveProperty('destination');
    expect(used({ kind: 'sms', charge: rsd('0.00') }).priced).toBe(true);
  });

  it('a part without a session is of none', () => {
    expect(used({ kind: 'sms', part: 1 })).not.toHaveProperty('part');
    expect(used({ kind: 'sms', sessionId: 's', part: '01' }).part).toBe(printOf('01'));
  });

  it.each([
    [{ kind: 'voice', seconds: 61, bytes: 5, messages: 7 }, 61],
    [{ kind: 'voice' }, 0],
    [{ kind: 'data', bytes: 5, seconds: 61 }, 5],
    [{ kind: 'data' }, 0],
    [{ kind: 'sms' }, 1],
    [{ kind: 'sms', messages: 3 }, 3],
    [{ kind: 'sms', messages: 0 }, 0],
    [{ kind: 'mms' }, 1],
    [{ kind: 'premium', messages: 3, seconds: 61, bytes: 5 }, 0],
  ])('%j has the amount %i', (data, amount) => {
    expect(used(data).amount).toBe(amount);
  });

  it.each([
    [undefined, false],
    ['out', false],
    ['in', true],
  ])('direction %s', (direction, incoming) => {
    expect(used({ kind: 'voice', ...(direction && { direction }) }).incoming).toBe(incoming);
  });

  it.each([
    [undefined, 'other'],
    ['cdr', 'other'],
    ['radius', 'other'],
    ['tap', 'tap'],
    ['nrtrde', 'nrtrde'],
  ])('feed %s is %s', (feed, kept) => {
    expect(used({ kind: 'voice', ...(feed && { feed }) }).feed).toBe(kept);
  });

  it('belongs to its local day', () => {
    const days = (time: string) => used({ kind: 'sms' }, a1, time).day - day('2026-06-10');
    expect(days('2026-06-09T21:59:59.999Z')).toBe(-1);
    expect(days('2026-06-09T22:00:00Z')).toBe(0);
    expect(days('2026-06-10T21:59:59.999Z')).toBe(0);
    expect(days('2026-06-10T22:00:00Z')).toBe(1);
  });

  it('VAT is that of the pack', () => {
    const charge = { ...rsd('1.00'), vat: 'excluded' };
    expect(used({ kind: 'sms', charge }).charge).toBe(1_200_000);
    expect(used({ kind: 'sms', charge }, { ...a1, vatPercent: '10' }).charge).toBe(1_100_000);
    expect(used({ kind: 'sms', charge: rsd('-1.00') }).charge).toBe(-1_000_000);
  });
});

describe('where a record was made', () => {
  it.each([
    ['RS', 'home'],
    ['BA', 'zone'],
    ['MK', 'zone'],
    ['ME', 'zone'],
    ['AL', 'zone'],
    ['XK', 'zone'],
    ['HR', 'elsewhere'],
    ['AT', 'elsewhere'],
  ])('%s is %s', (country, place) => {
    expect(placeOf(country, a1.rules.roaming)).toBe(place);
    expect(used({ kind: 'sms', country }).place).toBe(place);
    expect(used({ kind: 'sms', country, visitedNetwork: '21901', feed: 'tap' }).place).toBe(place);
  });

  it.each([
    ['22001', 'home'],
    ['21803', 'zone'],
    ['29702', 'zone'],
    ['29401', 'zone'],
    ['27601', 'zone'],
    ['22101', 'zone'],
    ['23201', 'elsewhere'],
    ['90115', 'elsewhere'],
  ])('without a country, network %s is %s', (visitedNetwork, place) => {
    expect(used({ kind: 'sms', visitedNetwork }).place).toBe(place);
    expect(used({ kind: 'sms', visitedNetwork, feed: 'nrtrde' }).place).toBe(place);
  });

  it.each([
    [undefined, 'home'],
    ['cdr', 'home'],
    ['radius', 'home'],
    ['tap', 'elsewhere'],
    ['nrtrde', 'elsewhere'],
  ])('with neither, by feed %s it is %s', (feed, place) => {
    expect(used({ kind: 'sms', ...(feed && { feed }) }).place).toBe(place);
  });

  it('an operator without rules on roaming has only a home', () => {
    expect(placeOf('ME', undefined)).toBe('home');
    expect(used({ kind: 'sms', country: 'US', feed: 'tap' }, mtel).place).toBe('home');
  });
});

describe('taken into the book', () => {
  it('a record, and its cancellation by source and id', () => {
    const record = event(
      'usage.recorded',
      { kind: 'sms', charge: rsd('1.00') },
      '2026-06-10 12:00',
      '2026-06-10 12:00',
      'r1',
    );
    const cancelled = event('usage.cancelled', { recordId: 'r1' }, '2026-06-11 12:00');
    expect(taken(record).balance).toBe(1_000_000);
    expect(taken(record, cancelled).balance).toBe(0);
    expect(taken(cancelled, record).balance).toBe(0);
    const other = { ...cancelled, source: 'other' };
    expect(taken(record, other).balance).toBe(1_000_000);
    expect(refOf(record)).toBe('case#r1');
  });

  it('a cancellation that comes first is kept for as long as its record may come', () => {
    const cancelled = event('usage.cancelled', { recordId: 'r1' }, '2026-06-01 12:00', '2026-06-10 23:59');
    const record = (date: string) =>
      event('usage.recorded', { kind: 'sms', charge: rsd('1.00') }, `${date} 12:00`, `${date} 12:00`, 'r1');
    const known = (days: number) => {
      const book = taken(cancelled);
      book.forget(day('2026-06-10') + days);
      takeUsage(book, record('2026-06-12'), a1);
      return book.balance;
    };
    expect(known(131)).toBe(0);
    expect(known(132)).toBe(1_000_000);
  });

  it('presence on its local day', () => {
    const book = taken(event('presence.observed', { country: 'ME' }, '2026-06-10 23:59:59.999'));
    expect(book.days).toMatchObject([{ day: day('2026-06-10'), zoneSeen: 1, homeSeen: 0 }]);
  });

  it('a payment takes off its usage part, or where none is said the whole', () => {
    const record = event('usage.recorded', { kind: 'premium', charge: rsd('50.00') });
    const paid = (data: object) =>
      taken(record, event('bill.paid', data, '2026-06-11 12:00', '2026-06-11 12:00', 'e2')).balance;
    expect(paid({ amount: rsd('30.00') })).toBe(20_000_000);
    expect(paid({ amount: rsd('30.00'), usageAmount: rsd('10.00') })).toBe(40_000_000);
    expect(paid({ amount: rsd('30.00'), usageAmount: rsd('0.00') })).toBe(50_000_000);
    expect(paid({ amount: { ...rsd('30.00'), vat: 'excluded' } })).toBe(14_000_000);
    expect(paid({ amount: rsd('90.00') })).toBe(0);
  });
});

describe('what was known before', () => {
  const cycle = { from: '2026-05-06T00:00:00+02:00', to: '2026-06-06T00:00:00+02:00' };

  it('cycles by their local days; their charges are those of the cycle, or of its use', () => {
    const { history } = historyOf(
      event('history.imported', {
        cycles: [
          {
            ...cycle,
            charges: rsd('10.00'),
            usage: { charge: rsd('9.00'), voiceSeconds: 5, messages: 6, dataBytes: 7 },
          },
          { ...cycle, usage: { charge: rsd('9.00') } },
          { ...cycle, charges: { ...rsd('10.00'), vat: 'excluded' } },
          cycle,
        ],
      }),
      a1,
    );
    const days = { from: day('2026-05-06'), to: day('2026-06-06') };
    expect(history).toEqual({
      cycles: [
        { ...days, sums: { charge: 10_000_000, voiceSeconds: 5, messages: 6, dataBytes: 7 } },
        { ...days, sums: { charge: 9_000_000 } },
        { ...days, sums: { charge: 12_000_000 } },
        { ...days, sums: {} },
      ],
      days: [],
    });
  });

  it('days by place; a day without a country is one at home', () => {
    const { history, places } = historyOf(
      event('history.imported', {
        days: [
          { date: '2026-03-29', country: 'ME', dataBytes: 1, voiceSeconds: 2, messages: 3 },
          { date: '2026-03-30', country: 'HR' },
          { date: '2026-03-31', dataBytes: 0 },
        ],
      }),
      a1,
    );
    expect(places).toEqual([
      { day: day('2026-03-29'), place: 'zone', sums: { dataBytes: 1, voiceSeconds: 2, messages: 3 } },
      { day: day('2026-03-30'), place: 'elsewhere', sums: {} },
      { day: day('2026-03-31'), place: 'home', sums: { dataBytes: 0 } },
    ]);
    expect(history.days).toEqual(places.map(({ day: at, sums }) => ({ day: at, sums })));
  });

  it('into the book: what was unpaid is owed, days are seen, and nothing is touched', () => {
    const book = taken(
      event('history.imported', {
        cycles: [cycle],
        days: [{ date: '2026-06-07', country: 'ME', dataBytes: 8 }],
        unpaid: rsd('45.00'),
      }),
    );
    expect(book.balance).toBe(45_000_000);
    expect([book.touched, book.imported]).toEqual([[], true]);
    expect(book.days).toMatchObject([{ day: day('2026-06-07'), zoneSeen: 1, zoneDataBytes: 8 }]);
    expect(taken(event('history.imported', {})).pack()).toBe(new UsageBook().pack());
  });
});
