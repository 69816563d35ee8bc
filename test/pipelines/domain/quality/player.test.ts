import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearQualities, measured, type Request } from '../../../../pipelines/domain/quality/player.js';
import { SECOND } from '../../../../pipelines/domain/units.js';
import { describeShared, sharedRows } from '../../../shared-data.js';

const M = 1_000_000;
const START = Date.parse('2026-06-10T18:00:00Z');

/** A piece of picture of 4 s at 5 Mbit/s, asked for `at` seconds after the start. */
function piece(at: number, more: Partial<Request> = {}): Request {
  return {
    at: START + at * SECOND,
    kind: 'picture',
    bitsPerSecond: 5 * M,
    length: 4 * SECOND,
    starved: false,
    urgent: false,
    speed: 1,
    failed: false,
    name: `piece ${at}`,
    ...more,
  };
}
const urgent = (at: number, more: Partial<Request> = {}) => piece(at, { urgent: true, ...more });
const seconds = (value: number) => value * SECOND;

describe('start-up time: from the first request to the first frame', () => {
  const list = piece(0, { kind: 'list', urgent: true });
  const of = (...requests: Request[]) => measured(requests).startup;

  it('the first piece that is not urgent was asked for while it played', () => {
    expect(of(list, urgent(0.3), urgent(1), piece(1.8))).toBe(1_800);
  });

  it('the last urgent piece had come before: that is nearer', () => {
    expect(of(list, urgent(0.3), urgent(1, { delivery: 400 }), piece(1.8))).toBe(1_400);
    expect(of(list, urgent(1, { delivery: 4_000 }), piece(1.8))).toBe(1_800);
  });

  it('is not known where nothing is urgent, or all is', () => {
    expect(of(piece(0.3), piece(1))).toBeUndefined();
    expect(of(list, urgent(0.3), urgent(1))).toBeUndefined();
  });
});

describe('start failure: no picture came, and something failed', () => {
  const failed = (...requests: Request[]) => measured(requests).failed;

  it.each([
    ['every piece is refused', [urgent(0, { failed: true }), urgent(1, { failed: true })], true],
    ['the list already is', [piece(0, { kind: 'list', failed: true })], true],
    ['the viewer leaves before the first piece', [piece(0, { kind: 'list' }), piece(0.1, { kind: 'init' })], false],
    ['one piece fails and is had at the second try', [urgent(0, { failed: true }), urgent(1)], false],
  ])('%s', (_, requests, expected) => {
    expect(failed(...requests)).toBe(expected);
  });
});

describe('rebuffering: stalled time over played and stalled time, after the start', () => {
  it('steady: what is in the buffer stays the same', () => {
    const session = [0, 4, 8, 12].map((at) => piece(at, { buffer: seconds(12) }));
    expect(measured(session)).toMatchObject({ played: seconds(12), stalled: 0, stalls: 0 });
  });

  it('ran empty: what was neither in the buffer nor is in it now was played, the rest of the time stalled', () => {
    // 2 s in the buffer and 4 s that came, 1 s left: 5 s played of 11.
    const session = [piece(0, { buffer: seconds(2) }), piece(11, { buffer: seconds(1), starved: true })];
    expect(measured(session)).toMatchObject({ played: seconds(5), stalled: seconds(6), stalls: 1 });
  });

  it('without a word of the length of pieces: the piece came later than the buffer lasted', () => {
    const session = [
      { ...piece(0, { buffer: seconds(2), delivery: seconds(5) }), length: undefined },
      { ...piece(5, { starved: true }), length: undefined },
    ] as unknown as Request[];
    expect(measured(session)).toMatchObject({ stalled: seconds(3), stalls: 1 });
  });

  it('of a stall whose length nobody told the count is known, and the stalled time is not', () => {
    const session = [piece(0), piece(4, { starved: true }), piece(8)];
    const found = measured(session);
    expect(found.stalls).toBe(1);
    expect(found.stalled).toBeUndefined();
  });

  it('a player that tells neither buffer nor starvation does not say that nothing stalled', () => {
    const found = measured([piece(0), piece(4)]);
    expect(found).not.toHaveProperty('stalls');
    expect(found).not.toHaveProperty('stalled');
    expect(found.played).toBe(seconds(4));
  });

  it('what runs empty before the first frame is part of the start', () => {
    const session = [
      urgent(0, { buffer: 0 }),
      urgent(2, { buffer: 0, starved: true }),
      piece(3, { buffer: seconds(7) }),
    ];
    expect(measured(session)).toMatchObject({ startup: 3_000, stalls: 0, stalled: 0, played: 0 });
  });

  it('a pause is neither: no time is played, and none stalled', () => {
    const paused = [piece(0, { buffer: seconds(8) }), piece(600, { buffer: seconds(8) })];
    expect(measured(paused)).toMatchObject({ played: seconds(4), stalled: 0 });
    const told = [piece(0, { speed: 0, buffer: seconds(8) }), { ...piece(600), buffer: undefined }] as Request[];
    expect(measured(told).played).toBe(0);
  });

  it('is told by the piece that came after those that failed', () => {
    const session = [
      piece(0, { buffer: seconds(2) }),
      piece(6, { failed: true, starved: true }),
      piece(11, { buffer: seconds(1) }),
    ];
    expect(measured(session)).toMatchObject({ stalls: 1, stalled: seconds(6) });
  });
});

