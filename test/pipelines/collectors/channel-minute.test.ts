import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChannelMinute, channelMinute } from '../../../pipelines/collectors/channel-minute.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { decide } from '../../../pipelines/domain/decision.js';
import type { PlayedFact } from '../../../pipelines/domain/fact.js';
import { decode, encode } from '../../../pipelines/runtime/codec.js';
import { type Line, packs, replayed } from './replayed.js';

const VIENNA = 'Europe/Vienna';
const UNTIL = '2026-06-11T00:00:00+02:00';
const at = (time: string) => `2026-06-10T${time.padEnd(8, ':00')}+02:00`;
const viewer = (subject: string, servedBy: readonly string[] = ['edge-1']): Line => ({
  type: 'service.upserted',
  subject,
  time: '2026-06-01T00:00:00+02:00',
  data: { operator: 'go4yu', kind: 'ott-tv', activeFrom: '2026-01-01T00:00:00+01:00', servedBy },
});
const VIEWERS = ['v1', 'v2', 'v3', 'v4'].map((one) => viewer(one));
const SHORT = 3_000_000;
const WELL = 12_000_000;
/** A session that ended at a time, and is known then. */
const played = (subject: string, time: string, rate: number, more: object = {}, known = time): Line => ({
  type: 'tv.played',
  subject,
  time: at(time),
  recordedtime: at(known),
  data: { device: 'stb', mode: 'live', seconds: 0, deliveredBitsPerSecond: rate, ...more },
});
/** So many sessions in one minute, so many of them short, of the four viewers in turn. */
const minute = (time: string, sessions: number, short: number, more: object = {}): readonly Line[] =>
  Array.from({ length: sessions }, (_, i) =>
    played(`v${(i % 4) + 1}`, `${time}:${String(10 + i).padStart(2, '0')}`, i < short ? SHORT : WELL, more),
  );
const alarms = (lines: readonly Line[]) =>
  replayed([...VIEWERS, ...lines], UNTIL).flatMap((one) =>
    one.type === 'alarm.raised' || one.type === 'alarm.cleared' ? [one] : [],
  );
const brief = (lines: readonly Line[]) =>
  alarms(lines).map(
    ({ time, subject, type, data }) =>
      `${formatLocal(time, VIENNA).slice(11, 19)} ${subject} ${type.slice(6)} ${data.episode}`,
  );

describe('short sessions on one node in one minute are an alarm (GO4YU 47)', () => {
  it.each([
    ['four sessions', 4, 4, []],
    ['five, of which two are short', 5, 2, []],
    ['five, of which three are short', 5, 3, ['20:03:00 edge-1 raised 1']],
    ['six, exactly half of them short', 6, 3, ['20:03:00 edge-1 raised 1']],
  ])('%s', (_, sessions, short, found) => {
    expect(brief(minute('20:00', sessions, short))).toEqual(found);
  });

  it('of at least three services', () => {
    const of = (viewers: readonly string[]) =>
      Array.from({ length: 6 }, (_, i) => played(viewers[i % viewers.length]!, `20:00:1${i}`, SHORT));
    expect(brief(of(['v1', 'v2']))).toEqual([]);
    expect(brief(of(['v1', 'v2', 'v3']))).toEqual(['20:03:00 edge-1 raised 1']);
  });

  it('on the element, with what was counted', () => {
    const [alarm] = alarms(minute('20:00', 8, 5));
    expect(alarm).toMatchObject({
      type: 'alarm.raised',
      subject: 'edge-1',
      data: {
        operator: 'go4yu',
        clause: 'GO4YU 47',
        alarmId: 'tv-node:go4yu:edge-1',
        episode: 1,
        perceivedSeverity: 'major',
        probableCause: 'performanceDegraded',
        affectedServices: 4,
        because: {
          of: 'node',
          minutes: [{ minute: '2026-06-10T20:00:00+02:00', sessions: 8, short: 5, services: 4, shortServices: 4 }],
        },
      },
    });
  });

  it('and on each of several nodes by itself: viewers of another are not counted with them', () => {
    const others = ['w1', 'w2', 'w3'].map((one) => viewer(one, ['edge-2', 'core-1']));
    const lines = [...others, ...minute('20:00', 4, 4)];
    const more = ['w1', 'w2', 'w3', 'w1', 'w2'].map((one, i) => played(one, `20:00:2${i}`, SHORT));
    expect(brief([...lines, ...more]).sort()).toEqual(['20:03:00 core-1 raised 1', '20:03:00 edge-2 raised 1']);
  });

  it('of one channel, wherever it is watched: its resource is the channel of the operator', () => {
    const apart = ['u1', 'u2', 'u3', 'u4', 'u5'].map((one) => viewer(one, [`edge-${one}`]));
    const sessions = apart.map(({ subject }, i) => played(subject, `20:00:1${i}`, SHORT, { channelId: 'news' }));
    const found = alarms([...apart, ...sessions]);
    expect(found.map(({ subject, data }) => `${subject} ${data.alarmId}`)).toEqual([
      'go4yu:news tv-channel:go4yu:news',
    ]);
    const two = sessions.map((line, i) => ({ ...line, data: { ...line.data, channelId: i % 2 ? 'news' : 'film' } }));
    expect(alarms([...apart, ...two])).toEqual([]);
  });

  it('catch-up of a programme more than 72 h old is not short, and what delivered nothing known is not counted', () => {
    const old = { mode: 'catch-up', broadcastAt: '2026-06-01T20:00:00+02:00' };
    expect(brief(minute('20:00', 6, 6, old))).toEqual([]);
    expect(brief(minute('20:00', 6, 6, { deliveredBitsPerSecond: undefined }))).toEqual([]);
  });

  it('a session counts in the minute in which it ended', () => {
    const long = [1, 2, 3, 4, 5].map((i) =>
      played(`v${(i % 4) + 1}`, `19:${i * 10}:00`, SHORT, { seconds: (60 - i * 10) * 60 + i }, `20:00:1${i}`),
    );
    expect(brief(long)).toEqual(['20:03:00 edge-1 raised 1']);
  });
});

