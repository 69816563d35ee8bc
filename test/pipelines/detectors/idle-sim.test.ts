import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idleSim } from '../../../pipelines/detectors/idle-sim.js';
import { beginOf, dayNumber, formatLocal } from '../../../pipelines/domain/calendar.js';
import { HOUR } from '../../../pipelines/domain/units.js';
import { a1, instant, mtel, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

/** Ten days without a sign at home. */
const pack = turned(a1, 'idleSim', { inactiveDays: 10 });
const told = (options: ToldOptions = {}) => new UsageTold(idleSim, { pack, from: '2026-05-01', ...options });
type Told = ReturnType<typeof told>;

const use = (story: Told, country: string, time: string, known = time, id?: string) =>
  story.use({ kind: 'data', bytes: 1, country }, time, known, id);
/** What was decided: time, what, episode, days inactive, days at home and in roaming. */
const decided = (story: Told) =>
  story.decisions.map((one) => {
    if (one.type !== 'roaming.pattern.found' && one.type !== 'roaming.pattern.withdrawn') return one.type;
    const { episode, inactiveDays, domesticDays, roamingDays, late } = one.data;
    const text = `${story.local(one).slice(0, 16)} ${one.type.slice('roaming.pattern.'.length)} ${episode}`;
    return `${text}: ${inactiveDays} days, ${domesticDays} home, ${roamingDays} roaming${late ? ', late' : ''}`;
  });

/** Home on 1 June, in Montenegro on the 3rd and 5th. */
const away = (options: ToldOptions = {}) =>
  use(use(use(told(options), 'RS', '2026-06-01 12:00'), 'ME', '2026-06-03 12:00'), 'ME', '2026-06-05 12:00');

describe('long inactive at home and used mostly in roaming (A1 9.1.3)', () => {
  it('is found at the beginning of the day on which the days on end are full, once', () => {
    const story = away().until('2026-06-12');
    expect(decided(story)).toEqual(['2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming']);
    expect(away().until('2026-06-11').decisions).toEqual([]);
    expect(decided(story.until('2026-07-30'))).toHaveLength(1);
    expect(story.of('roaming.pattern.found')[0]!.data).toEqual({
      operator: 'a1-rs',
      clause: 'A1 9.1.3',
      because: {
        arithmetic:
          'days on end without a sign at home reach the bound, and of the days seen more than the share are in roaming',
        inactiveDaysMin: 10,
        roamingSharePercent: 50,
        lookOf: '2026-06-12T00:00:00+02:00',
      },
      pattern: 'long-inactivity',
      window: { from: story.at('2026-02-12'), to: story.at('2026-06-12') },
      episode: 1,
      domesticDays: 1,
      roamingDays: 2,
      inactiveDays: 10,
      inactiveFrom: story.at('2026-06-02'),
    });
  });

  it('nobody is told, warned or barred', () => {
    expect(
      away()
        .until('2026-07-30')
        .decisions.map(({ type }) => type),
    ).toEqual(['roaming.pattern.found']);
  });

  it.each([
    ['as many days at home as in roaming', ['2026-05-31'], []],
    ['one fewer', [], ['2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming']],
  ])('mostly is more than half of the days on which it was seen: %s', (_, more, found) => {
    const story = told();
    for (const date of more) use(story, 'RS', `${date} 12:00`);
    for (const [country, date] of [
      ['RS', '2026-06-01'],
      ['ME', '2026-06-03'],
      ['BA', '2026-06-05'],
    ] as const)
      use(story, country, `${date} 12:00`);
    expect(decided(story.until('2026-06-20'))).toEqual(found);
  });

  it('presence is a sign, at home and abroad; a day with both is one at home', () => {
    const story = told({ from: '2026-05-31' }).present('ME', '2026-06-02 12:00');
    story.present('RS', '2026-06-05 23:59:59.999').present('ME', '2026-06-05 23:59:59.999');
    expect(decided(story.until('2026-06-17'))).toEqual([]);
    story.present('ME', '2026-06-17 12:00');
    expect(decided(story.until('2026-06-18'))).toEqual(['2026-06-18T00:00 found 1: 12 days, 1 home, 2 roaming']);
  });

  it('other countries are no sign of either, or with the other reading of home', () => {
    const seen = (options: ToldOptions) => away(options).present('DE', '2026-06-08 12:00').until('2026-06-18');
    expect(decided(seen({}))).toEqual(['2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming']);
    // Two days of each, until the first day at home leaves the window.
    const home = { pack: turned(pack, 'roaming', { elsewhere: 'home' }) };
    expect(decided(seen(home))).toEqual([]);
    expect(decided(seen(home).until('2026-10-20'))).toEqual(['2026-10-02T00:00 found 1: 115 days, 1 home, 2 roaming']);
  });

  it('days count from when it is active and known, whole ones only', () => {
    const fresh = (from: string) => {
      const activeFrom = new Date(instant(from)).toISOString();
      return use(told({ from, record: { activeFrom } }), 'ME', '2026-06-08 12:00').until('2026-06-20');
    };
    expect(decided(fresh('2026-06-01'))).toEqual(['2026-06-11T00:00 found 1: 10 days, 0 home, 1 roaming']);
    expect(decided(fresh('2026-06-01 00:00:01'))).toEqual(['2026-06-12T00:00 found 1: 10 days, 0 home, 1 roaming']);
    // Active for years, and known only since then; unless a history was brought along.
    const known = told({ from: '2026-06-05 12:00' });
    expect(decided(use(known, 'ME', '2026-06-08 12:00').until('2026-06-16'))).toEqual([
      '2026-06-16T00:00 found 1: 10 days, 0 home, 1 roaming',
    ]);
    const brought = told({ from: '2026-06-05 12:00' });
    brought.hear(
      'history.imported',
      { days: [{ date: '2026-05-20', country: 'RS', messages: 1 }] },
      '2026-06-05 12:00',
    );
    use(use(brought, 'ME', '2026-06-07 12:00'), 'ME', '2026-06-08 12:00');
    expect(decided(brought.until('2026-06-09'))).toEqual(['2026-06-09T00:00 found 1: 19 days, 1 home, 2 roaming']);
  });

  it('days on which it was parked or suspended do not count', () => {
    const story = away().turn('suspended', '2026-06-06 12:00').turn('resumed', '2026-06-08 12:00');
    expect(decided(story.until('2026-06-20'))).toEqual(['2026-06-14T00:00 found 1: 10 days, 1 home, 2 roaming']);
  });

  it('a day on which it is parked at the look itself lies behind no look yet', () => {
    const story = away().turn('suspended', '2026-06-11 12:00');
    expect(decided(story.until('2026-06-12'))).toEqual(['2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming']);
  });

  it('one that has ended is not found', () => {
    expect(away().turn('ended', '2026-06-06 12:00').until('2026-07-01').decisions).toEqual([]);
  });

  it('days are local ones, of 23 and 25 hours too', () => {
    for (const [home, from, found] of [
      ['2026-03-25', '2026-03-27', '2026-04-05T00:00'],
      ['2026-10-20', '2026-10-22', '2026-10-31T00:00'],
    ] as const) {
      const story = use(told({ from: '2026-03-01' }), 'RS', `${home} 23:59:59`);
      use(use(story, 'ME', `${from} 12:00`), 'ME', `${from.slice(0, 8)}29 12:00`);
      expect(decided(story.until('2026-11-30')).map((text) => text.slice(0, 22))).toEqual([`${found} found`]);
    }
  });

  it('an operator without the rule, and who was never in the zone: nothing', () => {
    const other = told({ pack: mtel });
    expect(use(other, 'ME', '2026-06-01 12:00').until('2026-08-01').decisions).toEqual([]);
    const home = use(use(told(), 'RS', '2026-06-01 12:00'), 'DE', '2026-06-02 12:00').until('2026-08-01');
    expect(home.decisions).toEqual([]);
    expect(home.state).toBe(idleSim.start);
  });
});

describe('it ends, and what is known late', () => {
  it('ends with a day at home; inactive again it is another episode', () => {
    const story = use(away().until('2026-06-20'), 'RS', '2026-06-20 12:00').until('2026-06-21');
    for (const date of ['2026-06-21', '2026-06-22']) use(story, 'AL', `${date} 12:00`);
    expect(decided(story.until('2026-07-10'))).toEqual([
      '2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming',
      '2026-07-01T00:00 found 2: 10 days, 2 home, 4 roaming',
    ]);
  });

  it('ends when its days in roaming leave the window, and is not looked at any more', () => {
    const story = away().until('2026-10-10');
    expect(story.state).toMatchObject({ next: 0, episode: { stands: false, withdrawn: false } });
    expect(decided(story)).toHaveLength(1);
    expect(story.stateBytes).toBeLessThan(80);
  });

  it('a late record at home that shows that it was none withdraws it', () => {
    const story = use(away().until('2026-06-14'), 'RS', '2026-06-08 12:00', '2026-06-14 09:00').until('2026-07-20');
    expect(decided(story)).toEqual([
      '2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming',
      '2026-06-14T09:00 withdrawn 1: 3 days, 2 home, 2 roaming, late',
    ]);
    const [found] = story.of('roaming.pattern.found');
    expect(story.of('roaming.pattern.withdrawn')[0]!.data.of).toBe(found!.id);
  });

  it('so does what was known before and is imported late', () => {
    const story = away().until('2026-06-14');
    story.hear('history.imported', { days: [{ date: '2026-06-08', country: 'RS' }] }, '2026-06-14 09:00');
    expect(decided(story.until('2026-07-20'))).toEqual([
      '2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming',
      '2026-06-14T09:00 withdrawn 1: 3 days, 2 home, 2 roaming, late',
    ]);
  });

  it('after that it may be found again, at its own day', () => {
    const story = use(away().until('2026-06-14'), 'RS', '2026-06-04 12:00', '2026-06-14 09:00');
    use(story, 'ME', '2026-06-06 12:00', '2026-06-14 10:00');
    expect(decided(story.until('2026-06-20'))).toEqual([
      '2026-06-12T00:00 found 1: 10 days, 1 home, 2 roaming',
      '2026-06-14T09:00 withdrawn 1: 7 days, 2 home, 2 roaming, late',
      '2026-06-15T00:00 found 2: 10 days, 2 home, 3 roaming',
    ]);
  });

  it('also where it had ended by then; a late record that leaves it as it was does nothing', () => {
    const story = use(away().until('2026-06-20'), 'RS', '2026-06-20 12:00').until('2026-06-25');
    use(story, 'ME', '2026-06-07 12:00', '2026-06-25 09:00').until('2026-06-26');
    expect(decided(story)).toHaveLength(1);
    use(story, 'RS', '2026-06-10 12:00', '2026-06-26 09:00').until('2026-06-27');
    expect(decided(story).slice(1)).toEqual(['2026-06-26T09:00 withdrawn 1: 1 days, 2 home, 3 roaming, late']);
  });

  it('late records in roaming find it late', () => {
    const story = use(told(), 'RS', '2026-06-01 12:00').until('2026-06-20');
    use(use(story, 'ME', '2026-06-03 12:00', '2026-06-20 09:00'), 'ME', '2026-06-05 12:00', '2026-06-20 09:00');
    expect(decided(story.until('2026-06-21'))).toEqual(['2026-06-20T09:00 found 1: 18 days, 1 home, 2 roaming, late']);
  });

  it('a record at home that is withdrawn was no sign', () => {
    const story = use(away(), 'RS', '2026-06-09 12:00', '2026-06-09 12:00', 'a').until('2026-06-15');
    expect(decided(story)).toEqual([]);
    expect(decided(story.cancel('a', '2026-06-15 09:00').until('2026-06-16'))).toEqual([
      '2026-06-15T09:00 found 1: 13 days, 1 home, 2 roaming, late',
    ]);
  });
});

/** Signs of the SIM on days since 1 June, known at once or days later. */
const sign = fc.record({
  day: fc.integer({ min: 0, max: 45 }),
  hour: fc.integer({ min: 0, max: 23 }),
  delay: fc.constantFrom(0, 0, 0, 24, 24 * 9),
  country: fc.constantFrom('RS', 'ME', 'ME', 'AL', 'DE'),
});

describe('random histories', () => {
  const FIRST = dayNumber(instant('2026-06-01'), a1.zone);
  const text = (at: number) => new Date(at).toISOString();

  it('what is found is what a look at all signs at each midnight, and after each late one, says', () => {
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 14 }), (signs) => {
        const lines = signs
          .map(({ day, hour, delay, country }) => {
            const at = beginOf(FIRST + day, a1.zone) + hour * HOUR;
            return { at, known: at + delay * HOUR, day: dayNumber(at, a1.zone), country };
          })
          .sort((a, b) => a.known - b.known);
        const story = told({ from: '2026-05-25' });
        for (const { at, known, country } of lines) story.present(country, text(at), text(known));
        expect(decided(story.until('2026-11-20'))).toEqual(plain(lines));
      }),
      { numRuns: 400 },
    );
  });

  interface Seen {
    readonly known: number;
    readonly day: number;
    readonly country: string;
  }

  /** The same in the plainest way: at each midnight and each moment of knowing, from all that is known by then. */
  function plain(lines: readonly Seen[]): string[] {
    const out: string[] = [];
    let episode = { number: 0, day: 0, stands: false, withdrawn: true };
    const since = dayNumber(instant('2026-05-25'), a1.zone);
    const end = dayNumber(instant('2026-11-20'), a1.zone);
    const shown = (day: number, known: readonly Seen[]) => {
      const before = known.filter((one) => one.day < day);
      const homes = new Set(before.filter(({ country }) => country === 'RS').map((one) => one.day));
      // Four months back is the same date, which for these days always exists.
      const date = formatLocal(beginOf(day, a1.zone), a1.zone).slice(0, 10);
      const [year, month, of] = date.split('-').map(Number) as [number, number, number];
      const length = new Date(Date.UTC(year, month - 4, 0)).getUTCDate();
      const from = Date.UTC(year, month - 5, Math.min(of, length)) / 86_400_000;
      const inside = before.filter((one) => one.day >= from);
      const home = new Set(inside.filter((one) => homes.has(one.day)).map((one) => one.day)).size;
      const roamed = inside.filter((one) => ['ME', 'AL'].includes(one.country) && !homes.has(one.day));
      const roaming = new Set(roamed.map((one) => one.day)).size;
      const inactive = day - Math.max(since, ...[...homes].map((one) => one + 1));
      return { home, roaming, inactive, found: inactive >= 10 && 2 * roaming > home + roaming };
    };
    const say = (what: string, number: number, now: number, see: ReturnType<typeof shown>, late: boolean) =>
      out.push(
        `${formatLocal(now, a1.zone).slice(0, 16)} ${what} ${number}: ${see.inactive} days, ${see.home} home, ${see.roaming} roaming${late ? ', late' : ''}`,
      );
    const look = (now: number, known: readonly Seen[], isLate: boolean) => {
      const today = dayNumber(now, a1.zone);
      if (isLate && !episode.withdrawn && !shown(episode.day, known).found) {
        // Known at the very midnight of the look that found it, it is withdrawn at once, and nothing was late.
        const isLong = now - beginOf(episode.day, a1.zone) > 60_000;
        say('withdrawn', episode.number, now, shown(episode.day, known), isLong);
        episode = { ...episode, stands: false, withdrawn: true };
      }
      const see = shown(today, known);
      if (see.found && !episode.stands) {
        episode = { number: episode.number + 1, day: today, stands: true, withdrawn: false };
        say('found', episode.number, now, see, now - beginOf(today, a1.zone) > 60_000);
      } else if (!see.found) episode = { ...episode, stands: false };
    };
    const moments = [...new Set(lines.map(({ known }) => known))];
    for (let day = since; day <= end; day++) {
      const [from, to] = [beginOf(day, a1.zone), beginOf(day + 1, a1.zone)];
      // Of the very midnight: the timers of that instant ring when the clock comes to it, before the lines of that instant.
      look(
        from,
        lines.filter(({ known }) => known < from),
        false,
      );
      for (const now of moments.filter((at) => at >= from && at < to)) {
        const isLate = lines.some((one) => one.known === now && one.day < day);
        if (isLate)
          look(
            now,
            lines.filter(({ known }) => known <= now),
            true,
          );
      }
    }
    return out;
  }

  it('what is known at one moment may come in any order', () => {
    const shuffled = fc
      .array(sign, { maxLength: 14 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([as, other]) => {
        const tell = (all: typeof as) => {
          const story = told({ from: '2026-05-25' });
          for (const { day, hour, country } of all) {
            story.present(country, text(beginOf(FIRST + day, a1.zone) + hour * HOUR), '2026-08-01 09:00');
          }
          return decided(story.until('2026-11-20'));
        };
        expect(tell(other)).toEqual(tell(as));
      }),
      { numRuns: 200 },
    );
  });
});
