/**
 * The bench of the usage topic: Kafka Streams, a bare consumer, Dozor, and Dozor's engine alone, in turn on the same records.
 *   node test/bench/usage/run.mjs [--only engine,drain] [--events 300000] [--runs 5] [--peers FOLDER] [--json FILE]
 *     [--docs] [--profile FOLDER]
 * See docs/benchmarks.md for what is compared and what is not. Needs a build (npm run build).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missingParts, startKafka, startRedis } from '../../tools/parts.mjs';
import { KAFKA_VERSION } from '../../tools/parts-fetch.mjs';
import { runChild, spread } from './measure.mjs';
import { recordCount } from './story.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const DOCS = here('../../../docs/benchmarks.md');
const TOPIC = 'service-events';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    services: { type: 'string', default: '5000' },
    partitions: { type: 'string', default: '8' },
    'tick-events': { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: process.env.PEERS || here('../../../../shared/peers/kafka-streams') },
    json: { type: 'string', default: here('../../../data/bench-usage.json') },
    docs: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const size = {
  services: whole('services'),
  events: whole('events'),
  partitions: whole('partitions'),
  tickEvents: whole('tick-events'),
};
const runs = whole('runs');
const records = recordCount(size);
/** How Node's own profiler is told to watch the contenders that run on Node. */
const profiler = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];

const peer = (guarantee, threads) => ({
  about: `Kafka Streams, ${guarantee}, ${threads} thread${threads === 1 ? '' : 's'}, RocksDB`,
  needs: ['kafka', 'peer'],
  run: async ({ kafka, classpath }) => {
    const { runPeer } = await import('./peer.mjs');
    return runPeer({ classpath, kafka, topic: TOPIC, records, guarantee, threads });
  },
});

/** In the order in which they have their turns. */
const CONTENDERS = {
  'peer-alo-1': peer('at_least_once', 1),
  'peer-alo-2': peer('at_least_once', 2),
  'peer-eos-1': peer('exactly_once_v2', 1),
  'peer-eos-2': peer('exactly_once_v2', 2),
  drain: {
    about: 'kafkajs eachBatch and JSON.parse, nothing kept',
    needs: ['kafka'],
    run: ({ kafka }) => {
      const args = [...profiler, here('drain.mjs'), JSON.stringify({ brokers: kafka.brokers, topic: TOPIC, records })];
      return runChild({ command: process.execPath, args, ends: true, beside: { kafka: kafka.pid } });
    },
  },
  dozor: {
    about: 'Dozor, role service, Kafka and Redis',
    needs: ['kafka', 'redis'],
    run: async ({ kafka, redis }) => {
      const { runDozor } = await import('./dozor.mjs');
      return runDozor({ kafka, redis, size, records, profiler });
    },
  },
  engine: {
    about: "Dozor's service tasks, log and store in memory",
    needs: [],
    run: () => {
      const args = [...profiler, here('engine.mjs'), JSON.stringify(size)];
      return runChild({ command: process.execPath, args, ends: true });
    },
  },
};

