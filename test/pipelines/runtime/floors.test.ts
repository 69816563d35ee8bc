import { expect, it } from 'vitest';
import { Floors } from '../../../pipelines/runtime/floors.js';

it('is the newest offset that was saved before the loss window', () => {
  let now = 0;
  const floors = new Floors(10_000, () => now);
  floors.begin('service-0', 7);
  expect(floors.saved('service-0', 10)).toBe(7);
  now = 5_000;
  expect(floors.saved('service-0', 20)).toBe(7);
  now = 10_000;
  expect(floors.saved('service-0', 30)).toBe(10);
  now = 15_400;
  expect(floors.saved('service-0', 40)).toBe(20);
});

it('never falls, also where the store falls back within its window', () => {
  let now = 0;
  const floors = new Floors(1_000, () => now);
  floors.begin('service-0', 50);
  for (; now <= 5_000; now += 500) expect(floors.saved('service-0', 45)).toBe(50);
});

it('with no window at all it is what was saved last', () => {
  let now = 0;
  const floors = new Floors(0, () => now);
  floors.begin('t', 0);
  for (let offset = 1; offset < 5; offset++, now += 500) expect(floors.saved('t', offset)).toBe(offset);
});

it('goes on from what the owner before wrote down', () => {
  const floors = new Floors(1_000, () => 0);
  floors.begin('t', 5);
  floors.forget('t');
  floors.begin('t', 9);
  expect(floors.saved('t', 9)).toBe(9);
});
