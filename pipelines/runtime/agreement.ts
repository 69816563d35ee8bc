/**
 * What all processes of an installation must have in common, kept in the store: two that judge by different rule packs, or
 * count partitions differently, would decide the same case differently. The first process writes it; who differs does not start.
 */
import type { Store } from '../io/store.js';
import { FencedError } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { Refused } from './failure.js';
import type { Partitions } from './topics.js';

const TASK = 'installation';
const KEY = 'agreement';
const TRIES = 20;

/** The common ground. `packs` has the content hash of each rule pack by its file's name. */
export interface Agreement {
  readonly clock: 'live' | 'events';
  readonly partitions: Partitions;
  readonly packs: Readonly<Record<string, string>>;
}

/** What stands; undefined: no process has started yet. */
export async function agreementOf(store: Store): Promise<Agreement | undefined> {
  const [value] = await store.get(TASK, [KEY]);
  return value ? (unpack(value) as Agreement) : undefined;
}

/** Agrees, or throws a `Refused` that names every difference and what to do about it. */
export async function agree(store: Store, owner: string, ours: Agreement): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stands = await agreementOf(store);
    if (stands) {
      const differences = differencesOf(stands, ours);
      if (differences.length > 0)
        throw new Refused(`this process does not fit the others:\n  ${differences.join('\n  ')}`);
      return;
    }
    try {
      await write(store, owner, ours);
      return;
    } catch (error) {
      // Another process was first: it is read again.
      if (!(error instanceof FencedError) || attempt > TRIES) throw error;
    }
  }
}

/** Puts other rule packs in force for the installation; processes that judge by the old ones stop when they see it. */
export async function adoptPacks(store: Store, owner: string, packs: Agreement['packs']): Promise<Agreement['packs']> {
  const stands = await agreementOf(store);
  if (!stands) throw new Refused('no process has started yet: the first one brings its rule packs into force');
  await write(store, owner, { ...stands, packs });
  return stands.packs;
}

async function write(store: Store, owner: string, agreement: Agreement): Promise<void> {
  const own = await store.acquire(TASK, owner);
  await store.commit(own, { puts: new Map([[KEY, pack(agreement)]]), deletes: new Set() });
}

/** What is different, in words; none: they agree. */
export function differencesOf(stands: Agreement, ours: Agreement): readonly string[] {
  const differences: string[] = [];
  if (stands.clock !== ours.clock) {
    differences.push(`DOZOR_CLOCK is ${ours.clock} here, and ${stands.clock} for the others`);
  }
  for (const name of ['service', 'element', 'facts', 'decisions'] as const) {
    const [there, here] = [stands.partitions[name], ours.partitions[name]];
    if (there === here) continue;
    const setting = `DOZOR_${{ service: 'SERVICE', element: 'ELEMENT', facts: 'FACT', decisions: 'DECISION' }[name]}_PARTITIONS`;
    differences.push(`${setting} is ${here} here, and ${there} since the first start: it cannot be changed`);
  }
  for (const file of new Set([...Object.keys(stands.packs), ...Object.keys(ours.packs)])) {
    const [there, here] = [stands.packs[file], ours.packs[file]];
    if (there === here) continue;
    const what = !here
      ? 'is missing here'
      : !there
        ? 'is not known to the others'
        : `has another content here (${here}, not ${there})`;
    differences.push(
      `the rule pack ${file} ${what}: start with the same packs, or 'dozor terms adopt' brings these into force`,
    );
  }
  return differences;
}
