/** The command line of the simulator: `npm run simulate -- --seed N --count M [--trace]`, `npm run simulate -- --planted`. */
import { PLANTS } from './planted.js';
import { simulate } from './simulate.js';

const out = (text: string) => void process.stdout.write(`${text}\n`);

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} should be followed by a whole number`);
  return value;
}

/** Runs seeds; says of the first that fails how to see it again. */
async function seeds(first: number, count: number, trace: boolean): Promise<number> {
  const began = performance.now();
  const sums: Record<string, number> = {};
  for (let seed = first; seed < first + count; seed++) {
    const { difference, story, troubles, types, trace: steps } = await simulate(seed, { trace });
    for (const [name, n] of Object.entries({ ...troubles, ...types })) sums[name] = (sums[name] ?? 0) + n;
    if (trace) {
      for (const { at, text } of story.deliveries) out(`${new Date(at).toISOString()} ${text}`);
      for (const step of steps) out(step);
    }
    if (difference !== undefined) {
      out(`seed ${seed} fails: ${difference.slice(0, 4_000)}`);
      out(`to see it again: npm run simulate -- --seed ${seed} --count 1 --trace`);
      return 1;
    }
    if ((seed - first + 1) % 500 === 0) out(`${seed - first + 1} seeds, nothing wrong`);
  }
  const seconds = (performance.now() - began) / 1_000;
  out(`${count} seeds from ${first}: nothing lost, doubled or invented, in ${seconds.toFixed(1)} s`);
  for (const [name, n] of Object.entries(sums)) out(`  ${n} ${name}`);
  return 0;
}

/** Plants each fault in turn and says after how many seeds it was found. */
async function planted(first: number): Promise<number> {
  let missed = 0;
  const only = process.argv[process.argv.indexOf('--planted') + 1];
  const chosen = PLANTS.filter(({ name }) => only === undefined || only.startsWith('--') || name.includes(only));
  for (const plant of chosen) {
    let found: { readonly seeds: number; readonly what: string } | undefined;
    for (let n = 0; n < plant.within && !found; n++) {
      const { difference } = await simulate(first + n, { plant });
      if (difference !== undefined) found = { seeds: n + 1, what: difference.split('\n')[0]!.slice(0, 90) };
    }
    if (!found) missed += 1;
    const result = found
      ? `found at seed ${String(found.seeds).padStart(4)} of ${plant.within}`
      : `NOT FOUND in ${plant.within}`;
    out(`${result}  ${plant.name}\n    ${found?.what ?? ''}`);
  }
  out(`${chosen.length - missed} of ${chosen.length} planted faults were found`);
  return missed > 0 ? 1 : 0;
}

const first = option('seed', 1);
process.exitCode = process.argv.includes('--planted')
  ? await planted(first)
  : await seeds(first, option('count', 500), process.argv.includes('--trace'));
