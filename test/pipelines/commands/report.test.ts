/** `dozor report`: the registers of notices and of late-billed data, from logs as installations have them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../pipelines/commands/report.js';
import {
  type LateUsageOptions,
  lateUsageRegister,
  reportLateUsage,
} from '../../../pipelines/commands/report-late-usage.js';
import {
  type NoticesOptions,
  noticesRegister,
  reportNotices,
  USE_TEMPLATES,
} from '../../../pipelines/commands/report-notices.js';
import type { Log } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { partitionOf, TICK_KEY, TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';
import { Engine } from '../../engine.js';
import { GappyLog } from '../io/log-gappy.js';

const packs = loadPacks([OWN_PACKS]);
const at = (text: string) => Date.parse(text);
const rsd = (amount: string, vat?: 'excluded') => ({ amount, currency: 'RSD', ...(vat && { vat }) });
const MSISDN = '+381600000042';
const june = { from: at('2026-06-01T00:00:00+02:00'), to: at('2026-07-01T00:00:00+02:00') };
const july = { from: june.to, to: at('2026-08-01T00:00:00+02:00') };

interface Event {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: object;
}
let n = 0;
const event = (type: string, subject: string, time: string, data: object, known?: string, id = `e${n++}`): Event => ({
  ...{ specversion: '1.0', id, source: 'test' },
  ...{ type, subject, time, data },
  ...(known && { recordedtime: known }),
});
const service = (subject: string, data: object = {}, time = '2026-01-01T00:00:00+01:00') =>
  event('service.upserted', subject, time, {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
    billingDay: 'last',
    ...data,
  });
/** Records of a log, parsed, by their columns. */
const rows = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('rows', () => {
  it('as CSV: a head, quotes where they must be, nothing that a spreadsheet would work out', () => {
    const row = {
      a: 'plain',
      b: 'with, comma and "quotes"',
      c: '=HYPERLINK("x")',
      d: MSISDN,
      e: '-12.00',
      f: null,
      g: { charges: rsd('1.00'), cycle: { from: 'x', to: 'y' } },
      h: ['p', 'q'],
      i: '@cmd',
      j: '-1+2',
    };
    expect(linesOf(Object.keys(row), [row], 'csv')).toEqual([
      'a,b,c,d,e,f,g,h,i,j',
      `plain,"with, comma and ""quotes""","'=HYPERLINK(""x"")",${MSISDN},-12.00,,charges 1.00 RSD; cycle from x; to y,p q,'@cmd,'-1+2`,
    ]);
  });

  it('as NDJSON: every column, null where nothing is known', () => {
    expect(linesOf(['a', 'b'], [{ a: 1, c: 2 }], 'ndjson')).toEqual(['{"a":1,"b":null}']);
    expect(linesOf(['a', 'b'], [], 'ndjson')).toEqual([]);
    expect(linesOf(['a', 'b'], [], 'csv')).toEqual(['a,b']);
  });
});

