/** `dozor report overrun`: the bounds of the packs, and what the events on a log say of the delays of feeds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measuredDelays, overrunLines, reportOverrun } from '../../../pipelines/commands/report-overrun.js';
import { MINUTE } from '../../../pipelines/domain/units.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Engine } from '../../engine.js';

const packs = loadPacks([OWN_PACKS]);
const at = (text: string) => Date.parse(text);
const june = { from: at('2026-06-01T00:00:00+02:00'), to: at('2026-07-01T00:00:00+02:00') };

let n = 0;
const event = (type: string, subject: string, time: string, data: object, known?: string, id = `e${n++}`) =>
  JSON.stringify({
    ...{ specversion: '1.0', id, source: 'test', type, subject, time, data },
    ...(known && { recordedtime: known }),
  });
const service = (subject: string, operator: string) =>
  event('service.upserted', subject, '2026-01-01T00:00:00+01:00', { operator, kind: 'mobile' });
/** A record at noon of 10 June, known so many minutes later. */
const use = (subject: string, minutes: number, feed?: string, id?: string) => {
  const known = new Date(at('2026-06-10T12:00:00+02:00') + minutes * MINUTE).toISOString();
  return event(
    'usage.recorded',
    subject,
    '2026-06-10T12:00:00+02:00',
    { kind: 'data', bytes: 1, ...(feed && { feed }) },
    known,
    id,
  );
};

async function told(lines: readonly string[]) {
  const engine = await Engine.open({ packs, partitions: { service: 2, element: 1, facts: 1, decisions: 1 } });
  await engine.take(lines);
  await engine.work();
  return engine.log;
}

describe('what is measured', () => {
  it('by operator and feed: median, p99 and the longest; copies, bad lines and other months count for nothing', async () => {
    const cdrs = Array.from({ length: 100 }, (_, i) => use('s1', i < 98 ? 5 : 60, 'cdr'));
    const log = await told([
      ...['s1', 's2'].map((subject) => service(subject, 'a1-rs')),
      service('s3', 'mtel-at'),
      ...cdrs,
      cdrs[99]!,
      use('s2', 240, 'nrtrde'),
      use('s2', 0),
      use('s3', 1, 'radius'),
      use('s1', 60 * 24 * 40, 'tap'),
      event('usage.recorded', 's1', '2026-06-10T12:00:00+02:00', { kind: 'data', bytes: -1, feed: 'cdr' }),
      use('s9', 3, 'cdr'),
    ]);
    const rows = (await measuredDelays(log, packs, june)).map(
      ({ operator, feed, records, median, p99, max }) =>
        `${operator} ${feed} ${records}: ${median / MINUTE} ${p99 / MINUTE} ${max / MINUTE}`,
    );
    // 5 and 60 minutes, as the bounds of their classes: 319 and 3,600 s.
    expect(rows).toEqual([
      `a1-rs nrtrde 1: 240 240 240`,
      `a1-rs cdr 100: ${319 / 60} 60 60`,
      `a1-rs none 1: 0 0 0`,
      `mtel-at radius 1: 1 1 1`,
      `unknown cdr 1: 3 3 3`,
    ]);
  });
});

describe('what is printed', () => {
  const measured = [
    { operator: 'a1-rs', feed: 'cdr', records: 9, median: MINUTE, p99: 10 * MINUTE, max: 11 * MINUTE },
  ] as const;

  it('as a table: a line for each limit and feed, and what was measured', () => {
    const lines = overrunLines(packs, measured, 'table');
    expect(lines[0]).toMatch(/^operator +clause +rule +measure +limit +feed +delay +overrun +at measured p99$/);
    const bar = lines.find((line) => line.includes('spendBar') && line.includes(' cdr '))!;
    // 2 h 6 min 1 s at 12.5 RSD a second of data; with ten minutes and 61 s, 661 s; and a megabyte more.
    expect(bar.split(/ {2,}/)).toEqual([
      ...['a1-rs', 'A1 14.3', 'spendBar', 'charge', '5000.00 RSD', 'cdr', '2 h 6 min'],
      ...['94517.50 RSD (data)', '8267.50 RSD'],
    ]);
    expect(lines.find((line) => line.includes('spendBar') && line.includes(' tap '))).toMatch(
      /unbounded within a cycle$/,
    );
    expect(lines.at(-1)!.split(/ {2,}/)).toEqual(['a1-rs', 'cdr', '9', '1 min', '10 min', '11 min']);
    expect(overrunLines(packs, [], 'table').join('\n')).not.toContain('median');
  });

  it('as JSON: the same, with seconds and money as on the wire', () => {
    const { bounds, delays } = JSON.parse(overrunLines(packs, measured, 'json').join('\n')) as {
      bounds: Record<string, unknown>[];
      delays: Record<string, unknown>[];
    };
    expect(bounds.find(({ rule, feed }) => rule === 'spendBar' && feed === 'cdr')).toEqual({
      operator: 'a1-rs',
      rule: 'spendBar',
      clause: 'A1 14.3',
      measure: 'charge',
      limit: { amount: '5000.00', currency: 'RSD' },
      feed: 'cdr',
      delaySeconds: 7_561,
      overrun: { amount: '94517.50', currency: 'RSD' },
      worst: 'data',
      wholeCycle: false,
      overrunAtMeasuredP99: { amount: '8267.50', currency: 'RSD' },
    });
    expect(bounds.find(({ rule, feed }) => rule === 'spendBar' && feed === 'tap')).toMatchObject({
      wholeCycle: true,
      overrunAtMeasuredP99: null,
    });
    expect(delays).toEqual([
      { operator: 'a1-rs', feed: 'cdr', records: 9, medianSeconds: 60, p99Seconds: 600, maxSeconds: 660 },
    ]);
  });

  it('without a period nothing is opened; with one there must be an installation, and the period must be one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-'));
    try {
      const config = readConfig({ DOZOR_DATA: join(folder, 'none') });
      expect(await reportOverrun(config, packs, { format: 'table' })).toEqual(overrunLines(packs, [], 'table'));
      await expect(reportOverrun(config, packs, { format: 'table', period: june })).rejects.toThrow();
      const backward = { from: june.to, to: june.from };
      await expect(reportOverrun(config, packs, { format: 'table', period: backward })).rejects.toThrow(/after --from/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
