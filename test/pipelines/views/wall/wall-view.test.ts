/** The wall put together: what it counts, what it names, and what it never names. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { NetworkRecord } from '../../../../pipelines/domain/network.js';
import { MINUTE } from '../../../../pipelines/domain/units.js';
import type { WallPart, WallParts } from '../../../../pipelines/domain/wall.js';
import { loadPacks, OWN_PACKS } from '../../../../pipelines/runtime/packs.js';
import { SITES_MAX } from '../../../../pipelines/views/wall/health.js';
import type { FeeSample } from '../../../../pipelines/views/wall/misses.js';
import { type WallGiven, WallView } from '../../../../pipelines/views/wall/wall-view.js';
import { alarm, FakeAlarms } from '../../../dashboard/fake-alarms.js';
import { credit, FakeViews, outage, T0 } from '../../http/fake.js';

const packs = loadPacks([OWN_PACKS]);
let views: FakeViews;
let alarms: FakeAlarms;
let now: number;

beforeEach(() => {
  views = new FakeViews();
  alarms = new FakeAlarms();
  now = T0;
});

function wallOf(given: Partial<WallGiven> = {}): WallView {
  return new WallView({
    views,
    packs,
    alarms,
    kpis: () => undefined,
    sources: () => [],
    fees: () => undefined,
    zone: 'Europe/Belgrade',
    settings: { kosovo: 'dashed', shapes: false },
    now: () => now,
    ...given,
  });
}

function element(id: string, given: Record<string, unknown> = {}): NetworkRecord {
  const version = { at: 0, known: 0, ref: 'r', operator: 'a1-rs', kind: 'cell', ...given };
  return { is: 'element', id, revision: 1, versions: [version] } as NetworkRecord;
}

/** A site with two cells in one district, a third in another. */
function network(wall: WallView): void {
  wall.network(element('site-1', { kind: 'core', district: 'Nišavski okrug', latitude: 43.32, longitude: 21.9 }));
  wall.network(element('cell-1', { technology: '4G', parent: 'site-1' }));
  wall.network(element('cell-2', { technology: '5G', parent: 'site-1' }));
  wall.network(element('cell-3', { technology: '4G', district: 'Grad Beograd', latitude: 44.8, longitude: 20.5 }));
  wall.network(element('core-1', { kind: 'core' }));
}

function partOf<P extends WallPart>(wall: WallView, part: P): WallParts[P] {
  return wall.look().find((found) => found.part === part)?.value as WallParts[P];
}

describe('health', () => {
  it('counts by district and technology, a district taken from what an element hangs on', () => {
    alarms.set([
      alarm('a', { resource: 'cell-1', perceivedSeverity: 'critical' }),
      alarm('b', { resource: 'cell-1', perceivedSeverity: 'minor' }),
      alarm('c', { resource: 'site-1', perceivedSeverity: 'major' }),
    ]);
    const wall = wallOf();
    network(wall);
    const { technologies, districts, withoutTechnology } = partOf(wall, 'health');
    expect([technologies, withoutTechnology]).toEqual([['4G', '5G'], 2]);
    expect(districts).toEqual([
      {
        name: 'Grad Beograd',
        all: { elements: 1, alarms: 0, worst: 'cleared' },
        cells: [{ elements: 1, alarms: 0, worst: 'cleared' }, null],
      },
      {
        name: 'Nišavski okrug',
        all: { elements: 3, alarms: 3, worst: 'critical' },
        cells: [
          { elements: 1, alarms: 2, worst: 'critical' },
          { elements: 1, alarms: 0, worst: 'cleared' },
        ],
      },
      { name: null, all: { elements: 1, alarms: 0, worst: 'cleared' }, cells: [null, null] },
    ]);
  });

  it.each([
    ['explained', { automation: [{ is: 'suppressed', by: 'x', root: 'x', why: 'parent' }] }],
    ['in works', { automation: [{ is: 'maintenance', worksId: 'w', until: T0 }] }],
    ['flapping', { automation: [{ is: 'flapping', raises: 9, until: T0 }] }],
    ['shelved', { operatorState: { is: 'shelved', at: 1, until: T0, by: 'noc', reason: 'r' } }],
    ['closed', { operatorState: { is: 'closed', at: 1, by: 'noc' } }],
    ['cleared', { state: { is: 'cleared', from: 1, to: 2, by: 'evidence' } }],
  ] as const)('leaves out what is %s', (_, given) => {
    alarms.set([alarm('a', { resource: 'cell-1', ...given })]);
    const wall = wallOf();
    network(wall);
    expect(partOf(wall, 'health').districts.every(({ all }) => all.alarms === 0)).toBe(true);
    expect(partOf(wall, 'map').districts.every(({ worst }) => worst === 'cleared')).toBe(true);
    expect(partOf(wall, 'alarms').newest).toEqual([]);
  });

  it('of what somebody has taken still says that it stands', () => {
    const operatorState = { is: 'acknowledged', at: T0, by: 'shift-2' } as const;
    alarms.set([alarm('a', { resource: 'cell-1', operatorState })]);
    const wall = wallOf();
    network(wall);
    expect(partOf(wall, 'health').districts[1]?.all.worst).toBe('major');
    const { bySeverity, untaken, newest } = partOf(wall, 'alarms');
    expect([bySeverity, untaken]).toEqual([{ major: 1 }, {}]);
    expect(newest[0]).toMatchObject({ taken: { by: 'shift-2' }, element: 'cell-1', district: 'Nišavski okrug' });
  });

  it('grows old, and is not shown as well, where nobody keeps the list of alarms', () => {
    alarms.set([alarm('a', { resource: 'cell-1' })]);
    const wall = wallOf();
    network(wall);
    wall.look();
    alarms.fails = 'another process keeps the list';
    now += 5 * MINUTE;
    const found = new Map(wall.look().map((one) => [one.part, one]));
    expect(partOf(wall, 'alarms').absent).toBe('another process keeps the list');
    expect(found.get('health')?.lookedAt).toBe(T0);
    expect(found.get('outages')?.lookedAt).toBe(now);
    const without = wallOf({ alarms: undefined });
    network(without);
    expect(without.look().some(({ part }) => part === 'health')).toBe(false);
  });
});

