/** Groups of tasks on a real Kafka: who holds what when members come, leave, die, sleep, and when the broker does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { KafkaSettings } from '../../pipelines/io/kafka/client.js';
import { forgetHints, type Hint, hintsOf, setHints } from '../../pipelines/io/kafka/hints.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { Membership, type MembershipGiven } from '../../pipelines/io/kafka/membership.js';
import { LogError } from '../../pipelines/io/log.js';
import { startKafka } from '../tools/parts.mjs';
import { describeReal } from './parts.js';

const PARTITIONS = 8;
const SESSION_MS = 6_000;
const ROOT = resolve(import.meta.dirname, '../..');
const logger = pino({ level: 'silent' });
const network = { topic: 'network', partition: 0 };
const service = (partition: number) => ({ topic: 'service-events', partition });

/** A member in a process of its own. It says what it holds, and answers to lines. */
const CHILD = `
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { KafkaLog } from './pipelines/io/kafka/log-kafka.js';
import { Membership } from './pipelines/io/kafka/membership.js';

const [, , broker, namespace] = process.argv;
const logger = pino({ level: 'silent' });
const say = (...words) => process.stdout.write(words.join(' ') + '\\n');
const list = (held) => [...held].sort((a, b) => a - b).join();
const log = await KafkaLog.connect({ brokers: [broker], namespace }, { logger });
const membership = await Membership.join({
  log,
  group: 'service',
  partitioned: ['service-events'],
  everywhere: ['network'],
  onChange: (held) => say('held', list(held)),
  logger,
});
say('joined');
for await (const line of createInterface(process.stdin)) {
  if (line === 'confirm') await membership.confirmed().then(() => say('confirmed', list(membership.held)));
  if (line === 'leave') break;
}
await membership.leave();
await log.close();
`;

/** A member in this process, with a log of its own as another process would have. */
interface Member {
  readonly log: KafkaLog;
  readonly membership: Membership;
  /** What it was told, each time. */
  readonly told: (readonly number[])[];
  readonly leave: () => Promise<void>;
}

