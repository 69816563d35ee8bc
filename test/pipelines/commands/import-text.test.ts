/** `dozor import` of text: CSV by a mapping with identities, NDJSON, and detail files of RADIUS over several runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportFormat, ImportOptions } from '../../../pipelines/commands/import.js';
import { asMapping, mappingProblems } from '../../../pipelines/play/mapping.js';
import { IMSI } from '../io/formats/writers.js';
import { eventsIn, folderOf, imported, subscribersIn, TestDoor } from './import-door.js';

const KEY = 'a made-up key for tests';
const folder = folderOf('import-text');
const services = folder.path('services.csv');
let runs = 0;

beforeAll(() => writeFileSync(services, `identity,serviceId\nimsi:${IMSI},svc-1\nuser:made-up@example,svc-1\n`));
afterAll(() => folder.forget());

function put(name: string, text: string | Uint8Array): string {
  writeFileSync(folder.path(name), text);
  return folder.path(name);
}

async function dry(format: ImportFormat, files: readonly string[], over: Partial<ImportOptions> = {}) {
  const out = folder.path(`out-${(runs += 1)}.ndjson`);
  const subscribers = await subscribersIn(services, KEY);
  const state = { stateFolder: folder.path(`state-${runs}`) };
  const done = await imported({ format, files, to: { is: 'dry', out }, subscribers, ...state, ...over });
  return { ...done, ...eventsIn(out) };
}

const usage = (id: string, bytes = 1) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: 'test',
    type: 'usage.recorded',
    subject: 'svc-1',
    time: '2026-06-12T10:00:00Z',
    data: { kind: 'data', bytes },
  });

describe('NDJSON', () => {
  it('goes through as it is; a bad line is told by file and line, and the rest goes on', async () => {
    const file = put('a.ndjson', `${usage('a')}\n\n{"id":\n${usage('b', -1)}\n${usage('c')}`);
    const { code, said, events } = await dry('ndjson', [file]);
    expect(code).toBe(1);
    expect(events.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(said).toMatch(/a\.ndjson: line 3: the line is no JSON/);
    expect(said).toMatch(/a\.ndjson: line 4: .*negative/);
  });

  it('packed and cut off is an error, never the end', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => usage(`z-${i}`, i * 7_919)).join('\n');
    const packed = gzipSync(lines);
    expect((await dry('ndjson', [put('whole.ndjson.gz', packed)])).events).toHaveLength(5_000);
    const cut = await dry('ndjson', [put('cut.ndjson.gz', packed.subarray(0, packed.length / 2))]);
    expect(cut.code).toBe(1);
    expect(cut.said).toMatch(/cut\.ndjson\.gz: after line \d+: cannot be read to its end: unexpected end of file/);
    expect(cut.events.length).toBeGreaterThan(100);
  });
});

const mapping = {
  name: 'calls',
  about: 'calls with an IMSI',
  source: 'mediation',
  zone: 'Europe/Belgrade',
  order: 'file',
  tables: [
    {
      files: ['calls*.csv'],
      time: { column: 'start' },
      identity: { imsi: 'imsi', msisdn: 'number', as: 'service' },
      optional: ['number'],
      events: [
        {
          type: 'usage.recorded',
          subject: '{service}',
          id: '{reference}',
          data: { kind: 'sms', messages: { constant: 1 }, sessionId: { column: 'reference' } },
        },
      ],
    },
  ],
};

describe('CSV with identities', () => {
  const map = () => put('mapping.json', JSON.stringify(mapping));
  const row = (imsi: string, reference: string) => `${imsi},2026-06-12T10:00:00+02:00,${reference}`;

  it('takes the service from the list; two records of one second are two; a stranger is told without its number', async () => {
    const stranger = '001019999999999';
    const file = put(
      'calls.csv',
      ['imsi,start,reference', row(IMSI, 'r1'), row(IMSI, 'r2'), row(stranger, 'r3')].join('\n'),
    );
    const { code, said, events, text } = await dry('csv', [file], { map: map() });
    expect(code).toBe(1);
    expect(events).toMatchObject([
      { id: 'r1', subject: 'svc-1', data: { kind: 'sms' } },
      { id: 'r2', subject: 'svc-1' },
    ]);
    expect(said).toContain('calls.csv:4: column imsi, number: no service is known for it');
    for (const secret of [IMSI, stranger]) expect(text + said).not.toContain(secret);
    // The record's own id names it: a copy under another name is the same.
    const copy = await dry('csv', [put('calls-copy.csv', readFileSync(file, 'utf8'))], { map: map() });
    expect(copy.text).toBe(text);
  });

  it('without a list it does not begin', async () => {
    const options = {
      format: 'csv',
      files: [put('calls.csv', 'imsi\n')],
      map: map(),
      stateFolder: folder.path('x'),
    } as const;
    await expect(imported({ ...options, to: { is: 'dry' } })).rejects.toThrow('--services');
    const { map: _, ...none } = options;
    await expect(imported({ ...none, to: { is: 'dry' } })).rejects.toThrow('--map');
  });

  it('a mapping may put an identity nowhere else', () => {
    expect(mappingProblems(asMapping(mapping))).toEqual([]);
    const [table] = mapping.tables;
    const event = table!.events[0]!;
    const wrong = (over: object) => {
      const tables = [{ ...table, events: [{ ...event, ...over }] }];
      return mappingProblems({ ...mapping, tables }).map(({ why }) => why);
    };
    for (const over of [
      { subject: '{imsi}' },
      { id: '{imsi}-{reference}' },
      { data: { ...event.data, sessionId: { column: 'imsi' } } },
    ]) {
      expect(wrong(over)).toEqual(['holds the column imsi, which names a subscriber: use service']);
    }
    const untimed = { ...table!, time: undefined, events: [{ ...event, time: { column: 'start' } }] };
    const problems = mappingProblems(JSON.parse(JSON.stringify({ ...mapping, tables: [untimed] })));
    expect(problems).toEqual([
      { path: 'tables.0.time', why: 'is missing: which service an identity is hangs on the time' },
    ]);
  });
});

describe('RADIUS detail files', () => {
  const T0 = Date.parse('2026-06-12T10:00:00Z') / 1_000;
  const record = (status: string, minute: number, octets: number, user = 'made-up@example', session = 'd1') =>
    [
      'some day',
      `\tAcct-Status-Type = ${status}`,
      `\tUser-Name = "${user}"`,
      `\tAcct-Session-Id = "${session}"`,
      '\tNAS-IP-Address = 10.0.0.1',
      `\tAcct-Session-Time = ${minute * 60}`,
      `\tAcct-Input-Octets = ${octets % 2 ** 32}`,
      `\tAcct-Input-Gigawords = ${Math.floor(octets / 2 ** 32)}`,
      `\tTimestamp = ${T0 + minute * 60}`,
      '',
      '',
    ].join('\n');
  const day1 = record('Start', 0, 0) + record('Interim-Update', 5, 3_000_000_000);
  const day2 = record('Interim-Update', 10, 5_000_000_000) + record('Stop', 12, 5_000_000_100);

  it('a session goes on from file to file and run to run, and a file read again is nothing new', async () => {
    const door = new TestDoor(folder.path('door'));
    await door.open();
    try {
      const subscribers = await subscribersIn(services, KEY);
      const options = {
        format: 'radius-detail',
        to: { is: 'door', target: door.target },
        stateFolder: folder.path('detail-state'),
        subscribers,
      } as const;
      const one = put('detail-1', day1);
      const two = put('detail-2', day2);
      expect(await imported({ ...options, files: [one] })).toMatchObject({
        code: 0,
        said: expect.stringContaining('1 events sent'),
      });
      expect(await imported({ ...options, files: [two] })).toMatchObject({
        code: 0,
        said: expect.stringContaining('2 events sent'),
      });
      for (const files of [[one], [two], [one, two], [put('a-copy', day1)]]) {
        expect(await imported({ ...options, files })).toMatchObject({
          code: 0,
          said: expect.stringContaining('0 events sent'),
        });
      }
    } finally {
      await door.close();
    }
    const events = await door.events();
    expect(events.map(({ data }) => data.bytes)).toEqual([3_000_000_000, 2_000_000_000, 100]);
    // Long after its sessions are forgotten a file is known by what is in it.
    const state = JSON.parse(readFileSync(folder.path('detail-state/state.json'), 'utf8'));
    writeFileSync(folder.path('detail-state/state.json'), JSON.stringify({ ...state, sessions: [] }));
    const stateFolder = folder.path('detail-state');
    expect(await dry('radius-detail', [put('copy-of-2', day2)], { stateFolder })).toMatchObject({
      code: 0,
      events: [],
      said: expect.stringContaining('was read before: nothing of it is new'),
    });
  });

  it('a record that is cut off is told; what came whole counts', async () => {
    const { code, said, events } = await dry('radius-detail', [put('cut', day1.slice(0, -30))]);
    expect(code).toBe(1);
    expect(events).toEqual([]);
    expect(said).toMatch(/problem: \S+cut: line \d+: /);
  });

  it('a subscriber who is put into the list later is counted when the file is read again', async () => {
    const door = new TestDoor(folder.path('door-late'));
    await door.open();
    const list = put('late.csv', 'user:somebody@example,svc-7\n');
    const file = put('late-detail', record('Start', 0, 0, 'late@example') + record('Stop', 9, 700, 'late@example'));
    const run = async () =>
      imported({
        format: 'radius-detail',
        files: [file],
        to: { is: 'door', target: door.target },
        stateFolder: folder.path('late-state'),
        subscribers: await subscribersIn(list, KEY),
      });
    try {
      const first = await run();
      expect(first.code).toBe(1);
      expect(first.said).toMatch(
        /late-detail: line 11: field userName: session \S+: no service is known for subscriber /,
      );
      expect(first.said).not.toContain('late@example');
      put('late.csv', 'user:late@example,svc-8\n');
      expect(await run()).toMatchObject({ code: 0, said: expect.stringContaining('1 events sent') });
      expect(await run()).toMatchObject({ code: 0, said: expect.stringContaining('0 events sent') });
    } finally {
      await door.close();
    }
    expect((await door.events()).map(({ subject, data }) => [subject, data.bytes])).toEqual([['svc-8', 700]]);
  });
});
