import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CustomerSims, customerSims } from '../../../pipelines/collectors/customer-sims.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { decide } from '../../../pipelines/domain/decision.js';
import type { RoamingDaysFact } from '../../../pipelines/domain/fact.js';
import type { Packs } from '../../../pipelines/domain/pack.js';
import { decode, encode } from '../../../pipelines/runtime/codec.js';
import { type Line, packs, packsWith, replayed } from './replayed.js';

const BELGRADE = 'Europe/Belgrade';
const UNTIL = '2026-09-30T00:00:00+02:00';
const at = (day: string, time = '12:00') => `2026-${day}T${time}:00${day < '10-25' ? '+02:00' : '+01:00'}`;
/** Days of a month, both ends included: "08-03..08-20". */
const days = (span: string): readonly string[] => {
  const [from, to] = span.split('..').map((day) => Date.parse(`2026-${day}T00:00:00Z`));
  return Array.from({ length: (to! - from!) / 86_400_000 + 1 }, (_, i) =>
    new Date(from! + i * 86_400_000).toISOString().slice(5, 10),
  );
};
const sim = (subject: string, record: object = {}): Line => ({
  type: 'service.upserted',
  subject,
  time: '2026-04-01T00:00:00+02:00',
  data: {
    operator: 'a1-rs',
    kind: 'mobile',
    customerId: 'k1',
    activeFrom: '2025-01-01T00:00:00+01:00',
    ...record,
  },
});
const data = (subject: string, country: string, span: string, bytes = 1_000_000): readonly Line[] =>
  days(span).map((day) => ({
    type: 'usage.recorded',
    subject,
    time: at(day),
    data: { kind: 'data', bytes, country, charge: { amount: '0.00', currency: 'RSD' } },
  }));

/** Two SIMs: each is more at home than abroad by itself, on the same days; abroad they follow each other. */
const inTurn = [
  sim('a'),
  sim('b'),
  ...['a', 'b'].flatMap((one) => data(one, 'RS', '07-01..07-20')),
  ...data('a', 'BA', '08-01..08-15', 3_000_000),
  ...data('b', 'ME', '08-16..08-31', 3_000_000),
];

const patterns = (lines: readonly Line[], by: Packs = packs, until = UNTIL) =>
  replayed(lines, until, by).flatMap((one) => {
    if (one.type !== 'roaming.pattern.found' && one.type !== 'roaming.pattern.withdrawn') return [];
    return one.data.pattern === 'sims-in-turn' ? [one] : [];
  });
const brief = (lines: readonly Line[], by: Packs = packs, until = UNTIL) =>
  patterns(lines, by, until).map(({ time, subject, type, data: { episode } }) => {
    return `${formatLocal(time, BELGRADE).slice(5, 16)} ${subject} ${type.slice('roaming.pattern.'.length)} ${episode}`;
  });