describe('the register of notices', () => {
  const partitions = { service: 2, element: 1, facts: 1, decisions: 3 };
  const story = () => [
    service('s1', {
      limits: { daily: { dataBytes: 1_000 } },
      activeFrom: '2026-06-10T00:00:00+02:00',
      contact: { msisdn: MSISDN, name: 'Petra Petrović' },
    }),
    service('s2', { spendBar: true }),
    event('usage.recorded', 's2', '2026-06-10T12:00:00+02:00', { kind: 'premium', charge: rsd('5000.01') }),
    event('usage.recorded', 's1', '2026-06-10T12:00:00+02:00', { kind: 'data', bytes: 1_001 }),
    event('porting.accepted', 's2', '2026-06-01T00:00:00+02:00', { portingId: 'p' }, '2026-06-11T00:00:00+02:00'),
    event('porting.completed', 's2', '2026-06-05T12:00:00+02:00', { portingId: 'p' }, '2026-06-11T00:00:00+02:00'),
  ];
  const told = async (log?: Log) => {
    const engine = await Engine.open({ packs, partitions, ...(log && { log }) });
    await engine.take(story().map((one) => JSON.stringify(one)));
    await engine.moveClock('2026-07-02T00:00:00+02:00');
    await engine.work();
    return engine;
  };
  const options = (over: Partial<NoticesOptions> = {}): NoticesOptions => ({
    ...june,
    format: 'ndjson',
    withContacts: false,
    ...over,
  });

  it('has each notice on use and charges once, by time, with traffic and clause, and no name or number', async () => {
    const { log } = await told();
    const lines = await noticesRegister(log, options());
    expect(rows(lines).map(({ time, service: of, template, clause }) => [time, of, template, clause])).toEqual([
      ['2026-06-10T12:00:00+02:00', 's1', 'traffic-atypical', 'A1 14.2'],
      ['2026-06-10T12:00:00+02:00', 's2', 'spend-barred', 'A1 14.3'],
      ['2026-06-10T12:00:00+02:00', 's2', 'spend-warning', 'A1 14.3'],
    ]);
    expect(rows(lines)[0]).toMatchObject({
      submittedAt: null,
      operator: 'a1-rs',
      late: false,
      traffic: { window: 'day', measure: 'dataBytes', value: 1_001, average: 0, from: '2026-06-10T00:00:00+02:00' },
      decision: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const text = lines.join();
    expect(text).not.toContain(MSISDN.slice(1));
    expect(text).not.toContain('Petra');
    expect(rows(lines)[0]).not.toHaveProperty('number');
  });

  it('name and number come in only where they are asked for, and where they are known', async () => {
    const { log } = await told();
    const found = rows(await noticesRegister(log, options({ withContacts: true })));
    expect(found.map(({ service: of, name, number }) => [of, name, number])).toEqual([
      ['s1', 'Petra Petrović', MSISDN],
      ['s2', null, null],
      ['s2', null, null],
    ]);
    const csv = await noticesRegister(log, options({ withContacts: true, format: 'csv' }));
    expect(csv[0]).toBe('time,submittedAt,service,name,number,operator,template,clause,traffic,late,noticeId,decision');
    expect(csv[1]).toMatch(
      /^2026-06-10T12:00:00\+02:00,,s1,Petra Petrović,\+381600000042,a1-rs,traffic-atypical,A1 14\.2,"?window day; /,
    );
  });

  it('says when a notice was first on its way; failed is not', async () => {
    const engine = await told();
    const [first, second] = rows(await noticesRegister(engine.log, options()));
    const progress = (notice: unknown, state: string, hour: string) =>
      JSON.stringify(event('notice.progressed', 's1', `2026-07-03T${hour}:00:00+02:00`, { noticeId: notice, state }));
    await engine.take([
      progress(first!['noticeId'], 'failed', '08'),
      progress(first!['noticeId'], 'delivered', '10'),
      progress(first!['noticeId'], 'submitted', '09'),
      progress(second!['noticeId'], 'failed', '09'),
    ]);
    const found = rows(await noticesRegister(engine.log, options()));
    expect(found.map(({ submittedAt }) => submittedAt)).toEqual(['2026-07-03T09:00:00+02:00', null, null]);
  });

  it('a period holds its beginning, not its end; other notices come where they are named', async () => {
    const { log } = await told();
    const noon = at('2026-06-10T12:00:00+02:00');
    const count = async (over: Partial<NoticesOptions>) => (await noticesRegister(log, options(over))).length;
    expect(await count({ from: noon, to: noon + 1 })).toBe(3);
    expect(await count({ from: june.from, to: noon })).toBe(0);
    expect(await count({ from: noon + 1, to: june.to })).toBe(0);
    expect(await count({ templates: ['porting-compensation'] })).toBe(1);
    await expect(noticesRegister(log, options({ templates: ['no-such'] }))).rejects.toThrow('no template no-such');
    expect(USE_TEMPLATES).toContain('spend-doubled');
    expect(USE_TEMPLATES).not.toContain('repair-overdue');
  });

  it('a copy counts once, and a log with gaps gives the same', async () => {
    const { log } = await told();
    const lines = await noticesRegister(log, options());
    const gappy = new GappyLog();
    for (const [topic, count] of [
      [TOPICS.decisions, 3],
      [TOPICS.serviceEvents, 2],
    ] as const) {
      await gappy.ensureTopic(topic, count);
      for (let partition = 0; partition < count; partition++) {
        const records = await log.read({ topic, partition }, 0, 1_000);
        for (const { key, value } of [...records].reverse()) await gappy.append({ topic, partition }, [{ key, value }]);
        for (const { key, value } of records) await gappy.append({ topic, partition }, [{ key, value }]);
      }
    }
    expect(await noticesRegister(gappy, options())).toEqual(lines);
  });

  it('reads the folder of an installation, and refuses a period that is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-report-'));
    try {
      const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' });
      const installation = await Installation.open(config, packs);
      await installation.gate.takeLines(
        story().map((one) => JSON.stringify(one)),
        1,
        { name: 'test' },
      );
      await installation.gate.takeLines(
        [
          JSON.stringify(
            event(
              'usage.recorded',
              's2',
              '2026-05-10T12:00:00+02:00',
              { kind: 'premium', charge: rsd('12.50') },
              '2026-06-12T12:00:00+02:00',
            ),
          ),
        ],
        1,
        { name: 'test' },
      );
      installation.start();
      await installation.gate.moveClock(july.from);
      for (let i = 0; i < 500 && !(await installation.caughtUp()); i++)
        await new Promise((next) => setTimeout(next, 20));
      // Beside the process that runs it.
      const notices = rows(await reportNotices(config, options())).map(({ template }) => template);
      expect(notices).toEqual(['traffic-atypical', 'spend-barred', 'spend-warning', 'spend-doubled']);
      const late = await reportLateUsage(config, packs, { ...june, format: 'ndjson' });
      expect(rows(late.lines)).toMatchObject([{ service: 's2', charge: rsd('12.50') }]);
      await installation.stop();
      await expect(reportNotices(config, options({ to: june.from }))).rejects.toThrow('--to should lie after --from');
      await expect(reportLateUsage(config, packs, { ...june, to: june.from, format: 'csv' })).rejects.toThrow('--to');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the register of late-billed data', () => {
  const COUNT = 2;
  const use = (subject: string, time: string, known: string, data: object, id?: string) =>
    event('usage.recorded', subject, time, { kind: 'premium', charge: rsd('10.00'), ...data }, known, id);
  const logOf = async (events: readonly (Event | string)[], log: Log = new MemoryLog({ now: () => 0 })) => {
    await log.ensureTopic(TOPICS.serviceEvents, COUNT);
    for (const one of events) {
      const key = typeof one === 'string' ? 's1' : one.subject;
      const value = typeof one === 'string' ? Buffer.from(one) : toBytes(one);
      await log.append({ topic: TOPICS.serviceEvents, partition: partitionOf(key, COUNT) }, [{ key, value }]);
    }
    return log;
  };
  const register = async (events: readonly (Event | string)[], over: Partial<LateUsageOptions> = {}) =>
    lateUsageRegister(await logOf(events), packs, { ...july, format: 'ndjson', ...over });
  const brief = async (events: readonly (Event | string)[], over: Partial<LateUsageOptions> = {}) =>
    rows((await register(events, over)).lines).map(
      ({ service: of, cycleFrom, records, withdrawn, unrated, charge }) =>
        `${of} ${String(cycleFrom).slice(0, 10)} ${records}+${withdrawn}-${unrated}? ${(charge as { amount: string }).amount}`,
    );
  const JUNE = '2026-06-20T12:00:00+02:00';

  it.each([
    ['the last instant of the cycle', '2026-06-30T23:59:59.999+02:00', []],
    ['the first one after it', '2026-07-01T00:00:00+02:00', ['s1 2026-06-01 1+0-0? 10.00']],
  ])('a record that became known at %s', async (_, known, found) => {
    expect(await brief([service('s1'), use('s1', JUNE, known, {})], { from: june.from })).toEqual(found);
  });

  it('by service and cycle, with the sum of what came, when, and which records', async () => {
    const events = [
      service('s2'),
      service('s1', { billingDay: 5 }),
      use('s1', '2026-06-05T23:59:59+02:00', '2026-07-08T12:00:00+02:00', {}, 'b'),
      use('s1', '2026-06-06T00:00:00+02:00', '2026-07-07T12:00:00+02:00', { charge: rsd('0.01') }, 'c'),
      use('s1', '2026-06-30T12:00:00+02:00', '2026-07-07T12:00:00+02:00', { charge: rsd('0.02') }, 'a'),
      use('s2', JUNE, '2026-07-09T12:00:00+02:00', {}),
      use('s2', JUNE, '2026-06-21T12:00:00+02:00', {}),
    ];
    expect(await brief(events)).toEqual([
      's1 2026-05-06 1+0-0? 10.00',
      's1 2026-06-06 2+0-0? 0.03',
      's2 2026-06-01 1+0-0? 10.00',
    ]);
    expect(rows((await register(events)).lines)[1]).toEqual({
      service: 's1',
      operator: 'a1-rs',
      cycleFrom: '2026-06-06T00:00:00+02:00',
      cycleTo: '2026-07-06T00:00:00+02:00',
      records: 2,
      withdrawn: 0,
      unrated: 0,
      charge: rsd('0.03'),
      firstKnown: '2026-07-07T12:00:00+02:00',
      lastKnown: '2026-07-07T12:00:00+02:00',
      events: ['test#a', 'test#c'],
    });
    const csv = (await register(events, { format: 'csv' })).lines;
    expect(csv[0]).toBe(
      'service,operator,cycleFrom,cycleTo,records,withdrawn,unrated,charge,firstKnown,lastKnown,events',
    );
    expect(csv[2]).toMatch(/,2,0,0,0\.03 RSD,.*,test#a test#c$/);
  });

  it('VAT is added where it is not in, and rounded once for the cycle', async () => {
    const late = (id: string) => use('s1', JUNE, '2026-07-02T00:00:00+02:00', { charge: rsd('0.02', 'excluded') }, id);
    // 0.024 each: three make 0.072, where three rounded ones made 0.06.
    expect(await brief([service('s1'), late('a'), late('b'), late('c')])).toEqual(['s1 2026-06-01 3+0-0? 0.07']);
  });

  it('what is withdrawn late is taken off, whether it had come in time or not', async () => {
    const cancel = (recordId: string, known: string) => event('usage.cancelled', 's1', known, { recordId });
    const events = [
      service('s1'),
      use('s1', JUNE, '2026-06-21T00:00:00+02:00', { charge: rsd('30.00') }, 'in-time'),
      use('s1', JUNE, '2026-07-02T00:00:00+02:00', { charge: rsd('5.00') }, 'late'),
      cancel('in-time', '2026-07-03T00:00:00+02:00'),
    ];
    expect(await brief(events)).toEqual(['s1 2026-06-01 1+1-0? -25.00']);
    expect(await brief([...events, cancel('late', '2026-07-04T00:00:00+02:00')])).toEqual([
      's1 2026-06-01 1+2-0? -30.00',
    ]);
    // One that was withdrawn before it came was never billed.
    const first = [service('s1'), cancel('late', '2026-07-01T12:00:00+02:00'), events[2]!];
    expect(await brief(first)).toEqual([]);
    // Withdrawn within the cycle: nothing of a cycle that was over.
    expect(await brief([...events.slice(0, 2), cancel('in-time', '2026-06-30T00:00:00+02:00')], june)).toEqual([]);
  });

  it('a late TAP record counts by what it adds to the NRTRDE record that it replaces', async () => {
    const roaming = (feed: string, known: string, amount: string, id: string) =>
      use('s1', JUNE, known, { kind: 'voice', seconds: 60, sessionId: 'x', feed, charge: rsd(amount) }, id);
    const events = [
      service('s1'),
      roaming('nrtrde', '2026-06-20T14:00:00+02:00', '100.00', 'n'),
      roaming('tap', '2026-07-10T00:00:00+02:00', '120.50', 't'),
    ];
    expect(await brief(events)).toEqual(['s1 2026-06-01 1+0-0? 20.50']);
  });

  it('a record that its tariff rates is counted, and said to be unrated', async () => {
    const bare = event('usage.recorded', 's1', JUNE, { kind: 'sms' }, '2026-07-02T00:00:00+02:00');
    expect(await brief([service('s1'), bare])).toEqual(['s1 2026-06-01 1+0-1? 0.00']);
  });

  it('only what became known within the period', async () => {
    const on = (known: string) => use('s1', JUNE, known, {});
    const events = [
      service('s1'),
      on('2026-07-01T00:00:00+02:00'),
      on('2026-07-31T23:59:59+02:00'),
      on('2026-08-01T00:00:00+02:00'),
    ];
    expect(await brief(events)).toEqual(['s1 2026-06-01 2+0-0? 20.00']);
    expect(await brief(events, { from: july.to, to: july.to + 1 })).toEqual(['s1 2026-06-01 1+0-0? 10.00']);
  });

  it('copies, strays, ticks and bad lines count for nothing; a service told of later is known', async () => {
    const late = use('s1', JUNE, '2026-07-02T00:00:00+02:00', {}, 'once');
    const bad = { ...use('s1', JUNE, '2026-07-02T00:00:00+02:00', { charge: rsd('-1.005') }), id: 'bad' };
    const events = [late, '"usage.', JSON.stringify(late), bad, service('s1'), { ...late }];
    const log = await logOf(events);
    const home = partitionOf('s1', COUNT);
    const tick = { key: TICK_KEY, value: toBytes({ tick: 1, clock: 0, note: '"usage.' }) };
    await log.append({ topic: TOPICS.serviceEvents, partition: home }, [tick]);
    // A foreign producer hashed otherwise: the task sends it on, and it stands in both.
    await log.append({ topic: TOPICS.serviceEvents, partition: 1 - home }, [{ key: 's1', value: toBytes(late) }]);
    const found = await lateUsageRegister(log, packs, { ...july, format: 'ndjson' });
    expect(rows(found.lines)).toMatchObject([{ service: 's1', records: 1, charge: rsd('10.00') }]);
    expect(found.unknown).toBe(0);
  });

  it('records of a service that nobody told of are counted apart', async () => {
    const { lines, unknown } = await register([use('s9', JUNE, '2026-07-02T00:00:00+02:00', {})]);
    expect([lines, unknown]).toEqual([[], 1]);
  });

  it('is the same for a log with gaps and for another number of partitions', async () => {
    const events = ['s1', 's2', 's3', 's4'].flatMap((id) => [
      service(id),
      use(id, JUNE, '2026-07-02T00:00:00+02:00', {}),
    ]);
    const { lines } = await register(events);
    expect(rows(lines).map(({ service: of }) => of)).toEqual(['s1', 's2', 's3', 's4']);
    const gappy = await logOf(events, new GappyLog());
    expect((await lateUsageRegister(gappy, packs, { ...july, format: 'ndjson' })).lines).toEqual(lines);
    expect(
      (await lateUsageRegister(new MemoryLog({ now: () => 0 }), packs, { ...july, format: 'ndjson' })).lines,
    ).toEqual([]);
  });
});
