/** The night of docs/alarm-night.md is told again, and compared; and a minute of 280 alarms, of which nothing is lost. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { AlarmList } from '../../alerts/alarms/list.js';
import type { DozorEvent } from '../../pipelines/domain/event.js';
import { DAY, MINUTE, parseInstant, SECOND } from '../../pipelines/domain/units.js';
import { describeShared, sharedRows } from '../shared-data.js';
import { type Cause, type LoggedAlarm, playNight, rulesOf } from './alarm-night.js';

const WIRELESS = ['kpi/alarms/18V_55N_Wireless_alarms.csv.gz', 'kpi/alarms/18V_55N_Wireless_causes.csv'] as const;
/** Of the day below: while those few alarms that have a length stand, their type is reported again on the same device. */
const REPORTED_WHILE_STANDING = 10;
const MICROWAVE = ['kpi/alarms/24V_439N_Microwave_alarms.csv.gz', 'kpi/alarms/24V_439N_Microwave_causes.csv'] as const;
const rows = <T>(name: string) => sharedRows(name) as unknown as readonly T[];

describeShared("an engineer's night", WIRELESS, () => {
  const log = rows<LoggedAlarm>(WIRELESS[0]);
  const types = Array.from({ length: 18 }, (_, i) => String(i));
  const night = playNight(log, rulesOf(rows<Cause>(WIRELESS[1]), types));
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/alarm-night.md'), 'utf8');

  it('is told in the words of the page', () => {
    for (const line of night.transcript) expect(page).toContain(line);
    expect(page.match(/^\d\d:\d\d {2}\S/gm)).toHaveLength(night.transcript.length);
  });

  it('counts as the page says', () => {
    const { transcript: _, calls, busiestTenMinutes, ...counts } = night;
    for (const [name, count] of Object.entries({ ...counts, ...calls }))
      expect(page).toContain(`| ${name} | ${count} |`);
    expect(page).toContain(
      `| busiest ten minutes | ${busiestTenMinutes.reported} reported, ${busiestTenMinutes.told} told |`,
    );
  });

  it('loses none: each is told, explained, flaps, or never stood long enough', () => {
    expect(night.reported).toBe(518);
    expect(night.told + night.explained + night.flapping + night.tooShort).toBeGreaterThanOrEqual(night.alarms);
  });
});

describeShared('a minute of 280 alarms', MICROWAVE, () => {
  const T0 = parseInstant('2026-06-10T00:00:00+02:00')!;
  /** The first of six days: the minute is in it. */
  const log = rows<LoggedAlarm>(MICROWAVE[0]).filter(({ start_timestamp }) => Number(start_timestamp) < 86_400);

  it('is part of a day in which every raise is counted and nobody is called for what did not stand ten minutes', () => {
    const types = Array.from({ length: 24 }, (_, i) => String(i));
    const list = new AlarmList(rulesOf(rows<Cause>(MICROWAVE[1]), types));
    const events = log.flatMap(({ alarm_id, device_id, start_timestamp, end_timestamp }, i): readonly DozorEvent[] => {
      const [from, to] = [T0 + Number(start_timestamp) * SECOND, T0 + Number(end_timestamp) * SECOND];
      const base = { specversion: '1.0', source: 'log', subject: `device-${device_id}` } as const;
      const alarmKey = `type-${alarm_id}`;
      const report = {
        ...base,
        id: `${i}`,
        type: 'alarm.reported',
        time: from,
        recordedtime: from,
        data: { alarmKey, probableCause: alarmKey },
      };
      return [
        report,
        { ...base, id: `${i}-end`, type: 'alarm.ended', time: to, recordedtime: to, data: { alarmKey } },
      ] as DozorEvent[];
    });
    events.sort((a, b) => a.time - b.time);
    const minutes = new Map<number, number>();
    let told = 0;
    for (let next = 0, now = T0; next < events.length; now += MINUTE) {
      for (; next < events.length && events[next]!.time < now + MINUTE; next++) {
        const event = events[next]!;
        list.hear(event);
        if (event.type === 'alarm.reported') minutes.set(now, (minutes.get(now) ?? 0) + 1);
      }
      list.advance(now + MINUTE);
      for (const { number, at, entry } of list.takeCalls()) {
        if (number > 0) continue;
        told += 1;
        expect(at - entry.life!.standing!.from).toBeGreaterThanOrEqual(10 * MINUTE);
      }
    }
    list.advance(list.now + DAY);
    expect(Math.max(...minutes.values())).toBe(280);
    let raises = 0;
    for (const { life, trimmed } of list.entries()) raises += life!.raises.length + trimmed;
    // Two of one type on one device at one second are one alarm, raised once more.
    const apart = new Set(
      log.map(({ alarm_id, device_id, start_timestamp }) => `${alarm_id}/${device_id}/${start_timestamp}`),
    );
    // One that is reported while it stands is raised no second time.
    const long = log.filter(({ start_timestamp, end_timestamp }) => Number(end_timestamp) > Number(start_timestamp));
    expect(raises).toBeGreaterThan(apart.size - REPORTED_WHILE_STANDING);
    expect(raises).toBeLessThanOrEqual(apart.size);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(long.length);
  });
});