describe('SIMs of one customer used abroad in turn (A1 9.1.3)', () => {
  it('are looked at from the very day on which one of them was held for four months', () => {
    for (const [since, found] of [
      ['2026-04-22', '08-22'],
      ['2026-04-23', '08-23'],
    ]) {
      const held = { activeFrom: `${since}T00:00:00+02:00` };
      expect(brief([sim('a', held), sim('b', held), ...inTurn.slice(2)])).toEqual([`${found}T00:00 a found 1`]);
    }
  });

  it('are found on the day on which their days abroad together outnumber those at home', () => {
    // On 21 August the days before hold 15 + 5 abroad and 20 at home; on the 22nd 21.
    expect(brief(inTurn)).toEqual(['08-22T00:00 a found 1']);
    const [found] = patterns(inTurn);
    expect(found!.data).toMatchObject({
      operator: 'a1-rs',
      clause: 'A1 9.1.3',
      pattern: 'sims-in-turn',
      customerId: 'k1',
      services: ['a', 'b'],
      domesticDays: 20,
      roamingDays: 21,
      domesticUse: { dataBytes: 40_000_000 },
      roamingUse: { dataBytes: 63_000_000 },
    });
    expect(found!.data.because).toMatchObject({
      sims: [
        { service: 'a', roaming: [['2026-08-01', '2026-08-15']], domesticDays: 20 },
        { service: 'b', roaming: [['2026-08-16', '2026-08-21']], domesticDays: 20 },
      ],
    });
  });

  it('bars and warns nobody', () => {
    const types = new Set(replayed(inTurn, '2026-09-01T00:00:00+02:00').map(({ type }) => type));
    expect([...types]).toEqual(['roaming.pattern.found']);
  });

  it('are none where two were abroad on one day', () => {
    expect(brief([...inTurn, ...data('b', 'ME', '08-10..08-10')])).toEqual([]);
  });

  it('are none where the use abroad does not prevail, or the days do not', () => {
    const home = inTurn.slice(2).map((line): Line => {
      const { country } = line.data as { country: string };
      return country === 'RS' ? line : { ...line, data: { ...line.data, bytes: 1_000 } };
    });
    expect(brief([...inTurn.slice(0, 2), ...home])).toEqual([]);
    expect(brief([...inTurn, ...data('b', 'RS', '07-21..07-31')])).toEqual([]);
  });

  it('are none of the SIM that shows risk alone: its own rule finds that', () => {
    const alone = [sim('a'), sim('b'), ...data('a', 'BA', '08-01..08-15'), ...data('b', 'ME', '08-16..08-31')];
    expect(brief(alone)).toEqual([]);
  });

  it('are none of two customers, of none, or where one is no mobile service', () => {
    const as = (record: object) => [sim('a'), sim('b', record), ...inTurn.slice(2)];
    expect(brief(as({ customerId: 'k2' }))).toEqual([]);
    expect(brief(as({ customerId: undefined }))).toEqual([]);
    expect(brief(as({ kind: 'internet' }))).toEqual([]);
  });

  it('are none before one of them has been his for the whole window', () => {
    const young = { activeFrom: '2026-06-01T00:00:00+02:00' };
    expect(brief([sim('a', young), sim('b', young), ...inTurn.slice(2)])).toEqual([]);
    expect(brief([sim('a'), sim('b', young), ...inTurn.slice(2)])).toEqual(['08-22T00:00 a found 1']);
  });

  it('count also when one has ended, as long as its days are in the window', () => {
    const ended: Line = { type: 'service.ended', subject: 'a', time: at('08-16', '00:30'), data: { reason: 'asked' } };
    expect(brief([...inTurn, ended])).toEqual(['08-22T00:00 a found 1']);
  });

  it('are told once until a look finds none; then a later one is the next episode', () => {
    const home = ['a', 'b'].flatMap((one) => data(one, 'RS', '09-02..09-30'));
    const abroad = [...data('b', 'ME', '10-01..10-15', 3_000_000), ...data('a', 'BA', '10-16..10-25', 3_000_000)];
    const until = '2026-10-26T00:00:00+01:00';
    expect(brief([...inTurn, ...home], packs, until)).toEqual(['08-22T00:00 a found 1']);
    // 20 + 29 days at home; 31 abroad, and on 20 October 19 more.
    expect(brief([...inTurn, ...home, ...abroad], packs, until)).toEqual([
      '08-22T00:00 a found 1',
      '10-20T00:00 a found 2',
    ]);
  });

  it('are found late, and withdrawn, where late records show so', () => {
    const late = data('b', 'ME', '08-21..08-21', 3_000_000).map((line) => ({
      ...line,
      recordedtime: at('08-22', '15:00'),
    }));
    const rest = inTurn.filter(
      (line) => line.subject !== 'b' || line.time < at('08-21') || line.time > at('08-22', '00:00'),
    );
    const held = rest.filter((line) => line.time < at('08-22', '00:00'));
    expect(brief([...held, ...late])).toEqual(['08-22T15:00 a found 1']);
    expect(patterns([...held, ...late])[0]!.data.late).toBe(true);
    const home = data('a', 'RS', '07-25..07-25').map((line) => ({ ...line, recordedtime: at('08-22', '16:00') }));
    const both = patterns([...held, ...late, ...home]);
    expect(brief([...held, ...late, ...home])).toEqual(['08-22T15:00 a found 1', '08-22T16:00 a withdrawn 1']);
    expect(both[1]!.data).toMatchObject({ of: both[0]!.id });
  });

  it('count from so many SIMs and days on as the pack says', () => {
    const with3 = packsWith('a1-rs', (pack) => ({
      ...pack,
      rules: { ...pack.rules, simsInTurn: { ...pack.rules.simsInTurn!, simsMin: 3 } },
    }));
    expect(brief(inTurn, with3)).toEqual([]);
    const with8 = packsWith('a1-rs', (pack) => ({
      ...pack,
      rules: { ...pack.rules, simsInTurn: { ...pack.rules.simsInTurn!, roamingDaysMin: 8 } },
    }));
    expect(brief(inTurn, with8)).toEqual(['08-24T00:00 a found 1']);
  });
});

