import { describe, expect, it } from 'vitest';
import { tvShortfall } from '../../../pipelines/detectors/tv-shortfall.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import { HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { a1, instant, turned, UsageTold } from '../../usage-told.js';

const packs = loadPacks([OWN_PACKS]);
const go4yu: Pack = packs.at('go4yu', 0)!;
const mtel: Pack = packs.at('mtel-at', 0)!;
const M = 1_000_000;

const told = (pack = go4yu, record: object = {}) =>
  new UsageTold(tvShortfall, { pack, record: { kind: 'ott-tv', ...record } });
type Told = ReturnType<typeof told>;

/** A session of ten minutes on a set-top box; rates in Mbit/s. */
interface Play {
  readonly device?: 'stb' | 'smart-tv' | 'mobile';
  readonly delivered?: number;
  readonly nominal?: number;
  readonly access?: number;
  readonly home?: number;
  readonly [field: string]: unknown;
}
function play(story: Told, session: Play, time = '2026-06-10 20:00', known = time): Told {
  const { delivered, nominal, access, home, ...rest } = session;
  return story.hear(
    'tv.played',
    {
      device: 'stb',
      seconds: 600,
      ...(delivered !== undefined && { deliveredBitsPerSecond: delivered * M }),
      ...(nominal !== undefined && { nominalBitsPerSecond: nominal * M }),
      ...(access !== undefined && { accessBitsPerSecond: access * M }),
      ...(home !== undefined && { homeNetworkBitsPerSecond: home * M }),
      ...rest,
    },
    time,
    known,
  );
}

/** Each shortfall: attribution, whether the operator is liable, and the likely cause. */
const found = (story: Told) =>
  story
    .until('2026-07-01')
    .of('tv.shortfall')
    .map(({ data }) => `${data.attribution} ${data.operatorLiable} ${data.likelyCause}`);
const short = (story: Told) => story.until('2026-07-01').of('tv.shortfall').length;

describe('a session is short where less was delivered than it should have had (contract 12)', () => {
  it.each([
    ['a box a bit/s below the nominal rate', { delivered: 7.999999, nominal: 8 }, 1],
    ['exactly the nominal rate', { delivered: 8, nominal: 8 }, 0],
    ['above it, though below the access required', { delivered: 3, nominal: 2 }, 0],
    ['a box without a nominal rate, below 10 Mbit/s', { delivered: 9.999999 }, 1],
    ['at 10 Mbit/s', { delivered: 10 }, 0],
    ['a smart TV below 10 Mbit/s', { device: 'smart-tv', delivered: 9.999999 }, 1],
    ['a mobile device below 5 Mbit/s', { device: 'mobile', delivered: 4.999999 }, 1],
    ['at 5 Mbit/s', { device: 'mobile', delivered: 5 }, 0],
    ['the app at 6 Mbit/s', { device: 'mobile', delivered: 6 }, 0],
    ['nobody says what was delivered', { access: 8 }, 0],
    ['a start that failed delivered nothing', { failed: true, access: 40 }, 1],
  ] as const)('%s', (_, session, count) => {
    expect(short(play(told(), session))).toBe(count);
    expect(short(play(told(mtel), session))).toBe(count);
  });

  it.each([
    ['exactly 72 h after the broadcast', '2026-06-07 20:00', 'catch-up', 1],
    ['a millisecond more', '2026-06-07 19:59:59.999', 'catch-up', 0],
    ['live, whatever is said of the broadcast', '2026-06-01 20:00', 'live', 1],
  ])('catch-up of a programme: %s', (_, broadcast, mode, count) => {
    const broadcastAt = formatLocal(instant(broadcast), go4yu.zone);
    expect(short(play(told(), { delivered: 5, mode, broadcastAt }))).toBe(count);
  });

  it('catch-up that does not say when it was broadcast is judged', () => {
    expect(short(play(told(), { delivered: 5, mode: 'catch-up' }))).toBe(1);
  });

  it('only television over the internet, and only of operators with the rule', () => {
    expect(short(play(told(go4yu, { kind: 'internet' }), { delivered: 1 }))).toBe(0);
    const story = play(told(a1), { delivered: 1 });
    expect(short(story)).toBe(0);
    expect(story.state).toEqual(tvShortfall.start);
  });
});

