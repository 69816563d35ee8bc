/**
 * Chaos on real parts: `npm run chaos -- --minutes 10 --seed 1`. It starts a Kafka and a Redis of its own, a door and up to three
 * workers, tells a story of some ten days through the door while processes are killed, brokers stop and replies get lost, and
 * compares what was decided with a replay of the same lines.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.js';
import { live } from './live.js';
import { million } from './million.js';
import { KINDS } from './plan.js';
import { type Report, table } from './report.js';

const HELP = `npm run chaos -- [options]
  --minutes N      how long the story is told (1)
  --seed N         what happens, and which faults strike when (1)
  --services N     subscribers of the story (20000)
  --days N         days of the story (10)
  --usage N        usage records for each minute of the story (6)
  --only WORDS     only faults with these words in their names, several separated by commas
  --times N        with --only: each of them so often, however long it takes
  --report FILE    keep what came of it as JSON
  --live           instead: a live clock, and six hours of backlog that are taken in without a false decision
  --million        instead: a million services (--services) in two or three workers (--workers), of which --times are killed
The faults: ${Object.keys(KINDS).join(', ')}.`;

const MILLION = 1_000_000;
const LIVE_SERVICES = 2_000;
const PROBLEMS_SHOWN = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    services: { type: 'string' },
    workers: { type: 'string', default: '3' },
    days: { type: 'string', default: '10' },
    usage: { type: 'string', default: '6' },
    only: { type: 'string', default: '' },
    times: { type: 'string' },
    report: { type: 'string' },
    live: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const number = (name: 'minutes' | 'seed' | 'services' | 'workers' | 'days' | 'usage' | 'times', otherwise?: number) => {
  const value = values[name] === undefined && otherwise !== undefined ? otherwise : Number(values[name]);
  if (!(value >= 0)) throw new Error(`--${name} takes a number`);
  return value;
};
const told = (words: string) => console.log(words);

if (values.help) console.log(HELP);
else {
  await main();
  // A Kafka client that lost its broker goes on looking for it for a while, and there is nothing left to wait for.
  process.exit();
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  if (values.live) await runLive(stop.signal);
  else if (values.million) await runMillion(stop.signal);
  else await runChaos(stop.signal);
}

async function runChaos(signal: AbortSignal): Promise<void> {
  const report = await chaos({
    seed: number('seed'),
    minutes: number('minutes'),
    services: number('services', 20_000),
    days: number('days'),
    usage: number('usage'),
    only: values.only.split(',').filter(Boolean),
    times: values.times === undefined ? undefined : number('times'),
    told,
    signal,
  });
  keep(report);
  show(report);
  if (report.verdict === 'wrong') process.exitCode = 1;
}

async function runLive(signal: AbortSignal): Promise<void> {
  const reports = await live({ seed: number('seed'), services: number('services', LIVE_SERVICES), told, signal });
  keep(reports);
  for (const { form, problems, figures } of reports) {
    console.log(`\n${form}: ${problems.length === 0 ? 'nothing false was decided' : `${problems.length} problems`}`);
    showFigures(figures);
    showProblems(problems);
    if (problems.length > 0) process.exitCode = 1;
  }
}

async function runMillion(signal: AbortSignal): Promise<void> {
  const report = await million({
    seed: number('seed'),
    services: number('services', MILLION),
    workers: number('workers'),
    kills: number('times', 3),
    told,
    signal,
  });
  keep(report);
  showFigures(report.figures);
  for (const one of report.kills) console.log(JSON.stringify(one));
}

function keep(report: unknown): void {
  if (values.report) writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
}

function show({ seed, verdict, problems, counts, totals, faults, ownEnds }: Report): void {
  console.log(`\n${table(faults).join('\n')}\n`);
  showFigures({ ...counts, ...totals });
  for (const words of ownEnds) console.log(`\nended by itself: ${words}`);
  showProblems(problems);
  console.log(
    `\nseed ${seed}: ${verdict === 'right' ? 'the decisions are those of a replay' : `${problems.length} problems`}`,
  );
}

function showFigures(figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${Math.round(value).toLocaleString('en').padStart(16)} ${name}`);
  }
}

function showProblems(problems: readonly string[]): void {
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) console.log(`\n${problem}`);
  if (problems.length > PROBLEMS_SHOWN) console.log(`\nand ${problems.length - PROBLEMS_SHOWN} more`);
}
