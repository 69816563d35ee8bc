/** Ten thousand alarms in a minute: nothing is lost, criticals and root causes stay readable, and the figures say that it is a flood. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../alerts/alarms/check.js';
import { AlarmList } from '../../../alerts/alarms/list.js';
import { AlarmPictures } from '../../../alerts/alarms/views.js';
import type { NetworkRecord } from '../../../pipelines/domain/network.js';
import { MINUTE, SECOND } from '../../../pipelines/domain/units.js';
import { catalogueOf, did, element, ended, event, idOf, min, reported, T0 } from './told.js';

const OWN = loadCatalogue(resolve(import.meta.dirname, '../../../pipelines/packs/alarms/noc.json'));
const COUNT = 10_000;

/** A core, fifty nodes below it, and a hundred and ninety-nine cells below each. */
function network(): readonly NetworkRecord[] {
  const nodes = Array.from({ length: 50 }, (_, i) => `olt-${i}`);
  return [
    element('core-1', { kind: 'core' }),
    ...nodes.map((id) => element(id, { kind: 'olt', parent: 'core-1' })),
    ...nodes.flatMap((parent) => Array.from({ length: 199 }, (_, i) => element(`${parent}-c${i}`, { parent }))),
    ...['hub-1', 'hub-2', 'hub-3'].map((id) => element(id, { kind: 'headend' })),
  ];
}

/** The clock moves every five seconds, as it does live. */
function storm(list: AlarmList, until: number): void {
  for (let at = list.now + 5 * SECOND; at <= until; at += 5 * SECOND) list.advance(at);
}

describe('a core that goes, and takes ten thousand alarms with it', () => {
  const list = new AlarmList(OWN);
  for (const record of network()) list.network(record);
  list.advance(T0 - SECOND);
  const began = performance.now();
  const resources = [...list.view.elements()].filter((id) => id.startsWith('olt'));
  list.hear(reported('core-1', T0, { probableCause: 'powerProblem', perceivedSeverity: 'major' }));
  for (let i = 0; i < COUNT; i++) {
    const at = T0 + Math.floor((i * MINUTE) / COUNT);
    list.hear(reported(resources[i % resources.length]!, at, {}, `k${Math.floor(i / resources.length)}`));
  }
  for (const hub of ['hub-1', 'hub-2', 'hub-3']) list.hear(reported(hub, T0 + 30 * SECOND));
  list.refresh();
  storm(list, T0 + 5 * MINUTE);
  const took = performance.now() - began;
  const calls = list.takeCalls();
  const board = new AlarmPictures(list).board();

  it('calls people for the core and for what has nothing to do with it, and for nothing else', () => {
    const lines = calls.map(({ entry, step, at }) => `${(at - T0) / SECOND} ${entry.resource} ${step.to}`);
    expect(lines.sort()).toEqual([
      '120 core-1 noc-shift',
      '150 hub-1 noc-shift',
      '150 hub-2 noc-shift',
      '150 hub-3 noc-shift',
    ]);
    expect(calls[0]!.children).toEqual({ alarms: COUNT, resources: resources.length });
  });

  it('names four on the board, and counts the rest', () => {
    expect(board.shown.map(({ resource }) => resource).sort()).toEqual(['core-1', 'hub-1', 'hub-2', 'hub-3']);
    expect(board.shown[0]!.children).toEqual({ alarms: COUNT, resources: resources.length, of: resources.length });
    expect(board).toMatchObject({ standing: COUNT + 4, suppressed: COUNT, rest: {} });
    expect(board.figures.raised).toBe(COUNT + 4);
  });

  it('takes a part of the minute that it judges, also on a busy machine', () => {
    expect(took).toBeLessThan(40_000);
  });

  it('tells of those that stand on when the core is back', () => {
    list.hear(event('alarm.ended', 'core-1', T0 + 6 * MINUTE, { alarmKey: 'k' }));
    for (let i = 0; i < COUNT; i++) {
      const resource = resources[i % resources.length]!;
      if (resource === 'olt-7') continue;
      list.hear(ended(resource, T0 + 6 * MINUTE + SECOND, undefined, `k${Math.floor(i / resources.length)}`));
    }
    for (const hub of ['hub-1', 'hub-2', 'hub-3']) list.hear(did('acknowledged', hub, T0 + 6 * MINUTE));
    storm(list, T0 + 9 * MINUTE);
    expect(list.takeCalls().map(({ entry, at }) => `${(at - T0) / SECOND} ${entry.resource}`)).toEqual(['480 olt-7']);
  });
});

