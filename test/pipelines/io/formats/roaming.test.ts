import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { application } from '../../../../pipelines/io/formats/ber.js';
import type { FileReading, Given, WireEvent } from '../../../../pipelines/io/formats/format.js';
import { readNrtrde } from '../../../../pipelines/io/formats/nrtrde.js';
import { readTap } from '../../../../pipelines/io/formats/tap.js';
import { decodeObject } from '../../../../pipelines/runtime/decode.js';
import * as made from './writers.js';

const { given, nrtrdeEvent, nrtrdeFile, tapCall, tapData, tapFile, tapNotification } = made;
const OPERATORS = { operators: new Map() };

function usageOf(reading: FileReading): readonly (WireEvent & { type: 'usage.recorded' })[] {
  return reading.events.filter((event) => event.type === 'usage.recorded');
}

/** What every reading must keep to, whatever was read. */
function sound(reading: FileReading): void {
  const text = JSON.stringify(reading);
  for (const secret of made.personal()) expect(text).not.toContain(secret);
  for (const event of reading.events) {
    expect(decodeObject(event, OPERATORS)).toMatchObject({ ok: true });
    expect(event.data).not.toHaveProperty('charge');
  }
}

describe('TAP', () => {
  it('tells of calls, messages and data, in local times with their offsets', () => {
    const events = [
      tapCall(),
      tapCall({ kind: 'mtc', seconds: 30, charge: 0 }),
      tapCall({ service: '22', seconds: 0, charge: 100, reference: '01' }),
      tapCall({ service: '21', kind: 'mtc', seconds: 0, charge: 0, reference: '02' }),
      tapData(),
    ];
    const destinationOf = (digits: string) => ({ country: 'RS', prefix: digits.slice(0, 3) });
    const reading = readTap(tapFile({ events, audit: { charge: 2_300 } }), { ...given, destinationOf });
    sound(reading);
    expect(reading.problems).toEqual([]);
    expect(reading.file).toEqual({
      format: 'tap',
      is: 'batch',
      sender: 'AUTPT',
      recipient: 'SRBNO',
      sequence: 42,
      version: '3.12',
      createdAt: '2026-06-13T00:00:00Z',
      cutOffAt: '2026-06-12T22:00:00Z',
      availableAt: '2026-06-13T01:00:00Z',
      records: 5,
      recordsStated: 5,
      wholesale: { currency: 'XDR', charges: '2.300', taxes: '0.000' },
      skipped: {},
      complete: true,
      problemCount: 0,
    });
    const [call, received, sms, smsIn, data] = usageOf(reading);
    expect(call).toEqual({
      specversion: '1.0',
      source: 'tap/AUTPT-SRBNO',
      id: '42/1',
      type: 'usage.recorded',
      subject: 'svc-1',
      time: '2026-06-12T08:15:00Z',
      recordedtime: '2026-06-13T01:00:00Z',
      data: {
        kind: 'voice',
        direction: 'out',
        seconds: 61,
        destination: { country: 'RS', prefix: '381' },
        sessionId: expect.stringMatching(/^[0-9a-f]{24}$/),
        feed: 'tap',
        country: 'AT',
      },
    });
    expect(received?.data).toMatchObject({ kind: 'voice', direction: 'in', seconds: 30 });
    expect(sms?.data).toMatchObject({ kind: 'sms', direction: 'out', messages: 1 });
    expect(smsIn?.data).toMatchObject({ kind: 'sms', direction: 'in', messages: 1 });
    expect(data?.data).toMatchObject({ kind: 'data', bytes: 5_250_000 });
    expect(data?.data).not.toHaveProperty('part');
  });

  it('is the same with indefinite lengths, and with zeros behind it', () => {
    const events = [tapCall(), tapData()];
    const plain = readTap(tapFile({ events, audit: { charge: 2_200 } }), given);
    const padded = Buffer.concat([tapFile({ events, indefinite: true, audit: { charge: 2_200 } }), Buffer.alloc(64)]);
    expect(readTap(new Uint8Array(padded), given)).toEqual(plain);
    expect(plain.problems).toEqual([]);
  });

  it('a notification says that there is nothing to bill', () => {
    const reading = readTap(tapNotification(), { ...given, previousSequence: 42 });
    expect(reading).toMatchObject({
      events: [],
      problems: [],
      file: { is: 'notification', sequence: 43, complete: true },
    });
  });

  it('of test data nothing counts', () => {
    const reading = readTap(tapFile({ events: [tapCall()], test: true, audit: { charge: 1_500 } }), given);
    expect(reading.events).toEqual([]);
    expect(reading.file).toMatchObject({ test: true, skipped: { 'test file': 1 } });
    expect(reading.problems).toMatchObject([{ kind: 'test-file' }]);
  });

  it.each([
    ['count', { count: 3, charge: 1_500 }, 'the file says 3 events, and has 1'],
    ['total', { charge: 1_499 }, 'the charges are 1.499 by the audit, and 1.500 when added up'],
    ['total', { charge: 1_500, tax: 1 }, 'the taxes are 0.001 by the audit, and 0.000 when added up'],
    ['total', { charge: 1_500, earliest: '20260612101501' }, 'an event is earlier than the earliest by the audit'],
    ['total', { charge: 1_500, latest: '20260612101459' }, 'an event is later than the latest by the audit'],
    ['count', false, 'the batch has no audit control information'],
  ] as const)('the audit is checked: %s %j', (kind, audit, why) => {
    const reading = readTap(tapFile({ events: [tapCall()], audit }), given);
    expect(reading.problems).toMatchObject([{ kind, why }]);
    expect(reading.file.complete).toBe(false);
    expect(reading.events).toHaveLength(1);
  });

  it('charges of types that are parts of the total are not added to it, taxes are added up', () => {
    const audit = { charge: 1_500, tax: 300, earliest: '20260612101500', latest: '20260612101500' };
    const reading = readTap(tapFile({ events: [tapCall({ tax: 300 })], audit }), given);
    expect(reading.problems).toEqual([]);
    expect(reading.file.wholesale).toEqual({ currency: 'XDR', charges: '1.500', taxes: '0.300' });
  });

  it.each([
    [41, '00042', []],
    [99_999, '00001', []],
    [42, '00042', ['file 42 was read before']],
    [39, '00042', ['file 40 was expected after 39, and this is 42: usage may be missing']],
  ] as const)('after file %i comes %s', (previousSequence, sequence, whys) => {
    const file = tapFile({ events: [], sequence });
    expect(readTap(file, { ...given, previousSequence }).problems.map(({ why }) => why)).toEqual(whys);
  });

  it('a subscriber who is not known is a problem with a hash, the same for the same subscriber', () => {
    const events = ['001019999999999', '001019999999999', '001018888888888'].map((imsi) => tapCall({ imsi }));
    const reading = readTap(tapFile({ events, audit: { charge: 4_500 } }), { ...given, resolve: () => undefined });
    sound(reading);
    expect(reading.events).toEqual([]);
    const [a, b, c] = reading.problems;
    expect(a).toMatchObject({ kind: 'unresolved', where: expect.stringMatching(/^event 1, byte \d+$/) });
    expect(b?.why).toBe(a?.why);
    expect(c?.why).not.toBe(a?.why);
    expect(JSON.stringify(reading)).not.toMatch(/00101[89]{4}/);
    // Unknown subscribers are no gap in the file.
    expect(reading.file.complete).toBe(true);
  });

  it.each(['381601234567', '+381', made.IMSI, made.MSISDN, ''])('a service may not be named %j', (id) => {
    const reading = readTap(tapFile({ events: [tapCall()], audit: { charge: 1_500 } }), {
      ...given,
      resolve: () => id,
    });
    expect(reading.events).toEqual([]);
    expect(reading.problems).toMatchObject([{ kind: 'unresolved' }]);
  });

  it.each([
    ['an offset that the file has not', tapCall({ offsetCode: 1 }), /no offset from UTC of this code/],
    [
      'a subscriber of digits that are none',
      tapCall({ imsi: '00101a' }),
      /\[APPLICATION 129\] holds no decimal digits/,
    ],
    ['30 February', tapCall({ start: '20260230101500' }), /the time is none of the calendar/],
    ['a time of letters', tapCall({ start: 'yesterday' }), /form YYYYMMDDhhmmss/],
    ['a bearer service', tapCall({ bearer: '26' }), /circuit-switched data call/],
    ['an unknown teleservice', tapCall({ service: '91' }), /teleservice that is not known/],
    ['a negative duration', tapCall({ seconds: -1 }), /\[APPLICATION 223\] is negative/],
  ])('%s', (_, event, why) => {
    const events = [event, tapCall()];
    const reading = readTap(tapFile({ events, audit: { charge: 3_000 } }), given);
    sound(reading);
    // The event behind it is read all the same.
    expect(usageOf(reading).at(-1)).toMatchObject({ id: '42/2' });
    expect(reading.events).toHaveLength(1);
    expect(reading.problems).toMatchObject([{ why: expect.stringMatching(why) }]);
  });

  it('an emergency call is free, and of what is no usage the kinds are counted', () => {
    const other = made.node(application(11));
    const events = [tapCall({ service: '12', charge: 0 }), other];
    const reading = readTap(tapFile({ events }), given);
    expect(reading.events).toEqual([]);
    expect(reading.problems).toEqual([]);
    expect(reading.file.skipped).toEqual({ 'emergency call: free of charge': 1, 'supplementary service': 1 });
  });

  it('a version that is not known is said, and the file is read', () => {
    const reading = readTap(tapFile({ events: [tapCall()], release: 13, audit: { charge: 1_500 } }), given);
    expect(reading.problems).toMatchObject([{ kind: 'version' }]);
    expect(reading.events).toHaveLength(1);
  });

  it('where an element is given, an incomplete file is an alarm of it, the same each time it is read', () => {
    const file = tapFile({ events: [tapCall()], audit: { charge: 1_500, count: 2 } });
    const first = readTap(file, { ...given, element: 'feed-tap', recordedAt: Date.parse('2026-06-13T05:00Z') });
    const again = readTap(file, { ...given, element: 'feed-tap', recordedAt: Date.parse('2026-06-20T05:00Z') });
    const [alarm, other] = [first, again].map(({ events }) => events.find(({ type }) => type === 'alarm.reported'));
    sound(first);
    expect(alarm).toMatchObject({
      subject: 'feed-tap',
      id: 'tap/AUTPT/42/count',
      time: '2026-06-13T01:00:00Z',
      recordedtime: '2026-06-13T05:00:00Z',
      data: { perceivedSeverity: 'minor', specificProblem: 'count' },
    });
    expect({ ...other, recordedtime: alarm?.recordedtime }).toEqual(alarm);
  });
});

