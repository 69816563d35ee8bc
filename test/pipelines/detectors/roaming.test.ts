import { describe, expect, it } from 'vitest';
import { roaming } from '../../../pipelines/detectors/roaming.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { DAY } from '../../../pipelines/domain/units.js';
import { a1, mtel, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

const told = (options: ToldOptions = {}) => new UsageTold(roaming, options);
type Told = ReturnType<typeof told>;

const data = (country: string, bytes = 100) => ({ kind: 'data', direction: 'out', bytes, country });
/** A day with so many bytes at a place, at noon. */
const day = (story: Told, country: string, date: string, bytes = 100, known?: string) =>
  story.use(data(country, bytes), `${date} 12:00`, known);
const progress = (story: Told, of: object, time: string, known = time) => {
  return story.hear('notice.progressed', { state: 'delivered', template: 'roaming-warning', ...of }, time, known);
};
/** What was decided on roaming: time, what, episode, and from when a surcharge is refunded. */
const decided = (story: Told) =>
  story.decisions.flatMap((one) => {
    if (!one.type.startsWith('roaming.')) return [];
    const { episode, from, to } = one.data as { episode: number; from?: number; to?: number };
    const text = `${story.local(one).slice(0, 16)} ${one.type.replace(/^roaming\.(surcharge\.)?/, '')} ${episode}`;
    const local = (time: number) => formatLocal(time, a1.zone).slice(0, 16);
    return to === undefined ? [text] : [`${text} ${local(from!)} to ${local(to)}`];
  });
const found = (story: Told) => story.of('roaming.risk.found').map(({ data: of }) => of);

/**
 * One day in Montenegro on 10 June, found at the next midnight; the warning received on the 12th: the term is 13 to 27 June, and
 * on the 28th the surcharge starts.
 */
const warned = (options: ToldOptions = {}) => day(told(options), 'ME', '2026-06-10').until('2026-06-11');
const received = (options: ToldOptions = {}) => progress(warned(options), {}, '2026-06-12 09:00');
const surcharged = (options: ToldOptions = {}) => received(options).until('2026-06-28');

describe('risk: more roaming than domestic days, and more roaming than domestic use (A1 9.1.3)', () => {
  it('is found at the beginning of a local day, over the four months of whole days before it', () => {
    const story = warned();
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1']);
    const { because, window, ...of } = found(story)[0]!;
    expect(of).toEqual({
      operator: 'a1-rs',
      clause: 'A1 9.1.3',
      domesticDays: 0,
      roamingDays: 1,
      domesticUse: { dataBytes: 0, voiceSeconds: 0, messages: 0 },
      roamingUse: { dataBytes: 100, voiceSeconds: 0, messages: 0 },
      episode: 1,
    });
    expect(window).toEqual({ from: story.at('2026-02-11'), to: story.at('2026-06-11') });
    expect(because).toMatchObject({ measures: ['dataBytes'], lookOf: '2026-06-11T00:00:00+02:00' });
    expect(story.notices).toEqual(['2026-06-11T00:00:00+02:00 roaming-warning']);
  });

  it.each([
    [
      'a tie of days',
      [
        ['RS', 10],
        ['ME', 100],
      ],
      false,
    ],
    [
      'a tie of use',
      [
        ['RS', 100],
        ['ME', 50],
        ['ME', 50],
      ],
      false,
    ],
    [
      'a byte less abroad',
      [
        ['RS', 100],
        ['ME', 50],
        ['ME', 49],
      ],
      false,
    ],
    [
      'a byte more abroad',
      [
        ['RS', 100],
        ['ME', 50],
        ['ME', 51],
      ],
      true,
    ],
    [
      'more days at home, more use abroad',
      [
        ['RS', 1],
        ['RS', 1],
        ['ME', 900],
      ],
      false,
    ],
    [
      'more days abroad, more use at home',
      [
        ['RS', 900],
        ['ME', 1],
        ['ME', 1],
      ],
      false,
    ],
  ] as const)('%s', (_, days, risk) => {
    const story = told();
    for (const [i, [country, bytes]] of days.entries()) {
      day(story, country, `2026-06-0${i + 1}`, bytes, '2026-06-09 12:00');
    }
    expect(found(story.until('2026-06-12'))).toHaveLength(risk ? 1 : 0);
  });

  it('a day with any presence or use at home is a domestic day; its use abroad still counts as use abroad', () => {
    const story = day(told(), 'ME', '2026-06-10', 100).present('RS', '2026-06-10 23:59:59.999');
    expect(decided(story.until('2026-06-12'))).toEqual([]);
    day(story, 'ME', '2026-06-12', 1).use({ ...data('ME', 0) }, '2026-06-13 12:00');
    expect(found(story.until('2026-06-14'))[0]).toMatchObject({
      domesticDays: 1,
      roamingDays: 2,
      roamingUse: { dataBytes: 101 },
    });
  });

  it.each(['BA', 'MK', 'ME', 'AL', 'XK'])('presence alone makes a day in %s a roaming day', (country) => {
    const story = told().present(country, '2026-06-09 12:00');
    expect(decided(story.until('2026-06-10'))).toEqual([]);
    expect(found(day(story, country, '2026-06-10', 1).until('2026-06-11'))[0]).toMatchObject({ roamingDays: 2 });
  });

  it('one measure in which roaming prevails is enough; both directions count', () => {
    const story = day(told(), 'RS', '2026-06-08', 5_000)
      .use({ kind: 'voice', direction: 'in', seconds: 30, country: 'ME' }, '2026-06-09 12:00')
      .use({ kind: 'sms', direction: 'out', country: 'RS' }, '2026-06-08 13:00', '2026-06-09 13:00')
      .use({ kind: 'mms', direction: 'in', country: 'ME' }, '2026-06-10 12:00')
      .until('2026-06-11');
    expect(found(story)[0]).toMatchObject({
      domesticUse: { dataBytes: 5_000, voiceSeconds: 0, messages: 1 },
      roamingUse: { dataBytes: 0, voiceSeconds: 30, messages: 1 },
      because: { measures: ['voiceSeconds'] },
    });
  });

  it('other countries count neither as home nor as roaming', () => {
    const story = told();
    for (const date of ['2026-06-01', '2026-06-02', '2026-06-03']) day(story, 'HR', date, 9_000);
    expect(decided(story.until('2026-06-05'))).toEqual([]);
    expect(found(day(story, 'ME', '2026-06-10').until('2026-06-11'))[0]).toMatchObject({
      domesticDays: 0,
      roamingDays: 1,
    });
  });

  it('where no country is given: home, or abroad by the network, or nowhere where a partner tells', () => {
    const network = (visitedNetwork: string, more: object = {}) => ({
      kind: 'data',
      bytes: 100,
      visitedNetwork,
      ...more,
    });
    expect(found(told().use(network('29702'), '2026-06-10 12:00').until('2026-06-11'))).toHaveLength(1);
    expect(found(told().use(network('22001'), '2026-06-10 12:00').until('2026-06-11'))).toHaveLength(0);
    const story = day(told(), 'ME', '2026-06-09').use(
      { kind: 'data', bytes: 900, feed: 'tap' },
      '2026-06-08 12:00',
      '2026-06-09 13:00',
    );
    expect(found(story.until('2026-06-10'))).toHaveLength(1);
    const home = day(told(), 'ME', '2026-06-09').use(
      { kind: 'data', bytes: 900 },
      '2026-06-08 12:00',
      '2026-06-09 13:00',
    );
    expect(found(home.until('2026-06-10'))).toHaveLength(0);
  });

  it("of a partner's provisional and final record one counts", () => {
    const partner = (feed: string, bytes: number) => ({ ...data('ME', bytes), feed, sessionId: 's' });
    const story = day(told(), 'RS', '2026-06-01', 150)
      .use(partner('nrtrde', 100), '2026-06-09 12:00')
      .use(data('ME', 0), '2026-06-10 12:00')
      .use(partner('tap', 150), '2026-06-09 12:00', '2026-06-10 18:00');
    expect(decided(story.until('2026-06-20'))).toEqual([]);
  });

  it('an operator without the rule, and who was never in the zone: nothing', () => {
    expect(day(told({ pack: mtel }), 'ME', '2026-06-10').until('2026-07-10').decisions).toEqual([]);
    const home = day(day(told(), 'RS', '2026-06-10'), 'DE', '2026-06-11').until('2026-07-10');
    expect(home.decisions).toEqual([]);
    expect(home.state).toBe(roaming.start);
  });
});

describe('the looks: once a local day, at its beginning', () => {
  it('the window moves: a day of four months ago is in it, one before that is not', () => {
    const before = day(day(told(), 'RS', '2026-02-10', 10), 'ME', '2026-06-10').until('2026-06-11');
    expect(decided(before)).toEqual(['2026-06-11T00:00 risk.found 1']);
    const within = day(day(told(), 'RS', '2026-02-11', 10), 'ME', '2026-06-10').until('2026-06-11');
    expect(decided(within)).toEqual([]);
    expect(decided(within.until('2026-06-12'))).toEqual(['2026-06-12T00:00 risk.found 1']);
  });

  it('what today shows is not yet a whole day', () => {
    const story = day(told(), 'ME', '2026-06-10').until('2026-06-10 23:59:59.999');
    expect(story.decisions).toEqual([]);
    expect(decided(story.until('2026-06-11'))).toHaveLength(1);
  });

  it.each([
    ['2026-02-10T00:00:00+01:00', '2026-06-10T00:00'],
    ['2026-02-10T00:00:00.001+01:00', '2026-06-11T00:00'],
    ['2026-02-10T13:00:00+01:00', '2026-06-11T00:00'],
    // Four months later in wall time: the hour of summer time does not matter.
    ['2025-12-01T00:00:00+01:00', '2026-04-01T00:00'],
    ['2026-07-01T00:00:00+02:00', '2026-11-01T00:00'],
    // Where the month is shorter, its last day is meant.
    ['2025-10-30T00:00:00+01:00', '2026-02-28T00:00'],
    ['2025-10-31T00:00:00+01:00', '2026-02-28T00:00'],
    ['2025-11-30T13:00:00+01:00', '2026-03-31T00:00'],
  ])('no look before four months after activeFrom %s: the first is that of %s', (activeFrom, first) => {
    const story = told({ record: { activeFrom }, from: activeFrom });
    story.use(data('ME'), formatLocal(story.now + 20 * DAY, a1.zone));
    expect(decided(story.until('2026-12-01'))[0]).toBe(`${first} risk.found 1`);
  });

  it('late records have no look before that time either', () => {
    const story = told({ record: { activeFrom: '2026-03-01T00:00:00+01:00' }, from: '2026-03-01' });
    day(story, 'ME', '2026-03-05', 100, '2026-06-30 12:00');
    expect(decided(story.until('2026-07-01'))).toEqual(['2026-07-01T00:00 risk.found 1']);
  });

  it.each([
    ['2026-03-29', '2026-03-30T00:00:00+02:00'],
    ['2026-10-25', '2026-10-26T00:00:00+01:00'],
  ])('after the short or long day %s at %s', (date, midnight) => {
    const story = told().use(data('ME'), `${date}T00:30:00Z`).use(data('ME'), `${date}T01:30:00Z`);
    expect(story.until(midnight).brief).toEqual([`${midnight} roaming.risk.found`]);
    expect(found(story)[0]).toMatchObject({ roamingDays: 1, roamingUse: { dataBytes: 200 } });
  });

  it('a record of a day before today is looked at at once, with the window of today', () => {
    const story = day(told(), 'ME', '2026-06-10', 100, '2026-06-15 17:30').until('2026-06-16');
    expect(decided(story)).toEqual(['2026-06-15T17:30 risk.found 1']);
    expect(found(story)[0]).toMatchObject({ window: { to: story.at('2026-06-15') }, late: true });
    expect(story.notices).toEqual(['2026-06-15T17:30:00+02:00 roaming-warning late']);
  });

  it('an imported day counts as one that was seen, from the next look on', () => {
    const days = [
      { date: '2026-05-02', country: 'RS', dataBytes: 10 },
      { date: '2026-05-03', country: 'ME', dataBytes: 60 },
      { date: '2026-05-04', country: 'ME' },
      { date: '2026-05-05', country: 'HR', dataBytes: 10 },
    ];
    const story = told().hear('history.imported', { days }, '2026-06-10 12:00').until('2026-06-10 23:59');
    expect(decided(story)).toEqual([]);
    expect(decided(story.until('2026-06-11'))).toEqual(['2026-06-11T00:00 risk.found 1']);
    expect(found(story)[0]).toMatchObject({ domesticDays: 1, roamingDays: 2, roamingUse: { dataBytes: 60 } });
  });

  it('is found once, until a look finds no risk; a later risk is a new episode', () => {
    const story = warned();
    for (const date of ['2026-06-11', '2026-06-12']) day(story, 'ME', date);
    expect(decided(story.until('2026-06-14'))).toHaveLength(1);
    for (const date of ['2026-06-14', '2026-06-15', '2026-06-16']) day(story, 'RS', date, 500);
    expect(decided(story.until('2026-06-20'))).toHaveLength(1);
    for (const date of ['2026-06-20', '2026-06-21']) day(story, 'ME', date, 5_000);
    expect(decided(story.until('2026-06-22')).slice(1)).toEqual(['2026-06-21T00:00 risk.found 2']);
  });

  it('nobody looks any more when the last day abroad has left the window', () => {
    const story = warned({ pack: turned(a1, 'roaming', { receipt: 'deemed-next-day' }) });
    expect(decided(story.until('2027-06-01'))).toEqual([
      '2026-06-11T00:00 risk.found 1',
      '2026-06-28T00:00 started 1',
      '2026-10-11T00:00 stopped 1',
    ]);
    expect(story.state.next).toBe(0);
  });
});

describe('the warning and its receipt', () => {
  const noticeIds = (story: Told) => story.of('notice.requested').map(({ data: of }) => of.noticeId);
  const warnings = (story: Told) =>
    story.of('notice.requested').map((one) => `${story.local(one).slice(0, 16)} ${one.data.channels.join(' ')}`);

  it('without proof it is sent again after three days, and then by another channel', () => {
    const story = warned().until('2026-06-21');
    expect(warnings(story)).toEqual([
      '2026-06-11T00:00 sms',
      '2026-06-14T00:00 sms',
      '2026-06-17T00:00 email',
      '2026-06-20T00:00 email',
    ]);
    expect(new Set(noticeIds(story)).size).toBe(4);
    expect(story.of('notice.requested')[1]!.data).toMatchObject({
      template: 'roaming-warning',
      clause: 'A1 9.1.3',
      because: { warning: noticeIds(story)[0], withoutProofFor: '3 days' },
    });
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1']);
  });

  it('the other channel of who is told by email is sms; who is told by both is told by both', () => {
    const channels = (notifyBy: string[]) => warnings(warned({ record: { notifyBy } }).until('2026-06-18')).slice(1);
    expect(channels(['email'])).toEqual(['2026-06-14T00:00 email', '2026-06-17T00:00 sms']);
    expect(channels(['sms', 'email'])).toEqual(['2026-06-14T00:00 sms email', '2026-06-17T00:00 sms email']);
  });

  it('sent again on the third day to the instant, from when it was sent', () => {
    const story = day(told(), 'ME', '2026-06-10', 100, '2026-06-15 17:30').until('2026-06-22');
    expect(warnings(story)).toEqual(['2026-06-15T17:30 sms', '2026-06-18T17:30 sms', '2026-06-21T17:30 email']);
  });

  it('once received, or once the episode has ended, it is not sent again', () => {
    expect(warnings(progress(warned(), {}, '2026-06-13 23:59').until('2026-06-27'))).toHaveLength(1);
    const ended = day(warned(), 'RS', '2026-06-13', 500).until('2026-06-27');
    expect(warnings(ended)).toEqual(['2026-06-11T00:00 sms']);
    const between = progress(warned().until('2026-06-15'), {}, '2026-06-15 09:00').until('2026-06-27');
    expect(warnings(between)).toEqual(['2026-06-11T00:00 sms', '2026-06-14T00:00 sms']);
  });

  it.each([
    ['delivered', ['2026-06-28T00:00 started 1']],
    ['read', ['2026-06-28T00:00 started 1']],
    ['submitted', []],
    ['accepted', []],
    ['failed', []],
  ])('a warning that is %s', (state, after) => {
    const story = progress(warned(), { state }, '2026-06-12 09:00').until('2026-07-20');
    expect(decided(story).slice(1)).toEqual(after);
  });

  it('is meant by its id, by the id of one sent again, or by template; not by another', () => {
    const byId = (of: (story: Told) => object) => {
      const story = warned().until('2026-06-15');
      const { noticeId, template } = of(story) as { noticeId?: string; template?: string };
      const named = { ...(noticeId && { noticeId }), ...(template && { template }), state: 'delivered' };
      return decided(story.hear('notice.progressed', named, '2026-06-15 09:00').until('2026-07-20')).slice(1);
    };
    const started = ['2026-07-01T00:00 started 1'];
    expect(byId((story) => ({ noticeId: noticeIds(story)[0] }))).toEqual(started);
    expect(byId((story) => ({ noticeId: noticeIds(story)[1] }))).toEqual(started);
    expect(byId(() => ({ template: 'roaming-warning' }))).toEqual(started);
    expect(byId(() => ({ noticeId: 'roaming-warning:other' }))).toEqual([]);
    expect(byId(() => ({ template: 'roaming-data-80' }))).toEqual([]);
    expect(byId((story) => ({ noticeId: `${noticeIds(story)[0]}0` }))).toEqual([]);
  });

  it('a receipt by template from before this warning was of an earlier one', () => {
    const story = progress(warned(), {}, '2026-06-10 23:59:59', '2026-06-12 09:00').until('2026-07-20');
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1']);
    const at = progress(warned(), {}, '2026-06-11 00:00', '2026-06-12 09:00').until('2026-07-20');
    expect(decided(at).slice(1)).toEqual(['2026-06-27T00:00 started 1']);
  });

  it('a receipt of no warning is nothing', () => {
    expect(progress(told(), {}, '2026-06-12 09:00').until('2026-07-20').decisions).toEqual([]);
  });

  it('the term begins on the local day after the receipt: at midnight it is that of the new day', () => {
    const last = progress(warned(), {}, '2026-06-12 23:59:59.999').until('2026-07-20');
    expect(decided(last).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
    const first = progress(warned(), {}, '2026-06-13 00:00').until('2026-07-20');
    expect(decided(first).slice(1)).toEqual(['2026-06-29T00:00 started 1']);
  });

  it('fifteen whole local days, also where the clock changes in them', () => {
    const spring = progress(day(told(), 'ME', '2026-03-19').until('2026-03-20'), {}, '2026-03-20 12:00').until(
      '2026-04-06',
    );
    expect(spring.brief.at(-1)).toBe('2026-04-05T00:00:00+02:00 roaming.surcharge.started');
    const autumn = progress(day(told(), 'ME', '2026-10-15').until('2026-10-16'), {}, '2026-10-16 12:00').until(
      '2026-11-02',
    );
    expect(autumn.brief.at(-1)).toBe('2026-11-01T00:00:00+01:00 roaming.surcharge.started');
  });

  it('of two receipts the earlier one counts, whichever is known first', () => {
    const later = progress(progress(warned(), {}, '2026-06-13 09:00'), { state: 'read' }, '2026-06-14 09:00');
    expect(decided(later.until('2026-07-20')).slice(1)).toEqual(['2026-06-29T00:00 started 1']);
    const earlier = progress(progress(warned(), {}, '2026-06-13 09:00'), {}, '2026-06-11 09:00', '2026-06-14 09:00');
    expect(decided(earlier.until('2026-07-20')).slice(1)).toEqual(['2026-06-27T00:00 started 1']);
  });

  it('known late, within the term: its own time counts', () => {
    const story = progress(warned(), {}, '2026-06-12 09:00', '2026-06-20 09:00').until('2026-07-20');
    expect(decided(story).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
  });

  it('known after the term has passed: it is checked at once, and the surcharge is never earlier than that', () => {
    const story = progress(warned(), {}, '2026-06-12 09:00', '2026-07-10 14:00').until('2026-07-20');
    expect(decided(story).slice(1)).toEqual(['2026-07-10T14:00 started 1']);
    expect(story.of('roaming.surcharge.started')[0]!.data.from).toBe(story.at('2026-07-10 14:00'));
    const prevented = warned();
    for (const date of ['2026-06-11', '2026-06-12']) day(prevented, 'ME', date);
    for (const date of ['2026-06-20', '2026-06-21']) day(prevented, 'RS', date, 10);
    progress(prevented, {}, '2026-06-12 09:00', '2026-07-10 14:00').until('2026-07-11');
    expect(decided(prevented).slice(1)).toEqual(['2026-07-11T00:00 risk.found 2']);
  });
});

describe('when fifteen days have passed, what they and the window show', () => {
  /** Ten days abroad at the end of May, received on the 30th: the term is 31 May to 14 June, checked on the 15th. */
  const term = (within: (story: Told) => Told) => {
    const story = told();
    for (let date = 20; date <= 29; date++) day(story, 'ME', `2026-05-${date}`, 1_000);
    return within(progress(story, {}, '2026-05-30 12:00')).until('2026-06-16');
  };
  const started = ['2026-06-15T00:00 started 1'];
  const ended = ['2026-06-16T00:00 risk.found 2'];

  it.each([
    ['nothing at all', [], started],
    [
      'as many days at home as abroad',
      [
        ['RS', '01', 5],
        ['ME', '02', 5],
      ],
      started,
    ],
    [
      'more days at home than abroad',
      [
        ['RS', '01', 1],
        ['RS', '02', 1],
        ['ME', '03', 50],
      ],
      ended,
    ],
    [
      'as much use at home as abroad',
      [
        ['RS', '01', 50],
        ['ME', '02', 50],
      ],
      started,
    ],
    [
      'more use at home than abroad',
      [
        ['RS', '01', 51],
        ['ME', '02', 50],
      ],
      ended,
    ],
    ['more days at home, on the first and last day of the term', [['RS', '14', 1]], ended],
  ] as const)('%s', (_, days, after) => {
    const story = term((one) =>
      days.reduce((all, [country, date, bytes]) => day(all, country, `2026-06-${date}`, bytes), one),
    );
    expect(decided(story).slice(1)).toEqual(after);
  });

  it('days before and after the term do not count to it', () => {
    const before = told();
    for (let date = 20; date <= 29; date++) day(before, 'ME', `2026-05-${date}`, 1_000);
    progress(day(before, 'RS', '2026-05-30', 1), {}, '2026-05-30 13:00').until('2026-06-16');
    expect(decided(before).slice(1)).toEqual(started);
    const first = term((story) => day(story, 'RS', '2026-05-31', 1));
    expect(decided(first).slice(1)).toEqual(ended);
    const after = day(
      term((story) => story.until('2026-06-15')),
      'RS',
      '2026-06-15',
      1,
      '2026-06-16 00:00',
    );
    expect(decided(after.until('2026-06-17')).slice(1)).toEqual(started);
  });

  it('use at home prevails only in a measure that showed risk', () => {
    const calls = { kind: 'voice', direction: 'out', seconds: 600, country: 'RS' };
    const story = term((one) => day(one.use(calls, '2026-06-01 12:00'), 'ME', '2026-06-02', 0));
    expect(decided(story).slice(1)).toEqual(started);
  });

  it('the window must still show risk: a day abroad that leaves it ends the episode', () => {
    const story = told({ record: { activeFrom: '2026-02-11T00:00:00+01:00' }, from: '2026-02-11' });
    for (const [country, date] of [
      ['ME', '2026-02-27'],
      ['RS', '2026-03-10'],
      ['ME', '2026-04-01'],
    ] as const) {
      day(story, country, date);
    }
    progress(story.until('2026-06-11'), {}, '2026-06-12 09:00').until('2026-06-27');
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1']);
    // [28 February, 28 June): one day at home, one abroad.
    expect(decided(story.until('2026-07-05'))).toHaveLength(1);
    const still = told({ record: { activeFrom: '2026-02-11T00:00:00+01:00' }, from: '2026-02-11' });
    for (const [country, date] of [
      ['ME', '2026-02-28'],
      ['RS', '2026-03-10'],
      ['ME', '2026-04-01'],
    ] as const) {
      day(still, country, date, country === 'ME' ? 100 : 10);
    }
    progress(still.until('2026-06-11'), {}, '2026-06-12 09:00').until('2026-06-28');
    expect(decided(still).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
  });

  it('where it does not start the episode ends, and a new one has its own warning and term', () => {
    const story = term((one) => day(day(one, 'RS', '2026-06-01', 1), 'RS', '2026-06-02', 1));
    expect(decided(story).slice(1)).toEqual(ended);
    expect(story.notices.at(-1)).toBe('2026-06-16T00:00:00+02:00 roaming-warning');
    progress(story, {}, '2026-06-17 09:00').until('2026-07-04');
    expect(decided(story).slice(2)).toEqual(['2026-07-03T00:00 started 2']);
  });

  it('the new one is found by the next look, not by what comes on that day', () => {
    const story = term((one) => {
      for (const date of ['2026-06-01', '2026-06-02']) day(one, 'RS', date, 1);
      day(one, 'ME', '2026-06-15', 50).until('2026-06-15 23:59');
      expect(decided(one)).toHaveLength(1);
      return one;
    });
    expect(decided(story).slice(1)).toEqual(ended);
  });

  it('a look without risk within the term ends the episode, and says nothing', () => {
    const story = day(received(), 'RS', '2026-06-15', 500).until('2026-07-20');
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1']);
    expect(story.state.episode).toBeNull();
  });
});

describe('the surcharge', () => {
  it('starts when the term has passed, says what it stands on, and is told', () => {
    const story = surcharged();
    expect(decided(story)).toEqual(['2026-06-11T00:00 risk.found 1', '2026-06-28T00:00 started 1']);
    const { data: of } = story.of('roaming.surcharge.started')[0]!;
    expect(of).toMatchObject({
      clause: 'A1 9.1.3',
      from: story.at('2026-06-28'),
      episode: 1,
      because: {
        domesticDays: 0,
        roamingDays: 1,
        termFrom: '2026-06-13T00:00:00+02:00',
        startedOn: '2026-06-28T00:00:00+02:00',
        window: { from: '2026-02-28T00:00:00+01:00', to: '2026-06-28T00:00:00+02:00' },
      },
    });
    expect(story.notices.at(-1)).toBe('2026-06-28T00:00:00+02:00 roaming-surcharge-started');
  });

  it('stops at the first look without risk, and nothing is refunded', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 500).until('2026-07-20');
    expect(decided(story).slice(2)).toEqual(['2026-06-30T00:00 stopped 1']);
    expect(story.of('roaming.surcharge.stopped')[0]!.data.from).toBe(story.at('2026-06-30'));
    expect(story.notices.at(-1)).toBe('2026-06-30T00:00:00+02:00 roaming-surcharge-stopped');
  });

  it('a tie is no risk: it stops there too', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 1).until('2026-06-30');
    expect(decided(story).slice(2)).toEqual(['2026-06-30T00:00 stopped 1']);
    const still = day(day(surcharged(), 'ME', '2026-06-28', 1), 'RS', '2026-06-29', 1).until('2026-06-30');
    expect(decided(still).slice(2)).toEqual([]);
  });

  it('while it runs no risk is found anew; after the stop a later risk is the next episode, and its surcharge too', () => {
    const story = surcharged();
    for (const date of ['2026-06-28', '2026-06-29']) day(story, 'ME', date);
    for (const date of ['2026-06-30', '2026-07-01', '2026-07-02']) day(story, 'RS', date, 200);
    for (const date of ['2026-07-03', '2026-07-04']) day(story, 'ME', date, 900);
    progress(story.until('2026-07-05'), {}, '2026-07-05 12:00').until('2026-07-22');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-02T00:00 stopped 1',
      '2026-07-04T00:00 risk.found 2',
      '2026-07-21T00:00 started 2',
    ]);
  });

  it('a receipt that comes while it runs changes nothing', () => {
    const story = progress(surcharged(), { state: 'read' }, '2026-06-29 09:00').until('2026-07-10');
    expect(decided(story)).toHaveLength(2);
  });
});