describe('the alarm is cleared by evidence, never by silence', () => {
  const raised = minute('20:00', 6, 6);
  const well = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => minute(`20:${String(from + i).padStart(2, '0')}`, 5, 1)).flat();

  it('not by any time without sessions, or with too few', () => {
    expect(brief(raised)).toEqual(['20:03:00 edge-1 raised 1']);
    expect(brief([...raised, ...minute('20:01', 4, 0), ...minute('20:02', 4, 0), ...well(3, 4)])).toHaveLength(1);
  });

  it('by the fifth minute that shows it well', () => {
    expect(brief([...raised, ...well(1, 4)])).toEqual(['20:03:00 edge-1 raised 1']);
    expect(brief([...raised, ...well(1, 5)])).toEqual(['20:03:00 edge-1 raised 1', '20:08:00 edge-1 cleared 1']);
  });

  it('counted anew after a minute that does not; those with too few sessions are passed over', () => {
    const between = [...well(1, 4), ...minute('20:05', 8, 2)];
    expect(brief([...raised, ...between, ...well(6, 4)])).toHaveLength(1);
    expect(brief([...raised, ...between, ...well(6, 5)])[1]).toBe('20:13:00 edge-1 cleared 1');
    const gaps = [...well(1, 2), ...minute('20:03', 4, 4), ...well(10, 3)];
    expect(brief([...raised, ...gaps])[1]).toBe('20:15:00 edge-1 cleared 1');
  });

  it('and what shows it again is the next episode', () => {
    expect(brief([...raised, ...well(1, 5), ...minute('20:20', 5, 5)])).toEqual([
      '20:03:00 edge-1 raised 1',
      '20:08:00 edge-1 cleared 1',
      '20:23:00 edge-1 raised 2',
    ]);
  });
});

