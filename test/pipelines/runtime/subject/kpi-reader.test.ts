/** Charts as they are asked for, through the real tasks: columns, gaps, peaks that stay, what is usual, and what is refused. */
import { describe, expect, it } from 'vitest';
import { windowsIn } from '../../../../pipelines/domain/kpi/chart.js';
import type { Width } from '../../../../pipelines/domain/kpi/windows.js';
import { DAY, HOUR, type Instant, MINUTE } from '../../../../pipelines/domain/units.js';
import { KpiReader } from '../../../../pipelines/runtime/subject/kpi-reader.js';
import { Engine } from '../../../engine.js';
import { cell, OPERATOR, packsOf, RULE, sample } from '../../../kpi/watched.js';
import { at, type Line, local } from '../../story.js';

const PARTITIONS = { service: 1, element: 2, facts: 1, decisions: 1 };
const packs = packsOf({ thresholds: [RULE, { ...RULE, name: 'other', kpi: 'other' }] });

async function readerAfter(lines: readonly Line[], until: string): Promise<KpiReader> {
  const engine = await Engine.open({ packs, partitions: PARTITIONS });
  for (const [i, line] of lines.entries()) {
    await engine.take([JSON.stringify(line)], i + 1);
    await engine.workSome(2);
  }
  await engine.moveClock(local(until));
  await engine.work();
  return new KpiReader({ store: engine.store, packs, partitions: PARTITIONS });
}

/** Samples at even distances; `skip` leaves some out. */
function samples(
  from: string,
  to: string,
  every: number,
  value: (at: Instant) => number,
  skip: (at: Instant) => boolean = () => false,
  element = 'cell-1',
): readonly Line[] {
  const lines: Line[] = [];
  for (let time = at(from); time < at(to); time += every) {
    if (skip(time)) continue;
    const line = sample('06-10', value(time), { element });
    lines.push({ ...line, id: `${element}-${time}`, time: new Date(time).toISOString() });
  }
  return lines;
}

const series = { level: 'element', id: 'cell-1', kpi: 'load' } as const;
const ask = (width: Width | 'auto', from: string, to: string, pointsMax = 1_000) => ({
  series,
  width,
  from: at(from),
  to: at(to),
  pointsMax,
});
const noon = (time: Instant) => time >= at('06-10 12:00') && time < at('06-10 13:30');

