/**
 * The simulator by hand: `npm run simulate -- --seed 1 --count 1000`. Large counts are spread over the processor's cores.
 *   --trace          tells the story of each seed, its last steps and all that is wrong
 *   --planted        plants each fault of `faults.ts` and tells after how many seeds it was found; `--only WORDS` some of them
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Plant } from './faults.js';
import { PLANTS } from './planted.js';
import { type Result, simulate } from './simulate.js';

/** What one process found. */
interface Sum {
  seeds: number;
  readonly wrong: { readonly seed: number; readonly difference: string }[];
  readonly counts: Record<string, number>;
}

const WRONG_MAX = 5;
const SPREAD_FROM = 200;
const LINES_SHOWN = 24;
const STEPS_SHOWN = 200;
/** How far apart the starts lie from which a planted fault is looked for. */
const STARTS = [1, 10_001, 20_001, 30_001, 40_001];

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    worker: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);
const count = Number(options.count);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count))
  throw new Error('--seed and --count take whole numbers');

if (options.worker) {
  const sum = await some(seed, count);
  process.send!(sum, () => process.disconnect());
} else if (options.planted) await planted();
else await all();

async function some(first: number, many: number): Promise<Sum> {
  const sum: Sum = { seeds: 0, wrong: [], counts: {} };
  for (let one = first; one < first + many && sum.wrong.length < WRONG_MAX; one++) {
    const result = await simulate(one, { trace: options.trace });
    sum.seeds += 1;
    for (const [name, n] of Object.entries({ turns: result.turns, ...result.troubles, ...result.types })) {
      sum.counts[name] = (sum.counts[name] ?? 0) + n;
    }
    if (options.trace) show(result);
    if (result.difference !== undefined) sum.wrong.push({ seed: one, difference: result.difference });
  }
  return sum;
}

async function all(): Promise<void> {
  const began = performance.now();
  const sums = count < SPREAD_FROM || options.trace ? [await some(seed, count)] : await spread();
  const seconds = (performance.now() - began) / 1_000;
  const wrong = sums.flatMap((sum) => sum.wrong).sort((a, b) => a.seed - b.seed);
  const seeds = sums.reduce((total, sum) => total + sum.seeds, 0);
  const counts: Record<string, number> = {};
  for (const sum of sums) for (const [name, n] of Object.entries(sum.counts)) counts[name] = (counts[name] ?? 0) + n;
  if (!options.trace) {
    for (const { seed: bad, difference } of wrong) {
      console.log(`seed ${bad}: ${difference.split('\n').slice(0, LINES_SHOWN).join('\n')}`);
      console.log(`  again: npm run simulate -- --seed ${bad} --count 1 --trace\n`);
    }
  }
  for (const [name, n] of Object.entries(counts)) console.log(`${String(n).padStart(10)} ${name}`);
  const rate = Math.round((seeds / seconds) * 60);
  console.log(
    `${seeds} seeds in ${seconds.toFixed(1)} s (${rate} a minute): ${seeds - wrong.length} right, ${wrong.length} wrong`,
  );
  if (wrong.length > 0) process.exitCode = 1;
}

/** Each core takes every part of the seeds in turn. */
function spread(): Promise<readonly Sum[]> {
  const workers = Math.min(availableParallelism(), Math.ceil(count / SPREAD_FROM));
  const part = Math.ceil(count / workers);
  const own = fileURLToPath(import.meta.url);
  return Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const first = seed + i * part;
      const many = Math.min(part, seed + count - first);
      return new Promise<Sum>((resolve, reject) => {
        const child = fork(own, ['--worker', '--seed', String(first), '--count', String(many)]);
        child.once('message', (sum) => resolve(sum as Sum));
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
      });
    }),
  );
}

function show({ story, trace, difference, seed: one }: Result): void {
  console.log(`seed ${one}: ${story.form} move the clock${story.punctual ? ', punctual' : ''}`);
  console.log(`partitions ${JSON.stringify(story.partitions)}, until ${new Date(story.until).toISOString()}\n`);
  for (const { at, text, to, stray } of story.deliveries) {
    console.log(`${new Date(at).toISOString()} to ${to.join(' and ')}${stray ? ', astray' : ''}: ${text}`);
  }
  console.log(`\n${trace.slice(-STEPS_SHOWN).join('\n')}\n`);
  console.log(difference === undefined ? 'nothing is wrong' : `wrong: ${difference}`);
}

/** Proves that the simulator can fail: how many seeds it takes to find each planted fault. */
async function planted(): Promise<void> {
  for (const plant of PLANTS.filter(({ name }) => name.includes(options.only))) {
    const found = [];
    for (const start of STARTS) found.push(await seedsToFind(plant, start, 5 * plant.within));
    const needed = found.map((one) => one.seeds).sort((a, b) => a - b);
    const median = needed[Math.floor(needed.length / 2)]!;
    const first = found[0]!;
    const ok = first.seeds <= plant.within;
    console.log(`${ok ? 'found ' : 'MISSED'} ${plant.name}`);
    console.log(`       after ${needed.join(', ')} seeds (median ${median}, promised ${plant.within})`);
    console.log(`       ${first.difference?.split('\n').slice(0, 4).join('\n       ') ?? 'not found'}\n`);
    if (!ok) process.exitCode = 1;
  }
}

async function seedsToFind(
  plant: Plant,
  start: number,
  most: number,
): Promise<{ readonly seeds: number; readonly difference: string | undefined }> {
  for (let i = 0; i < most; i++) {
    const { difference } = await simulate(start + i, { plant, rough: plant.rough ?? false });
    if (difference !== undefined) return { seeds: i + 1, difference };
  }
  return { seeds: Number.POSITIVE_INFINITY, difference: undefined };
}
