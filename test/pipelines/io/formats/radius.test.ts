import { hash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expire,
  happenedAt,
  type RadiusGiven,
  type Session,
  sessionKey,
  step,
} from '../../../../pipelines/io/formats/radius.js';
import { type AccountingRequest, receive } from '../../../../pipelines/io/formats/radius-packet.js';
import { RadiusSessions } from '../../../../pipelines/io/formats/radius-sessions.js';
import { decodeObject } from '../../../../pipelines/runtime/decode.js';
import { given as fileGiven, HASH_KEY, personal, radiusPacket } from './writers.js';

const SECRET = 'made-up secret';
const secret = new TextEncoder().encode(SECRET);
const T0 = Date.parse('2026-06-12T10:00:00Z');
const MINUTE = 60_000;
const given: RadiusGiven = {
  resolve: fileGiven.resolve,
  hashKey: HASH_KEY,
  silenceMax: 15 * MINUTE,
  closedFor: 60 * MINUTE,
};
const by = { userName: 'made-up@example', callingStationId: '999000123456' };
const GIB = 2 ** 30;

/** A packet of the one session, `minute` minutes after its start. */
function packet(
  status: AccountingRequest['status'],
  minute: number,
  input: number | readonly [octets: number, gigawords: number] = 0,
  output: typeof input = 0,
  more: Partial<AccountingRequest> = {},
): AccountingRequest {
  const counter = (one: typeof input) =>
    typeof one === 'number' ? { octets: one } : { octets: one[0], gigawords: one[1] };
  const counters = status === 'start' ? {} : { input: counter(input), output: counter(output) };
  return {
    status,
    nas: 'bras-1',
    sessionId: 's1',
    by,
    sessionSeconds: minute * 60,
    delaySeconds: 0,
    ...counters,
    ...more,
  };
}

type Heard = readonly [request: AccountingRequest, minute?: number] | number;

/** Takes a session through packets, each at the minute it tells of unless said otherwise; a number is time that passes. */
function told(heard: readonly Heard[], with_: RadiusGiven = given) {
  let session: Session | undefined;
  const events: { time: string; id: string; data: { bytes: number; part: number; sessionId: string } }[] = [];
  const problems: string[] = [];
  for (const one of heard) {
    const next =
      typeof one === 'number'
        ? session && expire(session, T0 + one * MINUTE, with_)
        : step(session, one[0], T0 + (one[1] ?? one[0].sessionSeconds! / 60) * MINUTE, with_);
    if (!next) continue;
    session = next.session;
    events.push(...(next.events as never[]));
    problems.push(...next.problems.map(({ kind, why }) => `${kind}: ${why}`));
    const text = JSON.stringify(next);
    for (const secret of personal()) expect(text).not.toContain(secret);
    for (const event of next.events) expect(decodeObject(event, { operators: new Map() })).toMatchObject({ ok: true });
  }
  return { session, events, problems, bytes: events.map(({ data }) => data.bytes) };
}

