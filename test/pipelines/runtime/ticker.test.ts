import { expect, it } from 'vitest';
import type { Store } from '../../../pipelines/io/store.js';
import { FencedError } from '../../../pipelines/io/store.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { Ticker } from '../../../pipelines/runtime/ticker.js';
import { fromBytes, type Tick } from '../../../pipelines/runtime/topics.js';

/** A store that can lose its last writes: everything since a copy of it was begun. */
function losing(): { readonly store: Store; lose(to: Store): void } {
  let inner: Store = new MemoryStore();
  const store: Store = {
    acquire: (task, owner) => inner.acquire(task, owner),
    ownership: (task) => inner.ownership(task),
    commit: (by, change) => inner.commit(by, change),
    get: (task, keys) => inner.get(task, keys),
    entries: (task, prefix, without) => inner.entries(task, prefix, without),
    close: () => inner.close(),
  };
  return { store, lose: (to) => (inner = to) };
}

async function numbers(ticker: Ticker, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((fromBytes((await ticker.next(null)).value) as Tick).tick);
  return found;
}

it('numbers rise, also over a take-over', async () => {
  const store = new MemoryStore();
  const first = await numbers(await Ticker.acquire(store, 'a', () => 7), 2_500);
  expect(first).toEqual(first.map((_, i) => 7_000 + i));
  // Its clock is behind: what is reserved counts.
  const [next] = await numbers(await Ticker.acquire(store, 'b', () => 0), 1);
  expect(next).toBeGreaterThan(9_500);
});

it('whose successor numbers the ticks is refused when its block is used up', async () => {
  const store = new MemoryStore();
  const a = await Ticker.acquire(store, 'a');
  await numbers(a, 1);
  const b = await Ticker.acquire(store, 'b');
  expect([await a.stands(), await b.stands()]).toEqual([false, true]);
  await expect(numbers(a, 1_000)).rejects.toThrow(FencedError);
});

it('goes on with its own numbers where the store has lost what was reserved', async () => {
  const { store, lose } = losing();
  const a = await Ticker.acquire(store, 'a');
  const before = await numbers(a, 1_001);
  const older = new MemoryStore();
  await older.acquire('ticks', 'a');
  lose(older);
  expect(await a.stands()).toBe(true);
  const after = await numbers(a, 2_000);
  expect(after[0]).toBe(before[1_000]! + 1);
  // Who takes over then does not give a number again.
  const [next] = await numbers(await Ticker.acquire(store, 'b'), 1);
  expect(next).toBeGreaterThan(after[1_999]!);
});

it('takes back what an owner before it seems to have, once the store has lost the take-over', async () => {
  const { store, lose } = losing();
  await Ticker.acquire(store, 'a');
  const b = await Ticker.acquire(store, 'b');
  const before = await numbers(b, 1);
  const older = new MemoryStore();
  await older.acquire('ticks', 'a');
  lose(older);
  expect(await b.stands()).toBe(true);
  expect((await numbers(b, 1_000))[999]).toBeGreaterThan(before[0]!);
});

it('who takes over from a store that has lost a reservation passes over what was in it', async () => {
  const { store, lose } = losing();
  const a = await Ticker.acquire(store, 'a');
  await numbers(a, 1_000);
  const older = new MemoryStore();
  const own = await older.acquire('ticks', 'a');
  const [reserved] = await store.get('ticks', ['reserved']);
  await older.commit(own, { puts: new Map([['reserved', reserved!]]), deletes: new Set() });
  const last = (await numbers(a, 3_000))[2_999]!;
  lose(older);
  const [next] = await numbers(await Ticker.acquire(store, 'b'), 1);
  expect(next).toBeGreaterThan(last);
});

it('who takes over from a store that knows nothing of the writer before gives no number of its again', async () => {
  const { store, lose } = losing();
  await numbers(await Ticker.acquire(store, 'a', () => 1_000), 10);
  const older = new MemoryStore();
  const own = await older.acquire('ticks', 'a');
  const [reserved] = await store.get('ticks', ['reserved']);
  await older.commit(own, { puts: new Map([['reserved', reserved!]]), deletes: new Set() });
  // The second writer's take-over and its first block are lost, and it goes on with what it has in hand.
  const last = (await numbers(await Ticker.acquire(store, 'b', () => 2_000), 900))[899]!;
  lose(older);
  const [next] = await numbers(await Ticker.acquire(store, 'c', () => 2_002), 1);
  expect(next).toBeGreaterThan(last);
});
