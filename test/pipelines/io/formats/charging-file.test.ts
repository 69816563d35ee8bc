import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readChargingFile } from '../../../../pipelines/io/formats/charging-file.js';
import type { FileReading } from '../../../../pipelines/io/formats/format.js';
import { decodeObject } from '../../../../pipelines/runtime/decode.js';
import * as made from './writers.js';

const { callRecord, chargingFile, given, pgwRecord, smsRecord } = made;
const PACKET = 7;
const CIRCUIT = 6;
const ps = (bytes: Uint8Array) => ({ bytes, specification: PACKET });
const cs = (bytes: Uint8Array) => ({ bytes, specification: CIRCUIT });
const read = (...records: { bytes: Uint8Array; specification: number }[]) =>
  readChargingFile(chargingFile({ records }), given);
const dataOf = (reading: FileReading) => reading.events.map(({ data }) => data);

function sound(reading: FileReading): void {
  const text = JSON.stringify(reading);
  for (const secret of made.personal()) expect(text).not.toContain(secret);
  for (const event of reading.events) expect(decodeObject(event, { operators: new Map() })).toMatchObject({ ok: true });
}

describe('the frame', () => {
  it('says what the file is, and is checked against what it holds', () => {
    const reading = readChargingFile(chargingFile({ records: [ps(pgwRecord()), cs(callRecord())] }), given);
    sound(reading);
    expect(reading.problems).toEqual([]);
    expect(reading.file).toEqual({
      format: 'cdr',
      sender: '10.1.2.3',
      sequence: 9,
      highestVersion: '15.4',
      lowestVersion: '15.4',
      openedAt: '06-12T10:05+02:00',
      lastAppendedAt: '06-12T10:20+02:00',
      closureReason: 'time limit',
      records: 2,
      recordsStated: 2,
      skipped: {},
      complete: true,
      problemCount: 0,
    });
  });

  it('of an early release, and with a filter of its own, is read too', () => {
    const records = [ps(pgwRecord())];
    const early = readChargingFile(chargingFile({ records, release: 8, filter: Uint8Array.of(1, 2, 3) }), given);
    expect(early.problems).toEqual([]);
    expect(early.file).toMatchObject({ highestVersion: '8.4', lowestVersion: '8.4', records: 1 });
    expect(early.events).toEqual(readChargingFile(chargingFile({ records }), given).events);
  });

  it.each([
    [{ count: 3 }, 'count', 'the file says that it has 3 records, and has 1', {}],
    [{ lost: 0x85 }, 'lost', 'the network says that it lost 5 records', { lost: { count: 5, is: 'exact' } }],
    [{ lost: 5 }, 'lost', 'the network says that it lost at least 5 records', { lost: { count: 5, is: 'least' } }],
    [{ lost: 0x80 }, 'lost', 'the network says that it lost at least 1 records', { lost: { count: 1, is: 'least' } }],
    [
      { lost: 0xff },
      'lost',
      'the network says that it lost at least 127 records',
      { lost: { count: 127, is: 'least' } },
    ],
    [{ reason: 130 }, 'lost', 'the file was closed for a fault: no space left', { closureReason: 'no space left' }],
  ] as const)('%j', (options, kind, why, file) => {
    const reading = readChargingFile(chargingFile({ records: [ps(pgwRecord())], ...options }), given);
    expect(reading.problems).toMatchObject([{ kind, why }]);
    expect(reading.file).toMatchObject({ ...file, complete: false });
    expect(reading.events).toHaveLength(1);
  });

  it.each([
    [8, 9, []],
    [2 ** 32 - 1, 0, []],
    [9, 9, ['file 9 was read before']],
    [6, 9, ['file 7 was expected after 6, and this is 9: usage may be missing']],
  ])('after file %i comes %i', (previousSequence, sequence, whys) => {
    const file = chargingFile({ records: [], sequence });
    const { problems } = readChargingFile(file, { ...given, previousSequence });
    expect(problems.map(({ why }) => why)).toEqual(whys);
  });

  it('a gap is a major alarm of the element that the feed stands for', () => {
    const file = chargingFile({ records: [ps(pgwRecord())], lost: 0x85 });
    const reading = readChargingFile(file, { ...given, element: 'pgw-1', previousSequence: 7 });
    sound(reading);
    expect(reading.events[1]).toMatchObject({
      type: 'alarm.reported',
      subject: 'pgw-1',
      id: 'cdr/10.1.2.3/9/sequence+lost',
      data: { perceivedSeverity: 'major', specificProblem: 'sequence, lost' },
    });
  });

  it('cut off: what stands before the cut is given', () => {
    const whole = chargingFile({ records: [ps(pgwRecord()), ps(pgwRecord({ part: 2 }))] });
    const reading = readChargingFile(whole.subarray(0, whole.length - 1), given);
    expect(reading.events).toHaveLength(1);
    expect(reading.problems.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable', 'count']);
  });

  it('a record that cannot be read, or is in another form, is told and passed over', () => {
    const broken = pgwRecord().map((byte, i) => (i === 3 ? 0xff : byte));
    const records = [ps(broken), { ...ps(pgwRecord()), format: 2 }, ps(pgwRecord())];
    const reading = readChargingFile(chargingFile({ records }), given);
    expect(reading.events).toHaveLength(1);
    expect(reading.problems).toMatchObject([
      { kind: 'bad-record', where: expect.stringMatching(/^record 1, byte \d+$/) },
      { kind: 'bad-record', why: 'the record is in unaligned-per, not in BER' },
    ]);
  });
});

describe('records of the packet gateway', () => {
  it('are data, summed over their volumes, in a session named by charging id and node', () => {
    const reading = read(
      ps(pgwRecord({ part: 3 })),
      ps(pgwRecord({ part: 4, opened: '260612102500', nodeId: 'pgw-a' })),
    );
    sound(reading);
    expect(reading.events[0]).toEqual({
      specversion: '1.0',
      source: 'cdr/10.1.2.3',
      id: `77/3/${Date.parse('2026-06-12T08:15Z')}`,
      type: 'usage.recorded',
      subject: 'svc-1',
      time: '2026-06-12T08:15:00Z',
      recordedtime: '2026-06-12T08:25:00Z',
      data: { kind: 'data', bytes: 24_500, sessionId: '10.1.2.3/77', part: 3, feed: 'cdr', visitedNetwork: '00101' },
    });
    expect(dataOf(reading)[1]).toMatchObject({ sessionId: 'pgw-a/77', part: 4 });
  });

  it('service data count where there are no traffic volumes, and not beside them', () => {
    const serviceData = [
      [10, 20],
      [30, 40],
    ] as const;
    const reading = read(ps(pgwRecord({ volumes: [], serviceData })), ps(pgwRecord({ serviceData })));
    expect(dataOf(reading)).toMatchObject([{ bytes: 100 }, { bytes: 24_500 }]);
    expect(dataOf(reading)[0]).not.toHaveProperty('part');
  });

  it('tell of the country by the serving network', () => {
    const reading = read(...['22f050', '12f810', '13f020', '130014'].map((plmn) => ps(pgwRecord({ plmn }))));
    expect(dataOf(reading)).toMatchObject([
      { country: 'RS', visitedNetwork: '22005' },
      { country: 'BA', visitedNetwork: '21801' },
      { country: 'US', visitedNetwork: '31002' },
      { country: 'US', visitedNetwork: '310410' },
    ]);
  });

  it('sent twice are the same event; another offset from UTC is another spelling', () => {
    const [first, again] = read(ps(pgwRecord({ part: 1 })), ps(pgwRecord({ part: 1 }))).events;
    expect(again).toEqual(first);
    const west = pgwRecord({ opened: '260612001500' });
    const at = Buffer.from(west).indexOf(Buffer.from('2606120015002b0200', 'hex'));
    west.set(Buffer.from('2d0330', 'hex'), at + 6);
    expect(read(ps(west)).events[0]).toMatchObject({ time: '2026-06-12T03:45:00Z' });
  });

  it('where the home networks are given, of strangers and of roaming nothing is counted here', () => {
    const home = { ...given, resolve: () => 'svc-1', homeNetworks: new Set(['00101']) };
    const records = [ps(pgwRecord()), ps(pgwRecord({ imsi: '901010000000001' })), ps(pgwRecord({ plmn: '12f810' }))];
    const reading = readChargingFile(chargingFile({ records }), home);
    expect(reading.events).toHaveLength(1);
    expect(reading.problems).toEqual([]);
    expect(reading.file.skipped).toEqual({
      'subscriber of another operator': 1,
      'data in another network: told by NRTRDE and TAP': 1,
    });
  });

  it('a duration of centuries is refused: its end is on no calendar', () => {
    const reading = read(ps(pgwRecord({ seconds: 366 * 86_400 + 1 })), ps(pgwRecord({ seconds: 2 ** 50 })));
    expect(reading.events).toEqual([]);
    expect(reading.problems).toMatchObject([
      { why: '[14] is longer than a year' },
      { why: '[14] is longer than a year' },
    ]);
    expect(read(ps(pgwRecord({ seconds: 366 * 86_400 }))).events).toHaveLength(1);
  });

  it('of other nodes are not counted: they saw the same bytes', () => {
    const serving = pgwRecord();
    serving[1] = 78;
    expect(read(ps(serving))).toMatchObject({ events: [], file: { skipped: { 'specification 7, record [78]': 1 } } });
  });
});

describe('records of the switch', () => {
  it('calls made and received', () => {
    const file = chargingFile({ records: [cs(callRecord()), cs(callRecord({ kind: 'mtc' }))] });
    const reading = readChargingFile(file, { ...given, destinationOf: (digits) => ({ prefix: digits.slice(0, 5) }) });
    sound(reading);
    expect(dataOf(reading)).toMatchObject([
      { kind: 'voice', direction: 'out', seconds: 61, destination: { prefix: '38160' }, feed: 'cdr' },
      { kind: 'voice', direction: 'in', seconds: 61, feed: 'cdr' },
    ]);
    expect(reading.events[0]).toMatchObject({ time: '2026-06-12T08:15:00Z', recordedtime: '2026-06-12T08:20:00Z' });
  });

  it('parts of a long call are one session; calls of the same reference at other times are not', () => {
    const parts = [1, 2].map((part) => cs(callRecord({ part, answered: `2606121${part}1500` })));
    const [one, two] = dataOf(read(...parts)) as { sessionId: string; part: number }[];
    expect(one?.sessionId).toBe(two?.sessionId);
    expect([one?.part, two?.part]).toEqual([1, 2]);
    const calls = ['260612101500', '260613101500'].map((answered) => cs(callRecord({ answered })));
    const [early, late] = dataOf(read(...calls)) as { sessionId: string }[];
    expect(early?.sessionId).not.toBe(late?.sessionId);
  });

  it('a call that was not answered, and a message that did not go out, are no usage', () => {
    const reading = read(cs(callRecord({ answered: null })), cs(smsRecord(true)), cs(smsRecord()));
    sound(reading);
    expect(dataOf(reading)).toEqual([{ kind: 'sms', direction: 'out', messages: 1, feed: 'cdr' }]);
    expect(reading.file.skipped).toEqual({ 'not answered': 1, 'message not sent': 1 });
  });

  it('a number with a star is a code, and has no destination', () => {
    const file = chargingFile({ records: [cs(callRecord({ called: 'a100' }))] });
    const reading = readChargingFile(file, { ...given, destinationOf: () => ({ zone: 'none' }) });
    expect(reading.problems).toEqual([]);
    expect(dataOf(reading)[0]).not.toHaveProperty('destination');
  });

  it('a subscriber who is not known is told by a hash', () => {
    const reading = read(cs(callRecord()), ps(pgwRecord()));
    const none = readChargingFile(chargingFile({ records: [cs(callRecord()), ps(pgwRecord())] }), {
      ...given,
      resolve: () => undefined,
    });
    sound(none);
    expect(reading.events).toHaveLength(2);
    expect(none.events).toEqual([]);
    const [a, b] = none.problems;
    expect(a?.why).toMatch(/^no service is known for subscriber [0-9a-f]{24}$/);
    expect(b?.why).toBe(a?.why);
  });
});

describe('bytes of any kind', () => {
  it('never a throw, never a number, always a reason', () => {
    const file = chargingFile({ records: [ps(pgwRecord({ part: 1 })), cs(callRecord()), cs(smsRecord())] });
    const change = fc.record({ at: fc.nat(file.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    const known = { ...given, resolve: () => 'svc-1' };
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.option(fc.nat(file.length - 1)), (changes, cut) => {
        const bytes = new Uint8Array(file);
        for (const { at, to } of changes) bytes[at] = to;
        const reading = readChargingFile(cut === null ? bytes : bytes.subarray(0, cut), known);
        const text = JSON.stringify(reading);
        for (const secret of made.personal()) expect(text).not.toContain(secret);
        for (const event of reading.events) {
          const decoded = decodeObject(event, { operators: new Map() });
          // A record of half a year is told of when it is too late for the door.
          if (!decoded.ok) expect(decoded.rejection.reason).toBe('beyond-memory');
        }
        if (cut !== null && changes.length === 0) expect(reading.file.complete).toBe(false);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readChargingFile(bytes, given).problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
