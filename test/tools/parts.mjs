// Real parts for tests and for a try at home: Apache Kafka (one KRaft node) and Redis, on loopback, in folders of their own.
//
//   node test/tools/parts.mjs start [--kafka-port 9092] [--redis-port 6379] [--folder F]   both, until Ctrl-C
//   node test/tools/parts.mjs fetch                                                        only downloads Kafka
//   node test/tools/parts.mjs check                                                        says what is missing
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchKafka, java, KAFKA_VERSION, missingForKafka, missingForRedis } from './parts-fetch.mjs';
import { freePort, part, temporaryFolder } from './parts-process.mjs';

export { freePort };

const HOST = '127.0.0.1';
const KAFKA_START_MS = 90_000;
const REDIS_START_MS = 30_000;
const ASK_MS = 2_000;

/** @type {import('./parts.d.mts').missingParts} */
export function missingParts(names = ['kafka', 'redis']) {
  return [...(names.includes('kafka') ? missingForKafka() : []), ...(names.includes('redis') ? missingForRedis() : [])];
}

/** @type {import('./parts.d.mts').startKafka} */
export async function startKafka({ port, folder, protocol = 'PLAINTEXT', config = {} } = {}) {
  const classpath = fetchKafka();
  const place = resolve(folder ?? temporaryFolder('kafka'));
  mkdirSync(place, { recursive: true });
  const clients = port ?? (await freePort());
  // The broker talks to itself, and we ask it, without a password.
  const inner = protocol === 'PLAINTEXT' ? clients : await freePort();
  const listeners = [`PLAINTEXT://${HOST}:${inner}`];
  if (inner !== clients) listeners.push(`CLIENTS://${HOST}:${clients}`);
  const properties = join(place, 'server.properties');
  const settings = kafkaSettings({ folder: place, listeners, protocol, controllerPort: await freePort() });
  writeFileSync(
    properties,
    Object.entries({ ...settings, ...config })
      .map((one) => one.join('='))
      .join('\n'),
  );
  if (!existsSync(join(place, 'data', 'meta.properties'))) {
    const id = randomBytes(16).toString('base64url');
    const formatted = runKafkaTool('kafka.tools.StorageTool', ['format', `--cluster-id=${id}`, '-c', properties]);
    if (formatted.status !== 0) throw new Error(`Kafka's folder could not be formatted: ${formatted.stderr}`);
  }
  const log = join(place, 'kafka.log');
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', `-Dorg.slf4j.simpleLogger.logFile=${log}`];
  const heap = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC'];
  const kafka = part({
    name: 'Kafka',
    folder: place,
    log,
    startMs: KAFKA_START_MS,
    launch: () => ({ command: java(), args: [...heap, ...quiet, '-cp', classpath, 'kafka.Kafka', properties] }),
    answers: () => kafkaAnswers(inner),
  });
  await kafka.start();
  return Object.defineProperty(kafka, 'brokers', { value: `${HOST}:${clients}`, enumerable: true });
}

function kafkaSettings({ folder, listeners, protocol, controllerPort }) {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    listeners: [...listeners, `CONTROLLER://${HOST}:${controllerPort}`].join(','),
    'advertised.listeners': listeners.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:${protocol}`,
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'message.max.bytes': 10 * 1024 * 1024,
    'replica.fetch.max.bytes': 10 * 1024 * 1024,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // After a kill a broker waits until its former self has been given up.
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 3_000,
  };
}

/** @type {import('./parts.d.mts').runKafkaTool} */
export function runKafkaTool(mainClass, args, { input = '' } = {}) {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  const options = { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr } = spawnSync(java(), [quiet, '-cp', fetchKafka(), mainClass, ...args], options);
  return { status, stdout, stderr };
}

/** Whether the broker serves: it knows itself as a member of the cluster. */
async function kafkaAnswers(port) {
  if ((await reply(port, undefined)) === undefined) return false;
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const patience = { connectionTimeout: ASK_MS, requestTimeout: ASK_MS, retry: { retries: 0 } };
  const admin = new Kafka({ brokers: [`${HOST}:${port}`], logLevel: logLevel.NOTHING, ...patience }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

/** @type {import('./parts.d.mts').startRedis} */
export async function startRedis({ port, folder, appendfsync = 'everysec', config = {} } = {}) {
  const place = resolve(folder ?? temporaryFolder('redis'));
  mkdirSync(place, { recursive: true });
  const clients = port ?? (await freePort());
  const log = join(place, 'redis.log');
  const settings = {
    port: clients,
    bind: HOST,
    dir: JSON.stringify(place),
    logfile: JSON.stringify(log),
    appendonly: 'yes',
    appendfsync,
    save: '""',
    ...config,
  };
  const file = join(place, 'redis.conf');
  writeFileSync(
    file,
    Object.entries(settings)
      .map((one) => `${one.join(' ')}\n`)
      .join(''),
  );
  const plain = Number(settings.port) !== 0;
  const redis = part({
    name: 'Redis',
    folder: place,
    log,
    startMs: REDIS_START_MS,
    launch: () => ({ command: 'redis-server', args: [file] }),
    answers: async () => {
      if (!plain) return (await reply(config['tls-port'], undefined)) !== undefined;
      // One that wants a password serves as well.
      return /^(\+PONG|-NOAUTH)/.test((await reply(clients, 'PING\r\n')) ?? '');
    },
  });
  await redis.start();
  const url = plain ? `redis://${HOST}:${clients}` : `rediss://${HOST}:${config['tls-port']}`;
  return Object.defineProperty(redis, 'url', { value: url, enumerable: true });
}

/** The first bytes that come back, '' where nothing was asked and the port is open, undefined where it does not answer. */
function reply(port, question) {
  return new Promise((answer) => {
    const socket = connect({ host: HOST, port, timeout: ASK_MS });
    const end = (heard) => {
      socket.destroy();
      answer(heard);
    };
    socket.once('connect', () => (question === undefined ? end('') : socket.write(question)));
    socket.once('data', (bytes) => end(bytes.toString()));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(undefined));
  });
}

async function startBoth(options) {
  const missing = missingParts();
  if (missing.length > 0) throw new Error(`Install ${missing.join(', ')}.`);
  const within = (name) => (options.folder ? { folder: join(options.folder, name) } : {});
  const stopped = new Promise((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  });
  console.log(`Kafka ${KAFKA_VERSION} and Redis are starting...`);
  const redis = await startRedis({ port: Number(options['redis-port']), ...within('redis') });
  const kafka = await startKafka({ port: Number(options['kafka-port']), ...within('kafka') });
  console.log(
    `They answer, until Ctrl-C. The environment to use them:\nKAFKA_BROKERS=${kafka.brokers} REDIS_URL=${redis.url}`,
  );
  await stopped;
  await Promise.all([kafka.stop(), redis.stop()]);
}

const COMMANDS = {
  start: startBoth,
  fetch: () => {
    const missing = missingParts(['kafka']);
    if (missing.length > 0) throw new Error(`Install ${missing.join(', ')}.`);
    console.log(`Kafka ${KAFKA_VERSION} is in ${fetchKafka()}`);
  },
  check: () => {
    const missing = missingParts();
    if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`);
    console.log('Nothing is missing.');
  },
};

async function main() {
  const options = {
    'kafka-port': { type: 'string', default: '9092' },
    'redis-port': { type: 'string', default: '6379' },
    folder: { type: 'string' },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const command = COMMANDS[positionals[0]];
  if (!command || positionals.length > 1) throw new Error(`Say one of ${Object.keys(COMMANDS).join(', ')}.`);
  await command(values);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().then(
    () => process.exit(0),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}
