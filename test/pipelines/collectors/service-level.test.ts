import { describe, expect, it } from 'vitest';
import type { DecisionOf } from '../../../pipelines/domain/decision.js';
import { encodeDecision } from '../../../pipelines/domain/decision.js';
import type { WireDecision } from '../../../pipelines/http/ports.js';
import { Engine, essence } from '../../engine.js';
import { type Line, packs, packsWith, replayed, written } from './replayed.js';

type Level = DecisionOf<'service.level.assessed'>;
const MTEL = 'mtel-at';

const cell = (id: string, data: object = {}): Line => ({
  type: 'element.upserted',
  subject: id,
  time: '2026-01-01T00:00:00+01:00',
  data: { operator: MTEL, kind: 'cell', technology: '4G', district: 'Wien', ...data },
});
const service = (id: string, servedBy: string, data: object = {}, time = '2026-01-01T00:00:00+01:00'): Line => ({
  type: 'service.upserted',
  subject: id,
  time,
  data: {
    operator: MTEL,
    kind: 'mobile',
    customerId: `c-${id}`,
    activeFrom: time,
    monthlyFee: null,
    servedBy: [servedBy],
    ...data,
  },
});
const fault = (id: string, from: string, to: string, known?: string): Line[] => [
  {
    type: 'fault.opened',
    subject: id,
    time: from,
    data: { faultId: `f-${from}` },
    ...(known && { recordedtime: known }),
  },
  {
    type: 'fault.cleared',
    subject: id,
    time: to,
    data: { faultId: `f-${from}` },
    ...(known && { recordedtime: known }),
  },
];
const sample = (id: string, kpi: string, time: string, value: number, known?: string): Line => ({
  type: 'kpi.sampled',
  subject: id,
  time,
  data: { kpi, value },
  ...(known && { recordedtime: known }),
});

/** Two cells: nine services on the first, one on the second. */
const NETWORK = [
  cell('cell-1', { populationCovered: 6_000_000 }),
  cell('cell-2', { populationCovered: 1_000_000 }),
  ...Array.from({ length: 9 }, (_, i) => service(`s${i}`, 'cell-1')),
  service('s9', 'cell-2'),
];
const CLOSE = '2027-01-01T00:00:00+01:00';

const levels = (lines: readonly Line[], until = '2027-01-02T00:00:00+01:00', by = packs): readonly Level[] =>
  replayed(lines, until, by).filter((one) => one.type === 'service.level.assessed');
const said = (all: readonly Level[]) =>
  all.map(({ time, data }) => {
    const value = data.value!.toFixed(6);
    return `${new Date(time).toISOString()} ${data.parameter} ${value} ${data.met}${data.revision ? ` revision ${data.revision}` : ''}`;
  });

