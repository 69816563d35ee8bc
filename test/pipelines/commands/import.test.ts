/** `dozor import` of records: what becomes of files that are sound, cut, come twice, late or not at all. */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportFormat, type ImportOptions, mannerOf } from '../../../pipelines/commands/import.js';
import { positionFile } from '../../../pipelines/commands/import-sender.js';
import { Replay } from '../../../pipelines/runtime/replay.js';
import {
  CALLED,
  callRecord,
  chargingFile,
  IMSI,
  MSISDN,
  nrtrdeEvent,
  nrtrdeFile,
  pgwRecord,
  smsRecord,
  tapCall,
  tapData,
  tapFile,
} from '../io/formats/writers.js';
import { eventsIn, folderOf, imported, packs, subscribersIn, TestDoor } from './import-door.js';

const KEY = 'a made-up key for tests';
const folder = folderOf('import');
const services = folder.path('services.csv');
let runs = 0;

beforeAll(() => writeFileSync(services, `identity,serviceId\nimsi:${IMSI},svc-1\n`));
afterAll(() => folder.forget());

function put(name: string, bytes: Uint8Array | string): string {
  const file = folder.path(name);
  writeFileSync(file, bytes);
  return file;
}

async function dry(format: ImportFormat, files: readonly string[], over: Partial<ImportOptions> = {}) {
  const out = folder.path(`out-${(runs += 1)}.ndjson`);
  const subscribers = await subscribersIn(services, KEY);
  const given = { homeNetworks: ['00101'], stateFolder: folder.path(`state-${runs}`), subscribers, ...over };
  const done = await imported({ format, files, to: { is: 'dry', out }, ...given });
  return { ...done, ...eventsIn(out) };
}

const tap = (sequence = '00042', more: readonly Uint8Array[] = []) =>
  tapFile({ events: [tapCall(), tapData(), ...more], sequence, audit: { charge: 1_500 + 700 + 1_500 * more.length } });
const cs = (bytes: Uint8Array) => ({ bytes, specification: 6 });
const ps = (bytes: Uint8Array) => ({ bytes, specification: 7 });