describe('a session', () => {
  it('is told of in differences of its counters, each at the time its use began', () => {
    const { events, session, problems } = told([
      [packet('start', 0)],
      [packet('interim', 5, 1_000, 9_000)],
      [packet('interim', 10, 1_500, 20_000)],
      [packet('stop', 12, 1_500, 20_500)],
    ]);
    expect(problems).toEqual([]);
    expect(events.map(({ time, data: { bytes, part } }) => [time, bytes, part])).toEqual([
      ['2026-06-12T10:00:00Z', 10_000, 1],
      ['2026-06-12T10:05:00Z', 11_500, 2],
      ['2026-06-12T10:10:00Z', 500, 3],
    ]);
    expect(new Set(events.map(({ data }) => data.sessionId)).size).toBe(1);
    expect(session).toMatchObject({ is: 'closed', by: 'stop' });
  });

  it('packets that come twice, or were overtaken, make nothing', () => {
    const [start, one, two, stop] = [
      packet('start', 0),
      packet('interim', 5, 100, 0),
      packet('interim', 10, 250, 0),
      packet('stop', 12, 300, 0),
    ];
    const late = (request: AccountingRequest, minute: number) => [request, minute] as const;
    const heard = [
      late(start, 0),
      late(start, 0.5),
      late(one, 5),
      late(one, 5.1),
      late(two, 10),
      late(one, 10.5),
      late(stop, 12),
    ];
    const { bytes, problems } = told([...heard, late(stop, 12.1), late(two, 13), late(start, 13.5)]);
    expect(bytes).toEqual([100, 150, 50]);
    expect(problems).toEqual([]);
  });

  it('of two packets of one second the one that tells of more is the later', () => {
    const late = (octets: number) => packet('interim', 5, octets);
    expect(told([[packet('start', 0)], [late(100)], [late(140)], [late(100)], [packet('stop', 5, 150)]]).bytes).toEqual(
      [100, 40, 10],
    );
    expect(told([[packet('start', 0)], [packet('stop', 0, 70)]]).bytes).toEqual([70]);
  });

  it('whatever is lost, doubled or out of order before it, after a stop the sum is what the stop says', () => {
    const between = fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(between, fc.boolean(), (minutes, started) => {
        // 6 GB in an hour each way: the counters wrap once.
        const at = (minute: number) => (minute * 1e8) % 2 ** 32;
        const gigawords = (minute: number) => Math.floor((minute * 1e8) / 2 ** 32);
        const heard: Heard[] = started ? [[packet('start', 0)]] : [];
        let now = 0;
        for (const [minute, twice] of minutes) {
          const counter = [at(minute), gigawords(minute)] as const;
          now = Math.max(now, minute);
          heard.push([packet('interim', minute, counter, counter), now]);
          if (twice) heard.push([packet('interim', minute, counter, counter), now]);
        }
        const last = [at(60), gigawords(60)] as const;
        const { bytes, events, problems } = told([...heard, [packet('stop', 60, last, last)]]);
        expect(bytes.reduce((sum, one) => sum + one, 0)).toBe(2 * 60 * 1e8);
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        expect(problems).toEqual([]);
      }),
    );
  });

  it('counters wrap at 4 GiB, whether the server counts that or not', () => {
    const counted = told([
      [packet('start', 0)],
      [packet('interim', 5, [4 * GIB - 1, 0])],
      [packet('interim', 10, [GIB, 1])],
      [packet('interim', 15, [0, 3])],
    ]);
    expect(counted.bytes).toEqual([4 * GIB - 1, GIB + 1, 7 * GIB]);
    const watched = told([
      [packet('start', 0)],
      [packet('interim', 5, 4 * GIB - 1)],
      [packet('interim', 10, GIB)],
      [packet('interim', 15, GIB / 2)],
      // It begins to count, and goes on from what was worked out.
      [packet('interim', 20, [GIB, 2])],
    ]);
    expect(watched.bytes).toEqual([4 * GIB - 1, GIB + 1, 3.5 * GIB, GIB / 2]);
    expect([...counted.problems, ...watched.problems]).toEqual([]);
  });

  it('a counter that goes back where it cannot have wrapped was reset: told, and counted from there', () => {
    const slow = { ...given, bitsPerSecondMax: 10e6 };
    const { bytes, problems } = told(
      [
        [packet('start', 0)],
        [packet('interim', 5, GIB / 8)],
        [packet('interim', 10, 1_000)],
        [packet('stop', 15, 4_000)],
      ],
      slow,
    );
    expect(bytes).toEqual([GIB / 8, 3_000]);
    expect(problems).toEqual([
      'total: the input counter went back, or on faster than it can: the difference is not counted',
    ]);
    const counts = told([
      [packet('interim', 5, [0, 2])],
      [packet('interim', 10, [5, 0])],
      [packet('stop', 11, [9, 0])],
    ]);
    expect(counts.bytes).toEqual([8 * GIB, 4]);
    expect(counts.problems).toHaveLength(1);
  });

  it('first heard of in the middle, counts from its beginning', () => {
    const { events } = told([[packet('interim', 30, 500, 500)]]);
    expect(events).toMatchObject([{ time: '2026-06-12T10:00:00Z', data: { bytes: 1_000, part: 1 } }]);
  });

  it('without session time goes by when it is heard', () => {
    const untimed = (status: 'interim' | 'stop', octets: number) => {
      const { sessionSeconds: _, ...rest } = packet(status, 0, octets);
      return rest;
    };
    const heard: Heard[] = [
      [packet('start', 0)],
      [untimed('interim', 10), 5],
      [untimed('interim', 10), 5.1],
      [untimed('stop', 30), 9],
    ];
    expect(told(heard).bytes).toEqual([10, 20]);
  });

  it('a stop that never comes is closed by silence, once, and forgotten later', () => {
    const open: Heard[] = [[packet('start', 0)], [packet('interim', 5, 100)]];
    expect(told([...open, 20]).session).toMatchObject({ is: 'open' });
    const after = told([...open, 20.1, 21, 79]);
    expect(after.session).toMatchObject({ is: 'closed', by: 'silence' });
    expect(after.problems).toEqual([
      'lost: the stop is lost: closed as of 2026-06-12T10:05:00Z, and what was used since is not counted',
    ]);
    expect(told([...open, 21, 80]).session).toBeDefined();
    expect(told([...open, 21, 80.1]).session).toBeUndefined();
  });

  it('silent and then heard of goes on where it was', () => {
    const { bytes, session } = told([
      [packet('start', 0)],
      [packet('interim', 5, 100)],
      25,
      [packet('interim', 40, 700)],
    ]);
    expect(bytes).toEqual([100, 600]);
    expect(session).toMatchObject({ is: 'open' });
    expect(session).not.toHaveProperty('by');
  });

  it('an id used again after a restart is another session', () => {
    const again = packet('start', 0);
    const { events, problems } = told([
      [packet('start', 0)],
      [packet('interim', 5, 100)],
      [packet('nas-on', 0), 6],
      [again, 8],
      [packet('interim', 5, 40), 13],
    ]);
    expect(events.map(({ data }) => data.bytes)).toEqual([100, 40]);
    expect(events[0]?.data.sessionId).not.toBe(events[1]?.data.sessionId);
    expect(problems).toEqual([]);
    expect(told([[packet('start', 0)], [packet('interim', 5, 100)], [again, 8]]).problems).toEqual([
      'lost: the stop is lost: its id is used again',
    ]);
  });

  it('more use told of after the stop is not counted, and said', () => {
    const { bytes, problems } = told([[packet('stop', 5, 100)], [packet('interim', 6, 150)]]);
    expect(bytes).toEqual([100]);
    expect(problems).toEqual(['note: a packet after the end of the session tells of more use: it is not counted']);
  });

  it('of a subscriber not known is told once by a hash, and counted whole when it is known', () => {
    let known = false;
    const later = { ...given, resolve: () => (known ? 'svc-1' : undefined) };
    const first = told([[packet('start', 0)], [packet('interim', 5, 100)], [packet('interim', 10, 200)]], later);
    expect(first.events).toEqual([]);
    expect(first.problems).toEqual([
      expect.stringMatching(/^unresolved: no service is known for subscriber [0-9a-f]{24}$/),
    ]);
    known = true;
    const next = step(first.session, packet('interim', 15, 350), T0 + 15 * MINUTE, later);
    expect(next.events).toMatchObject([{ time: '2026-06-12T10:00:00Z', data: { bytes: 350 } }]);
  });

  it('happened when the server says, if its clock is right, or as long ago as it says', () => {
    const at = (more: Partial<AccountingRequest>) => happenedAt(packet('stop', 0, 0, 0, more), T0);
    expect(at({ delaySeconds: 40 })).toBe(T0 - 40_000);
    expect(at({ delaySeconds: 40, stampedAt: T0 - 38_000 })).toBe(T0 - 38_000);
    expect(at({ delaySeconds: 40, stampedAt: T0 - 86_400_000 })).toBe(T0 - 40_000);
  });
});