describe('whose fault it is, by the terms: the session alone says', () => {
  it.each([
    ['access a bit/s below what a box needs', { delivered: 6, access: 9.999999 }, 'access false access-line'],
    ['access of exactly 10 Mbit/s', { delivered: 6, access: 10 }, 'service true undetermined'],
    ['access enough for a mobile device', { device: 'mobile', delivered: 4, access: 5 }, 'service true undetermined'],
    ['too little for one', { device: 'mobile', delivered: 4, access: 4.9 }, 'access false access-line'],
    ['access not known', { delivered: 6 }, 'undetermined null undetermined'],
  ] as const)('%s', (_, session, attribution) => {
    expect(found(play(told(), session))).toEqual([attribution]);
    expect(found(play(told(mtel), session))).toEqual([attribution]);
  });

  it('names clause, rates, session and the measures of CTA-2066', () => {
    const story = play(told(), {
      delivered: 6,
      nominal: 8,
      access: 40,
      channelId: 'rts1',
      mode: 'live',
      rebufferSeconds: 30,
      seconds: 570,
      startupMilliseconds: 1_800,
      failed: false,
    });
    const [one] = story.until('2026-06-11').of('tv.shortfall');
    expect(one!.data).toMatchObject({
      operator: 'go4yu',
      clause: 'GO4YU 6, GO4YU 48',
      device: 'stb',
      deliveredBitsPerSecond: 6 * M,
      requiredBitsPerSecond: 10 * M,
      nominalBitsPerSecond: 8 * M,
      session: 'e2',
      sessionSource: 'case',
      because: {
        event: 'case#e2',
        from: '2026-06-10T20:00:00+02:00',
        to: '2026-06-10T20:09:30+02:00',
        channelId: 'rts1',
        shouldBitsPerSecond: 8 * M,
        accessRequiredBitsPerSecond: 10 * M,
        metrics: { startUpSeconds: 1.8, startFailure: false, rebufferingRatio: 0.05, averageBitsPerSecond: 6 * M },
      },
    });
  });

  it('what the player did not say is null', () => {
    const [one] = play(told(), { delivered: 6, seconds: undefined }).until('2026-06-11').of('tv.shortfall');
    expect(one!.data.because['metrics']).toEqual({
      startUpSeconds: null,
      startFailure: null,
      rebufferingRatio: null,
      averageBitsPerSecond: 6 * M,
    });
  });

  it('each session once, at the clock; late where it is known later than it ended', () => {
    const story = play(play(told(), { delivered: 6 }), { delivered: 5 }, '2026-06-10 21:00', '2026-06-12 09:00');
    const all = story.until('2026-06-13').of('tv.shortfall');
    expect(all.map((one) => [story.local(one), one.data.late])).toEqual([
      ['2026-06-10T20:00:00+02:00', false],
      ['2026-06-12T09:00:00+02:00', true],
    ]);
  });
});

