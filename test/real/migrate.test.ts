/** `dozor migrate`: an embedded installation goes on, on Kafka and Redis, as if nothing had happened. */
import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from '../../pipelines/commands/migrate.js';
import { openParts } from '../../pipelines/commands/parts.js';
import type { WireDecision } from '../../pipelines/http/ports.js';
import { openEmbedded, openEmbeddedForReading } from '../../pipelines/io/embedded.js';
import { type Config, readConfig } from '../../pipelines/runtime/config.js';
import { Installation } from '../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { topicCounts } from '../../pipelines/runtime/topics.js';
import { beginFilling } from '../../pipelines/runtime/unfinished.js';
import { essence } from '../engine.js';
import { until } from './dozor.js';
import { distinct, Members } from './members.js';
import { describeReal } from './parts.js';
import {
  allOf,
  byHand,
  decidedAtOnce,
  difference,
  LINES,
  NONE,
  PARTITIONS,
  STORY_ENV,
  storyPacks,
  UNTIL,
} from './told.js';

const BY = { name: 'test' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The same installation as these members', embedded. */
function embeddedConfig(members: Members, folder: string, env: Record<string, string> = {}): Config {
  const { KAFKA_BROKERS: _, REDIS_URL: __, DOZOR_NAMESPACE: ___, ...rest } = members.env;
  return readConfig({ ...rest, DOZOR_DATA: folder, ...env });
}

describeReal('migrate', (parts) => {
  let members: Members;
  let folder: string;
  beforeEach(() => {
    members = new Members(parts, `m${randomUUID().slice(0, 8)}`, STORY_ENV);
    folder = join(members.folder, 'embedded');
  });
  afterEach(() => members.dispose());

  it('goes on where the embedded installation stood: the decisions of one that stays', {
    timeout: 240_000,
  }, async () => {
    const half = Math.floor(LINES.length / 2);
    const installation = await Installation.open(embeddedConfig(members, folder), storyPacks());
    installation.start();
    await installation.gate.takeLines(LINES.slice(0, half), 1, BY);
    // Stopped in the middle of its work: what it has not worked off is worked off on the way.
    await installation.stop();

    const before = await endsOf(openParts(embeddedConfig(members, folder), 'read'), members);
    const said = await migrate({ config: members.config(), from: folder });
    expect(said[0]).toMatch(/compared one by one/);
    const after = await endsOf(openParts(members.config(), 'read'), members);
    for (const [name, end] of Object.entries(before)) expect(after[name], name).toBeGreaterThanOrEqual(end);

    const member = await members.start();
    // What the embedded door had let in is known to the new one; what it refused is refused again.
    expect(await members.send(member, LINES.slice(0, 300))).not.toHaveProperty('accepted');
    await members.send(member, LINES.slice(half));
    await member.intake!.moveClock(UNTIL);
    await members.quiet();
    const decided = await members.decided();
    expect(difference(distinct(decided, essence), await decidedAtOnce())).toEqual(NONE);
    // No credit is granted twice, and no copy was written of anything.
    const ids = decided.filter(({ type }) => type !== 'event.rejected').map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
  });

  it('a live clock: outages that were open go on, whatever time Kafka stamps', { timeout: 240_000 }, async () => {
    const live = { DOZOR_CLOCK: 'live', DOZOR_TICK_SECONDS: '1' };
    const ground = new Members(parts, `m${randomUUID().slice(0, 8)}`, live);
    try {
      const stopped = Date.now() - 6 * HOUR;
      await liveEmbedded(folder, stopped - 40 * DAY, stopped);
      const before = await decisionsOf(folder);
      expect(before.filter(({ type }) => type === 'credit.granted')).toHaveLength(5);
      // Two hours after it stopped the outage that was open passes its limit.
      const passed = (all: readonly WireDecision[]) => {
        const since = all.filter(({ time }) => Date.parse(time) > stopped);
        const regulator = since.some(({ data }) => data['noticeId'] === 'regulator-outage:cell/f2');
        return regulator && since.filter(({ type }) => type === 'outage.confirmed').length === 5;
      };
      expect(passed(before)).toBe(false);

      // What is decided when it simply goes on, where it is.
      const copy = join(members.folder, 'copy');
      cpSync(folder, copy, { recursive: true });
      const stays = await Installation.open(embeddedConfig(ground, copy), loadPacks([OWN_PACKS]));
      stays.start();
      await until(
        async () => passed((await stays.views.decisions({ limit: 1_000, order: 'oldest' })).decisions),
        30_000,
        () => 'the outage does not pass its limit',
      );
      await stays.stop();

      await migrate({ config: ground.config(), from: folder });
      await ground.start();
      await until(
        async () => passed(await ground.decided()),
        60_000,
        () => 'the outage does not pass its limit',
      );
      await ground.stop();
      const words = (await decisionsOf(copy)).map(essence).sort();
      expect(difference(distinct(await ground.decided(), essence), words)).toEqual(NONE);
    } finally {
      await ground.dispose();
    }
  });

  it('refuses what would not fit, and says what to do', { timeout: 120_000 }, async () => {
    await expect(migrate({ config: members.config(), from: folder })).rejects.toThrow(/no embedded installation/);
    const installation = await Installation.open(embeddedConfig(members, folder), storyPacks());
    await installation.gate.takeLines(LINES.slice(0, 50), 1, BY);
    await expect(migrate({ config: members.config(), from: folder })).rejects.toThrow(/in use by process/);
    await installation.stop();
    const other = { DOZOR_SERVICE_PARTITIONS: '8', DOZOR_DECISION_PARTITIONS: '3' };
    await expect(migrate({ config: members.config(other), from: folder })).rejects.toThrow(
      /set, here and for every process:\n {2}DOZOR_SERVICE_PARTITIONS=4\n {2}DOZOR_DECISION_PARTITIONS=2$/,
    );
    await expect(migrate({ config: members.config({ DOZOR_CLOCK: 'live' }), from: folder })).rejects.toThrow(
      /set DOZOR_CLOCK=events/,
    );
    await expect(migrate({ config: embeddedConfig(members, folder), from: folder })).rejects.toThrow(
      /set KAFKA_BROKERS/,
    );

    const store = await members.store();
    await beginFilling(store, 'test', { command: 'migrate', from: '/somewhere', begunAt: 0 });
    await store.close();
    await expect(migrate({ config: members.config(), from: folder })).rejects.toThrow(
      /'dozor migrate' from \/somewhere, begun 1970.*broke off.*DOZOR_NAMESPACE/s,
    );
    const fresh = { DOZOR_NAMESPACE: `m${randomUUID().slice(0, 8)}` };
    await migrate({ config: members.config(fresh), from: folder });
    await expect(migrate({ config: members.config(fresh), from: folder })).rejects.toThrow(
      /the place to go to is not empty:\n {2}Redis holds .*records\n.*kafka-topics\.sh .* --delete/s,
    );
  });
});

async function endsOf(
  opening: ReturnType<typeof openParts>,
  members: Members,
): Promise<Readonly<Record<string, number>>> {
  const { log, close } = await opening;
  try {
    const ends: Record<string, number> = {};
    for (const [topic, count] of topicCounts(members.partitions)) {
      for (let partition = 0; partition < count; partition++)
        ends[`${topic}/${partition}`] = await log.end({ topic, partition });
    }
    return ends;
  } finally {
    await close();
  }
}

async function decisionsOf(folder: string): Promise<readonly WireDecision[]> {
  const { log, close } = await openEmbeddedForReading(folder);
  try {
    return await allOf(log);
  } finally {
    await close();
  }
}

let n = 0;
type Said = readonly [type: string, subject: string, at: number, data: object];
function events(all: readonly Said[]): readonly object[] {
  return all.map(([type, subject, at, data]) => ({
    specversion: '1.0',
    id: `m${n++}`,
    source: 'test',
    type,
    subject,
    time: new Date(at).toISOString(),
    data,
  }));
}

/** Runs a live installation in a folder through some weeks: one outage over, one open. Its log has the story's time. */
async function liveEmbedded(folder: string, from: number, to: number): Promise<void> {
  let now = from;
  const { log, store, close } = await openEmbedded(folder, { now: () => now });
  const { gate, ticker, work } = await byHand(log, store, 'live');
  const service = {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
    monthlyFee: { amount: '3000.00', currency: 'RSD' },
    billingDay: 'last',
    servedBy: ['cell'],
  };
  const waiting: Said[] = [
    ['element.upserted', 'cell', from, { operator: 'a1-rs', kind: 'cell' }],
    ...[1, 2, 3, 4, 5].map((i): Said => ['service.upserted', `s${i}`, from, service]),
    ['fault.opened', 'cell', from + 2 * DAY, { faultId: 'f1', responsibility: 'operator' }],
    ['fault.cleared', 'cell', from + 5 * DAY, { faultId: 'f1' }],
    ['fault.opened', 'cell', to - 46 * HOUR, { faultId: 'f2', responsibility: 'operator' }],
  ];
  for (; now <= to; now += 12 * HOUR) {
    const due = waiting.filter(([, , at]) => at <= now);
    waiting.splice(0, due.length);
    if (due.length > 0) await gate.takeObjects(events(due), BY);
    await ticker.beat(log, PARTITIONS);
    await work();
  }
  await close();
}