describe('late records show that it should not have been', () => {
  it('not started: it is stopped, and refunded from its start', () => {
    const story = day(surcharged(), 'RS', '2026-06-20', 1, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-28T00:00 to 2026-07-05T12:00',
    ]);
    expect(story.notices.slice(-2)).toEqual([
      '2026-07-05T12:00:00+02:00 roaming-surcharge-stopped',
      '2026-07-05T12:00:00+02:00 roaming-surcharge-refunded late',
    ]);
  });

  it('stopped earlier: it is stopped now, and refunded from that look', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 1, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-30T00:00 to 2026-07-05T12:00',
    ]);
  });

  it('stopped by the very first look after its start', () => {
    const story = day(surcharged(), 'RS', '2026-06-28', 1, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-29T00:00 to 2026-07-05T12:00',
    ]);
  });

  it('what was known before and is imported late: stopped and refunded, without a look at today', () => {
    const days = [{ date: '2026-06-05', country: 'RS', dataBytes: 500 }];
    const story = surcharged().hear('history.imported', { days }, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-28T00:00 to 2026-07-05T12:00',
    ]);
    const abroad = [{ date: '2026-06-05', country: 'ME', dataBytes: 500 }];
    const more = surcharged().hear('history.imported', { days: abroad }, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(more)).toHaveLength(2);
  });

  it('what today shows is not looked at before it is a whole day, by late records neither', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 500);
    day(story, 'ME', '2026-06-20', 1, '2026-06-29 18:00').until('2026-06-29 23:59');
    expect(decided(story)).toHaveLength(2);
    expect(decided(story.until('2026-07-20')).slice(2)).toEqual(['2026-06-30T00:00 stopped 1']);
  });

  it('after the stop, one that changes nothing refunds nothing', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 500).until('2026-06-30');
    day(story, 'ME', '2026-06-20', 1, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual(['2026-06-30T00:00 stopped 1']);
  });

  it('stopped by the look of this very day: refunded from its midnight; at that instant there is nothing to refund', () => {
    const noon = day(surcharged(), 'RS', '2026-07-04', 1, '2026-07-05 12:00').until('2026-07-20');
    expect(decided(noon).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-07-05T00:00 to 2026-07-05T12:00',
    ]);
    const midnight = day(surcharged(), 'RS', '2026-07-04', 1, '2026-07-05 00:00').until('2026-07-20');
    expect(decided(midnight).slice(2)).toEqual(['2026-07-05T00:00 stopped 1']);
  });

  it('a look without risk on the day of its start means that it should not have started', () => {
    const story = day(surcharged(), 'RS', '2026-06-05', 500, '2026-06-28 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-06-28T12:00 stopped 1',
      '2026-06-28T12:00 refunded 1 2026-06-28T00:00 to 2026-06-28T12:00',
    ]);
  });

  it('started late, it is refunded from that instant and not before', () => {
    const late = progress(warned(), {}, '2026-06-12 09:00', '2026-07-10 14:00');
    const story = day(late, 'RS', '2026-06-20', 1, '2026-07-15 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-15T12:00 stopped 1',
      '2026-07-15T12:00 refunded 1 2026-07-10T14:00 to 2026-07-15T12:00',
    ]);
  });

  it('after the stop: refunded from the earlier look, then from the start, each once', () => {
    const story = day(surcharged(), 'RS', '2026-07-09', 1).until('2026-07-11');
    expect(decided(story).slice(2)).toEqual(['2026-07-10T00:00 stopped 1']);
    day(story, 'RS', '2026-07-02', 1, '2026-07-15 12:00');
    day(story, 'RS', '2026-07-03', 1, '2026-07-16 12:00');
    day(story, 'RS', '2026-06-29', 1, '2026-07-17 12:00');
    day(story, 'RS', '2026-06-13', 1, '2026-07-18 12:00');
    day(story, 'RS', '2026-06-14', 1, '2026-07-19 12:00');
    expect(decided(story.until('2026-07-25')).slice(3)).toEqual([
      '2026-07-15T12:00 refunded 1 2026-07-03T00:00 to 2026-07-10T00:00',
      '2026-07-17T12:00 refunded 1 2026-06-30T00:00 to 2026-07-10T00:00',
      '2026-07-18T12:00 refunded 1 2026-06-28T00:00 to 2026-07-10T00:00',
    ]);
    expect(new Set(story.of('roaming.surcharge.refunded').map(({ id }) => id)).size).toBe(3);
  });

  it('a cancelled day abroad: it should never have started', () => {
    const story = told().use(data('ME'), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong').until('2026-06-11');
    progress(story, {}, '2026-06-12 09:00').until('2026-06-28');
    story.cancel('wrong', '2026-07-05 12:00').until('2026-07-20');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-28T00:00 to 2026-07-05T12:00',
    ]);
  });

  it('late records that show the same, or risk the more, change nothing', () => {
    const story = day(surcharged(), 'ME', '2026-06-20', 500, '2026-07-05 12:00');
    day(story, 'HR', '2026-06-21', 9_000, '2026-07-06 12:00');
    day(story, 'RS', '2026-06-09', 5, '2026-07-07 12:00').until('2026-07-20');
    expect(decided(story)).toHaveLength(2);
  });

  it('where the window still shows risk, the look that is taken again finds the new episode at once', () => {
    const story = told();
    for (const date of ['2026-06-08', '2026-06-09', '2026-06-10']) day(story, 'ME', date);
    progress(story, {}, '2026-06-12 09:00').until('2026-06-29');
    expect(decided(story).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
    day(story, 'RS', '2026-06-20', 1, '2026-07-05 12:00').until('2026-07-06');
    expect(decided(story).slice(2)).toEqual([
      '2026-07-05T12:00 stopped 1',
      '2026-07-05T12:00 refunded 1 2026-06-28T00:00 to 2026-07-05T12:00',
      '2026-07-05T12:00 risk.found 2',
    ]);
  });

  it('before the surcharge a late record just ends the episode', () => {
    const story = day(received(), 'RS', '2026-06-09', 1, '2026-06-20 12:00').until('2026-07-20');
    expect(decided(story)).toHaveLength(1);
  });

  it('who stays abroad for a year keeps the surcharge, whatever late record of the last days comes', () => {
    const story = surcharged();
    for (let i = 0; i < 300; i += 3)
      story.use(data('ME', 10), formatLocal(story.at('2026-06-28 12:00') + i * DAY, a1.zone));
    const late = formatLocal(story.now - 2 * DAY, a1.zone);
    const now = formatLocal(story.now + DAY, a1.zone);
    story.use(data('ME', 10), late, now).until(formatLocal(story.now + 2 * DAY, a1.zone));
    expect(decided(story)).toHaveLength(2);
  });
});