describe('the sessions of a source', () => {
  it('are apart by server, id and user; a server that restarts ends its own', () => {
    const sessions = new RadiusSessions(given);
    const keys = [
      packet('start', 0),
      packet('start', 0, 0, 0, { nas: 'bras-2' }),
      packet('start', 0, 0, 0, { sessionId: 's2' }),
    ];
    for (const one of keys) sessions.take(one, T0);
    expect(new Set(keys.map((one) => sessionKey(one, HASH_KEY))).size).toBe(3);
    const { changed } = sessions.take(packet('nas-off', 0), T0 + MINUTE)!;
    expect([...changed.values()]).toMatchObject([
      { is: 'closed', by: 'nas', nas: 'bras-1' },
      { is: 'closed', by: 'nas', nas: 'bras-1' },
    ]);
    // What is closed already need not be saved again.
    expect(sessions.take(packet('nas-on', 0), T0 + 2 * MINUTE)!.changed.size).toBe(0);
  });

  it('saved and taken up again go on as if nothing had been', () => {
    const saved = new Map<string, Session>();
    const keep = (taken: ReturnType<RadiusSessions['take']>) => {
      for (const [key, session] of taken!.changed) if (session) saved.set(key, session);
      return taken!.events;
    };
    const first = new RadiusSessions(given);
    keep(first.take(packet('start', 0), T0));
    keep(first.take(packet('interim', 5, 100), T0 + 5 * MINUTE));
    const second = new RadiusSessions(given, JSON.parse(JSON.stringify([...saved])));
    expect(keep(second.take(packet('stop', 9, 160), T0 + 9 * MINUTE))).toMatchObject([
      { data: { bytes: 60, part: 2 } },
    ]);
    expect(second.tick(T0 + 200 * MINUTE).changed.size).toBe(1);
    expect(second.size).toBe(0);
  });

  it('are limited in number: for one too many there is no room, and no answer', () => {
    const sessions = new RadiusSessions(given, [], 1);
    expect(sessions.take(packet('start', 0), T0)).toBeDefined();
    expect(sessions.take(packet('start', 0, 0, 0, { sessionId: 's2' }), T0)).toBeUndefined();
    expect(sessions.take(packet('interim', 5, 9), T0)).toBeDefined();
  });

  it('room is made by forgetting what was settled first, and not lately', () => {
    const sessions = new RadiusSessions(given, [], 2);
    const other = (sessionId: string) => packet('stop', 5, 100, 0, { sessionId });
    sessions.take(packet('interim', 5, 100), T0);
    sessions.take(other('s2'), T0);
    expect(sessions.take(other('s3'), T0 + 30 * MINUTE)).toBeUndefined();
    const { changed } = sessions.take(other('s3'), T0 + 61 * MINUTE)!;
    expect([...changed.values()]).toMatchObject([undefined, { by: 'stop' }]);
    // The open one is still there.
    expect(sessions.take(packet('stop', 70, 150), T0 + 70 * MINUTE)?.events).toMatchObject([{ data: { bytes: 50 } }]);
  });

  it('one that fell silent is remembered for longer than one that was closed', () => {
    const sessions = new RadiusSessions({ ...given, closedFor: 60 * MINUTE, unsettledFor: 600 * MINUTE });
    sessions.take(packet('interim', 5, 100), T0);
    sessions.take(packet('stop', 5, 100, 0, { sessionId: 's2' }), T0);
    const silent = given.silenceMax;
    sessions.tick(T0 + silent + MINUTE);
    sessions.tick(T0 + silent + 61 * MINUTE);
    expect(sessions.size).toBe(1);
    expect(sessions.take(packet('stop', 90, 130), T0 + silent + 62 * MINUTE)?.events).toMatchObject([
      { data: { bytes: 30 } },
    ]);
  });

  it('in doubt they go on from what they are told next, and count none of it twice', () => {
    const sessions = new RadiusSessions(given);
    sessions.take(packet('interim', 5, 100), T0);
    expect(sessions.doubt().changed.size).toBe(1);
    const told = sessions.take(packet('interim', 10, 900), T0 + 5 * MINUTE)!;
    expect(told).toMatchObject({ events: [], problems: [{ kind: 'lost' }] });
    expect(sessions.take(packet('stop', 12, 950), T0 + 7 * MINUTE)?.events).toMatchObject([{ data: { bytes: 50 } }]);
  });
});

