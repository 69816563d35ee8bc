/** The engine under crashes, lost replies, two owners, lagging inputs and doubled deliveries; and the proof that this can fail. */
import { describe, expect, it } from 'vitest';
import { PLANTS } from './planted.js';
import { simulate } from './simulate.js';

const SEEDS = 600;
const CHUNK = 50;

describe('nothing is lost, doubled or invented', () => {
  it.each(Array.from({ length: SEEDS / CHUNK }, (_, i) => 1 + i * CHUNK))(
    'seeds from %i',
    { timeout: 120_000 },
    async (first) => {
      for (let seed = first; seed < first + CHUNK; seed++) {
        const { difference } = await simulate(seed);
        expect(difference, `npm run simulate -- --seed ${seed} --count 1 --trace`).toBeUndefined();
      }
    },
  );
});

describe('a planted fault is found', () => {
  it.each(PLANTS.map((plant) => [plant.within, plant.name, plant] as const))(
    'within %i seeds: %s',
    { timeout: 120_000 },
    async (within, name, plant) => {
      for (let seed = 1; seed <= within; seed++) {
        const { difference } = await simulate(seed, { plant, rough: plant.rough ?? false });
        if (difference !== undefined) return;
      }
      throw new Error(`not found in ${within} seeds: ${name}`);
    },
  );
});
