/** The story of a chaos run keeps pace with its faults, and never stands still. */
import { expect, it } from 'vitest';
import { KINDS } from './plan.js';
import { Progress } from './progress.js';

const plan = ['Kafka stopped for 33 s', 'Redis killed'] as const;
const total = KINDS['Kafka stopped for 33 s'] + KINDS['Redis killed'];

it('is told no faster than the time, and to its end when the plan is done', () => {
  let now = 0;
  const progress = new Progress(plan, 10, () => now);
  expect(progress.share).toBe(0);
  progress.begins(plan.length);
  now = 5;
  expect(progress.share).toBe(0.5);
  now = 10;
  expect(progress.share).toBe(1);
});

it('goes slowly with a fault that takes long, and never stops', () => {
  let now = 0;
  const progress = new Progress(plan, 10, () => now);
  expect(progress.share).toBe(0);
  progress.begins(0);
  let before = 0;
  for (now = 1; now < 180; now += 1) {
    // At least a twentieth of the plan's own pace, however long it takes: what is told next shows that it has passed.
    expect((progress.share - before) * total).toBeGreaterThan(0.04);
    before = progress.share;
  }
  const expected = KINDS['Kafka stopped for 33 s'];
  expect(before * total).toBeLessThan(expected + 180 * 0.05);
  progress.begins(1);
  expect(progress.share).toBeCloseTo(expected / total);
});
