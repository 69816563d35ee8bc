/** The rules on indicators in whole installations: the same decisions as in a replay, wherever memory is lost. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkPack } from '../../pipelines/runtime/packs.js';
import { Engine, essence } from '../engine.js';
import { inOrder, known, type Line, local } from '../pipelines/story.js';
import { cell, OPERATOR, packFile, packsOf, RULE, STALE, sample, told } from './watched.js';

const LEVELS = [
  { severity: 'minor', raise: 90, clear: 85 },
  { severity: 'critical', raise: 99, clear: 95 },
];
const packs = packsOf({
  thresholds: [
    { ...RULE, levels: LEVELS, for: 'PT30M' },
    {
      ...RULE,
      name: 'least',
      window: 'hour',
      statistic: 'min',
      direction: 'below',
      levels: [{ severity: 'major', raise: 20, clear: 30 }],
    },
  ],
  stale: [STALE],
});
const UNTIL = '06-11 12:00';

async function lived(lines: readonly Line[], restarts: readonly number[], element: number) {
  const engine = await Engine.open({ packs, partitions: { service: 1, element, facts: 1, decisions: 1 } });
  for (const [i, line] of lines.entries()) {
    await engine.take([JSON.stringify(line)], i + 1);
    await engine.workSome(1);
    if (restarts.includes(i)) await engine.restart();
  }
  await engine.moveClock(local(UNTIL));
  await engine.work();
  return (await engine.decisions()).map(essence).sort();
}

it('lives through restarts and several tasks as a replay tells it', async () => {
  const one = fc.record({
    cell: fc.constantFrom('cell-1', 'cell-2', 'cell-3'),
    minute: fc.integer({ min: 0, max: 400 }),
    value: fc.constantFrom(10, 25, 50, 87, 92, 97, 100),
    lateMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 150 })),
  });
  const time = (minute: number) =>
    `06-10 ${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const story = fc.record({
    samples: fc.array(one, { minLength: 5, maxLength: 40 }),
    restarts: fc.array(fc.integer({ min: 0, max: 42 }), { maxLength: 4 }),
    tasks: fc.integer({ min: 1, max: 3 }),
  });
  let decisions = 0;
  await fc.assert(
    fc.asyncProperty(story, async ({ samples, restarts, tasks }) => {
      const lines = inOrder(
        samples.map(({ cell: element, minute, value, lateMinutes }, i) => ({
          ...known(time(minute + lateMinutes), sample(time(minute), value, { element })),
          id: `sample-${i}`,
        })),
      );
      const all = [cell(), cell('cell-2'), cell('cell-3'), ...lines];
      const expected = told(packs, all, UNTIL).map(essence).sort();
      expect(await lived(all, restarts, tasks)).toEqual(expected);
      decisions += expected.length;
    }),
    { numRuns: 40 },
  );
  expect(decisions).toBeGreaterThan(100);
});

it('data that lies unread in the log is not stale, however late it is read', async () => {
  const engine = await Engine.open({ packs, partitions: { service: 1, element: 2, facts: 1, decisions: 1 } });
  const lines = [
    cell(),
    cell('cell-2'),
    ...Array.from({ length: 12 }, (_, i) => sample(`06-10 ${12 + (i >> 1)}:${i % 2 === 0 ? '00' : '30'}`, 50)),
    sample('06-10 18:00', 50, { element: 'cell-2' }),
  ];
  // Everything is written, and the clock has moved on, before any task reads.
  await engine.take(lines.map((line) => JSON.stringify(line)));
  await engine.work();
  expect(await engine.decisions()).toEqual([]);
  await engine.moveClock(local('06-10 18:15'));
  await engine.work();
  const told = (await engine.decisions()).map(({ type, subject, time }) => [type, subject, time]);
  expect(told).toEqual([['alarm.raised', 'cell-1', '2026-06-10T18:15:00+02:00']]);
});

it('takes the section that docs/kpi.md shows', () => {
  const text = readFileSync(new URL('../../docs/kpi.md', import.meta.url), 'utf8');
  const [, json] = /```json\n(.*?)```/s.exec(text)!;
  const { kpi } = JSON.parse(`{${json}}`) as { kpi: object };
  const file = { ...packFile({}), rules: { kpi } };
  expect(checkPack(file, `${OPERATOR}.2010-01-01.json`).problems).toEqual([]);
});