function whole(name) {
  const number = Number(options[name]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} should be a whole number from 1`);
  return number;
}

function chosen() {
  const names = options.only.split(',').filter(Boolean);
  const unknown = names.filter((name) => !Object.hasOwn(CONTENDERS, name));
  if (unknown.length > 0)
    throw new Error(`--only has ${unknown.join(', ')}; there are ${Object.keys(CONTENDERS).join(', ')}`);
  return Object.entries(CONTENDERS).filter(([name]) => names.length === 0 || names.includes(name));
}

/** Starts what the contenders need. What cannot be had costs those that need it, and is said. */
async function prepare(contenders) {
  const needed = new Set(contenders.flatMap(([, { needs }]) => needs));
  const parts = { without: new Map() };
  const missing = (name) => missingParts([name]).join(', ');
  for (const [name, start] of [
    ['kafka', startKafka],
    ['redis', startRedis],
  ]) {
    if (!needed.has(name)) continue;
    const words = missing(name);
    if (words) parts.without.set(name, `install ${words}`);
    else parts[name] = await start();
  }
  if (needed.has('peer') && parts.kafka) {
    try {
      const { preparePeer } = await import('./peer.mjs');
      parts.classpath = preparePeer(options.peers);
    } catch (error) {
      parts.without.set('peer', error.message);
    }
  }
  if (parts.kafka) {
    const { writeTopic } = await import('./topic.mjs');
    const seconds = await writeTopic(parts.kafka.brokers, size);
    console.error(`${records} records written in ${seconds.toFixed(1)} s`);
  }
  return parts;
}

/** One round that does not count warms the broker and its page cache; each process of a run is a fresh one. */
async function measure(contenders, parts) {
  const runsOf = new Map(contenders.map(([name]) => [name, []]));
  if (parts.kafka) await CONTENDERS.drain.run(parts);
  for (let round = 1; round <= runs; round += 1) {
    for (const [name, { run }] of contenders) {
      const result = await run(parts);
      runsOf.get(name).push({ ...result, load: loadavg()[0] });
      console.error(`run ${round} of ${runs}, ${name}: ${Math.round(result.records / result.seconds)} events/s`);
    }
  }
  return runsOf;
}

function figuresOf([name, list]) {
  const of = (figure) => spread(list.map(figure));
  return {
    name,
    about: CONTENDERS[name].about,
    eventsPerSecond: of(({ records: n, seconds }) => n / seconds),
    eventsPerCpuSecond: of(({ records: n, cpuSeconds }) => n / cpuSeconds),
    // The engine's own process makes the story before it begins: its start says nothing.
    eventsPerCpuSecondWithStart: name === 'engine' ? null : of(({ cpuSecondsWithStart: n }) => records / n),
    besideCpuSecondsPerMillion: of(
      ({ records: n, besideCpuSeconds }) => (Object.values(besideCpuSeconds).reduce((a, b) => a + b, 0) / n) * 1e6,
    ),
    runs: list,
  };
}

const k = (value) => (value / 1_000).toFixed(1);
const range = ({ median, min, max }) => `**${k(median)}** (${k(min)} to ${k(max)})`;

function tableOf(figures) {
  return [
    '| contender | events/s, thousands | events per CPU-second, thousands | the same, start of the process included | CPU-s of Kafka and Redis for a million |',
    '| --- | --- | --- | --- | --- |',
    ...figures.map((one) => {
      const beside = one.besideCpuSecondsPerMillion.median;
      const cells = [
        `${one.about} (\`${one.name}\`)`,
        range(one.eventsPerSecond),
        range(one.eventsPerCpuSecond),
        one.eventsPerCpuSecondWithStart ? k(one.eventsPerCpuSecondWithStart.median) : '',
        beside > 0 ? beside.toFixed(1) : 'none',
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

function conditions() {
  const [cpu] = cpus();
  return {
    machine: `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    kafka: KAFKA_VERSION,
    at: new Date().toISOString().slice(0, 10),
    ...size,
    records,
    runs,
  };
}

function words({ machine, node, kafka, at, events, services, partitions, runs: n }) {
  return `${at}, ${machine}, Node ${node}, Kafka ${kafka}; ${events} usage events of ${services} services in ${partitions} partitions; median of ${n} runs in turn (least to greatest).`;
}

const contenders = chosen();
const parts = await prepare(contenders);
try {
  const able = contenders.filter(([, { needs }]) => !needs.some((name) => parts.without.has(name)));
  const result = { ...conditions(), figures: [...(await measure(able, parts))].map(figuresOf) };
  const table = `${words(result)}\n\n${tableOf(result.figures)}`;
  console.log(table);
  for (const [name, why] of parts.without) console.log(`\nwithout ${name}: ${why}`);
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.docs) {
    const page = readFileSync(DOCS, 'utf8');
    const marks = /(<!-- last run -->\n)[\s\S]*(<!-- end of last run -->)/;
    if (!marks.test(page)) throw new Error(`${DOCS} has no place for the table`);
    writeFileSync(
      DOCS,
      page.replace(marks, (_, begin, end) => `${begin}\n${table}\n\n${end}`),
    );
  }
} finally {
  await Promise.all([parts.kafka?.stop(), parts.redis?.stop()]);
}
