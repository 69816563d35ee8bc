/** Works that are taken back: from then on they excuse nothing, whatever order the words came in. */
import { expect, it } from 'vitest';
import { worksAsTheyStand } from '../../../pipelines/domain/network.js';

const works = { worksId: 'w', from: 100, to: 200, at: 10, channel: 'web', ref: 'a' };
const stands = (...at: readonly number[]) =>
  worksAsTheyStand(
    [works],
    at.map((one) => ({ worksId: 'w', at: one, ref: String(one) })),
  ).map(({ from, to, cancelled }) => [from, to, cancelled?.plannedTo]);

it('end when they are cancelled, and never begin where that was before', () => {
  expect(stands()).toEqual([[100, 200, undefined]]);
  expect(stands(150)).toEqual([[100, 150, 200]]);
  expect(stands(50)).toEqual([[100, 100, 200]]);
  expect(stands(180, 150)).toEqual([[100, 150, 200]]);
});

it('stay where it was said after their end, before they were announced, or of others', () => {
  expect(stands(200)).toEqual([[100, 200, undefined]]);
  expect(stands(9)).toEqual([[100, 200, undefined]]);
  expect(worksAsTheyStand([works], [{ worksId: 'other', at: 150, ref: 'b' }])).toEqual([works]);
});
