import { describe, expect, it } from 'vitest';
import { tvMinute } from '../../../pipelines/detectors/tv-minute.js';
import type { Effect, Given } from '../../../pipelines/domain/detector.js';
import { type DozorEvent, decodeData } from '../../../pipelines/domain/event.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import { newService, type Profile, withProfile } from '../../../pipelines/domain/service.js';
import { HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { NO_USAGE } from '../../../pipelines/domain/usage/book.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { turned } from '../../usage-told.js';

const packs = loadPacks([OWN_PACKS]);
const go4yu: Pack = packs.at('go4yu', 0)!;
const T = Date.parse('2026-06-10T20:00:30+02:00');

/** What is told of one session, at its beginning. */
function told(data: object, record: object = {}, pack = go4yu): readonly Effect[] {
  const profile = {
    operator: pack.operator,
    kind: 'ott-tv',
    servedBy: ['edge-1', 'core-1', 'edge-1'],
    ...record,
  } as Profile;
  const facts = withProfile(newService('v1'), { at: 0, known: 0, ref: 'r', profile });
  const decoded = decodeData('tv.played', { device: 'stb', deliveredBitsPerSecond: 3_000_000, ...data });
  if (!decoded.ok) throw new Error(decoded.problem.field);
  const names = { specversion: '1.0', id: 'e1', source: 's', subject: 'v1', type: 'tv.played' } as const;
  const event = { ...names, time: T, recordedtime: T, data: decoded.value } as DozorEvent;
  const given = { facts, pack: () => pack, parts: () => [], usage: NO_USAGE, submitted: 'at-once' } as unknown as Given;
  const [state, effects] = tvMinute.step(null, { is: 'event', event, now: T }, given);
  expect(state).toBeNull();
  expect(tvMinute.step(null, { is: 'tick', now: T }, given)).toEqual([null, []]);
  return effects;
}
const tales = (...of: Parameters<typeof told>) =>
  told(...of).flatMap((effect) => (effect.do === 'tell' && effect.tale.is === 'played' ? [effect.tale] : []));

describe('a session is told with its minute, its nodes and its channel (GO4YU 47)', () => {
  it('once, each node once, and for how long it may be counted', () => {
    const minute = Date.parse('2026-06-10T20:10:00+02:00');
    expect(tales({ seconds: 600, channelId: 'news' })).toEqual([
      {
        is: 'played',
        operator: 'go4yu',
        service: 'v1',
        minute,
        nodes: ['edge-1', 'core-1'],
        channelId: 'news',
        short: true,
        until: minute + MINUTE + 2 * MINUTE + 2 * HOUR,
      },
    ]);
  });

  it.each([
    ['ends in the minute in which it began', { seconds: 29 }, '20:00'],
    ['ends at the beginning of the next', { seconds: 30 }, '20:01'],
    ['does not say how long it was', {}, '20:00'],
  ])('one that %s', (_, data, minute) => {
    expect(tales(data)[0]!.minute).toBe(Date.parse(`2026-06-10T${minute}:00+02:00`));
  });

  it('by its beginning where the pack says so', () => {
    const begin = turned(go4yu, 'tvTogether', { minuteOf: 'begin' });
    expect(tales({ seconds: 600 }, {}, begin)[0]!.minute).toBe(Date.parse('2026-06-10T20:00:00+02:00'));
  });

  it.each([
    ['below the access required', { deliveredBitsPerSecond: 9_999_999 }, true],
    ['at it', { deliveredBitsPerSecond: 10_000_000 }, false],
    ['at the nominal rate', { deliveredBitsPerSecond: 4_000_000, nominalBitsPerSecond: 4_000_000 }, false],
    ['a start that failed', { deliveredBitsPerSecond: undefined, failed: true }, true],
  ])('short as a shortfall is: %s', (_, data, short) => {
    expect(tales(data)[0]!.short).toBe(short);
  });

  it('not where nothing is known of what was delivered, of another kind of service, or without such a rule', () => {
    expect(told({ deliveredBitsPerSecond: undefined })).toEqual([]);
    expect(told({}, { kind: 'internet' })).toEqual([]);
    const { tvTogether: _, ...rules } = go4yu.rules;
    expect(told({}, {}, { ...go4yu, rules })).toEqual([]);
  });
});