describe('a chart', () => {
  it('stands on an even grid; where nothing came there is null, and the gap is told', async () => {
    const reader = await readerAfter(
      [cell(), ...samples('06-10', '06-10 20:00', 15 * MINUTE, () => 5, noon)],
      '06-10 20:01',
    );
    const answer = (await reader.chart(ask('quarter', '06-10', '06-11')))!;
    const { columns } = answer;
    expect(columns.at).toEqual(Array.from({ length: 96 }, (_, i) => at('06-10') + i * 15 * MINUTE));
    for (const list of [columns.mean, columns.min, columns.max]) {
      expect(list.map((value, i) => [value, i])).toEqual(
        columns.at.map((time, i) => [noon(time) || time >= at('06-10 20:00') ? null : 5, i]),
      );
    }
    expect(columns.count.filter((count) => count > 0)).toHaveLength(80 - 6);
    expect(answer.gaps).toEqual([{ from: at('06-10 12:00'), to: at('06-10 13:30') }]);
    expect([answer.zone, answer.width, answer.usualStep, answer.windowsPerPoint]).toEqual([
      'Europe/Belgrade',
      'quarter',
      1,
      1,
    ]);
  });

  it('that has come to an end shows a gap up to the clock, and not beyond it', async () => {
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 10:00', 15 * MINUTE, () => 5)], '06-10 11:20');
    const { gaps } = (await reader.chart(ask('quarter', '06-10', '06-11')))!;
    expect(gaps).toEqual([{ from: at('06-10 10:00'), to: at('06-10 11:15') }]);
  });

  it('of samples that come every quarter has no gaps between them at the width of a minute', async () => {
    const reader = await readerAfter(
      [cell(), ...samples('06-10', '06-10 20:00', 15 * MINUTE, () => 5, noon)],
      '06-10 20:01',
    );
    const { gaps, usualStep } = (await reader.chart(ask('minute', '06-10', '06-10 20:00')))!;
    expect(usualStep).toBe(15);
    expect(gaps).toEqual([{ from: at('06-10 11:46'), to: at('06-10 13:30') }]);
  });

  it('keeps every peak, however few points are drawn', async () => {
    const peak = at('06-10 07:13');
    const value = (time: Instant) => (time === peak ? 99 : time === peak + 4 * HOUR ? -3 : (time / MINUTE) % 7);
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 20:00', MINUTE, value)], '06-10 20:00');
    const all = (await reader.chart(ask('minute', '06-10', '06-10 20:00', 5_000)))!;
    for (const points of [10, 33, 100, 700]) {
      const { columns, windowsPerPoint } = (await reader.chart(ask('minute', '06-10', '06-10 20:00', points)))!;
      expect(columns.at.length).toBeLessThanOrEqual(points);
      expect(windowsPerPoint).toBe(Math.ceil(1_200 / points));
      expect([Math.max(...columns.max.map(Number)), Math.min(...columns.min.map(Number))]).toEqual([99, -3]);
      expect(columns.count.reduce((sum, count) => sum + count)).toBe(1_200);
      columns.at.forEach((from, i) => {
        const within = all.columns.mean.slice(i * windowsPerPoint, (i + 1) * windowsPerPoint).map(Number);
        expect(columns.max[i], String(from)).toBe(Math.max(...within));
        expect(columns.mean[i]).toBeCloseTo(within.reduce((sum, one) => sum + one) / within.length, 9);
      });
    }
  });

  it('of a year stands on local days, those of 23 and of 25 hours too', () => {
    const days = windowsIn({ from: at('01-01'), to: at('2027-01-01') }, 'day', 'Europe/Belgrade');
    expect(days).toHaveLength(365);
    const lengths = new Set(days.slice(1).map((day, i) => (day - days[i]!) / HOUR));
    expect([...lengths].sort()).toEqual([23, 24, 25]);
  });

  it('chooses the finest width that is kept for so long', async () => {
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 10:00', 15 * MINUTE, () => 5)], '06-10 10:00');
    const width = async (from: string, pointsMax = 1_000) =>
      (await reader.chart(ask('auto', from, '06-10 10:00', pointsMax)))!.width;
    expect(await width('06-10 09:00')).toBe('minute');
    expect(await width('06-10 00:00', 10)).toBe('quarter');
    expect(await width('06-08')).toBe('quarter');
    expect(await width('06-01')).toBe('hour');
    expect(await width('2025-07-01')).toBe('day');
  });

  it('says with which rules its indicator is watched', async () => {
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 01:00', MINUTE, () => 5)], '06-10 02:00');
    const { thresholds } = (await reader.chart(ask('hour', '06-10', '06-11')))!;
    expect(thresholds.map(({ name, levels }) => [name, levels])).toEqual([['load', RULE.levels]]);
  });

  it.each([
    ['06-11', '06-10', 'auto', /^from /],
    ['06-10', '06-10', 'hour', /^from /],
    ['2016-01-01', '06-11', 'quarter', /^from and to /],
  ] as const)('from %s to %s at %s is refused by name', async (from, to, width, words) => {
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 01:00', MINUTE, () => 5)], '06-10 02:00');
    await expect(reader.chart(ask(width, from, to))).rejects.toThrow(words);
    await expect(reader.chart(ask(width, from, to))).rejects.toThrow(RangeError);
  });

  it('of an indicator or an element that nobody has heard of is none', async () => {
    const reader = await readerAfter([cell(), ...samples('06-10', '06-10 01:00', MINUTE, () => 5)], '06-10 02:00');
    const other = (more: object) => reader.chart({ ...ask('auto', '06-10', '06-11'), series: { ...series, ...more } });
    expect(await other({ kpi: 'loa' })).toBeUndefined();
    expect(await other({ id: 'cell' })).toBeUndefined();
    expect(await other({ level: 'country' })).toBeUndefined();
  });
});