describe('the year of a network (MTEL SD B.2.2)', () => {
  it('mean availability: each user alike, each element alike beside it', () => {
    const all = levels([...NETWORK, ...fault('cell-1', '2026-03-02T00:00:00+01:00', '2026-03-12T00:00:00+01:00')]);
    const [one] = all.filter(({ data }) => data.parameter === 'availability');
    // Ten days of nine users out of ten, and of one cell out of two.
    expect(one).toMatchObject({ subject: MTEL, time: Date.parse(CLOSE) });
    expect(one!.data).toMatchObject({
      operator: MTEL,
      clause: 'MTEL SD B.2.2',
      period: { from: Date.parse('2026-01-01T00:00:00+01:00'), to: Date.parse(CLOSE) },
      required: 0.95,
      met: true,
      late: false,
      because: {
        weightedBy: 'users',
        byUsers: { services: 10, secondsInService: String(365 * 86_400 * 10), secondsDown: String(10 * 86_400 * 9) },
        byElements: { elements: 2, secondsInService: String(365 * 86_400 * 2), secondsDown: String(10 * 86_400) },
      },
    });
    expect(one!.data.value).toBeCloseTo(1 - 9 / 365, 12);
    const { byElements } = one!.data.because as { byElements: { availability: number } };
    expect(byElements.availability).toBeCloseTo(1 - 5 / 365, 12);
  });

  it('exactly 95 % is met; a second more down is not', () => {
    // 18.25 days of the year, whose March has a short day: seconds that elapse.
    const of = (end: string) =>
      levels([cell('cell-1'), service('s1', 'cell-1'), ...fault('cell-1', '2026-05-01T00:00:00+02:00', end)]);
    expect(of('2026-05-19T06:00:00+02:00')[0]!.data).toMatchObject({ value: 0.95, met: true });
    expect(of('2026-05-19T06:00:01+02:00')[0]!.data.met).toBe(false);
  });

  it('a fault of what the cell hangs on counts, and overlapping ones once', () => {
    const lines = [
      { ...cell('core-1'), data: { operator: MTEL, kind: 'core' } },
      cell('cell-1', { parent: 'core-1' }),
      service('s1', 'cell-1'),
      ...fault('core-1', '2026-05-01T00:00:00+02:00', '2026-05-11T00:00:00+02:00'),
      ...fault('cell-1', '2026-05-06T00:00:00+02:00', '2026-05-16T00:00:00+02:00'),
    ];
    expect(levels(lines)[0]!.data.value).toBeCloseTo(1 - 15 / 365, 12);
  });

  it('who comes and goes within the year weighs as long as the service stood', () => {
    const lines = [
      cell('cell-1'),
      cell('cell-2'),
      service('s1', 'cell-1'),
      service('s2', 'cell-2', {}, '2026-10-20T00:00:00+02:00'),
      ...fault('cell-2', '2026-10-30T00:00:00+01:00', '2026-11-09T00:00:00+01:00'),
      { type: 'service.ended', subject: 's1', time: '2026-12-01T00:00:00+01:00', data: {} },
    ];
    // s1 stood 334 days, s2 73 days and the hour that October has twice.
    expect(levels(lines)[0]!.data.value).toBeCloseTo(1 - 10 / (334 + 73 + 1 / 24), 12);
  });

  it('television over other lines is none of its users, and nobody known leaves the elements to decide', () => {
    const lines = [
      cell('cell-1'),
      cell('cell-2'),
      service('tv', 'cell-1', { kind: 'ott-tv' }),
      ...fault('cell-1', '2026-05-01T00:00:00+02:00', '2026-05-11T00:00:00+02:00'),
    ];
    const [one] = levels(lines);
    expect(one!.data.value).toBeCloseTo(1 - 5 / 365, 12);
    expect(one!.data.because['weightedBy']).toBe('elements');
  });

  it('a setting weighs by elements, another leaves faults out', () => {
    const turned = (terms: object) =>
      packsWith(MTEL, (pack) => ({
        ...pack,
        rules: { ...pack.rules, serviceLevel: { ...pack.rules.serviceLevel!, ...terms } },
      }));
    const [opened, cleared] = fault('cell-1', '2026-03-02T00:00:00+01:00', '2026-03-12T00:00:00+01:00') as [Line, Line];
    const weather = { ...opened, data: { ...opened.data, responsibility: 'weather' } };
    const value = (by: typeof packs) => levels([...NETWORK, weather, cleared], undefined, by)[0]!.data.value;
    expect(value(turned({ weightedBy: 'elements' }))).toBeCloseTo(1 - 5 / 365, 12);
    expect(value(turned({ excused: ['weather'] }))).toBe(1);
  });

  it('people covered, at the end of the year', () => {
    const shrunk = { ...cell('cell-2', { populationCovered: 800_000 }), time: '2026-12-30T00:00:00+01:00' };
    const coverage = (...more: Line[]) =>
      levels([...NETWORK, ...more]).find(({ data }) => data.parameter === 'coverage')!.data;
    expect(coverage()).toMatchObject({ met: true, required: 0.75, because: { covered: 7_000_000 } });
    expect(coverage(shrunk)).toMatchObject({ met: false, because: { covered: 6_800_000 } });
  });

  it('what nobody told is no answer', () => {
    expect(said(levels([cell('cell-1'), service('s1', 'cell-1')]))).toEqual([
      '2026-12-31T23:00:00.000Z availability 1.000000 true',
    ]);
  });

  it('loss in the ten busiest hours of the whole network', () => {
    const hours = Array.from({ length: 12 }, (_, i) => `2026-06-${10 + i}T20:`);
    const samples = hours.flatMap((hour, i) => [
      sample('cell-1', 'RRC.ConnEstabAtt', `${hour}00:00+02:00`, 500 + i),
      sample('cell-1', 'RRC.ConnEstabSucc', `${hour}00:00+02:00`, 500 + i),
      sample('cell-2', 'RRC.ConnEstabAtt', `${hour}30:00+02:00`, 500),
      // The two quietest hours lose all of cell 2, the others a tenth.
      sample('cell-2', 'RRC.ConnEstabSucc', `${hour}30:00+02:00`, i < 2 ? 0 : 450),
    ]);
    const [one] = levels([...NETWORK, ...samples]).filter(({ data }) => data.parameter === 'busy-hour-loss');
    const losses = Array.from({ length: 10 }, (_, i) => 50 / (1_002 + i));
    expect(one!.data.value).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 10, 12);
    expect(one!.data).toMatchObject({ required: 0.05, met: true });
    const { hours: named } = one!.data.because as { hours: { from: string }[] };
    expect(named).toHaveLength(10);
    expect(named[0]).toMatchObject({ from: '2026-06-21T20:00:00+02:00', offered: 1_011 });
  });
});