describe('NRTRDE', () => {
  it('tells of the same, sooner', () => {
    const events = [
      nrtrdeEvent(),
      nrtrdeEvent({ kind: 'mtc' }),
      nrtrdeEvent({ service: '22' }),
      nrtrdeEvent({ kind: 'gprs' }),
    ];
    const reading = readNrtrde(nrtrdeFile({ events }), given);
    sound(reading);
    expect(reading.problems).toEqual([]);
    expect(reading.file).toMatchObject({
      format: 'nrtrde',
      sender: 'AUTPT',
      sequence: 7,
      version: '2.1',
      availableAt: '2026-06-12T11:00:00Z',
      delaySecondsMax: 9_839,
      records: 4,
      complete: true,
    });
    expect(usageOf(reading).map(({ data }) => data)).toMatchObject([
      { kind: 'voice', direction: 'out', seconds: 61, feed: 'nrtrde', country: 'AT' },
      { kind: 'voice', direction: 'in', seconds: 61 },
      { kind: 'sms', direction: 'out', messages: 1 },
      { kind: 'data', bytes: 5_250_000, part: '2026-06-12T09:00:00Z' },
    ]);
    expect(readNrtrde(nrtrdeFile({ events, indefinite: true }), given)).toEqual(reading);
  });

  it('a count that does not fit, a gap, an event told of too late', () => {
    const file = nrtrdeFile({ events: [nrtrdeEvent()], count: 2, available: '20260612141602' });
    const { problems } = readNrtrde(file, { ...given, previousSequence: 5 });
    expect(problems.map(({ kind, why }) => `${kind}: ${why}`)).toEqual([
      'sequence: file 6 was expected after 5, and this is 7: usage may be missing',
      'count: the file says 2 events, and has 1',
      'note: an event was told of 4.0 h after its end, and not within 4 h',
    ]);
    const inTime = nrtrdeFile({ events: [nrtrdeEvent()], available: '20260612141601' });
    expect(readNrtrde(inTime, given).problems).toEqual([]);
  });

  it('is not taken for TAP, nor TAP for it', () => {
    expect(readTap(nrtrdeFile({ events: [nrtrdeEvent()] }), given)).toMatchObject({
      events: [],
      file: { complete: false },
    });
    expect(readNrtrde(tapFile({ events: [tapCall()] }), given)).toMatchObject({
      events: [],
      file: { complete: false },
    });
  });
});