describe('a file of records', () => {
  it('of each format becomes use, named by the file or the record and by no number of a subscriber', async () => {
    const charging = chargingFile({ records: [ps(pgwRecord()), cs(callRecord()), cs(smsRecord())] });
    const nrtrde = nrtrdeFile({ events: [nrtrdeEvent(), nrtrdeEvent({ kind: 'gprs' })] });
    for (const [format, bytes, kinds] of [
      ['tap', tap(), ['voice', 'data']],
      ['nrtrde', nrtrde, ['voice', 'data']],
      ['charging', charging, ['data', 'voice', 'sms']],
    ] as const) {
      const { code, events, said, text } = await dry(format, [put(`a.${format}`, bytes)]);
      expect(said).toContain(`${kinds.length} of use`);
      expect(code).toBe(0);
      expect(events.map(({ data }) => data.kind)).toEqual(kinds);
      for (const secret of [IMSI, MSISDN, CALLED]) expect(text + said).not.toContain(secret);
    }
  });

  it('read twice, packed or under another name, gives the same events', async () => {
    const first = await dry('tap', [put('b.tap', tap())]);
    const other = await dry('tap', [put('other-name.tap.gz', gzipSync(tap()))]);
    expect(other.text).toBe(first.text);
  });

  it('of NRTRDE and TAP name a call alike: by that the second replaces the first', async () => {
    const keys = async (format: ImportFormat, bytes: Uint8Array) =>
      (await dry(format, [put(`c.${format}`, bytes)])).events.map(({ data: { sessionId } }) => sessionId);
    const nrtrde = nrtrdeFile({ events: [nrtrdeEvent(), nrtrdeEvent({ kind: 'gprs' })] });
    expect(await keys('tap', tap())).toEqual(await keys('nrtrde', nrtrde));
  });

  it('tells of an identity that is not in the list by file, place and field, and never the identity', async () => {
    const stranger = '001019999999999';
    const file = put('d.tap', tap('00042', [tapCall({ imsi: stranger, reference: '00cd' })]));
    const { code, said, events } = await dry('tap', [file]);
    expect(code).toBe(1);
    expect(events).toHaveLength(2);
    expect(said).toMatch(
      /problem: \S+d\.tap: event 3, byte \d+: field imsi, msisdn: no service is known for subscriber /,
    );
    expect(said).not.toContain(stranger);
    expect(said).not.toContain(MSISDN);
  });

  it('data used abroad by way of the home gateway is left to TAP; without home networks nothing is read', async () => {
    const records = [ps(pgwRecord()), ps(pgwRecord({ chargingId: 78, plmn: '32f201' }))];
    const file = put('e.cdr', chargingFile({ records }));
    const { code, said, events } = await dry('charging', [file]);
    expect(code).toBe(0);
    expect(events).toHaveLength(1);
    expect(said).toContain('passed over: 1 data in another network: told by NRTRDE and TAP');
    const { homeNetworks: _, ...none } = { homeNetworks: undefined };
    const subscribers = await subscribersIn(services, KEY);
    const given = {
      format: 'charging',
      files: [file],
      subscribers,
      stateFolder: folder.path('none'),
      ...none,
    } as const;
    await expect(imported({ ...given, to: { is: 'dry' } })).rejects.toThrow('--home-networks');
  });

  it('says when the network lost records, and when there are fewer than the header says', async () => {
    const file = put('f.cdr', chargingFile({ records: [ps(pgwRecord())], count: 3, lost: 0x85 }));
    const { code, said, events } = await dry('charging', [file]);
    expect(code).toBe(1);
    expect(events).toHaveLength(1);
    expect(said).toContain('f.cdr: header: the network says that it lost 5 records (lost)');
    expect(said).toContain('f.cdr: header: the file says that it has 3 records, and has 1 (count)');
    expect(said).toContain('told of: 1 lost, 1 count');
  });

  it('named on the command line and not there is an error before anything is read', async () => {
    await expect(dry('tap', [folder.path('nowhere.tap')])).rejects.toThrow('there is no such file');
  });

  it('of another format is told with its name', async () => {
    for (const format of ['tap', 'nrtrde', 'charging'] as const) {
      for (const bytes of [new Uint8Array(), Buffer.from('identity,serviceId\n'), gzipSync('x')]) {
        const { code, said, events } = await dry(format, [put('g.bin', bytes)]);
        expect(code).toBe(1);
        expect(events).toEqual([]);
        expect(said).toMatch(/g\.bin: (?:file, byte 0|header): .*\(unreadable\)/);
      }
    }
  });
});

describe('NRTRDE and then TAP of the same use, in either order', () => {
  it.each(['nrtrde, tap', 'tap, nrtrde', 'nrtrde, tap, tap'])('%s: it counts once', async (order) => {
    const nrtrde = nrtrdeFile({ events: [nrtrdeEvent(), nrtrdeEvent({ kind: 'gprs' })] });
    const told = [];
    for (const format of order.split(', ') as ('tap' | 'nrtrde')[]) {
      const bytes = format === 'tap' ? tap() : nrtrde;
      told.push(...(await dry(format, [put(`order.${format}`, bytes)])).events);
    }
    const exceeded: unknown[] = [];
    const story = new Replay({
      packs,
      decided: ({ type, data }) => {
        if (type === 'limit.exceeded') exceeded.push(data);
      },
    });
    // Once the calls are 61 s and the data 5,250,000 bytes: one more of either would be too much.
    const service = (limits: object) =>
      JSON.stringify({
        specversion: '1.0',
        id: 'svc-1',
        source: 'test',
        type: 'service.upserted',
        subject: 'svc-1',
        time: '2026-06-01T00:00:00Z',
        data: { operator: 'a1-rs', kind: 'mobile', customerId: 'c', activeFrom: '2025-01-01T00:00:00Z', limits },
      });
    const lines = [
      service({ daily: { voiceSeconds: 100, dataBytes: 6_000_000 } }),
      ...told.map((one) => JSON.stringify(one)),
    ];
    for (const [i, line] of lines.entries()) story.line(line, i + 1);
    story.finish();
    expect(story.counts.rejected).toBe(0);
    expect(exceeded).toEqual([]);
    // The same with a limit just below shows that it is counted at all.
    const low = new Replay({
      packs,
      decided: ({ type, data }) => {
        if (type === 'limit.exceeded') exceeded.push(data);
      },
    });
    lines[0] = service({ daily: { voiceSeconds: 60, dataBytes: 5_249_999 } });
    for (const [i, line] of lines.entries()) low.line(line, i + 1);
    low.finish();
    expect(exceeded).toHaveLength(2);
  });
});

