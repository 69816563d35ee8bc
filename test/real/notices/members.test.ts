/**
 * Ledgers on Kafka and Redis: two processes with the role alerts share them; one is killed with messages under way, and the other goes
 * on. Nothing leaves twice, and every notice is delivered or on a person's list. Then Redis is lost and put back from a backup taken
 * before anything left: what is on the log as sent does not leave again.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backupCluster } from '../../../pipelines/commands/backup.js';
import { restoreCluster } from '../../../pipelines/commands/restore.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { type RedisPart, startRedis } from '../../tools/parts.mjs';
import { Smsc, type Taken } from '../../tools/smsc.js';
import { type Dozor, runDozor, send, TestCluster } from '../dozor.js';
import { describeReal } from '../parts.js';
import { settles, writePack } from './alone.js';

const SERVICES = 12;
const partOf = ({ body }: Taken) => `${body.destination} ${Buffer.from(body.shortMessage).toString('hex')}`;

describeReal('ledgers of several processes', (parts) => {
  let folder: string;
  let smsc: Smsc;
  let redis: RedisPart;
  let cluster: TestCluster;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dozor-ledgers-'));
    smsc = new Smsc({ seed: 9, receiptAfterMs: 200 });
    await smsc.start();
    // One of its own: it is emptied.
    redis = await startRedis();
    writePack(join(folder, 'packs'), 'asks', 'person', 'PT10S');
    writeFileSync(join(folder, 'gateway.password'), 'secret');
    writeFileSync(join(folder, 'contacts.key'), 'a key for a test, which is long enough');
    const gateway = { host: '127.0.0.1', port: smsc.port, systemId: 'dozor', passwordFile: 'gateway.password' };
    const smpp = [{ ...gateway, name: 'centre', sender: 'Proba', answerWithinSeconds: 5 }];
    const notices = { sms: { smpp }, contactsKeyFile: 'contacts.key' };
    writeFileSync(join(folder, 'notices.json'), JSON.stringify(notices));
    env = {
      DOZOR_PACKS: join(folder, 'packs'),
      DOZOR_NOTICES: join(folder, 'notices.json'),
      DOZOR_TICK_SECONDS: '1',
    };
    const namespace = `n${randomUUID().slice(0, 8)}`;
    cluster = new TestCluster({ ...parts, redis: redis.url }, namespace, env, {
      service: 4,
      element: 2,
      facts: 1,
      decisions: 4,
    });
  });
  afterEach(async () => {
    await cluster.dispose();
    await smsc.stop();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Subscribers who asked for the cap of 5,000 RSD and pass it now: each is told that outgoing use is barred (A1 14.3). */
  function overTheCap(): readonly string[] {
    const now = Date.now();
    const event = (n: number, type: string, time: number, data: object) => ({
      specversion: '1.0',
      id: `${type}/${n}`,
      source: 'made-up',
      type,
      subject: `line-${n}`,
      time: new Date(time).toISOString(),
      data,
    });
    return Array.from({ length: SERVICES }, (_, n) => [
      event(n, 'service.upserted', now - 3_600_000, {
        operator: 'asks',
        kind: 'mobile',
        customerId: `customer-${n}`,
        activeFrom: '2025-01-01T00:00:00+01:00',
        billingDay: 'last',
        notifyBy: ['sms'],
        contact: { msisdn: `+38160000${String(n).padStart(4, '0')}` },
      }),
      event(n, 'bar.requested', now - 1_800_000, { kind: 'spend-cap' }),
      event(n, 'usage.recorded', now - 60_000, {
        kind: 'data',
        direction: 'out',
        country: 'RS',
        bytes: 1_000_000,
        charge: { amount: '5100.00', currency: 'RSD' },
      }),
    ])
      .flat()
      .map((one) => JSON.stringify(one));
  }

  const settings = () => ({ ...cluster.settings, DOZOR_DATA: join(folder, 'command') });
  const states = async (): Promise<ReadonlyMap<string, string>> => {
    const text = await runDozor(join(folder, 'command'), ['notices', 'all', '--format', 'ndjson'], settings());
    const rows = text.trim().split('\n').filter(Boolean);
    return new Map(
      rows.map((line) => {
        const { noticeId, state } = JSON.parse(line) as { noticeId: string; state: string };
        return [noticeId, state];
      }),
    );
  };
  const all = (now: ReadonlyMap<string, string>, ...wanted: string[]) =>
    now.size >= SERVICES && [...now.values()].every((state) => wanted.includes(state));
  const bound = (count: number) =>
    settles(
      () => smsc.bound,
      (links) => links === count,
    );

  it('one is killed with messages under way: the other sends the rest, and none twice', {
    timeout: 400_000,
  }, async () => {
    const worker = await cluster.start('door,network,service,collector');
    const alerts: Dozor[] = [await cluster.start('alerts'), await cluster.start('alerts')];
    await Promise.all([worker, ...alerts].map((one) => one.ready()));
    await bound(2);
    smsc.faults = { unansweredTo: () => true };
    await send(worker, overTheCap());
    await settles(
      () => smsc.taken.length,
      (taken) => taken >= 12,
    );
    await alerts[0]!.kill();
    smsc.faults = {};
    const end = await settles(states, (now) => all(now, 'delivered', 'person'), 180_000);
    expect(new Set(smsc.taken.map(partOf)).size).toBe(smsc.taken.length);
    expect((await cluster.decisions()).filter(({ type }) => type === 'notice.requested').length).toBe(end.size);
    const list = await runDozor(join(folder, 'command'), ['notices', 'list', '--format', 'ndjson'], settings());
    const listed = list.trim().split('\n').filter(Boolean);
    expect(listed.length).toBe([...end.values()].filter((state) => state === 'person').length);
    expect([...end.values()].filter((state) => state === 'delivered').length).toBeGreaterThan(0);
  });

  it('Redis is lost and put back as of before: nothing that had left leaves again', { timeout: 400_000 }, async () => {
    const lines = overTheCap();
    const begin = async () => {
      const whole = await cluster.start('door,network,service,collector,alerts');
      await whole.ready();
      await bound(1);
      return whole;
    };
    const first = await begin();
    // The subscribers are known, and nothing has been sent yet.
    await send(
      first,
      lines.filter((line) => line.includes('service.upserted')),
    );
    await settles(
      async () => (await (await fetch(`${first.url}/metrics`)).text()).match(/^dozor_services (\d+)$/m)?.[1],
      (services) => Number(services) === SERVICES,
    );
    const config = readConfig(settings());
    const backup = join(folder, 'backup');
    await backupCluster(config, backup);
    expect(smsc.taken).toEqual([]);
    await send(
      first,
      lines.filter((line) => !line.includes('service.upserted')),
    );
    await settles(states, (now) => all(now, 'delivered'), 120_000);
    const left = smsc.taken.length;
    // What has left is on the log when its word has gone through the door.
    await settles(
      async () =>
        /^dozor_events_total\{outcome="accepted"\} (\d+)$/m.exec(
          await (await fetch(`${first.url}/metrics`)).text(),
        )?.[1],
      (accepted) => Number(accepted) > lines.length,
    );
    await first.stop();
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    await restoreCluster(config, backup, { topics: false });

    await begin();
    const after = await settles(
      states,
      (now) => now.size >= SERVICES && ![...now.values()].includes('waiting'),
      120_000,
    );
    // Time for what would leave.
    await new Promise((next) => setTimeout(next, 5_000));
    expect(smsc.taken.length).toBe(left);
    expect([...(await states()).values()].filter((state) => state === 'sent' || state === 'delivered').length).toBe(
      after.size,
    );
  });
});
