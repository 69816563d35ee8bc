/** Public data of real networks, told to the rules on indicators: what is known of them is found, and nothing else. */
import { beforeAll, expect, it } from 'vitest';
import type { NetworkRecord } from '../../pipelines/domain/network.js';
import { Packs } from '../../pipelines/domain/pack.js';
import { HOUR } from '../../pipelines/domain/units.js';
import { decodeObject } from '../../pipelines/runtime/decode.js';
import { NetworkLogic } from '../../pipelines/runtime/network-logic.js';
import type { Line } from '../pipelines/story.js';
import { describeShared, sharedRows } from '../shared-data.js';
import { OPERATOR, packsOf, type Told, told } from './watched.js';

function event(id: string, type: string, subject: string, at: number, data: Record<string, unknown>): Line {
  return { specversion: '1.0', id, source: 'truths', type, subject, time: new Date(at).toISOString(), data };
}

const element = (subject: string, at: number) =>
  event(`element ${subject}`, 'element.upserted', subject, at, { operator: OPERATOR, kind: 'cell' });

const OUTAGES = 'kpi/outages/connectivity_iran_2019-11.csv.gz';
const STRETCHES = 'kpi/outages/expected_iran_below50.csv';

describeShared('the shutdown of November 2019, hour by hour in 73 districts', [OUTAGES, STRETCHES], () => {
  const rule = {
    name: 'connectivity',
    kpi: 'connectivity',
    window: 'hour',
    statistic: 'mean',
    direction: 'below',
    bound: 'passed',
    levels: [{ severity: 'critical', raise: 50, clear: 50 }],
    for: 'PT2H',
    samplesMin: 1,
  };
  let alarms: readonly Told[];
  beforeAll(() => {
    const samples = sharedRows(OUTAGES)
      .map((row, i) => {
        const value = Number(row['connectivity']);
        const district = `${row['name_1']} / ${row['name_2']}`;
        return event(`${i}`, 'kpi.sampled', district, Number(row['time_e']) * 1_000, { kpi: 'connectivity', value });
      })
      .sort((a, b) => (a.time < b.time ? -1 : 1));
    const elements = [...new Set(samples.map(({ subject }) => subject))].map((id) => element(id, 0));
    alarms = told(packsOf({ thresholds: [rule], zone: 'UTC' }), [...elements, ...samples], '2019-11-20T06:00:00Z');
  });

  it('gives exactly the 106 stretches of two hours or more below 50', () => {
    const found = alarms
      .filter(({ type }) => type === 'alarm.raised')
      .map(({ subject, data }) => {
        const end = alarms.find(
          (one) => one.type === 'alarm.cleared' && one.subject === subject && one.data['episode'] === data['episode'],
        );
        // The alarm is cleared at the end of the first window that is up again: the stretch ended where that began.
        const to = end && Date.parse(end.time) - HOUR;
        const iso = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString().slice(0, 19));
        return [subject, iso(Date.parse(data['from'] as string)), iso(to)].join();
      });
    const expected = sharedRows(STRETCHES).map(({ region, start, end }) => [region, start, end].join());
    expect(found.sort()).toEqual(expected.sort());
    expect(found).toHaveLength(106);
  });

  it('and nothing else: 106 raised, 34 cleared, none late', () => {
    const count = (type: string) => alarms.filter((one) => one.type === type).length;
    expect([count('alarm.raised'), count('alarm.cleared'), alarms.length]).toEqual([106, 34, 140]);
    expect(alarms.filter(({ data }) => data['late'] === true)).toEqual([]);
  });
});

const CELLS = 'kpi/lte_cells_daily.csv.gz';

describeShared('daily indicators of 222 base stations', [CELLS], () => {
  const below = (name: string, raise: number) => ({
    name,
    kpi: name,
    window: 'day',
    statistic: 'min',
    direction: 'below',
    bound: 'passed',
    levels: [{ severity: 'minor', raise, clear: raise }],
    for: 'PT0S',
    samplesMin: 1,
  });
  const rules = [below('rrc', 95), below('erab', 96), below('ul', 100_000), below('dl', 750_000)];
  const columns = { rrc: 'rrc_success_pct', erab: 'erab_success_pct', ul: 'ul_throughput', dl: 'dl_throughput' };

  it('the thresholds of their origin hold in 33, 185, 6 735 and 5 019 rows, any of them in 7 621', () => {
    // The rows of a station and day are not told apart: each is an element of its own.
    const lines = sharedRows(CELLS).flatMap((row, i) => {
      const at = Date.parse(`${row['date']}T12:00:00Z`);
      const id = `row-${i}`;
      const samples = Object.entries(columns).flatMap(([kpi, column]) =>
        row[column] ? [event(`${id} ${kpi}`, 'kpi.sampled', id, at, { kpi, value: Number(row[column]) })] : [],
      );
      return [element(id, at), ...samples];
    });
    lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    const alarms = told(packsOf({ thresholds: rules, zone: 'UTC' }), lines, '2019-09-02T00:00:00Z');
    expect(new Set(alarms.map(({ type }) => type))).toEqual(new Set(['alarm.raised']));
    const of = (name: string) => alarms.filter(({ data }) => data['alarmId'] === `kpi:${name}`).length;
    expect(rules.map(({ name }) => of(name))).toEqual([33, 185, 6_735, 5_019]);
    expect(new Set(alarms.map(({ subject }) => subject)).size).toBe(7_621);
  }, 180_000);
});

