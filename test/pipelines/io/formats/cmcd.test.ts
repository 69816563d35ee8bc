import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CmcdLine, readCmcd, readCmcdLine } from '../../../../pipelines/io/formats/cmcd.js';
import { type CmcdReading, sessionsOfCmcd } from '../../../../pipelines/io/formats/cmcd-sessions.js';
import { decodeObject } from '../../../../pipelines/runtime/decode.js';

const SID = '6e2fb550-c457-11e9-bb97-0800200c9a66';
const given = { serviceOf: () => 'tv-1', deviceOf: () => 'stb' as const };

describe('the keys of CTA-5004, version 1', () => {
  it('numbers, tokens, texts, and flags that stand alone', () => {
    expect(
      readCmcd([
        `bl=21300,br=3200,bs,cid="faec-5b",d=4004,mtp=25400,ot=v,pr=1.5,rtp=15000,sf=h,sid="${SID}",st=l,su,tb=6000`,
      ]),
    ).toEqual({
      bl: 21_300,
      br: 3_200,
      bs: true,
      cid: 'faec-5b',
      d: 4_004,
      mtp: 25_400,
      ot: 'v',
      pr: 1.5,
      rtp: 15_000,
      sf: 'h',
      sid: SID,
      st: 'l',
      su: true,
      tb: 6_000,
    });
  });

  it('a comma or a quote within a text divides nothing', () => {
    expect(readCmcd([String.raw`cid="a,b=\"c\",su",br=1`])).toEqual({ cid: 'a,b="c",su', br: 1 });
  });

  it('keys of others are left alone, and of one given twice the first stands', () => {
    expect(readCmcd(['com.example-mine="x",nor="..%2F300kbps",nrr="0-",dl=500,br=1,br=2,'])).toEqual({ br: 1 });
  });

  it.each([
    ['br=fast', 'br'],
    ['br=-3', 'br'],
    ['br', 'br'],
    ['bs=3', 'bs'],
    ['sid=plain', 'sid'],
    [`cid="${'x'.repeat(65)}"`, 'cid'],
    ['ot="not a kind"', 'ot'],
    ['pr=fast', 'pr'],
  ])('%s is not of their form', (text, field) => {
    expect(readCmcd([text])).toMatchObject({ ok: false, field });
  });
});

const json = (more: object) => JSON.stringify({ time: '2026-06-10T20:00:00+02:00', ...more });
const CMCD = `br=3200,bs,d=4000,ot=v,sid="${SID}"`;

describe('a line of a log', () => {
  const same = {
    at: Date.parse('2026-06-10T18:00:00Z'),
    kind: 'picture',
    bitsPerSecond: 3_200_000,
    length: 4_000,
    starved: true,
  };

  it.each([
    ['the query argument', json({ url: `https://node/seg.m4s?x=1&CMCD=${encodeURIComponent(CMCD)}` })],
    ['the query alone', json({ query: `CMCD=${encodeURIComponent(CMCD)}` })],
    [
      'four headers, in whatever case',
      json({ headers: { 'CMCD-Object': 'br=3200,d=4000,ot=v', 'cmcd-status': 'bs', 'CMCD-Session': `sid="${SID}"` } }),
    ],
    ['a JSON object', json({ cmcd: { br: 3200, bs: true, d: 4000, ot: 'v', sid: SID } })],
    [
      'the combined log form with an argument',
      `host - - [10/Jun/2026:20:00:00 +0200] "GET /seg.m4s?CMCD=${encodeURIComponent(CMCD)} HTTP/1.1" 206 812345 "-" "player"`,
    ],
    [
      'the combined log form with headers',
      `host - - [10/Jun/2026:20:00:00 +0200] "GET /seg.m4s HTTP/2.0" 200 - "CMCD-Object: br=3200,d=4000,ot=v" "CMCD-Status: bs" "CMCD-Session: sid=\\"${SID}\\""`,
    ],
  ])('%s', (_, line) => {
    const read = readCmcdLine(line) as CmcdLine;
    expect(read.ok).toBe(true);
    expect(read.request).toMatchObject(same);
    expect(read.cmcd.sid).toBe(SID);
  });

  it('without CMCD is no request and no problem', () => {
    expect(readCmcdLine(json({ url: '/seg.m4s' }))).toBeUndefined();
    expect(readCmcdLine('host - - [10/Jun/2026:20:00:00 +0200] "GET /seg.m4s HTTP/1.1" 200 1')).toBeUndefined();
  });

  it.each([
    ['no time', JSON.stringify({ query: `CMCD=${encodeURIComponent(CMCD)}` }), 'time'],
    ['a time without an offset', json({ time: '2026-06-10T20:00:00', cmcd: CMCD }), 'time'],
    ['no sid', json({ cmcd: 'br=1' }), 'sid'],
    ['version 2', json({ cmcd: `${CMCD},v=2` }), 'v'],
    ['torn JSON', '{"cmcd": ', 'line'],
    ['another form', 'CMCD: br=1', 'line'],
    ['a broken escape', json({ url: '/x?CMCD=%zz' }), 'url'],
  ])('%s is a problem that names the field', (_, line, field) => {
    expect(readCmcdLine(line)).toMatchObject({ ok: false, field });
  });

  it('an error of the server is a request that failed', () => {
    expect((readCmcdLine(json({ cmcd: CMCD, status: 503 })) as CmcdLine).request.failed).toBe(true);
    expect((readCmcdLine(json({ cmcd: CMCD, status: 304 })) as CmcdLine).request.failed).toBe(false);
  });

  it('nothing throws, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.constantFrom('', '{"cmcd":"', 'CMCD=', '"CMCD-Object: '),
        (text, head) => {
          readCmcdLine(head + text);
          readCmcd([text]);
        },
      ),
    );
  });
});