describe('sessions that are known late', () => {
  it('raise the alarm when they are known', () => {
    const late = [5, 6].map((i) => played(`v${(i % 4) + 1}`, `20:00:1${i}`, SHORT, {}, '21:30:00'));
    const found = alarms([...minute('20:00', 4, 4), ...late, ...minute('21:40', 1, 0)]);
    expect(found.map(({ time, data }) => [formatLocal(time, VIENNA).slice(11, 16), data.late])).toEqual([
      ['21:30', true],
    ]);
  });

  it('end one that should not have been', () => {
    const late = Array.from({ length: 6 }, (_, i) => played(`v${(i % 4) + 1}`, `20:00:2${i}`, WELL, {}, '20:30:00'));
    expect(brief([...minute('20:00', 5, 5), ...late, ...minute('21:00', 1, 0)])).toEqual([
      '20:03:00 edge-1 raised 1',
      '20:30:00 edge-1 cleared 1',
    ]);
  });

  it('and later than two hours after that change no alarm', () => {
    const late = [5, 6].map((i) => played(`v${(i % 4) + 1}`, `20:00:1${i}`, SHORT, {}, '22:03:00'));
    expect(brief([...minute('20:00', 4, 4), ...late, ...minute('22:10', 1, 0)])).toEqual([]);
  });
});

describe('the collector by itself', () => {
  const T = Date.parse('2026-06-10T18:00:00Z');
  const MINUTE = 60_000;
  const fact = (
    from: string,
    index: number,
    revision: number,
    when: number,
    counts: readonly [number, number, number],
  ) => {
    const [sessions, short, services] = counts;
    return {
      is: 'played',
      from,
      operator: 'go4yu',
      of: 'node',
      name: 'edge-1',
      minute: T + index * MINUTE,
      revision,
      at: when,
      sessions,
      short,
      services,
      shortServices: Math.min(short, services),
    } satisfies PlayedFact;
  };
  /** Each of two tasks tells each minute twice, the last minutes well, and of one minute late. */
  const facts: readonly PlayedFact[] = Array.from({ length: 12 }, (_, i) => i).flatMap((i) => {
    const short = i < 3 ? 2 : 0;
    return ['service-0', 'service-1'].flatMap((from) => [
      fact(from, i, 1, T + i * MINUTE + 10_000, [2, Math.min(short, 1), 1]),
      fact(from, i, 2, T + i * MINUTE + (i === 5 ? 7 * MINUTE : 30_000), [4, i === 5 ? 3 : short, 2]),
    ]);
  });
  const run = (heard: readonly PlayedFact[], clocks: readonly number[], restart = false) => {
    const ids: string[] = [];
    let state: ChannelMinute = heard.reduce(channelMinute.hear, channelMinute.start(heard[0]!));
    let next: number | undefined;
    for (const clock of clocks) {
      const judged = channelMinute.judge(state, { key: 'go4yu/node/edge-1', clock, packs });
      ({ state, next } = judged);
      for (const draft of judged.drafts) ids.push(`${(draft.time - T) / 1_000} ${draft.type} ${decide(draft).id}`);
      const kept = channelMinute.keep(state);
      if (!restart || !kept) continue;
      const parts = new Map([...(kept.parts ?? [])].map(([name, part]) => [name, decode(encode(part))]));
      state = channelMinute.take({ head: decode(encode(kept.head)) as Record<string, unknown>, parts });
    }
    return { ids, state, next };
  };
  const end = T + 30 * MINUTE;
  const whole = run(facts, [end]).ids;

  it('decides the same whatever the order in which it hears, and however often', () => {
    expect(whole.map((line) => line.split(' ')[1])).toEqual([
      'alarm.raised',
      'alarm.cleared',
      'alarm.raised',
      'alarm.cleared',
    ]);
    const orders = fc.shuffledSubarray([...facts, ...facts], { minLength: 96, maxLength: 96 });
    fc.assert(
      fc.property(orders, (heard) => {
        expect(run(heard, [end]).ids).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('decides the same at however many ticks, and over restarts', () => {
    const ticks = Array.from({ length: 30 * 12 + 1 }, (_, i) => T + i * 5_000);
    expect(run(facts, ticks).ids).toEqual(whole);
    expect(run(facts, ticks, true).ids).toEqual(whole);
  });

  it('forgets minutes of which nothing can come any more, and keeps the number of episodes', () => {
    const later = run(facts, [end, T + 4 * 60 * MINUTE]);
    expect(later.state.minutes.size).toBe(0);
    expect(later.next).toBeUndefined();
    expect(channelMinute.keep(later.state)).toMatchObject({ head: { episodes: later.state.episodes } });
    const quiet = run([fact('service-0', 0, 1, T, [4, 0, 2])], [end, T + 4 * 60 * MINUTE]);
    expect(channelMinute.keep(quiet.state)).toBeUndefined();
  });
});
