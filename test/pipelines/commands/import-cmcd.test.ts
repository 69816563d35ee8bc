/** `dozor import --format cmcd`: a server's logs into sessions, at a dry run and at a door. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImportOptions } from '../../../pipelines/commands/import.js';
import { folderOf, imported, subscribersIn, TestDoor, toldOn } from './import-door.js';

const folder = folderOf('import-cmcd');
afterAll(() => folder.forget());
let runs = 0;

/** A session of a list and some pieces, every four seconds. */
function log(sid: string, clock: string, service: string | undefined, pieces: number): readonly string[] {
  const line = (seconds: number, cmcd: object) =>
    JSON.stringify({
      time: new Date(Date.parse(`2026-06-10T${clock}Z`) + seconds * 1_000).toISOString(),
      url: `/${seconds}.m4s`,
      status: 200,
      device: 'smart-tv',
      ...(service !== undefined && { service }),
      cmcd: { sid, cid: 'rts1', ...cmcd },
    });
  return [
    line(0, { ot: 'm', su: true }),
    ...Array.from({ length: pieces }, (_, i) =>
      line(1 + 4 * i, { ot: 'v', br: 6_000, tb: 8_000, d: 4_000, bl: 8_000 }),
    ),
  ];
}

function put(name: string, lines: readonly string[]): string {
  const text = `${lines.join('\n')}\n`;
  writeFileSync(folder.path(name), name.endsWith('.gz') ? gzipSync(text) : text);
  return folder.path(name);
}

async function dry(files: readonly string[], over: Partial<ImportOptions> = {}) {
  const out = folder.path(`out-${(runs += 1)}.ndjson`);
  const stateFolder = folder.path(`state-${runs}`);
  const done = await imported({ format: 'cmcd', files, to: { is: 'dry', out }, stateFolder, ...over });
  const events = readFileSync(out, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { ...done, events };
}

describe('import of CMCD logs', () => {
  it('a session that goes on in the next file is one, packed or not', async () => {
    const lines = log('s-1', '18:00:00', 'tv-1', 10);
    const { code, said, events } = await dry([put('a.log.gz', lines.slice(0, 5)), put('b.log', lines.slice(5))]);
    expect([code, events.length]).toEqual([0, 1]);
    expect(events[0]).toMatchObject({
      id: 's-1/rts1',
      type: 'tv.played',
      subject: 'tv-1',
      data: { device: 'smart-tv', seconds: 36, deliveredBitsPerSecond: 6_000_000, nominalBitsPerSecond: 8_000_000 },
    });
    expect(said).toContain('11 requests of 1 sessions, 0 lines without');
  });

  it('identities in place of opaque ids are looked up, and appear nowhere', async () => {
    const services = folder.path('services.csv');
    writeFileSync(services, 'identity,serviceId\nuser:ana@example,svc-tv-9\n');
    const subscribers = await subscribersIn(services, 'a made-up key for tests');
    const files = [
      put('who.log', [...log('s-2', '18:00:00', 'ana@example', 4), ...log('s-3', '19:00:00', 'eve@example', 4)]),
    ];
    const { code, said, events } = await dry(files, { subscribers });
    expect(code).toBe(1);
    expect(events.map(({ subject }) => subject)).toEqual(['svc-tv-9']);
    expect(said).toContain('line 6: nobody knows whose session it is (unresolved)');
    expect(said + JSON.stringify(events)).not.toContain('@example');
  });

  it('a bad line is told with file and number, and the exit code is 1', async () => {
    const { code, said, events } = await dry([put('bad.log', ['{"cmcd":', ...log('s-4', '18:00:00', 'tv-1', 3)])]);
    expect([code, events.length]).toEqual([1, 1]);
    expect(said).toMatch(/bad\.log: line 1: field line: is no JSON \(bad-record\)/);
  });

  it('sent twice, in other files and another order, it is taken once', async () => {
    const data = folder.path('installation');
    const door = new TestDoor(data);
    await door.open();
    const lines = [...log('s-5', '18:00:00', 'tv-1', 6), ...log('s-6', '18:10:00', 'tv-2', 6)];
    const send = (files: readonly string[]) =>
      imported({ format: 'cmcd', files, to: { is: 'door', target: door.target }, stateFolder: folder.path('state') });
    expect((await send([put('c.log', lines)])).said).toContain('2 events sent, 0 known already');
    expect((await send([put('d.log', lines.slice(7)), put('e.log', lines.slice(0, 7).toReversed())])).said).toContain(
      '0 events sent, 2 known already',
    );
    await door.close();
    expect((await toldOn(data)).map(({ subject }) => subject).sort()).toEqual(['tv-1', 'tv-2']);
  });
});