describe('what the evidence points at, in order', () => {
  it('the access line: a fresh measurement of it tells where the session does not; the terms still say undetermined', () => {
    const story = told(go4yu, { contractedDownBitsPerSecond: 20 * M });
    story.hear('line.measured', { downBitsPerSecond: 8.5 * M }, '2026-06-10 19:45');
    expect(found(play(story, { device: 'smart-tv', delivered: 7 }))).toEqual(['undetermined null access-line']);
    const [line] = story.of('tv.shortfall')[0]!.data.because['evidence'] as object[];
    expect(line).toEqual({
      cause: 'access-line',
      holds: true,
      capacityBitsPerSecond: 8.5 * M,
      measuredBy: 'line',
      contractedDownBitsPerSecond: 20 * M,
      shareOfContracted: 0.425,
    });
  });

  it('a measurement older than 15 minutes says nothing, and neither does one after the session', () => {
    for (const time of ['2026-06-10 19:44:59.999', '2026-06-10 20:10:00.001']) {
      const story = told().hear('line.measured', { downBitsPerSecond: 5 * M }, time, '2026-06-10 20:11');
      expect(found(play(story, { delivered: 7 }, '2026-06-10 20:00', '2026-06-10 20:11'))).toEqual([
        'undetermined null undetermined',
      ]);
    }
  });

  it('of measurements the last counts, of one instant the greatest', () => {
    const tell = (...rates: readonly (readonly [time: string, megabits: number])[]) => {
      const story = told();
      for (const [time, rate] of rates) {
        story.hear('line.measured', { downBitsPerSecond: rate * M }, `2026-06-10 ${time}`, '2026-06-10 20:00');
      }
      return found(play(story, { delivered: 7 }));
    };
    expect(tell(['19:50', 30], ['19:55', 8])).toEqual(['undetermined null access-line']);
    expect(tell(['19:55', 8], ['19:50', 30])).toEqual(['undetermined null access-line']);
    expect(tell(['19:55', 8], ['19:55', 12])).toEqual(['undetermined null undetermined']);
    expect(tell(['19:55', 12], ['19:55', 8])).toEqual(['undetermined null undetermined']);
  });

  it.each([
    ['leaves less than a box needs', 6.1, 'service true concurrent-use'],
    ['leaves exactly that', 6, 'service true undetermined'],
  ])('other use of the same line %s', (_, other, cause) => {
    const story = told();
    play(story, { device: 'mobile', delivered: other, seconds: 1200 }, '2026-06-10 19:55', '2026-06-10 20:00');
    expect(found(play(story, { delivered: 7, access: 16 }))).toEqual([cause]);
  });

  it('other use counts at its greatest instant, and only while it lasts', () => {
    const others = (...spans: readonly (readonly [time: string, seconds: number])[]) => {
      const story = told();
      for (const [time, seconds] of spans) {
        play(story, { device: 'mobile', delivered: 5, seconds }, `2026-06-10 ${time}`, '2026-06-10 20:10');
      }
      return found(play(story, { delivered: 7, access: 18 }, '2026-06-10 20:00', '2026-06-10 20:10'));
    };
    expect(others(['20:01', 60], ['20:03', 60])).toEqual(['service true undetermined']);
    expect(others(['20:01', 121], ['20:03', 60])).toEqual(['service true concurrent-use']);
    expect(others(['19:50', 600], ['20:10', 600], ['20:01', 60])).toEqual(['service true undetermined']);
  });

  it('the home network: what reaches the device is less than it needs', () => {
    expect(found(play(told(), { delivered: 7, access: 48, home: 9 }))).toEqual(['service true home-network']);
    expect(found(play(told(), { delivered: 7, access: 48, home: 10 }))).toEqual(['service true undetermined']);
  });

  it('the service: another device was short at the same time, and the line explains neither', () => {
    const both = (access: object) => {
      const story = play(told(), { device: 'smart-tv', delivered: 4, nominal: 8, ...access });
      return found(play(story, { delivered: 6, home: 9, ...access }));
    };
    expect(both({ access: 60 })).toEqual(['service true service', 'service true home-network']);
    // Nobody measured the line: the service is asked before the home is blamed.
    expect(both({})).toEqual(['undetermined null service', 'undetermined null service']);
    expect(both({ access: 9 })).toEqual(['access false access-line', 'access false access-line']);
  });

  it('the device: short three times on one, never in as many on others', () => {
    const tell = (goodElsewhere: number) => {
      const story = told();
      const on: Play = {
        device: 'smart-tv',
        deviceModel: 'TV-7',
        firmware: '1.2',
        delivered: 6.2,
        access: 48,
        home: 120,
      };
      for (let i = 0; i < goodElsewhere; i++) play(story, { delivered: 12, access: 48 }, `2026-06-10 1${i}:00`);
      for (let i = 0; i < 3; i++) play(story, on, `2026-06-10 2${i}:00`);
      return found(story);
    };
    expect(tell(3)).toEqual(['service true undetermined', 'service true undetermined', 'service true device']);
    expect(tell(2)).toEqual(Array(3).fill('service true undetermined'));
  });

  it('sessions of more than a day ago are no evidence; a setting says for how long', () => {
    const tell = (pack: Pack) => {
      const story = told(pack);
      for (let i = 0; i < 3; i++) play(story, { delivered: 12 }, `2026-06-09 1${i}:00`);
      for (let i = 0; i < 3; i++) play(story, { device: 'mobile', delivered: 2 }, `2026-06-10 1${i}:30`);
      return found(story).at(-1);
    };
    expect(tell(go4yu)).toBe('undetermined null undetermined');
    expect(tell(turned(go4yu, 'tv', { remembers: 48 * HOUR }))).toBe('undetermined null device');
  });

  it('other traffic on the line counts where somebody counted it, also what is no session', () => {
    expect(found(play(told(), { delivered: 7, access: 48, otherBitsPerSecond: 38.1 * M }))).toEqual([
      'service true concurrent-use',
    ]);
    expect(found(play(told(), { delivered: 7, access: 48, otherBitsPerSecond: 38 * M }))).toEqual([
      'service true undetermined',
    ]);
  });

  it('a test by cable that is fine, while the device gets less, points at the home', () => {
    expect(found(play(told(), { delivered: 7, wiredBitsPerSecond: 48 * M }))).toEqual([
      'undetermined null home-network',
    ]);
    expect(found(play(told(), { delivered: 7, wiredBitsPerSecond: 9 * M }))).toEqual(['undetermined null access-line']);
  });

  it('what reached the player came over line and home: neither is short', () => {
    const story = play(told(), { delivered: 7, nominal: 9, home: 4, throughputBitsPerSecond: 25 * M });
    const [one] = story.until('2026-06-11').of('tv.shortfall');
    expect(one!.data.likelyCause).toBe('undetermined');
    const answers = (one!.data.because['evidence'] as { cause: string; holds: boolean | null }[]).map(
      ({ cause, holds }) => `${cause} ${holds}`,
    );
    expect(answers).toEqual([
      'access-line false',
      'concurrent-use null',
      'service null',
      'home-network false',
      'device null',
    ]);
    expect(one!.data.because['wanted']).toEqual(['concurrent-use', 'service', 'device']);
  });

  it.each([
    ['below what the device needs', 9.999999, 'service true service'],
    ['enough', 10, 'service true undetermined'],
  ])('the server gave %s', (_, server, cause) => {
    expect(found(play(told(), { delivered: 7, access: 48, serverBitsPerSecond: server * M }))).toEqual([cause]);
  });

  it.each([
    ['a fifth of them short, over three networks', { sessions: 20, short: 4, accessNetworks: 3 }, 'service'],
    ['one session less short', { sessions: 20, short: 3, accessNetworks: 3 }, 'undetermined'],
    ['over two networks', { sessions: 20, short: 20, accessNetworks: 2 }, 'undetermined'],
    ['nobody says over how many', { sessions: 20, short: 20 }, 'undetermined'],
    ['too few to say anything', { sessions: 4, short: 4, accessNetworks: 4 }, 'undetermined'],
    ['as many as say something', { sessions: 5, short: 1, accessNetworks: 3 }, 'service'],
  ])('peers on the node: %s', (_, peers, cause) => {
    expect(found(play(told(), { delivered: 7, access: 48, peers }))).toEqual([`service true ${cause}`]);
  });

  it('one model with one firmware is short, and the others are not', () => {
    const peers = (onShort: number, restShort: number) => ({
      sessions: 200,
      short: onShort + restShort,
      accessNetworks: 5,
      onModel: { sessions: 100, short: onShort },
    });
    const of = (one: object) =>
      found(
        play(told(), {
          device: 'smart-tv',
          delivered: 6.2,
          access: 48,
          home: 120,
          otherBitsPerSecond: 4 * M,
          peers: one,
        }),
      );
    expect(of(peers(31, 2))).toEqual(['service true device']);
    expect(of(peers(19, 2))).toEqual(['service true undetermined']);
    // All are short: the service, though this model is, too.
    expect(of(peers(31, 25))).toEqual(['service true service']);
  });

  it('the line and the service both short: both are named, in order', () => {
    const story = play(told(), { delivered: 4, access: 8, peers: { sessions: 50, short: 18, accessNetworks: 4 } });
    const [one] = story.until('2026-06-11').of('tv.shortfall');
    expect(one!.data).toMatchObject({ attribution: 'access', operatorLiable: false, likelyCause: 'access-line' });
    expect(one!.data.because['causes']).toEqual(['access-line', 'service']);
    expect(one!.data.because['wanted']).toEqual([]);
  });

  it('a smart TV at 9.8 with a line of 60 and 35 % of the node short over four networks; the app at 6 is not short', () => {
    const peers = { sessions: 100, short: 35, accessNetworks: 4 };
    const story = play(told(), { device: 'smart-tv', delivered: 9.8, access: 60, peers });
    play(story, { device: 'mobile', delivered: 6, access: 60, peers }, '2026-06-10 20:00', '2026-06-10 20:01');
    expect(found(story)).toEqual(['service true service']);
  });

  it('all questions stand in the decision, with their numbers', () => {
    const story = play(play(told(), { delivered: 12, access: 60 }, '2026-06-10 12:00'), { delivered: 6, access: 60 });
    const [one] = story.until('2026-06-11').of('tv.shortfall');
    expect(one!.data.because['evidence']).toEqual([
      { cause: 'access-line', holds: false, capacityBitsPerSecond: 60 * M, measuredBy: 'session' },
      { cause: 'concurrent-use', holds: false, otherBitsPerSecond: 0, sessions: [] },
      { cause: 'home-network', holds: null, homeNetworkBitsPerSecond: null },
      { cause: 'service', holds: null, sessionsOnOtherDevices: 0, shortOnOtherDevices: 0 },
      { cause: 'device', holds: null, device: 'stb', shortOnIt: 1, sessionsOnOthers: 0, shortOnOthers: 0 },
    ]);
    expect(one!.data.because['remembered']).toEqual({
      sessions: 2,
      short: 1,
      startFailureRatio: 0,
      rebufferingRatio: 0,
      averageBitsPerSecond: 9 * M,
    });
  });
});

