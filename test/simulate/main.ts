import { simulate } from './simulate.js';
const [a, b, t] = process.argv.slice(2);
const first = Number(a ?? 1), count = Number(b ?? 1);
const began = performance.now();
let bad = 0, decisions = 0, turns = 0; const sums: Record<string, number> = {};
for (let seed = first; seed < first + count; seed++) {
  const result = await simulate(seed, { trace: t === '--trace' });
  decisions += Object.values(result.types).reduce((x, y) => x + y, 0); for (const [k, v] of Object.entries({ ...result.troubles, ...result.types })) sums[k] = (sums[k] ?? 0) + v; turns += result.turns;
  if (result.difference) {
    bad++;
    if (t === '--trace') { for (const d of result.story.deliveries) console.log(new Date(d.at).toISOString(), d.to.join(), d.stray ? 'STRAY' : '', d.text); console.log(result.trace.join('\n')); }
    console.log(`seed ${seed} ${result.story.form}${result.story.punctual ? ' punctual' : ''}: ${result.difference.slice(0, 6000)}\n`);
    if (bad >= 8) break;
  }
}
console.log(sums); console.log({ bad, count, decisions, turns, ms: Math.round(performance.now() - began) });