describe('what is usual', () => {
  const daily = (time: Instant) => 10 + new Date(time).getUTCHours();
  const bump = (time: Instant) => (time >= at('06-10') ? 500 : daily(time));

  it('is of the same hour on days before, and of nothing that came later', async () => {
    const reader = await readerAfter([cell(), ...samples('05-30', '06-10 12:00', 30 * MINUTE, bump)], '06-10 12:00');
    const { band, columns } = (await reader.chart(ask('hour', '06-10', '06-11')))!;
    columns.at.forEach((time, i) => {
      // Percentiles of a sketch are within 1 % of the value.
      expect(band!.low[i]! / daily(time)).toBeCloseTo(1, 1);
      expect(band!.high[i]! / daily(time)).toBeCloseTo(1, 1);
    });
  });

  it('is not known from two days', async () => {
    const reader = await readerAfter([cell(), ...samples('06-08', '06-10 12:00', 30 * MINUTE, daily)], '06-10 12:00');
    expect((await reader.chart(ask('hour', '06-10', '06-11')))!.band).toBeNull();
    expect((await reader.chart(ask('hour', '06-08', '06-09')))!.band).toBeNull();
  });

  it('leaves weekends to weekends once three of them are known', async () => {
    const kind = (time: Instant) => ([0, 6].includes(new Date(time + 2 * HOUR).getUTCDay()) ? 100 : 10);
    const reader = await readerAfter([cell(), ...samples('05-25', '06-20 12:00', HOUR, kind)], '06-20 12:00');
    const { band } = (await reader.chart(ask('day', '06-15', '06-21')))!;
    // Monday 15 June to Saturday 20 June.
    expect(band!.high.map((high) => Math.round(high! / 10))).toEqual([1, 1, 1, 1, 1, 10]);
    expect(band!.low.map((low) => Math.round(low! / 10))).toEqual([1, 1, 1, 1, 1, 10]);
  });
});

describe('the list of series', () => {
  it('has what is closed and what is only open, of every level', async () => {
    const lines = [
      cell('site-1', { district: 'north' }),
      cell('cell-1', { parent: 'site-1' }),
      ...samples('06-10', '06-10 06:00', 15 * MINUTE, () => 1),
      sample('06-10 06:50', 2, { kpi: 'new' }),
      sample('06-10 06:50', 2, { element: 'cell-10' }),
    ];
    const reader = await readerAfter(lines, '06-10 06:51');
    expect(await reader.list('element', 'cell-1')).toEqual([
      { ...series, last: at('06-10 05:00') },
      { ...series, kpi: 'new', last: at('06-10 06:45') },
    ]);
    expect(await reader.list('element', 'cell-2')).toEqual([]);
    const above = async (level: 'site' | 'district' | 'country', id?: string) =>
      (await reader.list(level, id)).map((one) => `${one.id} ${one.kpi}`);
    expect(await above('site', 'site-1')).toEqual(['site-1 load']);
    expect(await above('country')).toEqual([`${OPERATOR} load`]);
    expect(await above('country', 'other')).toEqual([]);
  });
});

it('says how old what it shows is: by the clock of the task that holds it', async () => {
  const reader = await readerAfter([cell(), ...samples('06-10', '06-10 01:00', MINUTE, () => 5)], '06-10 02:00');
  const { clock, keptFrom } = (await reader.chart({ series, width: 'minute', pointsMax: 100 }))!;
  expect(clock).toBe(at('06-10 02:00'));
  expect(keptFrom).toBeLessThanOrEqual(clock - DAY);
  const { from, to } = (await reader.chart({ series, width: 'minute', last: 3 * HOUR, pointsMax: 100 }))!;
  expect([from, to]).toEqual([clock - 3 * HOUR, clock]);
});
