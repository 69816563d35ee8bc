import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { inventoryEvents } from '../../../pipelines/play/inventory.js';
import { asMapping, loadMapping, type Mapping, type WireEvent } from '../../../pipelines/play/mapping.js';
import { problemText, Tally } from '../../../pipelines/play/tally.js';
import { decodeObject } from '../../../pipelines/runtime/decode.js';

const examples = fileURLToPath(new URL('../../../docs/examples', import.meta.url));
const example = (name: string) => join(examples, name);
const exampleMapping = loadMapping(example('inventory-mapping.json'));

const folder = mkdtempSync(join(tmpdir(), 'dozor-inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function run(files: readonly string[], mapping: Mapping = exampleMapping) {
  const tally = new Tally();
  const events: WireEvent[] = [];
  for await (const event of inventoryEvents(files, mapping, tally)) events.push(event);
  return { events, tally, problems: tally.problems.map(problemText), warnings: tally.warnings.map(problemText) };
}

describe('the example', () => {
  const files = ['elements.csv', 'services.csv', 'history.csv'].map(example);

  it('gives elements, then services, then their history', async () => {
    const { events, problems, tally } = await run(files);
    expect(problems).toEqual([]);
    expect(events.map(({ type, subject }) => `${type} ${subject}`)).toEqual([
      'element.upserted core-example-1',
      'element.upserted cell-example-1',
      'element.upserted cell-example-2',
      'service.upserted svc-example-1',
      'service.upserted svc-example-2',
      'service.upserted svc-example-3',
      'service.upserted svc-example-4',
      'service.upserted svc-example-5',
      'history.imported svc-example-1',
      'history.imported svc-example-2',
    ]);
    expect(tally.report().slice(0, 3)).toEqual([
      'elements.csv: 3 rows, 3 events',
      'services.csv: 5 rows, 5 events',
      'history.csv: 4 rows, 2 events',
    ]);
  });

  it('every event is accepted', async () => {
    const operators = new Map([['a1-rs', { currency: 'RSD' }]]);
    for (const event of (await run(files)).events)
      expect(decodeObject(event, { operators })).toMatchObject({ ok: true });
  });

  it('an element, whole', async () => {
    const { events } = await run(files);
    expect(events[2]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^element\.upserted:cell-example-2:[0-9a-f]{16}$/) as string,
      source: 'inventory',
      type: 'element.upserted',
      subject: 'cell-example-2',
      time: '2026-07-01T00:00:00+02:00',
      data: {
        operator: 'a1-rs',
        kind: 'cell',
        technology: '5G',
        parent: 'core-example-1',
        links: ['cell-example-1'],
        latitude: 45.2551,
        longitude: 19.8452,
        district: 'Južnobački',
        populationCovered: 9500,
      },
    });
  });

  it('services, whole: with money, local dates, lists, contact; without what is empty', async () => {
    const { events } = await run(files);
    const data = (n: number) => events.find(({ subject }) => subject === `svc-example-${n}`)!.data;
    expect(data(1)).toEqual({
      operator: 'a1-rs',
      kind: 'mobile',
      customerId: 'cust-example-1',
      customerType: 'consumer',
      payment: 'postpaid',
      activeFrom: '2025-02-01T00:00:00+01:00',
      contractTo: '2027-02-01T00:00:00+01:00',
      monthlyFee: { amount: '1999.00', currency: 'RSD' },
      billingDay: 5,
      tariffId: 'example-m',
      servedBy: ['cell-example-1'],
      spendBar: true,
      language: 'sr-Latn',
      notifyBy: ['sms', 'email'],
      contact: { msisdn: '+381600000001', email: 'primer1@example.rs' },
    });
    expect(data(2)['servedBy']).toEqual(['cell-example-1', 'cell-example-2']);
    // 29 March 2026 has 23 hours; the day after begins in summer time.
    expect(data(3)).toMatchObject({
      monthlyFee: null,
      payment: 'prepaid',
      billingDay: 'last',
      activeFrom: '2026-03-30T00:00:00+02:00',
    });
    expect(data(3)).not.toHaveProperty('spendBar');
    expect(data(4)).toMatchObject({
      customerType: 'business',
      contractedDownBitsPerSecond: 50_000_000,
      contact: { email: 'primer4@example.rs' },
    });
    expect(data(4)['contact']).not.toHaveProperty('msisdn');
    expect(data(5)).toMatchObject({ kind: 'iptv', monthlyFee: { amount: '1200.50', currency: 'RSD' } });
  });

  it('a history, whole', async () => {
    const { events } = await run(files);
    const [of1, of2] = events
      .filter(({ type }) => type === 'history.imported')
      .map(({ data }) => data['cycles'] as unknown[]);
    expect(of1).toHaveLength(3);
    expect(of1![2]).toEqual({
      from: '2026-05-06T00:00:00+02:00',
      to: '2026-06-06T00:00:00+02:00',
      charges: { amount: '2499.99', currency: 'RSD' },
      usage: { dataBytes: 5_200_000_000, voiceSeconds: 14_400, messages: 21 },
    });
    expect(of2).toHaveLength(1);
  });

  it('a doubt is told and holds nothing back', async () => {
    expect((await run(files)).warnings).toEqual([
      'services.csv:4: svc-example-3: has no monthlyFee: no outage will ever be credited',
    ]);
  });

  it('history may be left out, and any order of the files will do', async () => {
    const { events } = await run([example('services.csv'), example('elements.csv')]);
    expect(events).toEqual((await run(files)).events.slice(0, 8));
  });

  it('is the same on a second run, from another place, packed or not', async () => {
    const first = await run(files);
    mkdirSync(join(folder, 'elsewhere'));
    copyFileSync(example('elements.csv'), join(folder, 'elsewhere/elements.csv'));
    writeFileSync(join(folder, 'elsewhere/services.csv.gz'), gzipSync(readFileSync(example('services.csv'))));
    const again = await run([
      join(folder, 'elsewhere/elements.csv'),
      join(folder, 'elsewhere/services.csv.gz'),
      example('history.csv'),
    ]);
    expect(again.events).toEqual(first.events);
  });

  it('a row that changed is another event, the others stay', async () => {
    const text = readFileSync(example('services.csv'), 'utf8').replace('4.500,00', '4.700,00');
    const changed = await run([example('elements.csv'), file('services.csv', text), example('history.csv')]);
    const before = new Set((await run(files)).events.map(({ id }) => id));
    expect(changed.events.filter(({ id }) => !before.has(id)).map(({ subject }) => subject)).toEqual(['svc-example-4']);
  });

  it('holds only contact data that is plainly made up', () => {
    const text = readFileSync(example('services.csv'), 'utf8');
    for (const [number] of text.matchAll(/\+\d+/g)) expect(number).toMatch(/^\+38160000000\d$/);
    for (const [address] of text.matchAll(/[^;"\s]+@[^;"\s]+/g)) expect(address).toMatch(/@example\.rs$/);
  });
});

