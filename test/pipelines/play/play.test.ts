import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseInstant } from '../../../pipelines/domain/units.js';
import type { WireEvent } from '../../../pipelines/play/mapping.js';
import { PLAY_PACKS, type PlaySet, playAll, playEvents, playSets, shiftEvent } from '../../../pipelines/play/play.js';
import { Tally } from '../../../pipelines/play/tally.js';
import { decodeObject } from '../../../pipelines/runtime/decode.js';
import { loadPacks } from '../../../pipelines/runtime/packs.js';

const packs = loadPacks([PLAY_PACKS]);
// The folder holds the packs of other made-up operators, too.
const operators = new Map([...packs.operators()].filter(([operator]) => operator.startsWith('play-')));

async function all(events: AsyncIterable<WireEvent>): Promise<WireEvent[]> {
  const list: WireEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

function countsOf(events: readonly WireEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

const timesOf = (events: readonly WireEvent[]) => events.map(({ time }) => parseInstant(time)!);
const inOrder = (times: readonly number[]) => times.every((time, i) => i === 0 || times[i - 1]! <= time);

describe('the packs of the made-up operators', () => {
  it('are sound, and say that they are made up', () => {
    expect([...operators.keys()].sort()).toEqual(['play-line', 'play-mobile', 'play-regional']);
    for (const file of ['play-line', 'play-mobile', 'play-regional']) {
      const pack = JSON.parse(readFileSync(join(PLAY_PACKS, `${file}.2010-01-01.json`), 'utf8')) as {
        name: string;
        source: string;
      };
      expect(`${pack.name} ${pack.source}`).toMatch(/\(made up\).*made up.*no operator has these terms/);
    }
  });

  it('credit an outage as A1 does', () => {
    const {
      clause: _,
      clauses: __,
      ...a1
    } = loadPacks([join(PLAY_PACKS, '../../packs')])
      .operators()
      .get('a1-rs')!.rules.outage!;
    for (const { rules, currency } of operators.values()) {
      expect(rules.outage).toMatchObject(a1);
      expect(currency).toBe('RSD');
    }
  });
});

describe('sets in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-play-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const alarms = 'alarm_id,device_id,start_timestamp,end_timestamp\n';
  beforeAll(() => {
    put('b/lte_hourly_sd.csv', 'time,kpi\n2016-11-07T00:00:00,4609\n2016-11-07T01:00:00,3882\n');
    put('kpi/18V_55N_Wireless_alarms.csv', `${alarms}11,28,30685,30835\n11,28,30700,30701\n`);
    put('kpi/24V_439N_Microwave_alarms.csv', `${alarms}11,55,0,0\n`);
    put('other.csv', 'a,b\n');
  });
  const named = async (...names: string[]) => {
    const sets = await playSets(folder);
    return names.map((name) => sets.find((set) => set.name === name)!);
  };

  it('are found wherever they lie; one of which a file is missing is not there', async () => {
    expect((await playSets(folder)).map(({ name, files }) => [name, files.map((file) => file.name)])).toEqual([
      ['alarms-wireless', ['kpi/18V_55N_Wireless_alarms.csv']],
      ['lte-hourly', ['b/lte_hourly_sd.csv']],
    ]);
  });

  it('say what is made up in them', async () => {
    for (const { assumed } of await playSets(folder)) expect(assumed.join(' ')).toMatch(/fees? .*made up/);
  });

  it('an alarm is ended by its own end, although another of its type stands', async () => {
    const [set] = await named('alarms-wireless');
    const events = (await all(playEvents(set!))).filter(({ type }) => type.startsWith('alarm.'));
    expect(events.map(({ type, time, data }) => `${time.slice(11, 19)} ${type} ${data['alarmKey']}`)).toEqual([
      '08:31:25 alarm.reported 11.2',
      '08:31:40 alarm.reported 11.3',
      '08:31:41 alarm.ended 11.3',
      '08:33:55 alarm.ended 11.2',
    ]);
  });

  it('play together by time, or one after another', async () => {
    const sets = await named('alarms-wireless', 'lte-hourly');
    const byTime = await all(playAll(sets));
    const bySet = await all(playAll(sets, { order: 'set' }));
    expect(inOrder(timesOf(byTime))).toBe(true);
    expect(inOrder(timesOf(bySet))).toBe(false);
    expect(new Set(bySet.map(({ source }) => source))).toEqual(new Set(['play/alarms-wireless', 'play/lte-hourly']));
    expect(byTime.map(({ id }) => id).sort()).toEqual(bySet.map(({ id }) => id).sort());
  });

  it('move by whole days, all times alike, to end near an instant', async () => {
    const [set] = await named('lte-hourly');
    const endAt = parseInstant('2026-07-01T00:30:00Z')!;
    const [kept, moved] = [await all(playEvents(set!)), await all(playEvents(set!, { endAt }))];
    expect(moved.at(-1)!.time).toBe('2026-06-30T01:00:00+00:00');
    const days = (parseInstant('2026-06-30T01:00:00Z')! - parseInstant('2016-11-07T01:00:00Z')!) / 86_400_000;
    expect(timesOf(moved)).toEqual(timesOf(kept).map((time) => time + days * 86_400_000));
    const activeFrom = ({ data }: WireEvent) => parseInstant(data['activeFrom'] as string)!;
    const service = (events: WireEvent[]) => events.find(({ type }) => type === 'service.upserted')!;
    expect(activeFrom(service(moved)) - activeFrom(service(kept))).toBe(days * 86_400_000);
    expect(new Set(moved.map(({ source }) => source))).toEqual(new Set([`play/lte-hourly/moved-${days}-days`]));
    expect(moved.map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  });

  it('moving moves local dates and times in lists, too', () => {
    const event: WireEvent = {
      specversion: '1.0',
      id: '1',
      source: 's',
      type: 'history.imported',
      subject: 's1',
      time: '2026-03-01T00:00:00+01:00',
      data: {
        cycles: [{ from: '2026-01-01T00:00:00+01:00', to: '2026-02-01T00:00:00+01:00' }],
        days: [{ date: '2026-02-28', dataBytes: 1 }],
      },
    };
    expect(shiftEvent(event, 31, 'Europe/Belgrade')).toMatchObject({
      time: '2026-04-01T01:00:00+02:00',
      data: {
        cycles: [{ from: '2026-02-01T00:00:00+01:00', to: '2026-03-04T00:00:00+01:00' }],
        days: [{ date: '2026-03-31', dataBytes: 1 }],
      },
    });
    expect(shiftEvent(event, 0, 'UTC')).toBe(event);
  });
});

// --- The public data itself, where it lies beside the project ---

const data = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(data))('the public data', () => {
  let sets: PlaySet[];
  const played = new Map<string, { events: WireEvent[]; tally: Tally }>();
  beforeAll(async () => {
    sets = await playSets(data);
    for (const set of sets) {
      const tally = new Tally();
      played.set(set.name, { events: await all(playEvents(set, { tally })), tally });
    }
  }, 120_000);
  const set = (name: string) => played.get(name)!;

  it.each([
    [
      'regional-outages',
      16_279,
      { 'tariff.upserted': 1, 'element.upserted': 73, 'service.upserted': 73, 'kpi.sampled': 16_279 },
    ],
    // 99 rows lack values; each other row has four.
    [
      'cells-daily',
      20_522,
      { 'tariff.upserted': 1, 'element.upserted': 222, 'service.upserted': 444, 'kpi.sampled': 81_692 },
    ],
    [
      'alarms-wireless',
      34_838,
      {
        'tariff.upserted': 1,
        'element.upserted': 55,
        'service.upserted': 110,
        'alarm.reported': 34_838,
        'alarm.ended': 34_838,
      },
    ],
    [
      'alarms-microwave',
      64_598 + 395,
      {
        'tariff.upserted': 1,
        'element.upserted': 439,
        'service.upserted': 439,
        'alarm.reported': 64_598,
        'alarm.ended': 64_598,
      },
    ],
    ['speed-tests', 14_813, { 'tariff.upserted': 1, 'service.upserted': 2, 'line.measured': 14_813 }],
    ['lte-hourly', 2_856, { 'tariff.upserted': 1, 'element.upserted': 1, 'service.upserted': 1, 'kpi.sampled': 2_856 }],
  ])('%s has %i rows', (name, rows, counts) => {
    const { events, tally } = set(name);
    expect(countsOf(events)).toEqual(counts);
    expect(tally.total()).toMatchObject({ rows, bad: 0, events: events.length });
    expect([tally.problems, tally.warnings]).toEqual([[], []]);
  });

  it('is in order of time, and every event is accepted, with an id of its own', () => {
    for (const [name, { events }] of played) {
      expect([name, inOrder(timesOf(events))]).toEqual([name, true]);
      expect(new Set(events.map(({ source, id }) => `${source} ${id}`)).size).toBe(events.length);
      const refused = events.map((event) => decodeObject(event, { operators })).filter(({ ok }) => !ok);
      expect(refused).toEqual([]);
    }
  }, 60_000);

  it('names nothing of the machine', () => {
    for (const { events } of played.values()) expect(JSON.stringify(events.at(-1))).not.toContain(dirname(data));
  });

  it('is the same on a second run', async () => {
    for (const name of ['regional-outages', 'speed-tests', 'lte-hourly']) {
      expect(await all(playEvents(sets.find((one) => one.name === name)!))).toEqual(set(name).events);
    }
  }, 60_000);

  it('connectivity gives the expected faults: 106 in 72 districts, 72 open at the end, 67 longer than 48 h', () => {
    const { events } = set('regional-outages');
    const [rule] = operators.get('play-regional')!.rules.faults!.kpis;
    expect(rule).toMatchObject({ kpi: 'availability', downSamples: 2, downWindow: 2, upSamples: 1, upWindow: 1 });
    const districts = new Map(
      events.filter(({ type }) => type === 'element.upserted').map(({ subject, data }) => [subject, data['district']]),
    );
    const samples = new Map<string, WireEvent[]>();
    for (const event of events) {
      if (event.type === 'kpi.sampled') samples.set(event.subject, [...(samples.get(event.subject) ?? []), event]);
    }
    const found = [...samples].flatMap(([subject, of]) => {
      const stretches: string[] = [];
      let low: WireEvent[] = [];
      const local = ({ time }: WireEvent) => time.slice(0, 19);
      const close = (end: string) => {
        if (low.length >= 2) stretches.push(`${districts.get(subject)},${local(low[0]!)},${end}`);
        low = [];
      };
      for (const sample of of) {
        if ((sample.data['value'] as number) < rule!.downBelow) low.push(sample);
        else close(local(sample));
      }
      close('');
      return stretches;
    });
    const lines = readFileSync(join(data, 'kpi/outages/expected_iran_below50.csv'), 'utf8').trim().split('\n').slice(1);
    expect(found.sort()).toEqual(lines.map((line) => line.split(',').slice(0, 3).join(',')).sort());
    expect(found).toHaveLength(106);
    expect(found.filter((line) => line.endsWith(','))).toHaveLength(72);
    expect(lines.filter((line) => Number(line.split(',')[3]) > 48)).toHaveLength(67);
    expect(new Set(found.map((line) => line.split(',')[0])).size).toBe(72);
  });

  it('daily cells have up to three samples a day, numbered', () => {
    const samples = set('cells-daily').events.filter(({ data }) => data['kpi'] === 'RRC.ConnEstabSuccRate');
    expect(samples).toHaveLength(20_522 - 99);
    expect(new Set(samples.map(({ data }) => data['row']))).toEqual(new Set([1, 2, 3]));
    expect(samples.filter(({ data }) => (data['value'] as number) < 95)).toHaveLength(33);
  });

  it('wireless alarms last as the notes say: 55 over 48 h, the longest 529 h', () => {
    const since = new Map<string, number>();
    const hours: number[] = [];
    for (const { type, subject, time, data } of set('alarms-wireless').events) {
      const key = `${subject} ${data['alarmKey']}`;
      if (type === 'alarm.reported') since.set(key, parseInstant(time)!);
      else if (type === 'alarm.ended') hours.push((parseInstant(time)! - since.get(key)!) / 3_600_000);
    }
    expect(hours).toHaveLength(34_838);
    expect(hours.filter((length) => length > 48)).toHaveLength(55);
    expect(Math.floor(Math.max(...hours))).toBe(529);
  });

  it('microwave devices have 395 links', () => {
    const ends = set('alarms-microwave').events.flatMap(({ data }) => (data['links'] as string[] | undefined) ?? []);
    const elements = set('alarms-microwave').events.filter(({ type }) => type === 'element.upserted');
    expect(ends).toHaveLength(2 * 395);
    expect(elements.filter(({ data }) => data['links'] === undefined)).toHaveLength(13);
  });

  it('speed tests have the monthly mean of the notes: May 2018 44.817 Mbit/s, 57 % of its tests at 40', () => {
    const may = set('speed-tests').events.filter(
      ({ type, time }) => type === 'line.measured' && time.startsWith('2018-05'),
    );
    const rates = may.map(({ data }) => data['downBitsPerSecond'] as number);
    expect(rates.reduce((sum, rate) => sum + rate, 0) / rates.length / 1e6).toBeCloseTo(44.817, 3);
    expect(rates.filter((rate) => rate >= 40e6).length / rates.length).toBeCloseTo(0.57, 2);
  });
});
