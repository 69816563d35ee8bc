import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roamingData } from '../../../pipelines/detectors/roaming-data.js';
import { DAY, HOUR } from '../../../pipelines/domain/units.js';
import { a1, instant, mtel, rsd, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

const GB = 1_000_000_000;
/** A cap of 100.00 RSD: a fee of 1,200.00 with VAT buys 10 GB, so the volume is 20 GB. */
const pack = turned(a1, 'roamingData', {
  wholesaleCaps: [{ from: '2025-01-01', perGigabyte: { minor: 10_000, currency: 'RSD' } }],
  exchangeRates: [],
});
const FEE = { monthlyFee: rsd('1200.00') };
const told = (options: ToldOptions = {}) => new UsageTold(roamingData, { pack, record: FEE, ...options });
type Told = ReturnType<typeof told>;

const data = (bytes: number, more: object = {}) => ({ kind: 'data', direction: 'out', bytes, country: 'ME', ...more });
/** What was told: time, which notice, bytes, of how many, of the cycle that begins then, and whether late. */
const notices = (story: Told) =>
  story.of('notice.requested').map((one) => {
    const { template, parameters, late } = one.data;
    const { value, limit, cycle } = parameters as { value: number; limit: number; cycle: { from: string } };
    const text = `${story.local(one).slice(0, 16)} ${template.slice('roaming-data-'.length)}`;
    return `${text}: ${value / GB} of ${limit / GB} from ${cycle.from.slice(0, 10)}${late ? ' late' : ''}`;
  });

describe('told in time of the limit and of what was used (A1 9.1.3)', () => {
  it.each([
    ['a byte below 80 %', 16 * GB - 1, []],
    ['80 %', 16 * GB, ['80']],
    ['a byte below all of it', 20 * GB - 1, ['80']],
    ['all of it', 20 * GB, ['80', '100']],
    ['more', 20 * GB + 1, ['80', '100']],
  ])('%s', (_, bytes, templates) => {
    const story = told().use(data(bytes), '2026-06-10 12:00').until('2026-06-20');
    expect(story.of('notice.requested').map((one) => one.data.template)).toEqual(
      templates.map((share) => `roaming-data-${share}`),
    );
  });

  it('the other tie: only above', () => {
    const above = turned(pack, 'roamingData', { passes: 'above' });
    expect(
      notices(
        told({ pack: above })
          .use(data(16 * GB), '2026-06-10 12:00')
          .until('2026-06-20'),
      ),
    ).toEqual([]);
    expect(
      notices(
        told({ pack: above })
          .use(data(16 * GB + 1), '2026-06-10 12:00')
          .until('2026-06-20'),
      ),
    ).toHaveLength(1);
  });

  it('each once in a billing cycle, when it is reached; in the next one anew', () => {
    const story = told({ record: { ...FEE, billingDay: 5 } });
    for (const date of ['2026-06-06', '2026-06-10', '2026-06-20', '2026-07-05', '2026-07-06', '2026-07-07']) {
      story.use(data(8 * GB), `${date} 12:00`);
    }
    expect(notices(story.until('2026-07-08'))).toEqual([
      '2026-06-10T12:00 80: 16 of 20 from 2026-06-06',
      '2026-06-20T12:00 100: 24 of 20 from 2026-06-06',
      '2026-07-07T12:00 80: 16 of 20 from 2026-07-06',
    ]);
  });

  it('the last instant of a cycle is in it, the first of the next is not: days of 23 and 25 hours too', () => {
    for (const [last, first, from] of [
      ['2026-03-31 23:59:59.999', '2026-04-01 00:00', '2026-03-01'],
      ['2026-10-31 23:59:59.999', '2026-11-01 00:00', '2026-10-01'],
    ] as const) {
      const story = told()
        .use(data(15 * GB), `${from} 00:00`)
        .use(data(GB), first, first);
      expect(notices(story.use(data(GB), last, first))).toEqual([
        expect.stringMatching(new RegExp(` 80: 16 of 20 from ${from} late$`)),
      ]);
    }
  });

  it('counts data in both directions in the countries of fair use, and nothing else', () => {
    const story = told()
      .use(data(8 * GB, { direction: 'in', country: 'BA' }), '2026-06-10 12:00')
      .use(data(90 * GB, { country: 'RS' }), '2026-06-10 13:00')
      .use(data(90 * GB, { country: 'DE' }), '2026-06-10 14:00')
      .use({ kind: 'voice', seconds: 90_000, country: 'ME' }, '2026-06-10 15:00');
    expect(notices(story.until('2026-06-11'))).toEqual([]);
    story.use(data(8 * GB, { country: 'XK' }), '2026-06-11 12:00');
    expect(notices(story.until('2026-06-12'))).toEqual(['2026-06-11T12:00 80: 16 of 20 from 2026-06-01']);
  });

  it('says how it was worked out', () => {
    const story = told()
      .use(data(16 * GB), '2026-06-10 12:00')
      .until('2026-06-11');
    expect(story.of('notice.requested')[0]!.data).toEqual({
      operator: 'a1-rs',
      clause: 'A1 9.1.3',
      because: {
        arithmetic: 'data in the zone is at least 80 % of the volume',
        bytes: 16 * GB,
        volumeBytes: 20 * GB,
        volume: {
          arithmetic: 'factor x price net of VAT / wholesale cap for a gigabyte, rounded up to the unit',
          factor: 2,
          priceNetMinor: '100000',
          vatPercent: '20',
          wholesaleCap: { minor: 10_000, currency: 'RSD', from: '2025-01-01' },
          gigabyteBytes: GB,
          unitBytes: 1_000_000,
        },
      },
      noticeId: `roaming-data-80:s1:2026-06-01T00:00:00+02:00:${20 * GB}`,
      audience: 'subscriber',
      template: 'roaming-data-80',
      parameters: {
        value: 16 * GB,
        limit: 20 * GB,
        cycle: { from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00' },
      },
      class: 'legal',
      channels: ['sms'],
      language: 'sr-Latn',
      dueBy: story.at('2026-06-11 12:00'),
      expiresAt: story.at('2026-07-10 12:00'),
    });
  });

  it('the pack that comes with it: 1,200.00 RSD at the cap of 2026 in dinars', () => {
    // 2 x 1,000 / (1.10 x 117.2), up to a megabyte.
    const story = new UsageTold(roamingData, { record: FEE })
      .use(data(16 * GB), '2026-06-10 12:00')
      .until('2026-06-11');
    expect(notices(story)).toEqual([
      '2026-06-10T12:00 80: 16 of 15.514 from 2026-06-01',
      '2026-06-10T12:00 100: 16 of 15.514 from 2026-06-01',
    ]);
  });

  it('an operator without the rule, a service without a fee, and who was never in the zone: nothing', () => {
    const use = (story: Told) => story.use(data(90 * GB), '2026-06-10 12:00').until('2026-07-10');
    expect(use(told({ pack: mtel, record: {} })).decisions).toEqual([]);
    expect(use(told({ record: { monthlyFee: null } })).decisions).toEqual([]);
    const home = told()
      .use(data(90 * GB, { country: 'RS' }), '2026-06-10 12:00')
      .until('2026-07-10');
    expect(home.decisions).toEqual([]);
    expect(home.state).toBe(roamingData.start);
  });
});

describe('records that come late, twice or are withdrawn', () => {
  it('a late record counts in the cycle of its own time; of a closed cycle it is told late', () => {
    const story = told()
      .use(data(15 * GB), '2026-06-30 12:00')
      .use(data(GB), '2026-06-29 12:00', '2026-07-20 09:00');
    expect(notices(story.until('2026-07-21'))).toEqual(['2026-07-20T09:00 80: 16 of 20 from 2026-06-01 late']);
  });

  it('a withdrawn record counts no more; what was told stays told, and is not told again', () => {
    const story = told()
      .use(data(15 * GB), '2026-06-10 12:00', '2026-06-10 12:00', 'a')
      .use(data(GB), '2026-06-10 13:00');
    story
      .cancel('a', '2026-06-11 12:00')
      .use(data(15 * GB), '2026-06-12 12:00')
      .use(data(3 * GB), '2026-06-13 12:00');
    expect(notices(story.until('2026-06-20'))).toEqual(['2026-06-10T13:00 80: 16 of 20 from 2026-06-01']);
    story.use(data(GB), '2026-06-20 12:00');
    expect(notices(story.until('2026-06-21')).slice(1)).toEqual(['2026-06-20T12:00 100: 20 of 20 from 2026-06-01']);
  });

  it('one that was withdrawn before it came counts never', () => {
    const story = told()
      .cancel('a', '2026-06-10 12:00')
      .use(data(18 * GB), '2026-06-09 12:00', '2026-06-10 13:00', 'a');
    expect(notices(story.until('2026-07-10'))).toEqual([]);
  });

  it('the final record of a partner replaces the provisional one: in either order one counts', () => {
    const partner = (feed: string) => data(10 * GB, { feed, sessionId: 's' });
    for (const feeds of [
      ['nrtrde', 'tap'],
      ['tap', 'nrtrde'],
    ]) {
      const story = told();
      for (const [i, feed] of feeds.entries()) story.use(partner(feed), '2026-06-10 12:00', `2026-06-1${i + 1} 12:00`);
      expect(notices(story.until('2026-06-20'))).toEqual([]);
    }
  });

  it('what was imported is in the sum of its cycle, and says nothing by itself', () => {
    const days = [{ date: '2026-06-02', country: 'ME', dataBytes: 15 * GB }];
    const story = told().hear('history.imported', { days }, '2026-06-05 12:00').until('2026-06-06');
    expect(notices(story)).toEqual([]);
    expect(notices(story.use(data(GB), '2026-06-06 12:00').until('2026-06-07'))).toEqual([
      '2026-06-06T12:00 80: 16 of 20 from 2026-06-01',
    ]);
    // Past four fifths of the volume that June had.
    const more = [{ date: '2026-06-02', country: 'ME', dataBytes: 17 * GB }];
    const closed = told().hear('history.imported', { days: more }, '2026-07-05 12:00');
    closed.use(data(GB), '2026-07-06 12:00');
    closed.record({ monthlyFee: rsd('600.00') }, '2026-07-07 12:00').until('2026-07-08');
    expect(notices(closed)).toEqual([]);
  });
});

describe('another fee, another volume', () => {
  const story = () => told().use(data(16 * GB), '2026-06-10 12:00');

  it('a raised volume is told of only when four fifths of it are reached', () => {
    const raised = story()
      .record({ monthlyFee: rsd('1800.00') }, '2026-06-15 12:00')
      .until('2026-06-16');
    expect(notices(raised)).toEqual(['2026-06-10T12:00 80: 16 of 20 from 2026-06-01']);
    raised.use(data(8 * GB - 1), '2026-06-16 12:00').use(data(1), '2026-06-17 12:00');
    expect(notices(raised.until('2026-06-18')).slice(1)).toEqual(['2026-06-17T12:00 80: 24 of 30 from 2026-06-01']);
  });

  it('a lowered one is told of at once, and the one before not again when it comes back', () => {
    const lowered = story()
      .record({ monthlyFee: rsd('960.00') }, '2026-06-15 12:00')
      .until('2026-06-16');
    expect(notices(lowered).slice(1)).toEqual([
      '2026-06-15T12:00 80: 16 of 16 from 2026-06-01',
      '2026-06-15T12:00 100: 16 of 16 from 2026-06-01',
    ]);
    lowered.record(FEE, '2026-06-20 12:00').until('2026-06-21');
    expect(notices(lowered)).toHaveLength(3);
  });

  it('one that is announced takes effect at its own time', () => {
    const ahead = story()
      .record({ monthlyFee: rsd('960.00') }, '2026-06-20 00:00', '2026-06-15 12:00')
      .until('2026-06-21');
    expect(
      notices(ahead)
        .slice(1)
        .map((text) => text.slice(0, 20)),
    ).toEqual(['2026-06-20T00:00 80:', '2026-06-20T00:00 100']);
  });

  it('the same record told again, and another field of it, change nothing', () => {
    const again = story()
      .record(FEE, '2026-06-15 12:00')
      .record({ ...FEE, spendBar: true }, '2026-06-16 12:00');
    expect(notices(again.until('2026-06-30'))).toHaveLength(1);
  });

  it('a closed cycle keeps the fee of its last instant; a change known late is told late', () => {
    const late = story()
      .until('2026-07-10')
      .record({ monthlyFee: rsd('960.00') }, '2026-06-30 23:00', '2026-07-10 12:00');
    expect(notices(late.until('2026-07-11')).slice(1)).toEqual([
      '2026-07-10T12:00 80: 16 of 16 from 2026-06-01 late',
      '2026-07-10T12:00 100: 16 of 16 from 2026-06-01 late',
    ]);
    const next = story()
      .record({ monthlyFee: rsd('960.00') }, '2026-07-01 00:00')
      .until('2026-07-11');
    expect(notices(next)).toHaveLength(1);
  });

  it('a tariff with an allowance: its volume, also where its price list comes later than the use', () => {
    const tariff = { currency: 'RSD', bundles: [{ kind: 'data', amount: 18 * GB, period: 'month' }] };
    const story = told({ record: { ...FEE, tariffId: 't' } })
      .use(data(15 * GB), '2026-06-10 12:00')
      .until('2026-06-11');
    expect(notices(story)).toEqual([]);
    expect(notices(story.tariff(tariff, '2026-01-01', '2026-06-12').until('2026-06-13'))).toEqual([
      '2026-06-12T00:00 80: 15 of 18 from 2026-06-01',
    ]);
  });

  it('is forgotten when nothing can come for it any more', () => {
    const old = story().until('2026-06-11');
    expect(old.stateBytes).toBeLessThan(80);
    old.use(data(1, { country: 'RS' }), '2027-04-10 12:00').until('2027-04-11');
    expect(old.state).toBe(roamingData.start);
  });
});

/** What happened, in half gigabytes and hours since 20 June: withdrawn so many hours after it was known, or never. */
const happening = fc.record({
  at: fc.integer({ min: 0, max: 24 * 24 }),
  delay: fc.constantFrom(0, 0, 1, 30, 24 * 14),
  halves: fc.integer({ min: 1, max: 24 }),
  country: fc.constantFrom('ME', 'ME', 'BA', 'RS', 'DE'),
  withdrawn: fc.option(fc.integer({ min: 0, max: 24 * 10 }), { nil: undefined }),
});

describe('random histories', () => {
  const START = instant('2026-06-20');
  const text = (at: number) => new Date(at).toISOString();

  interface Line {
    readonly known: number;
    readonly tell: (story: Told, known: string) => void;
    readonly change: readonly [cycle: string, bytes: number];
  }
  const cycleOf = (at: number) => (at < instant('2026-07-01') ? '2026-06-01' : '2026-07-01');

  function linesOf(happenings: readonly (typeof happening extends fc.Arbitrary<infer T> ? T : never)[]): Line[] {
    return happenings.flatMap(({ at: hour, delay, halves, country, withdrawn }, i) => {
      const at = START + hour * HOUR;
      const known = at + delay * HOUR;
      const bytes = (halves * GB) / 2;
      const counted = country === 'ME' || country === 'BA' ? bytes : 0;
      const use: Line = {
        known,
        tell: (story, when) => story.use(data(bytes, { country }), text(at), when, `r${i}`),
        change: [cycleOf(at), counted],
      };
      if (withdrawn === undefined) return [use];
      const then = known + withdrawn * HOUR;
      return [
        use,
        { known: then, tell: (story, when) => story.cancel(`r${i}`, when), change: [cycleOf(at), -counted] },
      ];
    });
  }

  it('told is what a plain count of all that is known at each moment says', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
        const lines = linesOf(happenings).sort((a, b) => a.known - b.known);
        const story = told();
        for (const { known, tell } of lines) tell(story, text(known));
        const sums = new Map<string, number>();
        const expected: string[] = [];
        const said = new Set<string>();
        for (const known of new Set(lines.map((line) => line.known))) {
          for (const { change } of lines.filter((line) => line.known === known)) {
            sums.set(change[0], (sums.get(change[0]) ?? 0) + change[1]);
          }
          for (const [cycle, bytes] of [...sums].sort()) {
            for (const [share, from] of [
              [80, 16 * GB],
              [100, 20 * GB],
            ] as const) {
              if (bytes < from || said.has(`${cycle} ${share}`)) continue;
              said.add(`${cycle} ${share}`);
              const late = cycle === '2026-06-01' && known >= instant('2026-07-01') ? ' late' : '';
              expected.push(`${text(known)} ${share}: ${bytes / GB} of 20 from ${cycle}${late}`);
            }
          }
        }
        const got = notices(story.until('2026-09-01')).map((one, i) => {
          return `${text(story.of('notice.requested')[i]!.time)}${one.slice(16)}`;
        });
        expect(got.sort()).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('what is known at one moment may come in any order', () => {
    const lines = fc
      .array(happening, { maxLength: 12 })
      .map((all) => linesOf(all.map((one) => ({ ...one, delay: 0 }))));
    const shuffled = lines.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([as, other]) => {
        const known = text(START + 60 * DAY);
        const tell = (all: readonly Line[]) => {
          const story = told();
          for (const line of all) line.tell(story, known);
          return story
            .until('2026-09-01')
            .decisions.map((one) => JSON.stringify(one))
            .sort();
        };
        expect(tell(other)).toEqual(tell(as));
      }),
      { numRuns: 300 },
    );
  });
});