const STORM = 'kpi/alarms/24V_439N_Microwave_alarms.csv.gz';

describeShared('the alarm storm of a microwave network: 280 in its busiest minute', [STORM], () => {
  // Nearly all have no length, and an interruption of no length is no fault: each is taken to have lasted a second at least.
  it('passes without loss: each of 64 598 alarms is a fault of its device, and no other', () => {
    const clause = 'Watch 2';
    const alarms = [{ hold: 0, responsibility: 'unknown' as const, reason: 'any alarm' }];
    const [pack] = packsOf({}).all();
    const faults = { clause, kpis: [], alarms, clauses: {} };
    const packs = new Packs([{ ...pack!, rules: { ...pack!.rules, faults } }]);
    const logic = new NetworkLogic({ name: 'network-0', packs });
    const operators = packs.operators();
    const say = (line: Line) => {
      const decoded = decodeObject(line, { operators });
      if (!decoded.ok) throw new Error(JSON.stringify(decoded));
      expect(logic.hear(decoded.event).is).toBe('taken');
    };
    const opened = new Map<string, number>();
    const cleared = new Map<string, number>();
    const advance = (to: number) => {
      for (const _ of logic.advance(to));
      for (const record of logic.takeRecords() as readonly NetworkRecord[]) {
        if (record.is !== 'fault') continue;
        const name = `${record.subject} ${record.faultId}`;
        opened.set(name, record.facts.filter((fact) => fact.do === 'opened').length);
        cleared.set(name, record.facts.filter((fact) => fact.do === 'cleared').length);
      }
      logic.dropChanges();
    };
    const rows = sharedRows(STORM);
    const start = (row: (typeof rows)[number]) => Number(row['start_timestamp']) * 1_000;
    for (const device of new Set(rows.map((row) => row['device_id']!))) say(element(`mw-${device}`, 0));
    const perMinute = new Map<number, number>();
    let minute = 0;
    rows.forEach((row, i) => {
      const at = start(row);
      const now = Math.floor(at / 60_000);
      perMinute.set(now, (perMinute.get(now) ?? 0) + 1);
      if (now > minute) advance((minute = now) * 60_000);
      const end = Math.max(at + 1_000, Number(row['end_timestamp']) * 1_000);
      const [subject, alarmKey] = [`mw-${row['device_id']}`, `${row['alarm_id']}.${i}`];
      say(event(`${i} from`, 'alarm.reported', subject, at, { alarmKey, specificProblem: `type ${row['alarm_id']}` }));
      say(event(`${i} to`, 'alarm.ended', subject, end, { alarmKey }));
    });
    advance(Number.MAX_SAFE_INTEGER);
    expect(Math.max(...perMinute.values())).toBe(280);
    const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, one) => all + one, 0);
    expect([opened.size, sum(opened), sum(cleared)]).toEqual([64_598, 64_598, 64_598]);
  }, 180_000);
});

const HOURLY = 'kpi/lte_hourly_sd.csv.gz';

describeShared('an hourly indicator of an LTE network', [HOURLY], () => {
  it('is stale in its two gaps, and nowhere else', () => {
    const rows = sharedRows(HOURLY);
    const lines = rows.map((row, i) => {
      const at = Date.parse(`${row['time']!.replace(' ', 'T')}Z`);
      return event(`${i}`, 'kpi.sampled', 'lte', at, { kpi: 'load', value: Number(row['kpi']) });
    });
    const gaps = lines.filter((line, i) => i > 0 && Date.parse(line.time) - Date.parse(lines[i - 1]!.time) > 3 * HOUR);
    const stale = { kpi: 'load', interval: 'PT1H', missing: 3, severity: 'minor' };
    const packs = packsOf({ stale: [stale], zone: 'UTC' });
    const alarms = told(packs, [element('lte', 0), ...lines], lines.at(-1)!.time);
    expect(alarms.map(({ type }) => type)).toEqual(gaps.flatMap(() => ['alarm.raised', 'alarm.cleared']));
    expect(alarms.filter(({ type }) => type === 'alarm.cleared').map(({ time }) => Date.parse(time))).toEqual(
      gaps.map(({ time }) => Date.parse(time)),
    );
    expect(gaps).toHaveLength(2);
  });
});