describe('a TAP record has the key of the NRTRDE record of the same event', () => {
  const keyOf = (reading: FileReading) =>
    usageOf(reading).map(({ data: { kind, sessionId, part } }) => ({ kind, sessionId, part }));
  const tap = (...events: Uint8Array[]) => keyOf(readTap(tapFile({ events, audit: false }), given));
  const nrtrde = (...events: Uint8Array[]) => keyOf(readNrtrde(nrtrdeFile({ events }), given));

  it('calls made and received, and messages', () => {
    const [made, received, sms] = tap(tapCall(), tapCall({ kind: 'mtc' }), tapCall({ service: '22' }));
    expect(nrtrde(nrtrdeEvent(), nrtrdeEvent({ kind: 'mtc' }), nrtrdeEvent({ service: '22' }))).toEqual([
      made,
      received,
      sms,
    ]);
    expect(made?.sessionId).not.toBe(received?.sessionId);
  });

  it('the same instant in another offset is the same call', () => {
    expect(nrtrde(nrtrdeEvent({ start: '20260612081500', offset: '+0000' }))).toEqual(tap(tapCall()));
  });

  it('parts of a data context by their starts; a record of the whole stands for all of them', () => {
    const starts = ['20260612110000', '20260612113000'];
    const parts = nrtrde(...starts.map((start) => nrtrdeEvent({ kind: 'gprs', start })));
    expect(tap(...starts.map((start, i) => tapData({ start, partial: 'FL'[i]! })))).toEqual(parts);
    const [whole] = tap(tapData());
    expect(whole).toEqual({ kind: 'data', sessionId: parts[0]?.sessionId, part: undefined });
    expect(parts[1]?.sessionId).toBe(whole?.sessionId);
  });

  it('another reference, start, subscriber or kind is another event', () => {
    const known = { ...given, resolve: () => 'svc-1' };
    const others = [
      tapCall(),
      tapCall({ reference: '00ab13' }),
      tapCall({ start: '20260612101501' }),
      tapCall({ imsi: '001010123456780' }),
      tapCall({ kind: 'mtc' }),
    ];
    const keys = keyOf(readTap(tapFile({ events: others, audit: false }), known)).map(({ sessionId }) => sessionId);
    expect(new Set(keys).size).toBe(others.length);
  });

  it('whatever the reference, also with a highest bit that would make it negative', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (reference) => {
        const bytes = reference.toString(16).padStart(8, '0');
        expect(nrtrde(nrtrdeEvent({ reference }))).toEqual(tap(tapCall({ reference: bytes })));
      }),
    );
  });

  it('is another one under another key', () => {
    const other: Given = { ...given, hashKey: new TextEncoder().encode('another key for tests') };
    const file = tapFile({ events: [tapCall()], audit: false });
    expect(keyOf(readTap(file, other))).not.toEqual(keyOf(readTap(file, given)));
    expect(() => readTap(file, { ...given, hashKey: new Uint8Array(15) })).toThrow('16 bytes or more');
  });
});