describe('the collector by itself', () => {
  const DAY = 86_400_000;
  const T = Date.parse('2026-08-22T00:00:00+02:00');
  const look = 20_687;
  const fact = (service: string, revision: number, roaming: RoamingDaysFact['roaming'], when = T, day = look) =>
    ({
      is: 'roaming-days',
      from: 'service-0',
      operator: 'a1-rs',
      customer: 'k1',
      service,
      revision,
      at: when,
      stands: true,
      look: day,
      since: 0,
      domestic: [[look - 60, look - 40]],
      roaming,
      domesticUse: { dataBytes: 1, voiceSeconds: 0, messages: 0 },
      roamingUse: { dataBytes: 2, voiceSeconds: 0, messages: 0 },
      risk: false,
    }) satisfies RoamingDaysFact;
  const facts: readonly RoamingDaysFact[] = [
    fact('a', 1, [[look - 30, look - 18]]),
    fact('b', 1, [[look - 18, look - 9]]),
    // Late records: two on one day, and then not.
    fact('b', 2, [[look - 19, look - 9]], T + 1_000),
    fact('b', 3, [[look - 18, look - 9]], T + 2_000),
    fact('a', 2, [[look - 30, look - 18]], T + DAY, look + 1),
    fact('b', 4, [[look - 18, look - 9]], T + DAY, look + 1),
    { ...fact('b', 5, [], T + DAY + 5), stands: false },
  ];
  const run = (heard: readonly RoamingDaysFact[], clocks: readonly number[], restart = false) => {
    const ids: string[] = [];
    let state: CustomerSims = heard.reduce(customerSims.hear, customerSims.start(heard[0]!));
    for (const clock of clocks) {
      const judged = customerSims.judge(state, { key: 'a1-rs/k1', clock, packs });
      state = judged.state;
      for (const draft of judged.drafts) ids.push(`${draft.time} ${draft.type} ${decide(draft).id}`);
      const kept = customerSims.keep(state);
      if (!restart || !kept) continue;
      const parts = new Map([...(kept.parts ?? [])].map(([name, part]) => [name, decode(encode(part))]));
      state = customerSims.take({ head: decode(encode(kept.head)) as Record<string, unknown>, parts });
    }
    return ids;
  };
  const whole = run(facts, [T + 2 * DAY]);

  it('decides the same whatever the order in which it hears, and however often', () => {
    expect(whole.map((line) => line.split(' ')[1])).toEqual([
      'roaming.pattern.found',
      'roaming.pattern.withdrawn',
      'roaming.pattern.found',
      'roaming.pattern.withdrawn',
    ]);
    const orders = fc.shuffledSubarray([...facts, ...facts], { minLength: 14, maxLength: 14 });
    fc.assert(
      fc.property(orders, (heard) => {
        expect(run(heard, [T + 2 * DAY])).toEqual(whole);
      }),
    );
  });

  it('decides the same at however many ticks, and over restarts', () => {
    const ticks = [T - 1, T, T + 500, T + 1_000, T + 1_500, T + 2_000, T + DAY, T + DAY + 5, T + 2 * DAY];
    expect(run(facts, ticks)).toEqual(whole);
    expect(run(facts, ticks, true)).toEqual(whole);
  });
});
