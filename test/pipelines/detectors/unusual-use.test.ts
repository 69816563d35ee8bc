import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unusualUse } from '../../../pipelines/detectors/unusual-use.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { printOf } from '../../../pipelines/domain/usage/packed.js';
import { a1, instant, mtel, rsd, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

/** Five to seven days before, three times the MAD, a floor of 100 bytes, and two listed calls. */
const pack = turned(a1, 'unusualUse', {
  deviation: {
    measures: ['charge', 'voiceSeconds', 'messages', 'dataBytes'],
    days: 7,
    daysMin: 5,
    factor: 3,
    floor: { charge: { minor: 10_000, currency: 'RSD' }, voiceSeconds: 36_000, messages: 10, dataBytes: 100 },
  },
  shortCalls: { ranges: ['882'], secondsMax: 10, callsMin: 2 },
});
const told = (options: ToldOptions = {}) => new UsageTold(unusualUse, { pack, from: '2026-06-01', ...options });
type Told = ReturnType<typeof told>;

/** What was decided: time, what, which flag, measure, day, episode, whether late. */
const decided = (story: Told) =>
  story.decisions.map((one) => {
    if (one.type !== 'usage.flagged' && one.type !== 'usage.flag.withdrawn') return one.type;
    const { flag, measure, from, episode, late } = one.data;
    const what = one.type === 'usage.flagged' ? 'flagged' : 'withdrawn';
    const day = formatLocal(from, a1.zone).slice(5, 10);
    const text = `${story.local(one).slice(5, 16)} ${what} ${flag}${measure ? ` ${measure}` : ''} of ${day}`;
    return `${text} ${episode}${late ? ' late' : ''}`;
  });
const flagged = (story: Told) => story.of('usage.flagged').map(({ data }) => data);
/** A record by the name that decisions have for it. */
const named = (id: string) => Buffer.from(printOf(`case#${id}`), 'latin1').toString('hex');

const bytes = (story: Told, amount: number, time: string, known = time, id?: string) =>
  story.use({ kind: 'data', direction: 'out', bytes: amount }, time, known, id);
/** So many bytes on each day from 1 June on. */
const quiet = (amounts: readonly number[], options: ToldOptions = {}) => {
  const story = told(options);
  for (const [i, amount] of amounts.entries()) if (amount) bytes(story, amount, `2026-06-0${i + 1} 12:00`);
  return story;
};
/** Median 30, MAD 10: with three times that the bound is 60; but nothing is said below 100. */
const WEEK = [10, 20, 30, 40, 50, 30, 20];
/** Ten times that: the bound is 300 + 3 x 100 = 600. */
const LOUD = WEEK.map((amount) => 10 * amount);

describe("a day that deviates from the subscriber's average (A1 14.2)", () => {
  it.each([
    ['at the bound', 600, []],
    ['just above', 601, ['06-08T12:00 flagged deviation dataBytes of 06-08 1']],
  ])('%s', (_, amount, said) => {
    expect(decided(bytes(quiet(LOUD), amount, '2026-06-08 12:00').until('2026-06-20'))).toEqual(said);
  });

  it.each([
    ['a byte below the floor', 99, []],
    ['at the floor', 100, ['06-08T12:00 flagged deviation dataBytes of 06-08 1']],
  ])('%s', (_, amount, said) => {
    expect(decided(bytes(quiet(WEEK), amount, '2026-06-08 12:00').until('2026-06-20'))).toEqual(said);
  });

  it('is said once for a day, as soon as the day is above it; nobody is told and nothing is barred', () => {
    const story = bytes(quiet(LOUD), 400, '2026-06-08 09:00');
    bytes(bytes(story, 400, '2026-06-08 12:00'), 400, '2026-06-08 15:00');
    expect(decided(story.until('2026-06-20'))).toEqual(['06-08T12:00 flagged deviation dataBytes of 06-08 1']);
    expect(flagged(story)[0]).toEqual({
      operator: 'a1-rs',
      clause: 'A1 14.2',
      because: {
        arithmetic: 'the day is above median + factor x MAD of the days before it, and not below the floor',
        sum: 800,
        median: 300,
        mad: 100,
        factor: 3,
        floor: 100,
        days: 7,
      },
      flag: 'deviation',
      measure: 'dataBytes',
      from: story.at('2026-06-08'),
      to: story.at('2026-06-09'),
      value: 800,
      expected: 300,
      bound: 600,
      evidence: [named('e9'), named('e10')],
      episode: 1,
    });
  });

  it('a day without use is one of nothing; those before it was active or known are none', () => {
    // 0 0 0 10 10 10 10: median 10, MAD 0; and of the last five 0 0 10 10 10.
    const some = quiet([0, 0, 0, 10, 10, 10, 10]);
    expect(flagged(bytes(some, 100, '2026-06-08 12:00').until('2026-06-09'))[0]).toMatchObject({
      because: { median: 10, mad: 0, days: 7 },
    });
    const fresh = (from: string) => {
      const story = told({ from });
      return decided(bytes(story, 100, '2026-06-08 12:00').until('2026-06-09'));
    };
    expect(fresh('2026-06-03')).toHaveLength(1);
    expect(fresh('2026-06-03 00:00:01')).toEqual([]);
    const active = { record: { activeFrom: '2026-06-04T00:00:00+02:00' } };
    expect(decided(bytes(told(active), 100, '2026-06-08 12:00').until('2026-06-09'))).toEqual([]);
  });

  it('what was imported is looked back at, and is not judged', () => {
    const days = ['01', '02', '03', '04', '05', '06'].map((day) => ({
      date: `2026-06-${day}`,
      country: 'RS',
      dataBytes: 500,
    }));
    const story = told({ from: '2026-06-07' })
      .hear('history.imported', { days }, '2026-06-07 10:00')
      .until('2026-06-08');
    expect(decided(bytes(story, 500, '2026-06-08 12:00').until('2026-06-09'))).toEqual([]);
    expect(decided(bytes(story, 501, '2026-06-09 12:00').until('2026-06-10'))).toHaveLength(1);
    const big = told({ from: '2026-06-01' });
    big.hear(
      'history.imported',
      { days: [{ date: '2026-06-08', country: 'RS', dataBytes: 5_000 }] },
      '2026-06-09 10:00',
    );
    expect(decided(big.until('2026-06-12'))).toEqual([]);
  });

  it('each measure by itself: charges with VAT, what goes out of volumes', () => {
    const story = told()
      .use({ kind: 'premium', charge: rsd('100.00') }, '2026-06-08 09:00')
      .use({ kind: 'sms', direction: 'in', messages: 50 }, '2026-06-08 10:00')
      .use({ kind: 'sms', messages: 10 }, '2026-06-08 11:00')
      .use({ kind: 'voice', seconds: 35_999 }, '2026-06-08 11:30');
    expect(decided(story.until('2026-06-10'))).toEqual([
      '06-08T09:00 flagged deviation charge of 06-08 1',
      '06-08T11:00 flagged deviation messages of 06-08 1',
    ]);
    expect(flagged(story)[0]).toMatchObject({
      value: { minor: 10_000, currency: 'RSD' },
      expected: { minor: 0, currency: 'RSD' },
      bound: { minor: 10_000, currency: 'RSD' },
    });
  });

  it('a local day of 25 hours is one day', () => {
    const story = told({ from: '2026-10-01' });
    bytes(bytes(story, 60, '2026-10-25T00:30:00+02:00'), 40, '2026-10-25T23:30:00+01:00');
    expect(decided(story.until('2026-10-27'))).toEqual(['10-25T23:30 flagged deviation dataBytes of 10-25 1']);
    const spring = told({ from: '2026-03-01' });
    bytes(bytes(spring, 60, '2026-03-29T00:30:00+01:00'), 40, '2026-03-30T00:30:00+02:00');
    expect(decided(spring.until('2026-04-01'))).toEqual([]);
  });

  it('switched off, an operator without the rule, and who used nothing unusual: nothing is held', () => {
    const off = { pack: turned(pack, 'unusualUse', { deviation: null }) };
    expect(decided(bytes(quiet(LOUD, off), 9_000, '2026-06-08 12:00').until('2026-06-09'))).toEqual([]);
    expect(decided(bytes(quiet(LOUD, { pack: mtel }), 9_000, '2026-06-08 12:00').until('2026-06-09'))).toEqual([]);
    const usual = quiet(WEEK).until('2026-06-20');
    expect(usual.state).toBe(unusualUse.start);
  });
});

describe('late and withdrawn records', () => {
  const above = () => bytes(quiet(LOUD), 700, '2026-06-08 12:00', '2026-06-08 12:00', 'x').until('2026-06-10');

  it.each([
    ['2026-06-08 23:59:59', '06-08T23:59 flagged deviation dataBytes of 06-08 1'],
    ['2026-06-09 00:00', '06-09T00:00 flagged deviation dataBytes of 06-08 1 late'],
  ])('what is known at %s is late from the end of its day on', (known, said) => {
    expect(decided(bytes(quiet(LOUD), 700, '2026-06-08 12:00', known).until('2026-06-10'))).toEqual([said]);
  });

  it('a withdrawn record takes the reason away; when it is given again it is another episode', () => {
    const story = above().cancel('x', '2026-06-10 09:00').until('2026-06-11');
    bytes(story, 800, '2026-06-08 15:00', '2026-06-11 09:00');
    expect(decided(story.until('2026-06-12'))).toEqual([
      '06-08T12:00 flagged deviation dataBytes of 06-08 1',
      '06-10T09:00 withdrawn deviation dataBytes of 06-08 1 late',
      '06-11T09:00 flagged deviation dataBytes of 06-08 2 late',
    ]);
    const [first] = story.of('usage.flagged');
    expect(story.of('usage.flag.withdrawn')[0]!.data).toMatchObject({
      of: first!.id,
      value: 0,
      because: { sum: 0, why: 'what is known now gives no reason for the flag' },
      evidence: [],
    });
  });

  it('a late record of a day before makes the day usual, a withdrawn one makes another unusual', () => {
    const story = above();
    // 300 200 300 400 500 300 200: all but one day at 400 and more makes the bound higher.
    for (const day of [1, 2, 3, 6, 7]) bytes(story, 300, `2026-06-0${day} 15:00`, '2026-06-10 09:00');
    expect(decided(story.until('2026-06-11')).slice(1)).toEqual([
      '06-10T09:00 withdrawn deviation dataBytes of 06-08 1 late',
    ]);

    const other = quiet([]);
    for (const day of [1, 2, 3, 4, 5, 6, 7])
      bytes(other, 700, `2026-06-0${day} 12:00`, `2026-06-0${day} 12:00`, `d${day}`);
    bytes(other, 700, '2026-06-08 12:00').until('2026-06-10');
    // The first days had fewer than five before them, the others deviate from nothing.
    expect(decided(other)).toEqual([]);
    for (const day of [1, 2, 3, 4]) other.cancel(`d${day}`, '2026-06-10 09:00');
    expect(decided(other.until('2026-06-11'))).toEqual([
      '06-10T09:00 flagged deviation dataBytes of 06-06 1 late',
      '06-10T09:00 flagged deviation dataBytes of 06-07 1 late',
      '06-10T09:00 flagged deviation dataBytes of 06-08 1 late',
    ]);
  });

  it('a late record of the first day of a window is looked at by the last day that looks back on it', () => {
    const story = bytes(quiet([10, 300, 300, 300, 320, 320, 320]), 365, '2026-06-08 12:00').until('2026-06-08 17:00');
    bytes(story, 990, '2026-06-01 15:00', '2026-06-08 18:00');
    expect(decided(story.until('2026-06-11')).filter((said) => said.includes('of 06-08'))).toEqual([
      '06-08T12:00 flagged deviation dataBytes of 06-08 1',
      '06-08T18:00 withdrawn deviation dataBytes of 06-08 1',
    ]);
  });

  it('a late record is judged in its own day', () => {
    const story = bytes(quiet(LOUD).until('2026-06-20'), 601, '2026-06-08 12:00', '2026-06-20 09:00');
    expect(decided(story.until('2026-06-21'))).toEqual(['06-20T09:00 flagged deviation dataBytes of 06-08 1 late']);
  });

  it('the final record of a partner that is smaller takes it back', () => {
    const partner = (feed: string, amount: number) => ({
      kind: 'data',
      bytes: amount,
      feed,
      sessionId: 's',
      country: 'ME',
    });
    const story = quiet(LOUD).use(partner('nrtrde', 601), '2026-06-08 12:00');
    story.use(partner('tap', 600), '2026-06-08 12:00', '2026-06-09 12:00');
    expect(decided(story.until('2026-06-10'))).toEqual([
      '06-08T12:00 flagged deviation dataBytes of 06-08 1',
      '06-09T12:00 withdrawn deviation dataBytes of 06-08 1 late',
    ]);
  });

  it('what was said is forgotten when nothing can come for it any more', () => {
    const story = above();
    expect(story.stateBytes).toBeLessThan(30);
    bytes(story, 1, '2026-12-20 12:00').until('2026-12-21');
    expect(story.state).toEqual({ raised: [] });
  });
});

const call = (seconds: number, more: object = {}) => ({ kind: 'voice', direction: 'out', seconds, ...more });

describe('calls of one number that overlap', () => {
  const three = () =>
    told()
      .use(call(3_600), '2026-06-08 10:00', '2026-06-08 12:00', 'a')
      .use(call(3_600, { direction: 'in' }), '2026-06-08 10:20', '2026-06-08 12:00', 'b')
      .use(call(60), '2026-06-08 10:40', '2026-06-08 12:30', 'c');

  it('two are call waiting, a third is one too many', () => {
    const story = three().until('2026-06-09');
    expect(decided(story)).toEqual(['06-08T12:30 flagged overlapping-calls of 06-08 1']);
    const [flag] = flagged(story);
    expect(flag).toMatchObject({ value: 3, bound: 2, from: story.at('2026-06-08'), to: story.at('2026-06-09') });
    expect([...flag!.evidence].sort()).toEqual([named('a'), named('b'), named('c')].sort());
  });

  it('whichever comes last, and withdrawn with any of them', () => {
    const story = three().cancel('a', '2026-06-10 09:00').until('2026-06-11');
    expect(decided(story)[1]).toBe('06-10T09:00 withdrawn overlapping-calls of 06-08 1 late');
    story.use(call(1_801), '2026-06-08 10:10', '2026-06-11 09:00');
    expect(decided(story.until('2026-06-12'))[2]).toBe('06-11T09:00 flagged overlapping-calls of 06-08 2 late');
  });

  it('over midnight it is one of the day on which the last of them begins', () => {
    const story = told()
      .use(call(3_600), '2026-06-08 23:30', '2026-06-09 01:00')
      .use(call(60), '2026-06-09 00:10', '2026-06-09 02:00')
      .use(call(60), '2026-06-09 00:10', '2026-06-09 03:00');
    expect(decided(story.until('2026-06-10'))).toEqual(['06-09T03:00 flagged overlapping-calls of 06-09 1']);
    const late = told()
      .use(call(60), '2026-06-09 00:10', '2026-06-09 02:00')
      .use(call(60), '2026-06-09 00:10', '2026-06-09 03:00')
      .use(call(3_600), '2026-06-08 23:30', '2026-06-10 03:00');
    expect(decided(late.until('2026-06-11'))).toEqual(['06-10T03:00 flagged overlapping-calls of 06-09 1 late']);
  });

  it('in the hour that the clock shows twice they do not overlap', () => {
    const story = told({ from: '2026-10-01' })
      .use(call(1_800), '2026-10-25T02:10:00+02:00', '2026-10-25T04:00:00+01:00')
      .use(call(1_800), '2026-10-25T02:10:00+02:00', '2026-10-25T04:00:00+01:00')
      .use(call(1_800), '2026-10-25T02:10:00+01:00', '2026-10-25T04:00:00+01:00');
    expect(decided(story.until('2026-10-26'))).toEqual([]);
  });
});

describe('two countries within an impossible time', () => {
  const sms = (country: string | undefined) => ({ kind: 'sms', ...(country && { country }) });

  it('is flagged once for a day, with both records', () => {
    const story = told()
      .use(sms('RS'), '2026-06-08 10:00', '2026-06-08 10:00', 'a')
      .use(sms('US'), '2026-06-08 10:30', '2026-06-08 10:30', 'b')
      .use(sms('RS'), '2026-06-08 10:40', '2026-06-08 10:40', 'c');
    expect(decided(story.until('2026-06-09'))).toEqual(['06-08T10:30 flagged two-countries of 06-08 1']);
    expect(flagged(story)[0]).toMatchObject({
      value: 1_800,
      bound: 3_600,
      because: { countries: ['RS', 'US'] },
      evidence: [named('a'), named('b')],
    });
  });

  it('over the border at home, and where no country is named: nothing', () => {
    const story = told()
      .use(sms('RS'), '2026-06-08 10:00')
      .use(sms('BA'), '2026-06-08 10:00:01')
      .use(sms(undefined), '2026-06-09 12:00')
      .use(sms('US'), '2026-06-09 12:01');
    expect(decided(story.until('2026-06-10'))).toEqual([]);
  });

  it('a late record from abroad around midnight is found with the one of the other day', () => {
    const story = told().use(sms('RS'), '2026-06-09 00:10').use(sms('US'), '2026-06-08 23:50', '2026-06-10 09:00');
    expect(decided(story.until('2026-06-11'))).toEqual(['06-10T09:00 flagged two-countries of 06-09 1 late']);
    const other = told().use(sms('US'), '2026-06-08 23:50').use(sms('RS'), '2026-06-09 00:10', '2026-06-10 09:00');
    expect(decided(other.until('2026-06-11'))).toEqual(['06-10T09:00 flagged two-countries of 06-09 1 late']);
  });

  it('is withdrawn with either record', () => {
    const story = told().use(sms('RS'), '2026-06-08 23:50', '2026-06-08 23:50', 'a').use(sms('US'), '2026-06-09 00:10');
    expect(decided(story.cancel('a', '2026-06-10 09:00').until('2026-06-11'))).toEqual([
      '06-09T00:10 flagged two-countries of 06-09 1',
      '06-10T09:00 withdrawn two-countries of 06-09 1 late',
    ]);
  });
});

describe('short calls to ranges on a list', () => {
  const to = (prefix: string, seconds = 10) => call(seconds, { destination: { prefix } });

  it('as many as the list says in a day', () => {
    const story = told().use(to('+8821'), '2026-06-08 10:00').use(to('8825', 11), '2026-06-08 11:00');
    story.use(to('883'), '2026-06-08 11:30').use(to('88299'), '2026-06-09 00:00');
    expect(decided(story.until('2026-06-09 10:00'))).toEqual([]);
    story.use(to('0088299'), '2026-06-09 10:00');
    expect(decided(story.until('2026-06-10'))).toEqual(['06-09T10:00 flagged short-calls of 06-09 1']);
    expect(flagged(story)[0]).toMatchObject({ value: 2, bound: 2, because: { secondsMax: 10 } });
  });

  it('by the pack that comes with it no range is listed', () => {
    const story = told({ pack: a1 });
    for (let i = 0; i < 9; i++) story.use(to('88299', 1), `2026-06-09 1${i}:00`);
    expect(decided(story.until('2026-06-10'))).toEqual([]);
  });
});

/** What happened in ten days from 1 June, in minutes; known some hours later; withdrawn so many hours after that, or never. */
const happening = fc.record({
  at: fc.integer({ min: 0, max: 10 * 24 * 6 }).map((tens) => 10 * tens),
  delay: fc.constantFrom(0, 0, 0, 5, 60, 200),
  what: fc.constantFrom('data', 'call', 'call', 'sms'),
  size: fc.integer({ min: 1, max: 20 }),
  country: fc.constantFrom('RS', 'RS', 'BA', 'US', undefined),
  listed: fc.boolean(),
  withdrawn: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined, freq: 3 }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

describe('random histories', () => {
  const START = instant('2026-06-01');
  const text = (at: number) => new Date(at).toISOString();
  const dataOf = ({ what, size, country, listed }: Happening) => {
    const where = country === undefined ? {} : { country };
    if (what === 'sms') return { kind: 'sms', messages: size, ...where };
    if (what === 'data') return { kind: 'data', bytes: 40 * size, ...where };
    const seconds = size === 1 ? 5 : size * 600;
    return { kind: 'voice', seconds, ...where, ...(listed && { destination: { prefix: '882' } }) };
  };
  const UNTIL = '2026-07-30';

  interface Line {
    readonly known: number;
    readonly tell: (story: Told, known: string) => void;
  }
  function linesOf(happenings: readonly Happening[]): Line[] {
    return happenings.flatMap((one, i) => {
      const at = START + one.at * MINUTE;
      const known = at + one.delay * HOUR;
      const use: Line = { known, tell: (story, when) => story.use(dataOf(one), text(at), when, `r${i}`) };
      if (one.withdrawn === undefined) return [use];
      return [use, { known: known + one.withdrawn * HOUR, tell: (story, when) => story.cancel(`r${i}`, when) }];
    });
  }
  /** The flags that stand in the end. */
  const standing = (story: Told) => {
    const flags = new Map<string, boolean>();
    for (const one of story.until(UNTIL).decisions) {
      if (one.type !== 'usage.flagged' && one.type !== 'usage.flag.withdrawn') continue;
      const { flag, measure, from } = one.data;
      flags.set(`${flag} ${measure} ${formatLocal(from, a1.zone)}`, one.type === 'usage.flagged');
    }
    return [...flags].flatMap(([name, stands]) => (stands ? [name] : [])).sort();
  };

  it('what stands in the end is a function of the records that count, whatever their order and delays', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 16 }), (happenings) => {
        const bit = told({ from: '2026-05-20' });
        for (const { known, tell } of linesOf(happenings).sort((a, b) => a.known - b.known)) tell(bit, text(known));
        const counts = happenings.filter(({ withdrawn }) => withdrawn === undefined);
        const once = told({ from: '2026-05-20' });
        for (const { tell } of linesOf(counts)) tell(once, '2026-07-01');
        expect(standing(bit)).toEqual(standing(once));
      }),
      { numRuns: 400 },
    );
  });

  it('what is known at one moment may come in any order', () => {
    const shuffled = fc
      .array(happening, { maxLength: 12 })
      .map(linesOf)
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([as, other]) => {
        const tell = (all: readonly Line[]) => {
          const story = told({ from: '2026-05-20' });
          for (const line of all) line.tell(story, '2026-07-01');
          return story
            .until(UNTIL)
            .decisions.map((one) => JSON.stringify(one))
            .sort();
        };
        expect(tell(other)).toEqual(tell(as));
      }),
      { numRuns: 300 },
    );
  });

  it('what is said is withdrawn before it is said again, and episodes follow each other', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 16 }), (happenings) => {
        const story = told({ from: '2026-05-20' });
        for (const { known, tell } of linesOf(happenings).sort((a, b) => a.known - b.known)) tell(story, text(known));
        const last = new Map<string, { episode: number; stands: boolean }>();
        for (const one of story.until(UNTIL).decisions) {
          if (one.type !== 'usage.flagged' && one.type !== 'usage.flag.withdrawn') throw new Error(one.type);
          const { flag, measure, from, episode } = one.data;
          const name = `${flag} ${measure} ${from}`;
          const before = last.get(name) ?? { episode: 0, stands: false };
          const stands = one.type === 'usage.flagged';
          expect([episode, before.stands]).toEqual([before.episode + (stands ? 1 : 0), !stands]);
          last.set(name, { episode, stands });
        }
      }),
      { numRuns: 200 },
    );
  });
});
