/** `dozor report levels` and `report outages`, from files and from an installation's log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type NetworkStory, storyOfFiles, storyOfLog } from '../../../pipelines/commands/network-story.js';
import { levelsRegister, outagesRegister } from '../../../pipelines/commands/report-levels.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Engine } from '../../engine.js';

const packs = loadPacks([OWN_PACKS]);
const at = (text: string) => Date.parse(text);
const ASKED = at('2026-04-11T00:00:00+02:00');
let n = 0;
const event = (type: string, subject: string, time: string, data: object) =>
  JSON.stringify({ specversion: '1.0', id: `e${n++}`, source: 'test', type, subject, time, data });
const cell = (id: string, data: object) =>
  event('element.upserted', id, '2026-01-01T00:00:00+01:00', { operator: 'mtel-at', kind: 'cell', ...data });
const service = (id: string, servedBy: readonly string[], data: object = {}) =>
  event('service.upserted', id, '2026-01-01T00:00:00+01:00', {
    operator: 'mtel-at',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
    servedBy,
    ...data,
  });
const fault = (id: string, from: string, to?: string) => [
  event('fault.opened', id, from, { faultId: `f-${from}` }),
  ...(to === undefined ? [] : [event('fault.cleared', id, to, { faultId: `f-${from}` })]),
];

const LINES = [
  cell('core-1', { kind: 'core', district: 'Wien' }),
  cell('cell-a', { parent: 'core-1', technology: '4G', populationCovered: 7_000_000 }),
  cell('cell-b', { district: 'Graz', technology: '4G', populationCovered: 500_000 }),
  cell('cell-c', { district: 'Graz', technology: '3G' }),
  ...['s1', 's2', 's3', 's4'].map((id) => service(id, ['cell-a'])),
  service('s5', ['cell-b']),
  service('s6', ['cell-c']),
  service('tv', ['cell-c'], { kind: 'ott-tv' }),
  ...fault('cell-a', '2026-01-10T00:00:00+01:00', '2026-01-18T00:00:00+01:00'),
  ...fault('cell-b', '2026-02-01T12:00:00+01:00', '2026-02-01T18:00:00+01:00'),
  ...fault('cell-b', '2026-02-01T15:00:00+01:00', '2026-02-01T21:00:00+01:00'),
  event('service.ended', 's6', '2026-03-01T00:00:00+01:00', {}),
];

const folder = mkdtempSync(join(tmpdir(), 'dozor-levels-'));
afterAll(() => rmSync(folder, { recursive: true }));
async function fromFiles(to = ASKED): Promise<NetworkStory> {
  const [first, second] = [join(folder, 'a.ndjson'), join(folder, 'b.ndjson')];
  writeFileSync(first, `${LINES.slice(0, 6).join('\n')}\n\n`);
  writeFileSync(second, `${LINES.slice(6).join('\n')}\n${LINES[0]}\n`);
  return storyOfFiles([first, second], packs, to);
}
const rows = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('report levels', () => {
  const levels = (story: NetworkStory, asOf?: number) =>
    rows(levelsRegister(story, packs, { year: 2026, format: 'ndjson', ...(asOf !== undefined && { asOf }) }));

  it('the year so far, and at the present rate: the day on which it will miss', async () => {
    const [availability, coverage, ...rest] = levels(await fromFiles(), ASKED);
    expect(rest).toEqual([]);
    // 100 days less the hour that March skips: 5 users and 59 days of a sixth; 32 user-days and 9 hours down.
    const inService = 5 * (100 - 1 / 24) + 59;
    const down = 4 * 8 + 9 / 24;
    expect(availability).toMatchObject({
      operator: 'mtel-at',
      year: '2026',
      parameter: 'availability',
      asOf: '2026-04-11T00:00:00+02:00',
      required: 0.95,
      met: false,
      weightedBy: 'users',
      willBeMet: false,
    });
    const rate = down / inService;
    expect(availability!['value']).toBeCloseTo(1 - rate, 12);
    expect(availability!['byElements']).toBeCloseTo(1 - (8 + 9 / 24) / (3 * (100 - 1 / 24)), 12);
    expect(availability!['atPresentRate']).toBeCloseTo(1 - rate, 12);
    // A twentieth of all user-time of the year, at that rate of five users.
    const whole = inService + 5 * (365 - (100 - 1 / 24));
    const hence = (whole / 20 - down) / (5 * rate);
    expect(availability!['missedOn']).toBe(new Date(ASKED + 7_200_000 + hence * 86_400_000).toISOString().slice(0, 10));
    expect(coverage).toMatchObject({ parameter: 'coverage', met: true, willBeMet: null });
  });

  it('a year that has ended has no outlook, and one that has not begun no row', async () => {
    const story = await fromFiles(at('2027-02-01T00:00:00+01:00'));
    const [availability] = levels(story, at('2027-02-01T00:00:00+01:00'));
    expect(availability).toMatchObject({
      asOf: '2027-01-01T00:00:00+01:00',
      met: true,
      missedOn: null,
      willBeMet: null,
    });
    expect(levels(story, at('2025-12-31T00:00:00+01:00'))).toEqual([]);
  });

  it('without an instant as far as is known', async () => {
    const [availability] = levels(await fromFiles());
    expect(availability!['asOf']).toBe('2026-03-01T00:00:00+01:00');
  });

  it('loss in the busiest hours so far, the running one too', async () => {
    const counted = (kpi: string, id: string, value: number) =>
      event('kpi.sampled', id, '2026-03-01T20:10:00+01:00', { kpi, value });
    const file = join(folder, 'counters.ndjson');
    const counters = [
      counted('RRC.ConnEstabAtt', 'cell-a', 60),
      counted('RRC.ConnEstabSucc', 'cell-a', 57),
      counted('RRC.ConnEstabAtt', 'cell-b', 40),
      counted('RRC.ConnEstabSucc', 'cell-b', 37),
    ];
    writeFileSync(file, `${[...LINES, ...counters].join('\n')}\n`);
    const story = await storyOfFiles([file], packs, Number.NEGATIVE_INFINITY);
    const asOf = at('2026-03-01T20:30:00+01:00');
    expect(levels(story, asOf).at(-1)).toMatchObject({ parameter: 'busy-hour-loss', value: 0.06, met: false });
    const engine = await Engine.open({ packs, partitions: { service: 2, element: 3, facts: 1, decisions: 1 } });
    await engine.take([...LINES, ...counters], 1);
    expect(levels(await storyOfLog(engine.log, packs, asOf), asOf)).toEqual(levels(story, asOf));
  });

  it("says the same of an installation's log, however many partitions it has", async () => {
    const engine = await Engine.open({ packs, partitions: { service: 4, element: 3, facts: 1, decisions: 1 } });
    await engine.take(LINES, 1);
    const story = await storyOfLog(engine.log, packs, ASKED);
    expect(levels(story, ASKED)).toEqual(levels(await fromFiles(), ASKED));
  });
});

describe('report outages', () => {
  const period = { from: at('2026-01-01T00:00:00+01:00'), to: at('2026-03-01T00:00:00+01:00') };
  const outages = async () => rows(outagesRegister(await fromFiles(), packs, { ...period, format: 'ndjson' }));
  const of = async (month: string, district: string, technology: string) =>
    (await outages()).find(
      (row) => row['month'] === month && row['district'] === district && row['technology'] === technology,
    );

  it('by month, district and technology, each alone and all together', async () => {
    expect((await outages()).map((row) => [row['month'], row['district'], row['technology']].join(' '))).toEqual(
      ['2026-01', '2026-02'].flatMap((month) =>
        ['* *', '* 3G', '* 4G', 'Graz *', 'Graz 3G', 'Graz 4G', 'Wien *', 'Wien 4G'].map(
          (place) => `${month} ${place}`,
        ),
      ),
    );
  });

  it('the district of the cell is that of its parent where it has none', async () => {
    expect(await of('2026-01', 'Wien', '4G')).toMatchObject({
      operator: 'mtel-at',
      users: 4,
      interruptions: 4,
      saidiMinutes: 8 * 1_440,
      saifi: 1,
      caidiMinutes: 8 * 1_440,
      repairs: 1,
      mttrMinutes: 8 * 1_440,
    });
  });

  it('two faults at once are one interruption and two repairs', async () => {
    expect(await of('2026-02', 'Graz', '4G')).toMatchObject({
      users: 1,
      interruptions: 1,
      caidiMinutes: 540,
      repairs: 2,
      mttrMinutes: 360,
    });
    expect(await of('2026-02', '*', '*')).toMatchObject({
      users: 6,
      saidiMinutes: 90,
      caidiMinutes: 540,
      mttrMinutes: 360,
    });
  });

  it('a period that is none is refused', async () => {
    const story = await fromFiles();
    expect(() => outagesRegister(story, packs, { from: period.to, to: period.from, format: 'csv' })).toThrow('--to');
  });
});
