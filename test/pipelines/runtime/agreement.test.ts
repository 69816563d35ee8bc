import { expect, it } from 'vitest';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { type Agreement, adoptPacks, agree, agreementOf, differencesOf } from '../../../pipelines/runtime/agreement.js';
import { Refused } from '../../../pipelines/runtime/failure.js';

const ours: Agreement = {
  clock: 'live',
  partitions: { service: 8, element: 4, facts: 2, decisions: 4 },
  packs: { 'a1-rs.json': 'aa', 'truf-rs.json': 'bb' },
};

it('the first writes it, those that fit start, also all at once', async () => {
  const store = new MemoryStore();
  await Promise.all(['a', 'b', 'c', 'd'].map((owner) => agree(store, owner, ours)));
  await agree(store, 'late', ours);
  expect(await agreementOf(store)).toEqual(ours);
});

it('who differs is refused in words that name each difference', async () => {
  const store = new MemoryStore();
  await agree(store, 'a', ours);
  const theirs: Agreement = {
    clock: 'events',
    partitions: { ...ours.partitions, service: 16 },
    packs: { 'a1-rs.json': 'cc', 'mine.json': 'dd' },
  };
  const error = await agree(store, 'b', theirs).catch((refused: Error) => refused);
  expect(error).toBeInstanceOf(Refused);
  const words = (error as Error).message;
  for (const part of [
    'DOZOR_CLOCK',
    'DOZOR_SERVICE_PARTITIONS is 16 here, and 8',
    'a1-rs.json',
    'truf-rs.json',
    'mine.json',
  ]) {
    expect(words).toContain(part);
  }
  expect(await agreementOf(store)).toEqual(ours);
});

it('other packs come into force by an act of their own; then the old ones are what differs', async () => {
  const store = new MemoryStore();
  await expect(adoptPacks(store, 'x', {})).rejects.toThrow('no process has started');
  await agree(store, 'a', ours);
  const packs = { ...ours.packs, 'a1-rs.json': 'cc' };
  expect(await adoptPacks(store, 'x', packs)).toEqual(ours.packs);
  await agree(store, 'b', { ...ours, packs });
  expect(differencesOf((await agreementOf(store))!, ours)).toHaveLength(1);
});