describe('the country of a partner', () => {
  const countryOf = (sender: string, networkOf?: Given['networkOf']) => {
    const file = tapFile({ events: [tapCall()], sender, audit: { charge: 1_500 } });
    const [event] = usageOf(readTap(file, { ...given, ...(networkOf && { networkOf }) }));
    return { country: event?.data.country, visitedNetwork: event?.data.visitedNetwork };
  };

  it.each([
    ['BIHER', 'BA'],
    ['MNEMT', 'ME'],
    ['XKXVA', 'XK'],
    ['ROMMF', 'RO'],
    // A state that is no more: nobody can say which of its heirs.
    ['YUGTM', undefined],
  ])('%s: %s', (sender, country) => {
    expect(countryOf(sender)).toEqual({ country, visitedNetwork: undefined });
  });

  it('is that which the caller knows, where it knows one', () => {
    const networkOf = (code: string) => (code === 'YUGPM' ? { country: 'ME', visitedNetwork: '29701' } : undefined);
    expect(countryOf('YUGPM', networkOf)).toEqual({ country: 'ME', visitedNetwork: '29701' });
    expect(countryOf('AUTPT', networkOf)).toEqual({ country: 'AT', visitedNetwork: undefined });
  });
});

describe('bytes of any kind', () => {
  const tap = tapFile({ events: [tapCall(), tapData()], audit: { charge: 2_200 } });
  const nrtrde = nrtrdeFile({ events: [nrtrdeEvent(), nrtrdeEvent({ kind: 'gprs' })] });

  it.each([
    ['TAP', readTap, tap],
    ['TAP, indefinite', readTap, tapFile({ events: [tapCall(), tapData()], indefinite: true })],
    ['NRTRDE', readNrtrde, nrtrde],
  ] as const)(
    '%s: changed, cut or drawn at random, never a throw, never a number, always a reason',
    (_, read, file) => {
      const change = fc.record({ at: fc.nat(file.length - 1), to: fc.integer({ min: 0, max: 255 }) });
      fc.assert(
        fc.property(fc.array(change, { maxLength: 4 }), fc.option(fc.nat(file.length - 1)), (changes, cut) => {
          const bytes = new Uint8Array(file);
          for (const { at, to } of changes) bytes[at] = to;
          const reading = read(cut === null ? bytes : bytes.subarray(0, cut), { ...given, resolve: () => 'svc-1' });
          const text = JSON.stringify(reading);
          for (const secret of made.personal()) expect(text).not.toContain(secret);
          for (const event of reading.events) {
            // A changed year may be out of what the door takes; a field of a wrong form may not.
            const decoded = decodeObject(event, OPERATORS);
            if (!decoded.ok) expect(['time-ahead', 'beyond-memory']).toContain(decoded.rejection.reason);
          }
          if (cut !== null) expect(reading.file.complete).toBe(false);
        }),
        { numRuns: 1_500 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          const reading = read(bytes, given);
          expect(reading.events).toEqual([]);
          expect(reading.problems.length).toBeGreaterThan(0);
        }),
        { numRuns: 1_000 },
      );
    },
  );
});