describe('average bitrate: weighted by what each piece plays, not a mean of pieces', () => {
  it.each([
    ['pieces of one length', [piece(0), piece(4, { bitsPerSecond: 3 * M })], 4 * M],
    ['a long one and a short one', [piece(0, { length: 6_000 }), piece(4, { bitsPerSecond: M, length: 2_000 })], 4 * M],
    ['one that failed does not count', [piece(0), piece(4, { bitsPerSecond: M, failed: true })], 5 * M],
    ['sound beside the picture does not count', [piece(0), piece(1, { kind: 'sound', bitsPerSecond: 128_000 })], 5 * M],
    ['sound alone does', [piece(1, { kind: 'sound', bitsPerSecond: 128_000 })], 128_000],
  ])('%s', (_, session, expected) => {
    expect(measured(session).deliveredBitsPerSecond).toBe(expected);
  });

  it('counts changes of the rendition', () => {
    const rates = [5, 5, 3, 5, 5].map((rate, i) => piece(4 * i, { bitsPerSecond: rate * M }));
    expect(measured(rates).switches).toBe(2);
  });

  it('what the player measured: the lower median', () => {
    const rates = [9, 2, 4, 30].map((rate, i) => piece(4 * i, { throughputBitsPerSecond: rate * M }));
    expect(measured(rates).throughputBitsPerSecond).toBe(4 * M);
  });
});

describe('a session is a set of requests', () => {
  const request = fc.record({
    at: fc.integer({ min: 0, max: 50 }),
    buffer: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
    starved: fc.boolean(),
    urgent: fc.boolean(),
    failed: fc.boolean(),
    rate: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom('picture', 'sound', 'list') as fc.Arbitrary<Request['kind']>,
  });
  const session = fc.array(request, { minLength: 1, maxLength: 12 }).map((all) =>
    all.map(({ at, buffer, starved, urgent: isUrgent, failed, rate, kind }, i) =>
      piece(at, {
        ...(buffer !== undefined && { buffer }),
        starved,
        urgent: isUrgent,
        failed,
        kind,
        bitsPerSecond: rate * M,
        name: `n${i}`,
      }),
    ),
  );

  it('their order does not matter, nor that one stands there twice', () => {
    const shuffled = session.chain((all) =>
      fc.record({
        all: fc.constant(all),
        other: fc.shuffledSubarray([...all, ...all.slice(0, 3)], { minLength: all.length + Math.min(3, all.length) }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ all, other }) => {
        expect(measured(other)).toEqual(measured(all));
      }),
    );
  });

  it('played and stalled time are never more than the time of the session', () => {
    fc.assert(
      fc.property(session, (all) => {
        const { from, to, played, stalled = 0, startup = 0 } = measured(all);
        expect(played).toBeGreaterThanOrEqual(0);
        expect(played + stalled + startup).toBeLessThanOrEqual(to - from);
      }),
    );
  });
});