describe('the map', () => {
  it('has each district in the middle of its sites, and each site once', () => {
    const wall = wallOf();
    network(wall);
    const { districts, sites, withoutPosition } = partOf(wall, 'map');
    expect(districts.map(({ name, latitude, longitude }) => [name, latitude, longitude])).toEqual([
      ['Grad Beograd', 44.8, 20.5],
      ['Nišavski okrug', 43.32, 21.9],
    ]);
    expect(sites).toEqual([
      [43.32, 21.9, 'cleared'],
      [44.8, 20.5, 'cleared'],
    ]);
    expect(withoutPosition).toBe(1);
  });

  it('is bounded: of very many sites those with alarms come first', () => {
    const wall = wallOf();
    for (let i = 0; i < SITES_MAX + 50; i++)
      wall.network(element(`cell-${i}`, { latitude: 42 + (i % 70) / 20, longitude: 19 + Math.floor(i / 70) / 10 }));
    alarms.set([alarm('a', { resource: `cell-${SITES_MAX + 49}` })]);
    const { sites, sitesLeftOut } = partOf(wall, 'map');
    expect([sites.length, sitesLeftOut]).toEqual([SITES_MAX, 50]);
    expect(sites[0]?.[2]).toBe('major');
  });
});

describe('no service is named', () => {
  it('in alarms of a service, nor in an outage of a single line', () => {
    const subject = 'service-4711';
    alarms.set([alarm('a', { resource: subject, source: 'decided' })]);
    views.open = [outage({ incident: `${subject}/f1`, services: 1 }), outage({ incident: 'cell-1/f/2' })];
    views.all = [credit(1, { subject })];
    const wall = wallOf({
      sources: () => [{ name: 'noc', last: T0, usual: null, events: 1 }],
    });
    network(wall);
    const said = JSON.stringify(wall.look());
    expect(said).not.toContain(subject);
    expect(partOf(wall, 'outages').rows.map((row) => row.element)).toEqual(['cell-1', null]);
    expect(partOf(wall, 'alarms').newest[0]).toMatchObject({ element: null, district: null });
  });
});

describe('sources', () => {
  it('are those of systems: what people do at the console cannot fall silent', () => {
    const source = (name: string) => ({ name, last: T0, usual: null, events: 1 });
    const wall = wallOf({ sources: () => ['http/u-afva2w9hq1', 'noc', 'console/excuses', 'http/probes'].map(source) });
    expect(partOf(wall, 'sources').list.map(({ name }) => name)).toEqual(['http/probes', 'noc']);
  });
});