describe('a file that is not whole', () => {
  const whole: Readonly<Record<'tap' | 'nrtrde' | 'charging', Uint8Array>> = {
    tap: tap('00042', [tapCall({ kind: 'mtc', reference: '00ef' })]),
    nrtrde: nrtrdeFile({ events: [nrtrdeEvent(), nrtrdeEvent({ kind: 'mtc' }), nrtrdeEvent({ kind: 'gprs' })] }),
    charging: chargingFile({ records: [ps(pgwRecord()), cs(callRecord()), cs(smsRecord())] }),
  };

  it.each(['tap', 'nrtrde', 'charging'] as const)('%s cut off anywhere is told, with exit code 1', async (format) => {
    const { text } = await dry(format, [put('whole', whole[format])]);
    const lines = text.trimEnd().split('\n');
    for (let length = 0; length < whole[format].length; length += 7) {
      const { code, events } = await dry(format, [put('cut', whole[format].subarray(0, length))]);
      expect(code, `cut at ${length}`).toBe(1);
      // What was whole is sent, and is what it is in the whole file.
      for (const event of events) expect(lines).toContain(JSON.stringify(event));
    }
  });

  it.each(['tap', 'nrtrde', 'charging'] as const)(
    '%s with any byte changed leaves no record out in silence',
    async (format) => {
      const bytes = whole[format];
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const changed = Uint8Array.from(bytes);
          changed[at]! ^= change;
          const { code, events, said } = await dry(format, [put('changed', changed)]);
          if (code === 1) return;
          const [, records, passed = ''] = /: (\d+) records, \d+ of use(.*)/.exec(said) ?? [];
          const passedOver = [...passed.matchAll(/(\d+) [a-z]/g)].reduce((sum, [, n]) => sum + Number(n), 0);
          expect(events.length + passedOver).toBe(Number(records));
        }),
        { numRuns: 300 },
      );
    },
  );

  it('packed and cut off: nothing of it is taken', async () => {
    const packed = gzipSync(whole.tap);
    const { code, said, events } = await dry('tap', [put('h.tap.gz', packed.subarray(0, packed.length - 9))]);
    expect(code).toBe(1);
    expect(events).toEqual([]);
    expect(said).toContain('cannot be read');
  });
});

