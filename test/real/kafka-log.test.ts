/** The log on a real Kafka: the promises of every log, and what only Kafka can do to it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type ITopicConfig } from 'kafkajs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KafkaAway, type KafkaSettings } from '../../pipelines/io/kafka/client.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from '../../pipelines/io/log.js';
import { logPromises } from '../pipelines/io/log.suite.js';
import { type KafkaPart, runKafkaTool, startKafka } from '../tools/parts.mjs';
import { describeReal } from './parts.js';

const logger = pino({ level: 'silent' });
const p0: TopicPartition = { topic: 'events', partition: 0 };
const DAY_MS = 86_400_000;

describeReal(
  'the log on Kafka',
  ({ kafka }) => {
    logPromises('Kafka', async () => {
      const settings = own(kafka);
      const open = () => KafkaLog.connect(settings, { logger });
      let log = await open();
      return { log, reopen: async () => (log = await open()), dispose: () => log.close() };
    });

    describe('beside others', () => {
      let settings: KafkaSettings & { readonly namespace: string };
      let log: KafkaLog;
      let client: kafkajs.Kafka;
      let admin: kafkajs.Admin;

      beforeEach(async () => {
        settings = own(kafka);
        log = await KafkaLog.connect(settings, { logger });
        client = new kafkajs.Kafka({ brokers: [kafka], logLevel: kafkajs.logLevel.NOTHING });
        admin = client.admin();
        await admin.connect();
      });
      afterEach(async () => {
        await log.close();
        await admin.disconnect();
      });

      const named = (topic: string) => `${settings.namespace}.${topic}`;

      it('reads on over the marks of foreign transactions, done and undone', { timeout: 60_000 }, async () => {
        await log.ensureTopic('events', 1);
        const producer = client.producer({
          idempotent: true,
          maxInFlightRequests: 1,
          transactionalId: randomUUID(),
          createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        });
        await producer.connect();
        const topic = named('events');
        for (const [key, fate] of [
          ['a', 'commit'],
          ['b', 'abort'],
          ['c', 'commit'],
          ['d', 'abort'],
        ] as const) {
          await log.append(p0, records(2, `own-${key}`));
          const transaction = await producer.transaction();
          await transaction.send({
            topic,
            messages: [
              { key: `${key}0`, value: 'v' },
              { key: `${key}1`, value: 'v' },
            ],
          });
          await transaction[fate]();
        }
        await producer.disconnect();
        const told = [
          'own-a0',
          'own-a1',
          'a0',
          'a1',
          'own-b0',
          'own-b1',
          'own-c0',
          'own-c1',
          'c0',
          'c1',
          'own-d0',
          'own-d1',
        ];
        const read = await readTo(log, p0, told.length);
        expect(read.map(({ key }) => key)).toEqual(told);
        // Each mark has an offset of its own, and nobody sees it.
        const last = read.at(-1)!.offset;
        expect(last).toBeGreaterThanOrEqual(told.length + 2);
        // Behind the last mark there is nothing, and after a first look nobody waits for it.
        await log.read(p0, last + 1, 10);
        const before = performance.now();
        expect(await log.read(p0, last + 1, 10)).toEqual([]);
        expect(performance.now() - before).toBeLessThan(1_000);
        await log.append(p0, records(1, 'end'));
        expect((await log.read(p0, last + 1, 10)).map(({ key }) => key)).toEqual(['end0']);
        // From each offset on, also from the middle of what was undone, by a reader that begins there.
        const other = await KafkaLog.connect(settings, { logger });
        for (let from = last; from >= 0; from -= 3) {
          const rest = [...read.filter(({ offset }) => offset >= from).map(({ key }) => key), 'end0'];
          expect((await readTo(other, p0, rest.length, from)).map(({ key }) => key)).toEqual(rest);
        }
        await other.close();
      });

      it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
        'reads what a Java producer compresses with %s',
        { timeout: 60_000 },
        async (codec) => {
          await log.ensureTopic('events', 1);
          // Enough for several blocks, some of them like others before.
          const lines = Array.from(
            { length: 4_000 },
            (_, at) => `{"id":"${at}","note":"${'of some length '.repeat(at % 7)}"}`,
          );
          const { status, stderr } = runKafkaTool(
            'org.apache.kafka.tools.ConsoleProducer',
            [
              ...['--bootstrap-server', kafka, '--topic', named('events'), '--compression-codec', codec],
              ...['--batch-size', '200000', '--timeout', '50'],
            ],
            { input: `${lines.join('\n')}\n` },
          );
          expect(status, stderr).toBe(0);
          await log.append(p0, records(1, 'ours'));
          const read = await readTo(log, p0, lines.length + 1);
          expect(read.map(({ value }) => Buffer.from(value).toString())).toEqual([...lines, 'value ours0']);
        },
      );

      it('makes each topic as its policy says', async () => {
        const kept: Record<string, Record<string, string>> = {
          'service-events': { 'cleanup.policy': 'delete', 'retention.ms': `${30 * DAY_MS}`, 'retention.bytes': '-1' },
          'element-events': { 'cleanup.policy': 'delete', 'retention.ms': `${30 * DAY_MS}` },
          network: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': `${14 * DAY_MS}` },
          contacts: { 'cleanup.policy': 'compact' },
          facts: { 'cleanup.policy': 'delete', 'retention.ms': `${30 * DAY_MS}` },
          decisions: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
          rejected: { 'cleanup.policy': 'delete', 'retention.ms': `${400 * DAY_MS}` },
          'some-other': {},
        };
        for (const [topic, wanted] of Object.entries(kept)) {
          await log.ensureTopic(topic, 2);
          const everywhere = { 'message.timestamp.type': 'LogAppendTime', 'max.message.bytes': `${8 * 1024 * 1024}` };
          expect(await configOf(topic), topic).toMatchObject({ ...everywhere, ...wanted });
          // Found again it suffices.
          await log.ensureTopic(topic, 2);
        }
      });

      it.each([
        ['time of the producer', 'service-events', { 'message.timestamp.type': 'CreateTime' }, 'LogAppendTime'],
        ['too short a memory', 'decisions', { 'retention.ms': '604800000' }, 'retention.ms=-1'],
        ['a limit in bytes', 'facts', { 'retention.bytes': '1000000' }, 'retention.bytes=-1'],
        ['no compaction', 'contacts', { 'cleanup.policy': 'delete' }, 'cleanup.policy=compact'],
        [
          'too early a compaction',
          'network',
          { 'min.compaction.lag.ms': '1000' },
          `min.compaction.lag.ms=${14 * DAY_MS}`,
        ],
        ['too small records', 'rejected', { 'max.message.bytes': '1000000' }, `max.message.bytes=${8 * 1024 * 1024}`],
      ])('refuses a topic with %s, and says how to mend it', async (_, topic, wrong, mended) => {
        await log.ensureTopic(topic, 1);
        const good = await configOf(topic);
        await admin.deleteTopics({ topics: [named(topic)] });
        await make({ topic: named(topic), numPartitions: 1 }, { ...good, ...wrong });
        const error = await refused(log.ensureTopic(topic, 1));
        const [setting, found] = Object.entries(wrong)[0]!;
        for (const word of [named(topic), setting, found, mended, 'kafka-configs.sh', kafka])
          expect(error.message).toContain(word);
        // As the words say.
        const [, command] = /kafka-configs\.sh (.*)$/.exec(error.message)!;
        const { status, stderr } = runKafkaTool('kafka.admin.ConfigCommand', command!.split(' '));
        expect(status, stderr).toBe(0);
        await log.ensureTopic(topic, 1);
      });

      it('accepts a topic that keeps more than is needed', async () => {
        const better = { 'retention.ms': '-1', 'retention.bytes': '-1', 'max.message.bytes': '10000000' };
        await make(
          { topic: named('facts'), numPartitions: 3 },
          { 'message.timestamp.type': 'LogAppendTime', ...better },
        );
        await log.ensureTopic('facts', 3);
        expect(await log.partitions('facts')).toBe(3);
      });

      it('refuses what is too large for a topic, and takes the rest', { timeout: 60_000 }, async () => {
        await make({ topic: named('small'), numPartitions: 1 }, { 'max.message.bytes': '200000' });
        const small = { topic: 'small', partition: 0 };
        const large = [{ key: 'large', value: Buffer.alloc(1_000_000, '0123456789abcdef'.repeat(3)) }];
        const incompressible = [{ key: 'large', value: noise(1_000_000) }];
        const outcomes = await Promise.allSettled([
          log.append(small, records(1, 'before')),
          log.append(small, incompressible),
          log.append(small, records(1, 'after')),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(LogError);
        await log.append(small, large);
        await refused(log.append(small, [{ key: 'never', value: new Uint8Array(9 * 1024 * 1024) }]));
        expect((await readTo(log, small, 3)).map(({ key }) => key)).toEqual(['before0', 'after0', 'large']);
      });

      it('is told when records that it has not read are gone, and goes on only where it is told to', async () => {
        await log.ensureTopic('events', 1);
        await log.append(p0, records(100));
        expect((await log.read(p0, 0, 10)).length).toBe(10);
        const other = await KafkaLog.connect(settings, { logger });
        await deleteTo(50);
        const error = await refused(other.read(p0, 10, 10));
        expect(error.message).toMatch(/\b10\b.*\b50\b/);
        expect((await other.read(p0, 50, 1))[0]?.offset).toBe(50);
        expect(await other.start(p0)).toBe(50);
        await other.close();
      });

      it('is told when a reader that sleeps is overtaken', { timeout: 60_000 }, async () => {
        await log.ensureTopic('events', 1);
        const bytes = noise(40_000 * 700);
        const many = Array.from({ length: 40_000 }, (_, at) => ({
          key: `${at}`,
          value: bytes.subarray(at * 700, (at + 1) * 700),
        }));
        await log.append(p0, many);
        expect((await log.read(p0, 0, 1)).length).toBe(1);
        // By now the buffer is full and the partition paused; what is behind it goes.
        await sleep(1_500);
        await deleteTo(39_000);
        let from = 1;
        const error = await refused(
          (async () => {
            for (;;) {
              const read = await log.read(p0, from, 500);
              for (const { offset } of read) expect(offset).toBe(from++);
              if (from >= 39_000) return;
            }
          })(),
        );
        expect(error.message).toContain('39000');
        expect(error.message).toMatch(new RegExp(`\\b${from}\\b`));
      });

      it('serves readers that jump beside one that reads on', async () => {
        await log.ensureTopic('events', 1);
        await log.append(p0, records(1_000));
        const inOrder: number[] = [];
        const onwards = (async () => {
          while (inOrder.length < 1_000)
            inOrder.push(...(await log.read(p0, inOrder.length, 100)).map(({ offset }) => offset));
        })();
        for (const at of [900, 3, 500, 999, 0]) expect((await log.read(p0, at, 1))[0]?.key).toBe(`${at}`);
        await onwards;
        expect(inOrder).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
      });

      it('reads many partitions of several topics, each in its order', async () => {
        const topics = ['events', 'facts', 'decisions'];
        for (const topic of topics) await log.ensureTopic(topic, 8);
        await log.reads(topics);
        const all = topics.flatMap((topic) => Array.from({ length: 8 }, (_, partition) => ({ topic, partition })));
        await Promise.all(all.map((of) => log.append(of, records(2_000, `${of.topic}${of.partition}-`))));
        await Promise.all(
          all.map(async (of) => {
            const read = await readTo(log, of, 2_000);
            expect(read.every(({ key }, at) => key === `${of.topic}${of.partition}-${at}`)).toBe(true);
          }),
        );
      });

      it('leaves no group behind', async () => {
        await log.ensureTopic('events', 1);
        await log.append(p0, records(1));
        await readTo(log, p0, 1);
        const groups = async () =>
          (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(settings.namespace));
        expect((await groups()).length).toBe(1);
        await log.close();
        expect(await groups()).toEqual([]);
      });

      async function deleteTo(offset: number): Promise<void> {
        // So that the client knows who leads the partition.
        await admin.fetchTopicOffsets(named('events'));
        await admin.deleteTopicRecords({ topic: named('events'), partitions: [{ partition: 0, offset: `${offset}` }] });
      }

      async function configOf(topic: string): Promise<Record<string, string>> {
        const { resources } = await admin.describeConfigs({
          resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: named(topic) }],
          includeSynonyms: false,
        });
        const own = resources[0]!.configEntries.filter(({ isDefault }) => !isDefault);
        return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
      }

      async function make(topic: ITopicConfig, config: Record<string, string>): Promise<void> {
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
        // A topic that is being deleted goes in its own time.
        for (let left = 300; ; left--) {
          const made = await admin.createTopics({ topics: [{ ...topic, configEntries }] }).catch(() => false);
          if (made) return;
          if (left === 0) throw new Error(`${topic.topic} cannot be made`);
          await sleep(100);
        }
      }
    });
  },
  ['kafka'],
);

describeReal('the log on a Kafka that goes away', () => {
  let broker: KafkaPart;
  const open: KafkaLog[] = [];

  beforeEach(async () => {
    broker = await startKafka();
  }, 120_000);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((log) => log.close()));
    await broker.stop();
  });

  async function connect(more: Partial<KafkaSettings> = {}): Promise<KafkaLog> {
    const log = await KafkaLog.connect({ ...own(broker.brokers), ...more }, { logger });
    open.push(log);
    return log;
  }

  it('keeps exactly what it acknowledged when the broker is killed, and goes on when it is back', {
    timeout: 180_000,
  }, async () => {
    const log = await connect({ patienceMs: 120_000 });
    await log.ensureTopic('events', 2);
    const stop = new AbortController();
    const acknowledged = new Map<string, number>();
    const write = async (partition: number, writer: number) => {
      for (let at = 0; !stop.signal.aborted; at++) {
        const key = `${partition}-${writer}-${at}`;
        acknowledged.set(key, await log.append({ topic: 'events', partition }, [{ key, value: Buffer.from(key) }]));
        await sleep(2);
      }
    };
    const found = new Map<string, number[]>();
    let lastAt = performance.now();
    const read = async (partition: number) => {
      const of = { topic: 'events', partition };
      for (let from = 0; ; ) {
        const records = await log.read(of, from, 500);
        for (const { key, offset } of records) {
          found.set(key, [...(found.get(key) ?? []), offset]);
          from = offset + 1;
        }
        if (records.length > 0) lastAt = performance.now();
        else if (stop.signal.aborted && from >= (await log.end(of))) return;
        else await log.wait(of, from, 250);
      }
    };
    const reading = [read(0), read(1)];
    const writing = [0, 1].flatMap((partition) => [0, 1, 2].map((writer) => write(partition, writer)));
    await until(() => found.size > 500);
    for (let round = 0; round < 2; round++) {
      await broker.kill();
      await sleep(3_000);
      await broker.start();
      const back = performance.now();
      const before = found.size;
      await until(() => found.size > before + 100 && lastAt > back);
      // About a second where the machine has nothing else to do.
      expect(performance.now() - back).toBeLessThan(15_000);
    }
    stop.abort();
    await Promise.all([...writing, ...reading]);
    const times = [...found].filter(([key, offsets]) => offsets.length !== 1 || acknowledged.get(key) !== offsets[0]);
    expect(times).toEqual([]);
    expect(new Set(found.keys())).toEqual(new Set(acknowledged.keys()));
  });

  it('refuses appends for the time being when its patience ends, and none of them arrives later', {
    timeout: 180_000,
  }, async () => {
    const log = await connect({ patienceMs: 2_000 });
    await log.ensureTopic('events', 1);
    await log.append(p0, records(1, 'before'));
    await readTo(log, p0, 1);
    await broker.kill();
    const since = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, at) => log.append(p0, records(1, `lost${at}-`))),
    );
    expect(performance.now() - since).toBeLessThan(8_000);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(KafkaAway);
    }
    await expect(log.end(p0)).rejects.toBeInstanceOf(KafkaAway);
    expect(await log.read(p0, 1, 10)).toEqual([]);
    await broker.start();
    await again(() => log.append(p0, records(1, 'after')));
    await sleep(3_000);
    expect((await readTo(log, p0, 2)).map(({ key }) => key)).toEqual(['before0', 'after0']);
    expect(await log.end(p0)).toBe(2);
  });

  it('says what it waits for until the broker is there, and can be told to stop waiting', {
    timeout: 180_000,
  }, async () => {
    await broker.stop();
    const words: (string | undefined)[] = [];
    const waitingFor = (one: string | undefined) => words.push(one);
    const stop = new AbortController();
    const never = KafkaLog.connect(own(broker.brokers), { logger, signal: stop.signal, waitingFor });
    await until(() => words.length > 0);
    expect(words[0]).toContain(`Kafka at ${broker.brokers}`);
    stop.abort();
    await expect(never).rejects.toThrow();
    const connecting = KafkaLog.connect(own(broker.brokers), { logger, waitingFor });
    await broker.start();
    open.push(await connecting);
    expect(words.at(-1)).toBeUndefined();
    // Closed while the broker is away it does not wait for ever either.
    const [log] = open as [KafkaLog];
    await log.ensureTopic('events', 1);
    await log.append(p0, records(1));
    await readTo(log, p0, 1);
    await broker.kill();
    const appended = log.append(p0, records(1));
    appended.catch(() => {});
    const since = performance.now();
    await log.close();
    expect(performance.now() - since).toBeLessThan(9_000);
    await expect(appended).rejects.toBeInstanceOf(KafkaAway);
  });
}, ['kafka']);

function own(broker: string): KafkaSettings & { readonly namespace: string } {
  return { brokers: [broker], namespace: `t${randomUUID().slice(0, 8)}` };
}

function records(count: number, prefix = ''): NewRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    key: `${prefix}${at}`,
    value: Buffer.from(`value ${prefix}${at}`),
  }));
}

function noise(length: number): Uint8Array {
  let seed = 1;
  return new Uint8Array(length).map(() => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed >>> 16;
  });
}

/** Reads on until there are so many. */
async function readTo(log: Log, of: TopicPartition, count: number, start = 0): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (let from = start; found.length < count; ) {
    const read = await log.read(of, from, count - found.length);
    found.push(...read);
    from = (found.at(-1)?.offset ?? start - 1) + 1;
    if (read.length === 0) await log.wait(of, from, 1_000);
  }
  return found;
}

async function refused(wish: Promise<unknown>): Promise<LogError> {
  const error = await wish.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LogError);
  return error as LogError;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

async function again<T>(wish: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await wish();
    } catch (error) {
      if (!(error instanceof KafkaAway)) throw error;
    }
  }
}