describeShared(
  'the public replays of players',
  ['video/abr_replay_norway.csv.gz', 'video/abr_replay_sessions.csv'],
  () => {
    const rows = () => sharedRows('video/abr_replay_norway.csv.gz');
    const bySession = () => {
      const sessions = new Map<string, Readonly<Record<string, string>>[]>();
      for (const row of rows()) sessions.set(row['session']!, [...(sessions.get(row['session']!) ?? []), row]);
      return sessions;
    };

    /** What such a player would have told with each request, and once more when the last piece had come. */
    const requestsOf = (of: readonly Readonly<Record<string, string>>[]): readonly Request[] => {
      const told = of.map((row, i) => {
        const [elapsed, buffer, stalled] = ['elapsed_s', 'buffer_s', 'rebuffer_s'].map(
          (name) => Number(row[name]) * SECOND,
        );
        const download = Number(row['download_ms']);
        return piece((elapsed! - download) / SECOND, {
          bitsPerSecond: Number(row['bitrate_kbps']) * 1_000,
          buffer: stalled! > 0 ? download - stalled! : buffer! - seconds(4) + download,
          delivery: download,
          urgent: i === 0,
          starved: i > 1 && Number(of[i - 1]!['rebuffer_s']) > 0,
          name: `${i}`,
        });
      });
      const last = of[of.length - 1]!;
      const end = { buffer: Number(last['buffer_s']) * SECOND, starved: Number(last['rebuffer_s']) > 0 };
      return [
        ...told,
        { ...piece(Number(last['elapsed_s']), { ...end, name: 'end' }), bitsPerSecond: undefined } as never,
      ];
    };

    it('qoe_lin holds for every row', () => {
      let checked = 0;
      let worst = 0;
      for (const of of bySession().values()) {
        const found = linearQualities(
          of.map((row) => ({
            bitsPerSecond: Number(row['bitrate_kbps']) * 1_000,
            stalled: Number(row['rebuffer_s']) * SECOND,
          })),
        );
        of.forEach((row, i) => {
          worst = Math.max(worst, Math.abs(found[i]! - Number(row['qoe_lin'])));
          checked += 1;
        });
      }
      expect(checked).toBe(12_816);
      // The rows are rounded: stalled time to a millisecond, which is 0.0043 points at most 0.5 of which is lost, quality to 4 places.
      expect(worst).toBeLessThan(0.0023);
    });

    it('sums, start, stalls and mean bitrate of every session', () => {
      const sessions = bySession();
      for (const row of sharedRows('video/abr_replay_sessions.csv')) {
        const of = sessions.get(row['session']!)!;
        const found = linearQualities(
          of.map((one) => ({
            bitsPerSecond: Number(one['bitrate_kbps']) * 1_000,
            stalled: Number(one['rebuffer_s']) * SECOND,
          })),
        );
        expect(found).toHaveLength(Number(row['chunks']));
        expect(Math.abs(found.reduce((sum, one) => sum + one, 0) - Number(row['total_qoe_lin']))).toBeLessThan(0.11);
        const session = measured(requestsOf(of));
        expect(Math.abs(session.deliveredBitsPerSecond! / 1_000 - Number(row['mean_bitrate_kbps']))).toBeLessThan(
          0.0501,
        );
        // The wait for the first piece is the start, and no stall; the rows are rounded to a millisecond.
        const stalled = Number(row['total_rebuffer_s']) - Number(of[0]!['rebuffer_s']);
        expect(Math.abs(session.stalled! / SECOND - stalled)).toBeLessThan(0.05);
        const stalls = of.slice(1).filter((one) => Number(one['rebuffer_s']) > 0).length;
        expect(session.stalls).toBe(stalls);
        expect(Math.abs(session.startup! / SECOND - Number(of[0]!['rebuffer_s']))).toBeLessThan(0.002);
      }
      expect(sessions.size).toBe(267);
    });
  },
);