describe('to a door', () => {
  const given = async (state: string, door: TestDoor, over: Partial<ImportOptions> = {}) => ({
    to: { is: 'door', target: door.target } as const,
    stateFolder: folder.path(state),
    subscribers: await subscribersIn(services, KEY),
    homeNetworks: ['00101'],
    ...over,
  });

  it('a second time nothing is new; a missing file is said once and until it comes', async () => {
    const door = new TestDoor(folder.path('door-1'));
    await door.open();
    try {
      const options = await given('state-door-1', door, { element: 'feed-tap' });
      const files = ['00042', '00043', '00046', '00045', '00044'].map((n) => put(`${n}.tap`, tap(n)));
      const run = (some: readonly string[]) => imported({ ...options, format: 'tap', files: some });
      expect(await run(files.slice(0, 2))).toMatchObject({ code: 0, said: expect.stringContaining('4 events sent') });
      const again = await run(files.slice(0, 1));
      expect(again).toMatchObject({ code: 0, said: expect.stringContaining('0 events sent, 2 known already') });
      expect(again.said).toContain('file 42 of tap/AUTPT-SRBNO was read before');

      // 44 and 45 are missing: two events, and an alarm.
      const ahead = await run([files[2]!]);
      expect(ahead.said).toContain(
        'problem: tap/AUTPT-SRBNO: files 44-45 did not come: usage may be missing (sequence)',
      );
      expect(ahead.said).toContain('3 events sent');
      expect(ahead.code).toBe(1);
      const filling = await run([files[3]!]);
      expect(filling.said).toContain('note: tap/AUTPT-SRBNO: file 44 did not come');
      expect(filling.code).toBe(0);
      const last = await run([files[4]!]);
      expect(last.said).not.toContain('did not come');
      // Two of use, and the end of the alarm.
      expect(last).toMatchObject({ code: 0, said: expect.stringContaining('3 events sent') });
      expect(door.refused).toBe(0);
    } finally {
      await door.close();
    }
  });

  it('broken off in the middle, it goes on where it was, and every event arrives once', async () => {
    const door = new TestDoor(folder.path('door-2'));
    await door.open();
    const lines = Array.from({ length: 3_200 }, (_, i) =>
      JSON.stringify({
        specversion: '1.0',
        id: `u-${i}`,
        source: 'test',
        type: 'usage.recorded',
        subject: `svc-${i % 7}`,
        time: '2026-06-12T10:00:00Z',
        data: { kind: 'data', bytes: i },
      }),
    );
    const file = put('many.ndjson', `${lines.join('\n')}\n`);
    try {
      const options = await given('state-door-2', door);
      const run = () => imported({ ...options, format: 'ndjson', files: [file] });
      door.breaksAt = 1_700;
      await expect(run()).rejects.toThrow(/503|half way/);
      door.lines = 0;
      door.breaksAt = Number.POSITIVE_INFINITY;
      const { code, said } = await run();
      expect(said).toContain('3200 events sent, 0 known already');
      expect(code).toBe(0);
      // The third chunk once more, to see that the door has it, and what was left.
      expect(door.lines).toBe(500 + 1_700);
      // A finished run leaves no position: the door says what is known.
      expect(await run()).toMatchObject({
        code: 0,
        said: expect.stringContaining('0 events sent, 3200 known already'),
      });
    } finally {
      await door.close();
    }
    const ids = (await door.events()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(3_200);
    expect(ids).toHaveLength(3_200);
  });

  it('two at a time do not work with one state; one that was killed hinders nobody', async () => {
    const door = new TestDoor(folder.path('door-4'));
    await door.open();
    try {
      const options = await given('state-door-4', door);
      const file = put('lock.tap', tap('00050'));
      const run = () => imported({ ...options, format: 'tap', files: [file] });
      mkdirSync(folder.path('state-door-4'));
      put('state-door-4/import.pid', `${process.pid}`);
      await expect(run()).rejects.toThrow(`another import (process ${process.pid})`);
      // No process has this number: it is past the greatest that there can be.
      put('state-door-4/import.pid', '99999999');
      expect((await run()).code).toBe(0);
      expect(readdirSync(folder.path('state-door-4'))).toEqual(['state.json']);
    } finally {
      await door.close();
    }
  });

  it('a position that the door knows nothing of is not believed', async () => {
    const first = new TestDoor(folder.path('door-3'));
    await first.open();
    const lines = Array.from({ length: 1_300 }, (_, i) => ({ id: `v-${i}`, subject: `svc-${i}` })).map((own) =>
      JSON.stringify({
        specversion: '1.0',
        source: 'test',
        type: 'usage.recorded',
        time: '2026-06-12T10:00:00Z',
        data: { kind: 'data', bytes: 1 },
        ...own,
      }),
    );
    const file = put('lost.ndjson', lines.join('\n'));
    const options = await given('state-door-3', first);
    first.breaksAt = 1_100;
    await expect(imported({ ...options, format: 'ndjson', files: [file] })).rejects.toThrow();
    await first.close();
    // Another installation under the same address, as after a restore.
    const second = new TestDoor(folder.path('door-3-restored'));
    await second.open();
    try {
      movePosition(folder.path('state-door-3'), second.target.url, file);
      const again = { ...options, to: { is: 'door', target: second.target } as const };
      const { said, code } = await imported({ ...again, format: 'ndjson', files: [file] });
      expect(code).toBe(0);
      expect(said).toContain('800 events sent, 500 known already');
    } finally {
      await second.close();
    }
    expect(new Set((await second.events()).map(({ id }) => id)).size).toBe(1_300);
  });
});

/** Makes the only position of a folder that of the same file at another address. */
function movePosition(state: string, url: string, file: string): void {
  const [found, ...others] = readdirSync(state).filter((name) => name.startsWith('position-'));
  expect(others).toEqual([]);
  renameSync(join(state, found!), positionFile(state, url, mannerOf({ format: 'ndjson', files: [file] }), file));
}
