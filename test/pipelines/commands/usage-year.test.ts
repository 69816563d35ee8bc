import { describe, expect, it } from 'vitest';
import { writeUsageYear } from '../../../pipelines/commands/usage-year.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
import { usageYear } from '../../../pipelines/play/usage-year.js';

const story = { seed: 5, services: 60, from: parseInstant('2026-03-01T00:00:00+01:00')!, days: 5 };

describe('dozor usage-year', () => {
  it('writes the story a line an event, and waits while the reader is slow', async () => {
    const written: string[] = [];
    let waiting = false;
    const meter = await writeUsageYear(story, (lines) => {
      expect(waiting, 'nothing is written while the reader asks to wait').toBe(false);
      waiting = true;
      written.push(lines);
      return new Promise((resolve) =>
        setImmediate(() => {
          waiting = false;
          resolve();
        }),
      );
    });
    const lines = written.join('').trimEnd().split('\n');
    expect(lines).toEqual([...usageYear(story)].map((event) => JSON.stringify(event)));
    expect(meter.events).toBe(lines.length);
    // Together, not one by one.
    expect(written.length).toBeGreaterThan(1);
    expect(written.length).toBeLessThan(lines.length / 20);
  });
});
