/** A store that is being filled is known to be half, until the last of it stands. */
import { expect, it } from 'vitest';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { Refused } from '../../../pipelines/runtime/failure.js';
import { beginFilling, endFilling, fillingOf, refuseHalfFilled } from '../../../pipelines/runtime/unfinished.js';

it('refuses a start on half of a state, and says what broke off', async () => {
  const store = new MemoryStore();
  await refuseHalfFilled(store);
  const filling = { command: 'restore', from: '/backup', begunAt: Date.UTC(2026, 5, 12) } as const;
  await beginFilling(store, 'test', filling);
  expect(await fillingOf(store)).toEqual(filling);
  await expect(refuseHalfFilled(store)).rejects.toThrow(Refused);
  await expect(refuseHalfFilled(store)).rejects.toThrow(
    "the store is not whole: 'dozor restore' from /backup, begun 2026-06-12T00:00:00.000Z, is under way or broke off",
  );
  await endFilling(store, 'another');
  await refuseHalfFilled(store);
});