describe('an inventory is looked at as a whole', () => {
  const header = 'element_id,kind,technology,parent_id,linked_to,latitude,longitude,district';
  const elements = (...lines: string[]) => file('elements.csv', [header, ...lines].join('\n'));
  const services = (...ids: string[]) =>
    file(
      'services.csv',
      [
        readFileSync(example('services.csv'), 'utf8').split('\n')[0],
        ...ids.map((id) => `${id};ACTIVE;MOB;c;P;0;01.02.2025.;;1,00;5;t;;cell-1;ne;;;`),
      ].join('\n'),
    );

  it.each<[string, () => string[], string[], string[]]>([
    [
      'an element twice',
      () => [elements('cell-1,CELL,,,,,,', 'cell-1,CELL,5G,,,,,')],
      [
        'elements.csv:3: gives element.upserted of cell-1 a second time for 2026-07-01T00:00:00+02:00: elements.csv:2 did',
      ],
      [],
    ],
    [
      'a service twice',
      () => [elements('cell-1,CELL,,,,,,'), services('svc-1', 'svc-2', 'svc-1')],
      [
        'services.csv:4: gives service.upserted of svc-1 a second time for 2026-07-01T00:00:00+02:00: services.csv:2 did',
      ],
      [],
    ],
    [
      'a circle of parents',
      () => [elements('cell-1,CELL,,cell-2,,,,', 'cell-2,CELL,,cell-1,,,,')],
      [
        'elements.csv:2: column parent: cell-1 is its own parent, by way of cell-2',
        'elements.csv:3: column parent: cell-2 is its own parent, by way of cell-1',
      ],
      [],
    ],
    [
      'a parent and a link that are not there',
      () => [elements('cell-1,CELL,,core-9,cell-9,,,')],
      [],
      [
        'elements.csv:2: element core-9, named by cell-1 (parent), is not in these files',
        'elements.csv:2: element cell-9, named by cell-1 (links), is not in these files',
      ],
    ],
    [
      'services on an element that is not there: told once',
      () => [services('svc-1', 'svc-2')],
      [],
      ['services.csv:2: element cell-1, named by svc-1 (servedBy), is not in these files'],
    ],
    [
      'a history of nobody',
      () => [example('history.csv'), elements('cell-1,CELL,,,,,,')],
      [],
      [
        'history.csv:2: service svc-example-1, named by svc-example-1 (history.imported), is not in these files',
        'history.csv:5: service svc-example-2, named by svc-example-2 (history.imported), is not in these files',
      ],
    ],
    [
      'two files of one name',
      () => [elements('cell-1,CELL,,,,,,'), example('elements.csv')],
      ['elements.csv: is the name of another file of this run, too: only the first is read'],
      [],
    ],
    [
      'a file that no table takes',
      () => [file('sites.csv', 'a,b\n1,2\n')],
      ['sites.csv: no table of the mapping takes this file'],
      [],
    ],
    ['a file that is not there', () => [join(folder, 'elements-2.csv')], ['elements-2.csv: is not there'], []],
  ])('%s', async (_, files, problems, warnings) => {
    const result = await run(files());
    expect({ problems: result.problems, warnings: result.warnings }).toEqual({ problems, warnings });
  });

  it('what is bad is not sent, what is sound is; the counts say so', async () => {
    const { events, problems, tally } = await run([
      elements(
        'cell-1,CELL,,,,x,,',
        'cell-2,TOWER,,,,,,',
        'cell-1,CELL,,,,95,,',
        'cell-3,CELL,6G,,,,,',
        'cell-4,CELL,5G,,,,,',
        'cell-4,CELL,5G,,,,,',
      ),
    ]);
    expect(events.map(({ subject }) => subject)).toEqual(['cell-4']);
    expect(problems).toEqual([
      'elements.csv:2: column latitude: "x" is no number',
      'elements.csv:3: column kind: "TOWER" is none of CELL, CORE',
      'elements.csv:4: column latitude: data.latitude of element.upserted must be <= 90',
      'elements.csv:5: column technology: data.technology of element.upserted must be one of 2G, 3G, 4G, 5G, xDSL, DOCSIS, GPON',
      'elements.csv:7: gives element.upserted of cell-4 a second time for 2026-07-01T00:00:00+02:00: elements.csv:6 did',
    ]);
    expect(tally.file('elements.csv')).toEqual({ rows: 6, events: 1, skipped: 0, bad: 5 });
  });

  it('rows that the mapping leaves out are counted', async () => {
    const text = readFileSync(example('services.csv'), 'utf8').replace(
      'svc-example-2;ACTIVE',
      'svc-example-2;TERMINATED',
    );
    const { tally, events } = await run([example('elements.csv'), file('services.csv', text)]);
    expect(tally.file('services.csv')).toEqual({ rows: 5, events: 4, skipped: 1, bad: 0 });
    expect(events.map(({ subject }) => subject)).not.toContain('svc-example-2');
  });

  it('a history of which a row cannot be read is not sent', async () => {
    const text = `${readFileSync(example('history.csv'), 'utf8')}svc-example-2;too;few\n`;
    const { events, problems } = await run([file('history.csv', text)]);
    expect(events).toEqual([]);
    expect(problems).toEqual([
      'history.csv:6: has 3 cells where there are 7 columns',
      'history.csv: no group of it is sent, because rows cannot be read: 1',
    ]);
  });

  it('tariffs are looked for where the files bring any', async () => {
    const mapping = asMapping({
      ...exampleMapping,
      tables: [
        ...exampleMapping.tables,
        {
          files: ['tariffs.csv'],
          time: { at: '2026-01-01T00:00:00Z' },
          events: [{ type: 'tariff.upserted', subject: '{id}', data: { tariffId: { column: 'id' }, currency: 'RSD' } }],
        },
      ],
    });
    const { warnings } = await run(
      [elements('cell-1,CELL,,,,,,'), services('svc-1'), file('tariffs.csv', 'id\nu\n')],
      mapping,
    );
    expect(warnings).toEqual(['services.csv:2: tariff t, named by svc-1 (tariffId), is not in these files']);
  });
});
