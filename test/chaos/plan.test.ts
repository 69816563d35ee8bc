/** The plan of a chaos run is a function of its seed, and a long one has every fault. */
import { expect, it } from 'vitest';
import { Random } from '../../pipelines/play/random.js';
import { type FaultKind, KINDS, makePlan } from './plan.js';

const plan = (seed: number, seconds: number, only: readonly string[] = []) =>
  makePlan(new Random(seed), { seconds, only });
const count = (kinds: readonly FaultKind[], kind: FaultKind) => kinds.filter((one) => one === kind).length;

it('ten minutes have each fault twice, and the longest once', () => {
  for (const seed of [1, 2, 3]) {
    const kinds = plan(seed, 600);
    for (const kind of Object.keys(KINDS) as FaultKind[]) {
      expect(count(kinds, kind), kind).toBeGreaterThanOrEqual(kind === 'Kafka stopped for 90 s' ? 1 : 2);
    }
  }
});

it('the same seed gives the same plan, another one another', () => {
  expect(plan(1, 600)).toEqual(plan(1, 600));
  expect(plan(1, 600)).not.toEqual(plan(2, 600));
});

it('a minute has as many as it has room for, and over some seeds there are all short ones', () => {
  const seen = new Set<FaultKind>();
  for (let seed = 1; seed <= 60; seed++) {
    const kinds = plan(seed, 60);
    expect(kinds.reduce((sum, kind) => sum + KINDS[kind], 0)).toBeLessThanOrEqual(60);
    for (const kind of kinds) seen.add(kind);
  }
  const short = (Object.keys(KINDS) as FaultKind[]).filter((kind) => KINDS[kind] <= 30);
  for (const kind of short) expect(seen.has(kind), kind).toBe(true);
});

it('takes only what is asked for, and says so where nothing is named so', () => {
  expect(new Set(plan(1, 100, ['Redis killed']))).toEqual(new Set(['Redis killed', 'Redis killed, last second lost']));
  expect(() => plan(1, 60, ['meteor'])).toThrow('no fault is named so');
});