describe('ten thousand alarms with nothing in common', () => {
  const rules = catalogueOf([{ id: 'all', match: { source: 'reported' } }], { positions: 2 });
  const list = new AlarmList(rules);
  const severities = ['critical', 'major', 'minor', 'warning'] as const;
  for (let i = 0; i < COUNT; i++) {
    const perceivedSeverity = i % 400 === 0 ? 'critical' : severities[1 + (i % 3)]!;
    list.hear(reported(`e${i}`, T0 + Math.floor((i * MINUTE) / COUNT), { perceivedSeverity }));
  }
  list.advance(T0 - SECOND);
  storm(list, T0 + MINUTE);
  list.advance(T0 + 2 * MINUTE);
  const board = new AlarmPictures(list).board();

  it('is a flood, and only the criticals are named', () => {
    expect(board.flood).toEqual({ since: T0 });
    expect(board.shown.length).toBe(25);
    expect(new Set(board.shown.map(({ perceivedSeverity }) => perceivedSeverity))).toEqual(new Set(['critical']));
    expect(Object.values(board.rest).reduce((sum, n) => sum + n, 0)).toBe(COUNT - 25);
    expect(Object.keys(board.rest).sort()).toEqual(['all, major', 'all, minor', 'all, warning']);
  });

  it('is counted for each of two people', () => {
    expect(board.figures.perTenMinutes).toMatchObject({ now: COUNT / 2, worst: COUNT / 2 });
    expect(board.figures.perDay).toBe(COUNT / 2);
    expect(board.figures.floodShare).toBeCloseTo(1 / 144);
  });

  it('is over when fewer than five come in ten minutes', () => {
    list.advance(T0 + 12 * MINUTE);
    expect(new AlarmPictures(list).board().flood).toBeNull();
  });
});

describe('the figures', () => {
  const rules = catalogueOf([{ id: 'all', match: { source: 'reported' }, rejoin: 'PT0S' }]);
  const raised = (resource: string, ...minutes: readonly number[]) =>
    minutes.flatMap((m) => [reported(resource, min(m)), ended(resource, min(m + 0.01))]);
  const figuresOf = (now: number, ...events: ReturnType<typeof raised>) => {
    const list = new AlarmList(rules);
    for (const one of events) list.hear(one);
    list.advance(min(now));
    return new AlarmPictures(list).board().figures;
  };

  it('say which chatter: three within a minute, exactly a minute is enough, two are not', () => {
    expect(figuresOf(5, ...raised('a', 0, 0.5, 1)).chattering).toEqual([idOf('a')]);
    expect(figuresOf(5, ...raised('a', 0, 0.5, 1.01)).chattering).toEqual([]);
    expect(figuresOf(5, ...raised('a', 0, 0.5)).chattering).toEqual([]);
    expect(figuresOf(62, ...raised('a', 0, 0.5, 1)).chattering).toEqual([]);
  });

  it('name the ten worst of the day, and their share of all', () => {
    const events = Array.from({ length: 12 }, (_, i) =>
      raised(`e${String(i).padStart(2, '0')}`, ...Array.from({ length: i + 1 }, (_, n) => n * 3)),
    );
    const { worst, worstShare, raised: count } = figuresOf(60, ...events.flat());
    expect(worst.map(({ resource, raises }) => `${resource} ${raises}`)).toEqual(
      Array.from({ length: 10 }, (_, i) => `e${String(11 - i).padStart(2, '0')} ${12 - i}`),
    );
    expect([count, worstShare]).toEqual([78, 75 / 78]);
  });

  it('forget what is older than a day, and count what stands longer than one', () => {
    const list = new AlarmList(rules);
    list.hear(reported('a', min(0)));
    list.advance(min(24 * 60));
    expect(new AlarmPictures(list).board().figures).toMatchObject({ standingOverDay: 0 });
    list.advance(min(24 * 60 + 20));
    expect(new AlarmPictures(list).board().figures).toMatchObject({ raised: 0, perDay: 0, standingOverDay: 1 });
  });
});