describe('settings turned round', () => {
  it('deemed received the next day: the term starts without proof, and the warning is not sent again', () => {
    const pack = turned(a1, 'roaming', { receipt: 'deemed-next-day' });
    const story = warned({ pack }).until('2026-07-20');
    expect(decided(story).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
    expect(story.notices.filter((line) => line.endsWith('roaming-warning'))).toHaveLength(1);
    const proof = progress(warned({ pack }), {}, '2026-06-11 09:00').until('2026-07-20');
    expect(decided(proof).slice(1)).toEqual(['2026-06-27T00:00 started 1']);
    const later = progress(warned({ pack }), {}, '2026-06-14 09:00').until('2026-07-20');
    expect(decided(later).slice(1)).toEqual(['2026-06-28T00:00 started 1']);
  });

  it('either stay or use is risk', () => {
    const pack = turned(a1, 'roaming', { risk: 'either' });
    expect(decided(told({ pack }).present('ME', '2026-06-10 12:00').until('2026-06-11'))).toHaveLength(1);
    const use = told({ pack });
    for (const [country, date] of [
      ['RS', '01'],
      ['RS', '02'],
      ['ME', '03'],
    ] as const)
      day(use, country, `2026-06-${date}`, 100);
    expect(decided(use.until('2026-06-05'))).toEqual([]);
    expect(decided(day(use, 'ME', '2026-06-05', 101).until('2026-06-06'))).toHaveLength(1);
    const tie = told({ pack });
    for (const [country, date] of [
      ['RS', '01'],
      ['ME', '02'],
    ] as const)
      day(tie, country, `2026-06-${date}`, 100);
    expect(decided(tie.until('2026-06-04'))).toEqual([]);
  });

  it('other countries count as home: their days and their use', () => {
    const pack = turned(a1, 'roaming', { elsewhere: 'home' });
    const days = day(day(told({ pack }), 'HR', '2026-06-01', 10), 'ME', '2026-06-10', 100).until('2026-06-12');
    expect(decided(days)).toEqual([]);
    const use = told({ pack });
    for (const [country, date, bytes] of [
      ['HR', '01', 100],
      ['ME', '02', 50],
      ['ME', '03', 50],
    ] as const) {
      day(use, country, `2026-06-${date}`, bytes, '2026-06-03 13:00');
    }
    expect(decided(use.until('2026-06-05'))).toEqual([]);
    expect(decided(day(use, 'ME', '2026-06-05', 1).until('2026-06-06'))).toHaveLength(1);
    expect(found(use)[0]).toMatchObject({ domesticDays: 1, roamingDays: 3, domesticUse: { dataBytes: 100 } });
  });

  it('another zone, another home', () => {
    const pack = turned(a1, 'roaming', { zone: ['HR'], homeCountries: ['RS', 'ME'] });
    expect(decided(day(told({ pack }), 'BA', '2026-06-10').until('2026-06-12'))).toEqual([]);
    expect(decided(day(day(told({ pack }), 'ME', '2026-06-01', 10), 'HR', '2026-06-10').until('2026-06-12'))).toEqual(
      [],
    );
    expect(decided(day(told({ pack }), 'HR', '2026-06-10').until('2026-06-12'))).toHaveLength(1);
  });

  it('fewer months, a shorter term, a warning sent again sooner', () => {
    const pack = turned(a1, 'roaming', { months: 2, termDays: 5, resendAfter: DAY });
    const story = told({ pack, record: { activeFrom: '2026-04-10T00:00:00+02:00' }, from: '2026-04-10' });
    day(story, 'RS', '2026-04-10', 10);
    day(story, 'ME', '2026-06-01', 100).until('2026-06-10');
    expect(decided(story)).toEqual([]);
    expect(decided(story.until('2026-06-13'))).toEqual(['2026-06-11T00:00 risk.found 1']);
    expect(story.notices).toHaveLength(3);
    progress(story, {}, '2026-06-13 09:00').until('2026-06-20');
    expect(decided(story).slice(1)).toEqual(['2026-06-19T00:00 started 1']);
  });
});

describe('what is kept', () => {
  it('a surcharge is remembered for as long as late records can come for it', () => {
    const known = (date: string) => day(day(surcharged(), 'RS', '2026-06-29', 500), 'RS', date).until(`${date} 13:00`);
    expect(known('2026-11-08').state.surcharges).toHaveLength(1);
    const story = known('2026-11-09');
    expect(story.state).toEqual({ episodes: 1, episode: null, surcharges: [], next: 0 });
    expect(story.stateBytes).toBeLessThan(60);
  });

  it('with an episode and a surcharge behind it, a few hundred bytes', () => {
    const story = day(surcharged(), 'RS', '2026-06-29', 150).until('2026-06-30');
    for (const date of ['2026-07-01', '2026-07-02']) day(story, 'ME', date, 500);
    expect(story.until('2026-07-03').state).toMatchObject({ episodes: 2, surcharges: [{ episode: 1 }] });
    expect(story.stateBytes).toBeLessThan(400);
  });
});
