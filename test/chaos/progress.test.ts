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

it('waits for a fault that takes long, ever more slowly', () => {
  let now = 0;
  const progress = new Progress(plan, 10, () => now);
  expect(progress.share).toBe(0);
  progress.begins(0);
  let before = 0;
  for (now = 1; now < 300; now += 30) {
    expect(progress.share).toBeGreaterThan(before);
    expect(progress.share).toBeLessThan(KINDS['Kafka stopped for 33 s'] / total);
    before = progress.share;
  }
  progress.begins(1);
  expect(progress.share).toBeCloseTo(KINDS['Kafka stopped for 33 s'] / total);
});