describe('what is held', () => {
  it('the order of sessions known together does not matter', () => {
    const sessions: readonly (readonly [Play, string])[] = [
      [{ delivered: 6, access: 16 }, '2026-06-10 20:00'],
      [{ device: 'mobile', delivered: 4, access: 16 }, '2026-06-10 20:05'],
      [{ device: 'smart-tv', delivered: 12, access: 16 }, '2026-06-10 20:05'],
    ];
    const tell = (order: readonly number[]) => {
      const story = told();
      for (const i of order) {
        const { delivered = 0, access = 0, ...rest } = sessions[i]![0];
        const data = { device: 'stb', seconds: 600, deliveredBitsPerSecond: delivered * M, ...rest };
        const rates = { accessBitsPerSecond: access * M };
        story.hear('tv.played', { ...data, ...rates }, sessions[i]![1], '2026-06-10 20:20', `s${i}`);
      }
      const all = story.until('2026-06-11').of('tv.shortfall');
      return { decisions: all.toSorted((a, b) => (a.id < b.id ? -1 : 1)), state: story.state };
    };
    for (const order of [
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      expect(tell(order)).toEqual(tell([0, 1, 2]));
    }
  });

  it('a day of sessions and measurements takes some kilobytes, and less again once they are old', () => {
    const story = told();
    for (let at = instant('2026-06-10'), i = 0; i < 200; at += 5 * MINUTE, i++) {
      const time = formatLocal(at, go4yu.zone);
      story.hear('line.measured', { downBitsPerSecond: 50 * M + i }, time, '2026-06-11');
      play(story, { delivered: 12 + i / 7 }, time, '2026-06-11');
    }
    story.until('2026-06-11 00:00:01');
    expect(story.stateBytes).toBeLessThan(9_000);
    play(story, { delivered: 12 }, '2026-06-20 12:00');
    story.until('2026-06-21');
    expect(story.stateBytes).toBeLessThan(200);
  });
});
