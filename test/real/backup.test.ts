/** `dozor backup` and `dozor restore` on Kafka and Redis. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backupCluster } from '../../pipelines/commands/backup.js';
import { restoreCluster } from '../../pipelines/commands/restore.js';
import { hintsOf } from '../../pipelines/io/kafka/hints.js';
import { decode } from '../../pipelines/runtime/codec.js';
import { standOf } from '../../pipelines/runtime/task.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';
import { essence } from '../engine.js';
import { type RedisPart, startRedis } from '../tools/parts.mjs';
import { distinct, Members } from './members.js';
import { describeReal } from './parts.js';
import { decidedAtOnce, difference, LINES, NONE, STORY_ENV, UNTIL } from './told.js';

const DAY = 86_400_000;
const SAME_KAFKA = { topics: false };

describeReal('backup and restore', (parts) => {
  let redis: RedisPart;
  let members: Members;
  let folder: string;
  beforeEach(async () => {
    // One of its own: it is emptied.
    redis = await startRedis();
    members = new Members({ ...parts, redis: redis.url }, `b${randomUUID().slice(0, 8)}`, STORY_ENV);
    folder = join(members.folder, 'backup');
  });
  afterEach(async () => {
    await members.dispose();
    await redis.stop();
  });

  async function flush(): Promise<void> {
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
  }

  /** A hole in a topic as compaction leaves it: the mark of a transaction is no record. */
  async function leaveGap(topic: string): Promise<void> {
    const client = new kafkajs.Kafka({ brokers: [parts.kafka], logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const tick of [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
      const transaction = await producer.transaction();
      const value = JSON.stringify({ tick, told: { is: 'frontier', partition: 0, tick, clock: 0 } });
      await transaction.send({ topic, messages: [{ key: 'frontier/0', value }] });
      await transaction.commit();
    }
    await producer.disconnect();
  }

  it('an older backup beside the same Kafka: the same is decided again', { timeout: 300_000 }, async () => {
    const half = Math.floor(LINES.length / 2);
    const reserved = async () => {
      const store = await members.store();
      const [held] = await store.get('ticks', ['reserved']).finally(() => store.close());
      return decode(held!) as number;
    };
    const member = await members.start();
    await members.send(member, LINES.slice(0, half));
    const said = await backupCluster(members.config(), folder);
    const reservedThen = await reserved();
    expect(said[0]).toContain(`the backup stands in ${folder}`);
    await members.send(member, LINES.slice(half));
    await member.intake!.moveClock(UNTIL);
    await members.quiet();
    const before = await members.decided();
    // The backup does not know the numbers of the last ticks.
    expect(await reserved()).toBeGreaterThan(reservedThen);
    await expect(restoreCluster(members.config(), folder, SAME_KAFKA)).rejects.toThrow(
      /processes of the installation run/,
    );
    await members.stop();
    await expect(restoreCluster(members.config(), folder, SAME_KAFKA)).rejects.toThrow(
      /Redis holds .*never writes over/s,
    );
    await flush();

    expect((await restoreCluster(members.config(), folder, SAME_KAFKA))[1]).toMatch(
      /decide again .* with the same ids/,
    );
    const again = await members.start();
    await members.quiet();
    const after = await members.decided();
    expect(after.length).toBeGreaterThan(before.length);
    // An id with two contents throws here.
    expect(difference(distinct(after, essence), distinct(before, essence))).toEqual(NONE);
    expect(difference(distinct(after, essence), await decidedAtOnce())).toEqual(NONE);

    // Events sent again count once, though the doors have forgotten them; and the clock goes on.
    await members.send(again, LINES.slice(-300));
    await again.intake!.moveClock(UNTIL + DAY);
    await members.quiet();
    const store = await members.store();
    const stand = await standOf(store, 'service-0').finally(() => store.close());
    expect(stand!.clock).toBe(UNTIL + DAY);
    const types = (all: typeof after) => distinct(all, ({ type, id, subject }) => `${subject} ${type} ${id}`);
    const credits = (all: typeof after) => types(all).filter((text) => text.includes('credit.'));
    expect(credits(await members.decided())).toEqual(credits(after));
  });

  it('Kafka is lost too: what was told and what was still to be read is put back', { timeout: 300_000 }, async () => {
    const half = Math.floor(LINES.length / 2);
    const member = await members.start();
    await members.send(member, LINES.slice(0, half));
    await members.quiet();
    await members.stop();
    // Taken in, and not read by any task yet.
    const door = await members.start('door');
    await members.send(door, LINES.slice(half, half + 500));
    await backupCluster(members.config(), folder);
    await members.stop();
    await flush();

    const elsewhere = { DOZOR_NAMESPACE: `b${randomUUID().slice(0, 8)}` };
    await expect(restoreCluster(members.config(elsewhere), folder, SAME_KAFKA)).rejects.toThrow(
      /there is no topic service-events: if Kafka is lost too, restore with --topics/,
    );
    await expect(restoreCluster(members.config(), folder, { topics: true })).rejects.toThrow(
      /--topics is for a Kafka that is new/,
    );
    const said = await restoreCluster(members.config(elsewhere), folder, { topics: true });
    expect(said[0]).toMatch(/records on Kafka$/);

    Object.assign(members.env, elsewhere);
    const again = await members.start();
    await members.send(again, LINES.slice(half + 500));
    await again.intake!.moveClock(UNTIL);
    await members.quiet();
    expect(difference(distinct(await members.decided(), essence), await decidedAtOnce())).toEqual(NONE);
  });

  it('refuses what does not go together, and says why', { timeout: 180_000 }, async () => {
    await expect(backupCluster(members.config(), folder)).rejects.toThrow(/nothing to put away/);
    const member = await members.start();
    await members.send(member, LINES.slice(0, 400));
    await members.quiet();
    await backupCluster(members.config(), folder);
    await expect(backupCluster(members.config(), folder)).rejects.toThrow(/is not empty/);
    await members.send(member, LINES.slice(400, 800));
    await members.quiet();
    await members.stop();
    await flush();

    const other = members.config({ DOZOR_SERVICE_PARTITIONS: '8' });
    await expect(restoreCluster(other, folder, SAME_KAFKA)).rejects.toThrow(
      /DOZOR_SERVICE_PARTITIONS is 8 here, and 4/,
    );
    await expect(restoreCluster(members.config(), join(folder, 'tasks'), SAME_KAFKA)).rejects.toThrow(
      /no manifest\.json/,
    );

    const file = join(folder, 'tasks', 'service-1.gz');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 20));
    await expect(restoreCluster(members.config(), folder, SAME_KAFKA)).rejects.toThrow(/service-1\.gz cannot be read/);
    writeFileSync(file, bytes);

    const log = await members.log();
    try {
      await leaveGap(`${members.env['DOZOR_NAMESPACE']}.${TOPICS.network}`);
      await expect(restoreCluster(members.config(), folder, SAME_KAFKA)).rejects.toThrow(
        /network has lost 1 records of ticks .* older than DOZOR_NETWORK_DETAIL_DAYS/,
      );
      const of = { topic: TOPICS.serviceEvents, partition: 2 };
      const end = await log.end(of);
      const topic = `${members.env['DOZOR_NAMESPACE']}.${of.topic}`;
      const partitions = [{ partition: of.partition, offset: `${end}` }];
      await log.admin.ask((admin) => admin.deleteTopicRecords({ topic, partitions }));
      await expect(restoreCluster(members.config(), folder, SAME_KAFKA)).rejects.toThrow(
        new RegExp(
          `service-events\\[2\\] begins at ${end}, and service-2 goes on from \\d+: what lay between is gone for good`,
        ),
      );
      expect(await hintsOf(log, 'service', [TOPICS.serviceEvents])).not.toEqual([]);
    } finally {
      await log.close();
    }
  });
});
