/** Roll-ups as a chart reads them, through the real tasks, on a store, with restarts in the middle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeAll, plainRollup, rollupOf, statistic } from '../../../pipelines/domain/kpi/rollup.js';
import { bucketOfInstant, KEEP, PIECES, type Series } from '../../../pipelines/domain/kpi/series.js';
import { WIDTHS, type Width, windowAt } from '../../../pipelines/domain/kpi/windows.js';
import { HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { kpiChart, RollupSweep } from '../../../pipelines/runtime/kpi-chart.js';
import { Engine } from '../../engine.js';
import { cell, OPERATOR, packsOf, sample } from '../../kpi/watched.js';
import { at, inOrder, known, type Line, local } from '../story.js';

const ZONE = 'Europe/Belgrade';
const PARTITIONS = { service: 1, element: 2, facts: 1, decisions: 1 };
const TASKS = ['network-0', 'network-1'];
const packs = packsOf({});

interface Tale {
  readonly lines: readonly Line[];
  readonly until: string;
  /** After how many lines everything in memory is lost. */
  readonly restarts?: readonly number[];
}

async function toldTo({ lines, until, restarts = [] }: Tale): Promise<Engine> {
  const engine = await Engine.open({ packs, partitions: PARTITIONS });
  for (const [i, line] of lines.entries()) {
    await engine.take([JSON.stringify(line)], i + 1);
    await engine.workSome(2);
    if (restarts.includes(i)) await engine.restart();
  }
  await engine.moveClock(local(until));
  await engine.work();
  return engine;
}

function chart(engine: Engine, series: Partial<Series>, width: Width, from: string, to: string, now: string) {
  const asked = { series: { level: 'element', id: 'cell-1', kpi: 'load', ...series } as Series, width, zone: ZONE };
  return kpiChart(engine.store, TASKS, { ...asked, from: at(from), to: at(to), now: at(now) });
}

/** What the windows should be, worked out at once from all samples. */
function expected(lines: readonly Line[], width: Width) {
  const values = new Map<number, number[]>();
  for (const { type, time, data } of lines) {
    if (type !== 'kpi.sampled') continue;
    const { from } = windowAt(width, Date.parse(time), ZONE);
    values.set(from, [...(values.get(from) ?? []), data['value'] as number]);
  }
  return [...values]
    .sort(([a], [b]) => a - b)
    .map(([from, of]) => ({ from, rollup: plainRollup(mergeAll(of.map(rollupOf))!) }));
}

async function shown(...asked: Parameters<typeof chart>) {
  return (await chart(...asked)).map(({ from, rollup }) => ({ from, rollup: plainRollup(rollup) }));
}