/** A session as a log has it: a list, two pieces to start, then a piece every 4 s with 8 s in the buffer. */
function lines(
  more: { readonly sid?: string; readonly cid?: string; readonly from?: string; readonly pieces?: number } = {},
): string[] {
  const { sid = SID, cid = 'rts1', from = '2026-06-10T18:00:00Z', pieces = 5 } = more;
  const line = (seconds: number, cmcd: object) => {
    const time = new Date(Date.parse(from) + seconds * 1_000).toISOString();
    return JSON.stringify({ time, url: `/${seconds}`, status: 200, cmcd: { sid, cid, st: 'l', tb: 8000, ...cmcd } });
  };
  return [
    line(0, { ot: 'm', su: true }),
    line(0.2, { ot: 'v', br: 2000, d: 4000, bl: 0, su: true }),
    line(1, { ot: 'v', br: 2000, d: 4000, bl: 4000, su: true }),
    ...Array.from({ length: pieces }, (_, i) =>
      line(1.5 + 4 * i, { ot: 'v', br: 8000, d: 4000, bl: 8000, mtp: 25_000 }),
    ),
  ];
}

describe('sessions', () => {
  const played = (reading: CmcdReading) => reading.events.map(({ id, data }) => [id, data.channelId]);

  it('one event of the contract, with the measures of CTA-2066', () => {
    const { events, problems, counts } = sessionsOfCmcd(lines(), { ...given, source: 'cmcd/node-1' });
    expect(problems).toEqual([]);
    expect(counts).toEqual({ lines: 8, requests: 8, without: 0, sessions: 1 });
    expect(events).toEqual([
      {
        specversion: '1.0',
        id: `${SID}/rts1`,
        source: 'cmcd/node-1',
        type: 'tv.played',
        subject: 'tv-1',
        time: '2026-06-10T18:00:00Z',
        recordedtime: '2026-06-10T18:00:17.500Z',
        data: {
          device: 'stb',
          mode: 'live',
          channelId: 'rts1',
          seconds: 16,
          // Two pieces of 2 Mbit/s and five of 8.
          deliveredBitsPerSecond: Math.round(((2 * 2 + 5 * 8) / 7) * 1e6),
          nominalBitsPerSecond: 8_000_000,
          throughputBitsPerSecond: 25_000_000,
          rebufferSeconds: 0,
          stalls: 0,
          startupMilliseconds: 1_500,
          switches: 1,
          failed: false,
        },
      },
    ]);
    expect(decodeObject(events[0]!, { operators: new Map() })).toMatchObject({ ok: true });
  });

  it('another channel is another session, and coming back a further one', () => {
    const reading = sessionsOfCmcd(
      [...lines(), ...lines({ cid: 'pink', from: '2026-06-10T18:10:00Z' }), ...lines({ from: '2026-06-10T18:20:00Z' })],
      given,
    );
    expect(played(reading)).toEqual([
      [`${SID}/rts1`, 'rts1'],
      [`${SID}/pink`, 'pink'],
      [`${SID}/rts1/2`, 'rts1'],
    ]);
  });

  it('half an hour without a word ends a session; a setting says how long', () => {
    const twice = [...lines(), ...lines({ from: '2026-06-10T18:30:20Z' })];
    expect(sessionsOfCmcd(twice, given).events).toHaveLength(2);
    expect(sessionsOfCmcd(twice, { ...given, silence: 3_600_000 }).events).toHaveLength(1);
  });

  it('nobody knows whose it is, or on what: told, and no event', () => {
    const kinds = (options: object) =>
      sessionsOfCmcd(lines(), options).problems.map(({ kind, why }) => `${kind}: ${why}`);
    expect(kinds({ deviceOf: given.deviceOf })).toEqual(['unresolved: nobody knows whose session it is']);
    expect(kinds({ serviceOf: given.serviceOf })).toEqual(['unresolved: nobody knows on what device it was played']);
  });

  it('the lines may say both', () => {
    const told = lines().map((line) => JSON.stringify({ ...JSON.parse(line), service: 'tv-7', device: 'mobile' }));
    const [event] = sessionsOfCmcd(told).events;
    expect([event!.subject, event!.data.device]).toEqual(['tv-7', 'mobile']);
  });

  it('a start that failed; a viewer who left before it is neither', () => {
    const list = (status: number) =>
      sessionsOfCmcd([json({ cmcd: { sid: SID, cid: 'rts1', ot: 'm', su: true }, status })], given);
    expect(list(503).events[0]!.data).toEqual({
      device: 'stb',
      channelId: 'rts1',
      seconds: 0,
      switches: 0,
      failed: true,
    });
    expect(list(200)).toMatchObject({ events: [], problems: [{ kind: 'note' }] });
  });

  it('a bad line is told with its number, and the rest goes on', () => {
    const { events, problems } = sessionsOfCmcd(['{"cmcd":', ...lines(), 'no CMCD here? yes: CMCD'], given);
    expect(events).toHaveLength(1);
    expect(problems.map(({ where, field }) => `${where} ${field}`)).toEqual(['line 1 line', 'line 10 line']);
  });

  it('the order of lines does not matter, nor that one comes twice, late or not', () => {
    const all = [...lines(), ...lines({ sid: 'b' }), ...lines({ cid: 'pink', from: '2026-06-10T18:05:00Z' })];
    const expected = sessionsOfCmcd(all, given).events;
    expect(expected).toHaveLength(3);
    fc.assert(
      fc.property(fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }), (shuffled) => {
        expect(sessionsOfCmcd(shuffled, given).events).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
