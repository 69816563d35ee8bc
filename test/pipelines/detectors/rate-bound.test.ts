import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../pipelines/domain/decision.js';
import { type Line, packs, packsWith, replayed } from '../collectors/replayed.js';

const cell = (id: string, technology: string | undefined, data: object = {}): Line => ({
  type: 'element.upserted',
  subject: id,
  time: '2026-01-01T00:00:00+01:00',
  data: { operator: 'a1-rs', kind: 'cell', ...(technology && { technology }), ...data },
});
const service = (servedBy: readonly string[], time = '2026-01-01T00:00:00+01:00'): Line => ({
  type: 'service.upserted',
  subject: 's1',
  time,
  data: { operator: 'a1-rs', kind: 'mobile', activeFrom: '2025-01-01T00:00:00+01:00', monthlyFee: null, servedBy },
});
const measured = (clock: string, down: number, up?: number, known = clock): Line => ({
  type: 'line.measured',
  subject: 's1',
  time: `2026-06-10T${clock}+02:00`,
  recordedtime: `2026-06-10T${known}+02:00`,
  data: { downBitsPerSecond: down, ...(up !== undefined && { upBitsPerSecond: up }) },
});
const NETWORK = [cell('cell-4', '4G'), cell('cell-2', '2G'), service(['cell-4'])];
const M = 1_000_000;

const alarms = (lines: readonly Line[], by = packs) =>
  replayed(lines, '2026-06-11T00:00:00+02:00', by).filter(({ type }) => type.startsWith('alarm.'));
const said = (all: readonly Decision[]) =>
  all.map(({ type, time, data }) => {
    const { episode } = data as { episode: number };
    return `${new Date(time + 7_200_000).toISOString().slice(11, 19)} ${type} ${episode}`;
  });

describe('a rate that the technology does not give (A1 3.2)', () => {
  it('4G gives 390 Mbit/s: at that nothing is wrong, above it is', () => {
    expect(alarms([...NETWORK, measured('12:00:00', 390 * M)])).toEqual([]);
    const [one, ...rest] = alarms([...NETWORK, measured('12:00:00', 390 * M + 1)]);
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      type: 'alarm.raised',
      subject: 's1',
      data: {
        operator: 'a1-rs',
        clause: 'A1 3.2',
        alarmId: 'rate-bound:s1',
        episode: 1,
        perceivedSeverity: 'warning',
        specificProblem: 'a rate that the technology does not give: bits for bytes',
        from: Date.parse('2026-06-10T12:00:00+02:00'),
        because: {
          technologies: ['4G'],
          above: [
            {
              direction: 'down',
              bitsPerSecond: 390 * M + 1,
              bound: 390 * M,
              technology: '4G',
              mistaken: 'bits for bytes',
            },
          ],
        },
      },
    });
  });

  it('a technology of the parent is that of the cell; of several that serve the fastest bounds', () => {
    const below = cell('cell-x', undefined, { parent: 'cell-4' });
    expect(
      alarms([...NETWORK, below, service(['cell-x'], '2026-02-01T00:00:00+01:00'), measured('12:00:00', 400 * M)]),
    ).toHaveLength(1);
    const both = service(['cell-2', 'cell-4'], '2026-02-01T00:00:00+01:00');
    expect(alarms([...NETWORK, both, measured('12:00:00', 100 * M)])).toEqual([]);
    expect(
      alarms([...NETWORK, service(['cell-2'], '2026-02-01T00:00:00+01:00'), measured('12:00:00', M)]),
    ).toHaveLength(1);
  });

  it('what serves is not known, or of which technology: nothing is said', () => {
    const other = service(['cell-4', 'cell-y'], '2026-02-01T00:00:00+01:00');
    expect(alarms([...NETWORK, other, measured('12:00:00', 1e12)])).toEqual([]);
    expect(alarms([...NETWORK, cell('cell-y', undefined), other, measured('12:00:00', 1e12)])).toEqual([]);
  });

  it('an operator without bounds has none', () => {
    const without = packsWith('a1-rs', (pack) => {
      const { rateBounds: _, ...rules } = pack.rules;
      return { ...pack, rules };
    });
    expect(alarms([...NETWORK, measured('12:00:00', 1e12)], without)).toEqual([]);
  });
});

describe('the alarm', () => {
  it('stands once, until a later measurement may be true; then it may come again', () => {
    const lines = [
      measured('12:00:00', 1e12),
      measured('12:05:00', 1e12),
      measured('12:10:00', 50 * M),
      measured('12:15:00', 50 * M),
      measured('12:20:00', 50 * M, 1e12),
    ];
    expect(said(alarms([...NETWORK, ...lines]))).toEqual([
      '12:00:00 alarm.raised 1',
      '12:10:00 alarm.cleared 1',
      '12:20:00 alarm.raised 2',
    ]);
  });

  it('a good one of before does not end it, and a bad one of before is raised and ended at once', () => {
    const late = [measured('12:00:00', 1e12), measured('11:00:00', 50 * M, undefined, '13:00:00')];
    expect(said(alarms([...NETWORK, ...late]))).toEqual(['12:00:00 alarm.raised 1']);
    const bad = [measured('12:00:00', 50 * M), measured('11:00:00', 1e12, undefined, '13:00:00')];
    expect(said(alarms([...NETWORK, ...bad]))).toEqual(['13:00:00 alarm.raised 1', '13:00:00 alarm.cleared 1']);
  });

  it('what is known together is looked at by its own time', () => {
    const known = '14:00:00';
    const rates = [50 * M, 1e12, 50 * M].map((rate, i) => measured(`12:0${i}:00`, rate, undefined, known));
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      expect(said(alarms([...NETWORK, ...order.map((i) => rates[i]!)]))).toEqual([
        '14:00:00 alarm.raised 1',
        '14:00:00 alarm.cleared 1',
      ]);
    }
  });
});