describe('when', () => {
  it('a year that ended before the story began is not assessed, and each that ends in it is', () => {
    const from = (year: number) => ({ ...cell('cell-1'), time: `${year}-06-01T00:00:00+02:00` });
    const all = levels([from(2026), service('s1', 'cell-1')], '2029-03-01T00:00:00+01:00');
    expect(all.map(({ data }) => new Date(data.period.to).getUTCFullYear())).toEqual([2026, 2027, 2028]);
  });

  it('what is known late is assessed again, at the next midnight, for as long as the rule looks back', () => {
    const late = (known: string) => [
      ...NETWORK,
      ...fault('cell-1', '2026-03-02T00:00:00+01:00', '2026-04-02T00:00:00+02:00', known),
    ];
    expect(said(levels(late('2027-01-20T10:00:00+01:00'), '2027-03-01T00:00:00+01:00'))).toEqual([
      '2026-12-31T23:00:00.000Z availability 1.000000 true',
      '2026-12-31T23:00:00.000Z coverage 0.764296 true',
      '2027-01-20T23:00:00.000Z availability 0.923664 false revision 1',
    ]);
    expect(said(levels(late('2027-02-06T10:00:00+01:00'), '2027-03-01T00:00:00+01:00'))).toHaveLength(2);
  });

  it('what changes no answer is not told again', () => {
    const lines = [...NETWORK, service('s5', 'cell-1', { language: 'en' }, '2027-01-10T00:00:00+01:00')];
    expect(levels(lines, '2027-03-01T00:00:00+01:00')).toHaveLength(2);
  });
});

describe('over several partitions', () => {
  const LATE = '2027-01-20T10:00:00+01:00';
  const lines = [
    ...NETWORK,
    ...fault('cell-1', '2026-03-02T00:00:00+01:00', '2026-03-12T00:00:00+01:00'),
    sample('cell-1', 'RRC.ConnEstabAtt', '2026-06-10T20:00:00+02:00', 10),
    sample('cell-1', 'RRC.ConnEstabSucc', '2026-06-10T20:15:00+02:00', 9),
    sample('cell-2', 'RRC.ConnEstabAtt', '2026-06-10T20:30:00+02:00', 30),
    sample('cell-2', 'RRC.ConnEstabSucc', '2026-06-10T20:45:00+02:00', 30),
    ...fault('cell-2', '2026-05-02T00:00:00+02:00', '2026-05-12T00:00:00+02:00', LATE),
    sample('cell-2', 'RRC.ConnEstabSucc', '2026-06-10T20:50:00+02:00', -3, LATE),
  ];
  const until = '2027-02-01T00:00:00+01:00';

  it.each([
    ['1 partition', { service: 1, element: 1, facts: 1, decisions: 1 }, false],
    ['4 partitions', { service: 4, element: 2, facts: 2, decisions: 2 }, false],
    ['4 partitions with restarts', { service: 4, element: 2, facts: 2, decisions: 2 }, true],
  ] as const)('%s: as a replay', async (_, partitions, restarts) => {
    const engine = await Engine.open({ packs, partitions });
    for (const [i, line] of written(lines).entries()) {
      await engine.take([line], i + 1);
      if (!restarts) continue;
      await engine.workSome(7);
      if (i % 5 === 0) await engine.restart();
    }
    await engine.moveClock(until);
    await engine.work();
    const decisions = (await engine.decisions()).filter(({ type }) => type === 'service.level.assessed');
    const told = levels(lines, until).map((one) => encodeDecision(one, 'Europe/Vienna') as unknown as WireDecision);
    expect(told.map(({ data }) => [data['parameter'], data['revision']])).toEqual([
      ['availability', undefined],
      ['coverage', undefined],
      ['busy-hour-loss', undefined],
      ['availability', 1],
      ['busy-hour-loss', 1],
    ]);
    expect(decisions.map(essence).sort()).toEqual(told.map(essence).sort());
  });
});