describe('what a miss would cost', () => {
  const fees = (given: Partial<FeeSample>): FeeSample => ({
    isWhole: true,
    below: () => ({ services: 10, monthly: 2_000_000, currency: 'RSD' }),
    of: () => ({ services: 100, monthly: 30_000_000, currency: 'RSD' }),
    ...given,
  });

  async function rowWith(sample: FeeSample, given: Parameters<typeof outage>[0] = {}) {
    views.open = [outage({ services: 50, ...given })];
    const wall = wallOf({ fees: async () => sample });
    network(wall);
    await wall.keepUp();
    return partOf(wall, 'outages');
  }

  it('is the services that are out, at the mean fee below the element, for the time to the limit (A1 3.3)', async () => {
    const { rows, misses } = await rowWith(fees({}));
    // 50 services at 2,000.00 a month, 48 h of the 30 days of June: 6,666.67.
    expect(rows[0]?.miss).toEqual({
      amount: { minor: 666_667, currency: 'RSD' },
      perDay: { minor: 333_333, currency: 'RSD' },
      limitAt: views.open[0]!.confirmedAt,
      clause: 'A1 3.3',
      basis: 'all',
      fees: 10,
    });
    expect(misses).toEqual([{ minor: 666_667, currency: 'RSD' }]);
  });

  it('rests on the operator where the sample has too few below, and says so', async () => {
    const { rows } = await rowWith(fees({ isWhole: false }));
    // 50 services at 3,000.00.
    expect(rows[0]?.miss).toMatchObject({ amount: { minor: 1_000_000 }, basis: 'operator', fees: 100 });
    const enough = await rowWith(
      fees({ isWhole: false, below: () => ({ services: 30, monthly: 6_000_000, currency: 'RSD' }) }),
    );
    expect(enough.rows[0]?.miss).toMatchObject({ amount: { minor: 666_667 }, basis: 'sample', fees: 30 });
  });

  it('goes on where the limit has passed', async () => {
    const from = T0 - 72 * 60 * MINUTE;
    const { rows } = await rowWith(fees({}), { from, confirmedAt: from + 48 * 60 * MINUTE });
    expect(rows[0]?.miss?.amount.minor).toBe(1_000_000);
  });

  it('counts days that are touched where the terms do (MTEL 18.4)', async () => {
    const euros = { services: 10, monthly: 30_000, currency: 'EUR' };
    const { rows } = await rowWith(fees({ below: () => euros, of: () => euros }), {
      operator: 'mtel-at',
      from: Date.parse('2026-06-11T10:00:00+02:00'),
      confirmedAt: Date.parse('2026-06-12T10:00:00+02:00'),
    });
    // 24 h from the middle of a day touch two days: 50 services, two thirtieths of 30.00 each.
    expect(rows[0]?.miss?.amount).toEqual({ minor: 10_000, currency: 'EUR' });
  });

  it.each([
    ['no limit runs', { confirmedAt: null }],
    ['the operator has no such rule', { operator: 'go4yu' }],
    ['the operator is not known', { operator: 'nobody' }],
  ])('is nothing where %s', async (_, given) => {
    const { rows, misses } = await rowWith(fees({}), given);
    expect([rows[0]?.miss, misses]).toEqual([null, []]);
  });

  it('is nothing before a fee is known', () => {
    views.open = [outage()];
    expect(partOf(wallOf(), 'outages').rows[0]?.miss).toBeNull();
  });
});

describe('the day', () => {
  it('counts what was decided since local midnight, and begins anew at the next', async () => {
    // What the index counted before: 40 in all, 3 of them today.
    views.all = [credit(1), credit(2), credit(3)];
    const query = views.decisions.bind(views);
    views.decisions = async (asked) => (asked.type === 'credit.granted' ? query(asked) : { decisions: [] });
    const decided = (credits: number, bars = 0) =>
      views.set({
        counts: { ...views.now.counts, decisions: { 'credit.granted': credits, 'bar.applied': bars } },
      });
    decided(40, 7);
    const wall = wallOf();
    expect(partOf(wall, 'day')).toBeUndefined();
    await wall.keepUp();
    expect(partOf(wall, 'day')).toMatchObject({ credits: 3, bars: 0, fairUse: 0, isAtLeast: false });
    expect(partOf(wall, 'day').from).toBe(Date.parse('2026-06-12T00:00:00+02:00'));
    decided(45, 8);
    expect(partOf(wall, 'day')).toMatchObject({ credits: 8, bars: 1 });
    views.set({ clock: T0 + 24 * 60 * MINUTE });
    expect(partOf(wall, 'day')).toMatchObject({ credits: 0, bars: 0 });
    decided(46, 8);
    expect(partOf(wall, 'day')).toMatchObject({ credits: 1, bars: 0 });
  });
});