describe('packets', () => {
  const interim = [
    [40, 3],
    [44, 's1'],
    [1, 'made-up@example'],
    [31, '999000123456'],
    [4, Uint8Array.of(10, 0, 0, 1)],
    [46, 300],
    [42, 1_000],
    [43, 2_000],
    [53, 1],
    [41, 7],
    [55, T0 / 1_000],
    [33, 'proxy-a'],
    [33, 'proxy-b'],
  ] as const;

  it('are read where the authenticator is right, and answered with what proxies added', () => {
    const request = radiusPacket(interim, SECRET, 9);
    const received = receive(request, secret);
    expect(received).toMatchObject({
      ok: true,
      request: {
        status: 'interim',
        nas: '10.0.0.1',
        sessionId: 's1',
        by,
        sessionSeconds: 300,
        input: { octets: 1_000 },
        output: { octets: 2_000, gigawords: 1 },
        delaySeconds: 7,
        stampedAt: T0,
      },
    });
    const { response } = received as { response: Uint8Array };
    expect([response[0], response[1]]).toEqual([5, 9]);
    expect(Buffer.from(response.subarray(20)).toString('latin1')).toBe('!\tproxy-a!\tproxy-b');
    const asked = Buffer.concat([response.subarray(0, 4), request.subarray(4, 20), response.subarray(20), secret]);
    expect(response.subarray(4, 20)).toEqual(new Uint8Array(hash('md5', asked, 'buffer')));
  });

  it.each([
    ['another secret', radiusPacket(interim, 'guessed'), 'authenticator is wrong'],
    ['a changed byte', radiusPacket(interim, SECRET).map((byte, i) => (i === 60 ? byte ^ 1 : byte)), 'authenticator'],
    ['no status', radiusPacket(interim.slice(1), SECRET), 'status is none'],
    ['no session', radiusPacket([interim[0], interim[4]], SECRET), 'session has no id'],
    ['no server', radiusPacket(interim.slice(0, 4), SECRET), 'names itself by neither'],
    ['a short counter', radiusPacket([...interim, [52, 'ab']], SECRET), 'attribute 52 must have 4 bytes'],
    ['cut off', radiusPacket(interim, SECRET).subarray(0, 50), 'cut off'],
    ['an answer', radiusPacket(interim, SECRET).map((byte, i) => (i === 0 ? 5 : byte)), 'no accounting request'],
  ])('%s: no answer', (_, bytes, why) => {
    const received = receive(bytes, secret);
    expect(received).toMatchObject({ ok: false, why: expect.stringContaining(why) });
    for (const one of personal()) expect(JSON.stringify(received)).not.toContain(one);
  });

  it('of any bytes, also with a true authenticator, are read or refused', () => {
    const attribute = fc.tuple(
      fc.constantFrom(1, 4, 31, 32, 33, 40, 41, 42, 44, 46, 52, 55, 95),
      fc.uint8Array({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 12 }), (attributes) => {
        expect(receive(radiusPacket(attributes, SECRET), secret)).toHaveProperty('ok');
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(receive(bytes, secret)).toMatchObject({ ok: false });
      }),
      { numRuns: 2_000 },
    );
  });

  it('come over UDP, are answered, and twice make one usage', async () => {
    const sessions = new RadiusSessions(given);
    const events: unknown[] = [];
    const server = createSocket('udp4');
    server.on('message', (bytes, from) => {
      const received = receive(bytes, secret);
      if (!received.ok) return;
      const taken = sessions.take(received.request, Date.now());
      if (!taken) return;
      events.push(...taken.events);
      server.send(received.response, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const client = createSocket('udp4');
    try {
      const ask = async (bytes: Uint8Array) => {
        client.send(bytes, server.address().port, '127.0.0.1');
        const [answer] = (await once(client, 'message')) as [Buffer];
        return answer;
      };
      // One that is wrongly signed is not answered: the answer that comes is that to the next.
      client.send(radiusPacket(interim, 'guessed', 77), server.address().port, '127.0.0.1');
      const first = radiusPacket(interim, SECRET, 3);
      expect((await ask(first))[1]).toBe(3);
      expect((await ask(first))[1]).toBe(3);
      expect(
        (
          await ask(
            radiusPacket([[40, 2], ...interim.slice(1, 5), [46, 400], [42, 1_500], [43, 2_000], [53, 1]], SECRET, 4),
          )
        )[1],
      ).toBe(4);
      expect(events).toMatchObject([
        { subject: 'svc-1', data: { bytes: 2 ** 32 + 3_000, part: 1 } },
        { subject: 'svc-1', data: { bytes: 500, part: 2 } },
      ]);
    } finally {
      client.close();
      server.close();
    }
  });
});