describe('an element', () => {
  const lines = [
    cell(),
    ...Array.from({ length: 100 }, (_, i) => {
      const minute = 5 * i;
      return sample(
        `06-10 ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
        (i * 37) % 11,
      );
    }),
  ];

  it.each(WIDTHS)('has windows of a %s, closed and open ones alike', async (width) => {
    const engine = await toldTo({ lines, until: '06-10 08:16' });
    expect(await shown(engine, {}, width, '06-10', '06-11', '06-10 08:16')).toEqual(expected(lines, width));
  });

  it('has them also a while later, when all but the hour and the day under way is closed', async () => {
    const engine = await toldTo({ lines, until: '06-10 20:00' });
    for (const width of WIDTHS)
      expect(await shown(engine, {}, width, '06-10', '06-11', '06-10 20:00'), width).toEqual(expected(lines, width));
  });

  it('shows what begins in the span that is asked for, and nothing else', async () => {
    const engine = await toldTo({ lines, until: '06-10 20:00' });
    const found = await chart(engine, {}, 'hour', '06-10 02:00', '06-10 04:00', '06-10 20:00');
    expect(found.map(({ from }) => from)).toEqual([at('06-10 02:00'), at('06-10 03:00')]);
    expect(await chart(engine, { kpi: 'other' }, 'hour', '06-10', '06-11', '06-10 20:00')).toEqual([]);
    expect(await chart(engine, { id: 'cell-2' }, 'hour', '06-10', '06-11', '06-10 20:00')).toEqual([]);
  });

  it('is read by the same rules on a day of 23 and of 25 hours', async () => {
    for (const [day, next, hours] of [
      ['03-29', '03-30', 23],
      ['10-25', '10-26', 25],
    ] as const) {
      const each = Array.from({ length: hours * 4 }, (_, i) => sample(local(day), i, {})).map((line, i) => ({
        ...line,
        id: `${line.id}-${i}`,
        time: new Date(at(day) + i * 15 * MINUTE).toISOString(),
      }));
      const engine = await toldTo({ lines: [cell(), ...each], until: `${next} 12:00` });
      const [found, ...rest] = await chart(engine, {}, 'day', day, next, `${next} 12:00`);
      expect(rest).toEqual([]);
      expect(found!.from).toBe(at(day));
      expect(statistic(found!.rollup, 'count')).toBe(hours * 4);
    }
  });
});

describe('late samples', () => {
  it('are added to what is closed, however late, on every level', async () => {
    const lines = [
      cell('site-1', { district: 'north' }),
      cell('cell-1', { parent: 'site-1' }),
      sample('06-10 12:00', 1),
      known('06-10 18:00', sample('06-10 12:01', 2)),
      known('06-10 18:00', sample('06-10 12:16', 3)),
      known('06-10 18:30', sample('06-10 12:01:30', 4)),
      known('06-12 10:00', sample('06-10 12:59', 5)),
    ];
    const engine = await toldTo({ lines: inOrder(lines), until: '06-12 12:00' });
    const samples = lines.slice(2);
    for (const width of WIDTHS) {
      if (width === 'minute') continue;
      expect(await shown(engine, {}, width, '06-09', '06-12', '06-12 12:00'), width).toEqual(expected(samples, width));
      for (const series of [
        { level: 'site', id: 'site-1' },
        { level: 'country', id: OPERATOR },
      ] as const)
        expect(await shown(engine, series, width, '06-09', '06-12', '06-12 12:00'), width).toEqual(
          expected(samples, width),
        );
    }
  });

  it('of whatever order, with restarts wherever they fall, leave the same windows', async () => {
    const one = fc.record({
      minute: fc.integer({ min: 0, max: 600 }),
      value: fc.integer({ min: -50, max: 50 }),
      lateMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    });
    const story = fc.record({
      samples: fc.array(one, { minLength: 1, maxLength: 25 }),
      restarts: fc.array(fc.integer({ min: 0, max: 26 }), { maxLength: 3 }),
    });
    const time = (minute: number) => new Date(at('06-10') + minute * MINUTE).toISOString();
    await fc.assert(
      fc.asyncProperty(story, async ({ samples, restarts }) => {
        const lines = samples.map(({ minute, value, lateMinutes }, i) => ({
          ...known(time(minute + lateMinutes), sample(time(minute), value)),
          id: `sample-${i}`,
        }));
        const engine = await toldTo({ lines: [cell(), ...inOrder(lines)], until: '06-11 12:00', restarts });
        for (const width of WIDTHS)
          expect(await shown(engine, {}, width, '06-10', '06-11', '06-11 12:00'), width).toEqual(
            expected(lines, width),
          );
      }),
      { numRuns: 25 },
    );
  });
});

describe('site, district and country', () => {
  it('are those of the elements below, over all tasks', async () => {
    const cells = Array.from({ length: 12 }, (_, i) => `cell-${i}`);
    const lines = [
      ...cells.map((id, i) => cell(id, { parent: `site-${i % 3}`, district: i % 2 === 0 ? 'north' : 'south' })),
      ...cells.map((id, i) => sample('06-10 12:00', i, { element: id })),
    ];
    const engine = await toldTo({ lines, until: '06-10 14:00' });
    const values = async (series: Partial<Series>) => {
      const [found, ...rest] = await chart(engine, series, 'quarter', '06-10', '06-11', '06-10 14:00');
      expect(rest).toEqual([]);
      return (['count', 'sum', 'min', 'max'] as const).map((name) => statistic(found!.rollup, name));
    };
    expect(await values({ level: 'country', id: OPERATOR })).toEqual([12, 66, 0, 11]);
    expect(await values({ level: 'district', id: 'north' })).toEqual([6, 30, 0, 10]);
    expect(await values({ level: 'site', id: 'site-1' })).toEqual([4, 22, 1, 10]);
    expect(await chart(engine, { level: 'site', id: 'site-9' }, 'quarter', '06-10', '06-11', '06-10 14:00')).toEqual(
      [],
    );
  });
});

describe('what is kept', () => {
  it('is not restored with the task', async () => {
    const store = new MemoryStore();
    const engine = await Engine.open({ packs, partitions: PARTITIONS, store });
    await engine.take([cell(), sample('06-10 12:00', 1), sample('06-10 18:00', 1)].map((line) => JSON.stringify(line)));
    await engine.moveClock(local('06-10 19:00'));
    await engine.work();
    const kept: string[] = [];
    for (const task of TASKS) for await (const [key] of store.entries(task, PIECES)) kept.push(key);
    // Minutes and quarters of the element, quarters of the country, of either sample; and the first hour of both.
    expect(kept).toHaveLength(8);
    await engine.restart();
    await engine.work();
    expect(await chart(engine, {}, 'day', '06-10', '06-11', '06-10 19:00')).toHaveLength(1);
  });

  it('is let go of day by day, each width at its time, and nothing before', async () => {
    const store = new MemoryStore();
    const owned = await store.acquire('network-0', 'test');
    const today = bucketOfInstant(at('06-10 12:00'));
    const puts = new Map<string, Uint8Array>();
    for (const width of WIDTHS)
      for (let day = today - KEEP[width] - 20; day <= today; day++) {
        puts.set(`${PIECES}${width}/${String(day).padStart(6, '0')}/element\ncell-1\nload\n1.2`, new Uint8Array([1]));
      }
    await store.commit(owned, { puts, deletes: new Set() });
    const sweep = new RollupSweep(store, 'network-0');
    await sweep.sweep(at('06-10 12:00'));
    const gone = [...sweep.takeChanges().keys()];
    expect(gone).toHaveLength(4 * 19);
    for (const width of WIDTHS) {
      const days = gone
        .filter((key) => key.startsWith(`${PIECES}${width}/`))
        .map((key) => today - Number(key.split('/')[2]));
      expect(Math.min(...days), width).toBe(KEEP[width] + 2);
    }
    await sweep.sweep(at('06-10 13:00'));
    expect(sweep.changed, 'once a day').toBe(0);
  });

  it('a sample older than what is kept at all is counted and left out', async () => {
    const old = known('06-10 12:00', sample(new Date(at('06-10') - (KEEP.day + 1) * 24 * HOUR).toISOString(), 1));
    const engine = await toldTo({ lines: [cell(), sample('06-10 11:00', 1), old], until: '06-10 14:00' });
    expect(await chart(engine, {}, 'day', '2023-01-01', '06-11', '06-10 14:00')).toHaveLength(1);
  });
});
