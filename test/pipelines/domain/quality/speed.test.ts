import { describe, expect, it } from 'vitest';
import { stretchesBelow } from '../../../../pipelines/domain/quality/speed.js';
import { DAY, HOUR, SECOND } from '../../../../pipelines/domain/units.js';
import { inventoryEvents } from '../../../../pipelines/play/inventory.js';
import { asMapping } from '../../../../pipelines/play/mapping.js';
import { Tally } from '../../../../pipelines/play/tally.js';
import { describeShared, sharedFile, sharedRows } from '../../../shared-data.js';

const at = (...rates: readonly (readonly [hour: number, rate: number])[]) =>
  rates.map(([hour, rate]) => ({ at: hour * HOUR, rate }));
const below = (rates: readonly { at: number; rate: number }[], gapHours = 24) =>
  stretchesBelow(rates, ({ rate }) => rate < 70, gapHours * HOUR).map(({ from, to }) => [from / HOUR, to / HOUR]);

describe('a stretch below: from the first measurement below to the next that is not', () => {
  it.each([
    ['none', at([0, 70], [1, 100]), []],
    ['one that ends', at([0, 100], [1, 69], [2, 10], [3, 70]), [[1, 3]]],
    ['one that is not seen to end: to the last below', at([0, 100], [1, 69], [2, 10]), [[1, 2]]],
    ['seen once', at([0, 69]), [[0, 0]]],
    [
      'two',
      at([0, 0], [1, 80], [2, 0], [5, 80]),
      [
        [0, 1],
        [2, 5],
      ],
    ],
    [
      'measurements further apart than the gap are not on end',
      at([0, 0], [1, 0], [26, 0], [27, 80]),
      [
        [0, 1],
        [26, 27],
      ],
    ],
    ['exactly the gap still is', at([0, 0], [1, 0], [25, 0], [26, 80]), [[0, 26]]],
    ['a good one after the gap ends nothing that was seen', at([0, 0], [1, 0], [26, 80]), [[0, 1]]],
  ])('%s', (_, rates, expected) => {
    expect(below(rates)).toEqual(expected);
  });
});

const SETS = ['norway_3g_hsdpa', 'ghent_4g', 'us_fixed_sd', 'us_fixed_hd'];
const FILES = [...SETS.map((set) => `throughput/${set}.csv.gz`), 'throughput/expected_zero_events.csv'];

describeShared('holes in public traces of throughput, by a mapping of import', FILES, () => {
  /** A trace is a line, each row a measurement at its beginning. */
  const mapping = (set: string) =>
    asMapping({
      name: 'traces',
      about: 'Traces of throughput: a second or some to a row.',
      source: `traces/${set}`,
      zone: 'UTC',
      tables: [
        {
          files: [`**/${set}.csv`],
          time: { column: 'elapsed_ms', format: 'unix-milliseconds' },
          events: [
            {
              type: 'line.measured',
              subject: '{trace}',
              data: { downBitsPerSecond: { column: 'bandwidth_kbps', as: 'number', factor: 1_000 } },
            },
          ],
        },
      ],
    });

  it('every stretch of 10 s or more without a bit is found, and nothing else: 29 in 22 traces', async () => {
    const found: string[] = [];
    for (const set of SETS) {
      const tally = new Tally();
      const lines = new Map<string, { at: number; rate: number }[]>();
      for await (const { subject, time, data } of inventoryEvents(
        [sharedFile(`throughput/${set}.csv.gz`)],
        mapping(set),
        tally,
      )) {
        const of = lines.get(subject) ?? [];
        of.push({ at: Date.parse(time), rate: data['downBitsPerSecond'] as number });
        lines.set(subject, of);
      }
      expect(tally.problemCount).toBe(0);
      for (const [trace, of] of lines) {
        for (const { from, to } of stretchesBelow(of, ({ rate }) => rate < 1, DAY)) {
          if (to - from >= 10 * SECOND) found.push(`${set},${trace},${from},${to - from}`);
        }
      }
    }
    const noted = sharedRows('throughput/expected_zero_events.csv').map((row) => Object.values(row).join(','));
    expect(found.sort()).toEqual(noted.sort());
    expect(found).toHaveLength(29);
    expect(new Set(found.map((line) => line.split(',').slice(0, 2).join())).size).toBe(22);
    expect(Math.max(...found.map((line) => Number(line.split(',')[3])))).toBe(86_976);
  }, 60_000);
});