describeReal(
  'membership of a group on Kafka',
  ({ kafka }) => {
    let settings: KafkaSettings & { readonly namespace: string };
    let ending: (() => Promise<unknown>)[];
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'dozor-member-'));
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      await build({
        stdin: { contents: CHILD, resolveDir: ROOT, loader: 'ts' },
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
        outfile: join(folder, 'member.mjs'),
        logLevel: 'warning',
      });
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    beforeEach(() => begin(kafka));
    afterEach(async () => {
      await Promise.all(ending.map((end) => end()));
    });

    function begin(broker: string): void {
      settings = { brokers: [broker], namespace: `m${randomUUID().slice(0, 8)}` };
      ending = [];
    }

    async function open(): Promise<KafkaLog> {
      const log = await KafkaLog.connect(settings, { logger });
      ending.push(() => log.close());
      await log.ensureTopic('service-events', PARTITIONS);
      await log.ensureTopic('network', 1);
      return log;
    }

    async function member(more: Partial<MembershipGiven> = {}): Promise<Member> {
      const log = await open();
      const told: number[][] = [];
      const membership = await Membership.join({
        log,
        group: 'service',
        partitioned: ['service-events'],
        everywhere: ['network'],
        onChange: (held) => void told.push(sorted(held)),
        logger,
        ...more,
      });
      const leave = async () => {
        await membership.leave();
        await log.close();
      };
      return { log, membership, told, leave };
    }

    const held = ({ membership }: Member) => sorted(membership.held);
    const all = Array.from({ length: PARTITIONS }, (_, at) => at);
    const shared = (members: readonly Member[]) => sorted(members.flatMap(held)).join() === all.join();
    /** Everything is held by somebody, by nobody twice, in these sizes. */
    const settled = (members: readonly Member[], sizes: readonly number[]) =>
      until(() => shared(members) && sorted(members.map((one) => held(one).length)).join() === sorted(sizes).join());

    it('shares the partitions out evenly as members come and go, and moves as few as it must', async () => {
      const a = await member();
      await settled([a], [8]);
      const b = await member();
      await settled([a, b], [4, 4]);
      const before = [held(a), held(b)];
      const c = await member();
      await settled([a, b, c], [3, 3, 2]);
      for (const [at, one] of [a, b].entries()) expect(before[at]).toEqual(expect.arrayContaining(held(one)));
      // They say in their metadata what they hold, with the generation that a sign of life has told them.
      const two = [held(a), held(b)];
      await c.leave();
      await settled([a, b], [4, 4]);
      for (const [at, one] of [a, b].entries()) expect(held(one)).toEqual(expect.arrayContaining(two[at]!));
      await a.leave();
      await settled([b], [8]);
      await until(() => b.told.at(-1)?.length === 8);
      // Told of each change, never of the same twice.
      for (const [at, one] of b.told.entries()) if (at > 0) expect(one).not.toEqual(b.told[at - 1]);
    });

    it('is told of what it holds after the membership is in its hands', async () => {
      let inHand = false;
      const heard: boolean[] = [];
      const a = await member({ onChange: () => heard.push(inHand) });
      inHand = true;
      await until(() => heard.length > 0);
      expect(heard).toEqual([true]);
      expect(held(a)).toEqual(all);
    });

    it('hands over at once when a member leaves', async () => {
      const stayer = await member();
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const leaver = await member();
        await settled([leaver, stayer], [4, 4]);
        const since = performance.now();
        void leaver.leave();
        await until(() => held(stayer).length === PARTITIONS);
        times.push(performance.now() - since);
      }
      // The quickest: the machine may have something else to do.
      expect(Math.min(...times)).toBeLessThan(1_000);
    });

    it('gives every member all of the topics that are everywhere, and its own of the others', async () => {
      const members = [await member(), await member()];
      await settled(members, [4, 4]);
      const writer = await open();
      await writer.append(network, [{ key: 'n', value: Buffer.from('1') }]);
      for (const partition of all)
        await writer.append(service(partition), [{ key: `${partition}`, value: Buffer.from('1') }]);
      for (const one of members) {
        expect((await readSome(one.log, network, 0)).map(({ key }) => key)).toEqual(['n']);
        for (const partition of held(one)) {
          expect((await readSome(one.log, service(partition), 0)).map(({ key }) => key)).toEqual([`${partition}`]);
        }
      }
      // Through the membership: no consumer of their own was made for it.
      const admin = new kafkajs.Kafka({ brokers: [...settings.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
      await admin.connect();
      const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      await admin.disconnect();
      expect(groups.filter((name) => name.startsWith(`${settings.namespace}-`))).toEqual([
        `${settings.namespace}-service`,
      ]);
    });

    it('reads on without a hole while members come and go', { timeout: 120_000 }, async () => {
      const a = await member();
      const writer = await open();
      const stop = new AbortController();
      const writing = (async () => {
        for (let at = 0; ; at++) {
          await Promise.all(
            [network, service(0)].map((to) => writer.append(to, [{ key: `${at}`, value: Buffer.from('v') }])),
          );
          if (stop.signal.aborted) return at + 1;
          await sleep(1);
        }
      })();
      const found = { network: [] as number[], service: [] as number[] };
      const reading = [
        follow(a.log, network, found.network, writing),
        // Whoever holds it: here only what this member was given counts.
        follow(a.log, service(0), found.service, writing),
      ];
      for (let round = 0; round < 3; round++) {
        const b = await member();
        await settled([a, b], [4, 4]);
        await b.leave();
        await settled([a], [8]);
      }
      stop.abort();
      const count = await writing;
      await Promise.all(reading);
      const dense = Array.from({ length: count }, (_, at) => at);
      expect(found.network).toEqual(dense);
      expect(found.service).toEqual(dense);
    });

    it('serves a task and a page that both read the same partition on', async () => {
      const a = await member();
      await a.log.reads(['service-events']);
      const writer = await open();
      const count = 300;
      const found: [number[], number[]] = [[], []];
      const reading = found.map((one) => follow(a.log, service(0), one, Promise.resolve(count)));
      const since = performance.now();
      for (let at = 0; at < count; at++) await writer.append(service(0), [{ key: `${at}`, value: Buffer.from('v') }]);
      const written = performance.now() - since;
      await Promise.all(reading);
      for (const one of found) expect(one).toEqual(Array.from({ length: count }, (_, at) => at));
      // Neither pulls the other back: that would cost a round of fetching for each record.
      expect(performance.now() - since - written).toBeLessThan(5_000);
    });

    it('returns nothing for a partition that another member has, and holds up nobody', async () => {
      const a = await member();
      const writer = await open();
      for (const partition of all) await writer.append(service(partition), [{ key: 'k', value: Buffer.from('1') }]);
      for (const partition of all) await readSome(a.log, service(partition), 0);
      const b = await member();
      await settled([a, b], [4, 4]);
      const lost = held(b)[0]!;
      await writer.append(service(lost), [{ key: 'l', value: Buffer.from('2') }]);
      const since = performance.now();
      expect(await a.log.read(service(lost), 1, 10)).toEqual([]);
      expect(performance.now() - since).toBeLessThan(2_000);
      expect((await readSome(b.log, service(lost), 1)).map(({ key }) => key)).toEqual(['l']);
    });

    it('takes over from a member that is killed', { timeout: 120_000 }, async () => {
      const a = await member();
      const child = await start();
      await settled4(a, child);
      const kept = held(a);
      const since = performance.now();
      child.process.kill('SIGKILL');
      await until(() => held(a).length === PARTITIONS);
      const took = performance.now() - since;
      expect(took).toBeGreaterThan(SESSION_MS / 2);
      expect(took).toBeLessThan(SESSION_MS + 2_000);
      expect(held(a)).toEqual(expect.arrayContaining(kept));
    });

    it('takes over from a member that sleeps, which learns of it when it wakes', { timeout: 120_000 }, async () => {
      const a = await member();
      const child = await start();
      await settled4(a, child);
      child.process.kill('SIGSTOP');
      await until(() => held(a).length === PARTITIONS);
      await sleep(2_000);
      const before = child.lines.length;
      child.process.kill('SIGCONT');
      child.process.stdin!.write('confirm\n');
      await until(() => child.lines.slice(before).some((line) => line.startsWith('confirmed')));
      // Back in the group it has a share again, and nothing is held twice.
      await settled4(a, child);
      const confirmed = child.lines.slice(before).find((line) => line.startsWith('confirmed'))!;
      expect(numbers(confirmed)).toEqual(child.held());
    });

    it('is made anew when its consumer dies, and goes on where it was', { timeout: 120_000 }, async () => {
      let rebuilt = 0;
      const a = await member({ onRebuilt: () => rebuilt++ });
      await until(() => a.told.length > 0);
      const writer = await open();
      await writer.append(service(3), [{ key: '0', value: Buffer.alloc(5_000, 'compressed ') }]);
      expect((await readSome(a.log, service(3), 0)).length).toBe(1);
      const { CompressionCodecs, CompressionTypes } = kafkajs;
      const codec = CompressionCodecs[CompressionTypes.GZIP];
      // As if a producer wrote what nobody here can read: kafkajs gives up for good.
      CompressionCodecs[CompressionTypes.GZIP] = () => ({
        ...codec(),
        decompress: async () => {
          throw Object.assign(new Error('planted'), { name: 'KafkaJSNotImplemented', retriable: false });
        },
      });
      try {
        await writer.append(service(3), [{ key: '1', value: Buffer.alloc(5_000, 'compressed ') }]);
        await until(() => rebuilt >= 2);
      } finally {
        CompressionCodecs[CompressionTypes.GZIP] = codec;
      }
      await until(() => held(a).length === PARTITIONS && a.told.at(-1)?.length === PARTITIONS);
      expect(a.membership.rebuilt).toBe(rebuilt);
      // Told that it has nothing before it is told what it has again.
      expect(a.told.map(({ length }) => length).slice(0, 3)).toEqual([PARTITIONS, 0, PARTITIONS]);
      expect((await readSome(a.log, service(3), 1)).map(({ key }) => key)).toEqual(['1']);
    });

    it('commits how far each partition is saved, for lag and for whoever takes over', { timeout: 60_000 }, async () => {
      const saved = new Map(all.map((partition) => [partition, 10 + partition]));
      const a = await member({
        hints: () =>
          all.map((partition): Hint => ({ ...service(partition), offset: saved.get(partition)!, floor: partition })),
      });
      expect(await a.membership.floorOf('service-events', 3)).toBeUndefined();
      await untilAsync(async () => (await hintsOf(a.log, 'service', ['service-events'])).length === PARTITIONS);
      expect(await a.membership.floorOf('service-events', 3)).toBe(3);
      expect((await hintsOf(a.log, 'service', ['service-events'])).find(({ partition }) => partition === 3)).toEqual({
        ...service(3),
        offset: 13,
        floor: 3,
      });
      // On leaving the last word is said.
      saved.set(3, 99);
      await a.membership.leave();
      const b = await member();
      expect(
        (await hintsOf(b.log, 'service', ['service-events'])).find(({ partition }) => partition === 3)?.offset,
      ).toBe(99);
      expect(await b.membership.floorOf('service-events', 3)).toBe(3);
      await expect(setHints(b.log, 'service', [{ ...service(3), offset: 5, floor: 4 }])).rejects.toBeInstanceOf(
        LogError,
      );
      await b.membership.leave();
      await setHints(b.log, 'service', [{ ...service(3), offset: 5, floor: 4 }]);
      expect((await hintsOf(b.log, 'service', ['service-events'])).find(({ partition }) => partition === 3)).toEqual({
        ...service(3),
        offset: 5,
        floor: 4,
      });
      await forgetHints(b.log, 'service');
      await forgetHints(b.log, 'service');
      expect(await hintsOf(b.log, 'service', ['service-events'])).toEqual([]);
    });

    it('confirms only what the group says after it was asked, and at once when it was left', async () => {
      const a = await member();
      let confirmed = false;
      const asked = a.membership.confirmed().then(() => (confirmed = true));
      await Promise.resolve();
      expect(confirmed).toBe(false);
      await asked;
      await a.membership.leave();
      await a.membership.confirmed();
      expect(held(a)).toEqual([]);
    });

    it('can be told to stop joining', { timeout: 60_000 }, async () => {
      const log = await open();
      const stop = new AbortController();
      const given = { log, group: 'service', partitioned: ['never-made'], everywhere: [], onChange: () => {}, logger };
      const joining = Membership.join({ ...given, signal: stop.signal });
      await sleep(500);
      stop.abort();
      await expect(joining).rejects.toThrow();
    });

    it('outlasts a broker that is killed, longer than every timeout', { timeout: 240_000 }, async () => {
      const broker = await startKafka();
      try {
        begin(broker.brokers);
        const members = [await member(), await member()];
        await settled(members, [4, 4]);
        const [a] = members as [Member];
        await a.log.append(network, [{ key: '0', value: Buffer.from('1') }]);
        for (const one of members) await readSome(one.log, network, 0);
        await broker.kill();
        await sleep(SESSION_MS * 3 + 4_000);
        await broker.start();
        const back = performance.now();
        await a.log.append(network, [{ key: '1', value: Buffer.from('1') }]);
        for (const one of members) expect((await readSome(one.log, network, 1)).map(({ key }) => key)).toEqual(['1']);
        await settled(members, [4, 4]);
        expect(performance.now() - back).toBeLessThan(30_000);
        // It waited as everybody did, and nothing had to be made anew.
        expect(members.map(({ membership }) => membership.rebuilt)).toEqual([0, 0]);
      } finally {
        await Promise.all(ending.splice(0).map((end) => end()));
        await broker.stop();
      }
    });

    async function settled4(a: Member, child: Child): Promise<void> {
      await until(
        () => sorted([...held(a), ...child.held()]).join() === all.join() && held(a).length === PARTITIONS / 2,
      );
    }

    interface Child {
      readonly process: ChildProcess;
      readonly lines: string[];
      readonly held: () => readonly number[];
    }

    async function start(): Promise<Child> {
      const child = spawn(process.execPath, [join(folder, 'member.mjs'), settings.brokers[0]!, settings.namespace], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.on('error', () => {});
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => lines.push(line));
      ending.push(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      });
      await until(() => lines.includes('joined'));
      return {
        process: child,
        lines,
        held: () => numbers(lines.findLast((line) => line.startsWith('held')) ?? 'held '),
      };
    }
  },
  ['kafka'],
);

function sorted(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function numbers(line: string): readonly number[] {
  return (line.split(' ')[1] ?? '').split(',').filter(Boolean).map(Number);
}

async function readSome(log: KafkaLog, of: { topic: string; partition: number }, from: number) {
  for (;;) {
    const read = await log.read(of, from, 100);
    if (read.length > 0) return read;
    await log.wait(of, from, 1_000);
  }
}

/** Reads a partition from its start until so many records are there, and keeps their offsets. */
async function follow(
  log: KafkaLog,
  of: { topic: string; partition: number },
  found: number[],
  count: Promise<number>,
) {
  let total = Number.POSITIVE_INFINITY;
  void count.then((all) => (total = all));
  while (found.length < total) {
    const from = (found.at(-1) ?? -1) + 1;
    const read = await log.read(of, from, 100);
    found.push(...read.map(({ offset }) => offset));
    if (read.length === 0) await log.wait(of, from, 50);
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

async function untilAsync(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}
