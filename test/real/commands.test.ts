/** The commands for an installation on Kafka and Redis, against members that run. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { adopt, forgetHints } from '../../pipelines/commands/cluster.js';
import { readDeadLetters } from '../../pipelines/commands/dead-letters.js';
import { explain } from '../../pipelines/commands/explain.js';
import { listHeld, retryHeld } from '../../pipelines/commands/held.js';
import { openParts } from '../../pipelines/commands/parts.js';
import { reportLateUsage } from '../../pipelines/commands/report-late-usage.js';
import { reportNotices } from '../../pipelines/commands/report-notices.js';
import { porting } from '../../pipelines/detectors/porting.js';
import { hintsOf } from '../../pipelines/io/kafka/hints.js';
import { agree } from '../../pipelines/runtime/agreement.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { makeKeyPair } from '../../pipelines/runtime/seal-key.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';
import { until } from './dozor.js';
import { Members } from './members.js';
import { describeReal } from './parts.js';

let n = 0;
const event = (type: string, subject: string, time: string, data: object) =>
  JSON.stringify({ specversion: '1.0', id: `c${n++}`, source: 'test', type, subject, time, data });
const service = (id: string) =>
  event('service.upserted', id, '2026-01-01T00:00:00+01:00', {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
  });
const ported = (id: string) => [
  event('porting.accepted', id, '2026-06-01T00:00:00+02:00', { portingId: `p-${id}` }),
  event('porting.completed', id, '2026-06-05T12:00:00+02:00', { portingId: `p-${id}` }),
];

describeReal('commands on Kafka and Redis', (parts) => {
  let members: Members;
  beforeEach(() => {
    members = new Members(parts, `c${randomUUID().slice(0, 8)}`);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await members.dispose();
  });

  it('say what does not answer', async () => {
    const nobody = members.config({ KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' });
    await expect(openParts(nobody, 'read', 1_500)).rejects.toThrow(
      /^Kafka at 127\.0\.0\.1:1 did not answer within 1\.5 s: .*ECONNREFUSED.*\nRedis at 127\.0\.0\.1:1 did not answer within 1\.5 s: .*ECONNREFUSED/s,
    );
  });

  it('terms adopt: says what is different, and nothing where nothing is', async () => {
    await expect(adopt(members.config())).rejects.toThrow(/no process has started yet/);
    const store = await members.store();
    const packs = { 'gone.2020-01-01.json': 'a', 'a1-rs.2024-01-01.json': 'b' };
    await agree(store, 'test', { clock: 'events', partitions: members.partitions, packs });
    await store.close();
    const lines = await adopt(members.config());
    expect(lines).toContain('gone.2020-01-01.json is no longer in force');
    expect(lines.at(-1)).toMatch(/stop within 10 s/);
    expect(await adopt(members.config())).toEqual(['these rule packs are in force already']);
  });

  it('hints forget: refuses while a process runs, naming its groups, and forgets afterwards', {
    timeout: 120_000,
  }, async () => {
    const member = await members.start();
    await members.send(member, [service('s1'), ...ported('s1')]);
    const log = await members.log();
    const hints = () => hintsOf(log, 'service', [TOPICS.serviceEvents]);
    await until(
      async () => (await hints()).length === 4,
      20_000,
      () => 'no hints were written',
    );
    await expect(forgetHints(members.config())).rejects.toThrow(
      new RegExp(`processes of the installation run .*${members.env['DOZOR_NAMESPACE']}-network has 1`),
    );
    await members.stop();
    try {
      expect(await hints()).toHaveLength(4);
      expect(await forgetHints(members.config())).toHaveLength(2);
      expect(await hints()).toEqual([]);
      // There is nothing left to forget, and that is no error.
      await forgetHints(members.config());
    } finally {
      await log.close();
    }
    await members.start();
  });

  it('held retry: nothing is stopped, and the queue goes through', { timeout: 120_000 }, async () => {
    const whole = porting.step;
    const broken = vi.spyOn(porting, 'step').mockImplementation((state, heard, given) => {
      if (given.facts.id === 'bad' && heard.is === 'event') throw new Error('a fault of ours');
      return whole(state, heard, given);
    });
    const member = await members.start();
    await members.send(member, [service('bad'), service('good'), ...ported('bad'), ...ported('good')]);
    await member.intake!.moveClock(Date.parse('2026-06-10T00:00:00+02:00'));
    await until(
      async () => /^bad {2}since .*a fault of ours$/.test((await listHeld(members.config())).join()),
      30_000,
      () => 'not held',
    );
    await members.quiet();
    await expect(retryHeld(members.config(), 'good')).rejects.toThrow('good is not held');
    broken.mockRestore();
    // Its process finds out when it saves something next.
    const asked = retryHeld(members.config(), 'bad');
    await member.intake!.moveClock(Date.parse('2026-06-11T00:00:00+02:00'));
    expect(await asked).toBe('bad is let through');
    await member.intake!.moveClock(Date.parse('2026-06-12T00:00:00+02:00'));
    await members.quiet();
    expect(await listHeld(members.config())).toEqual(['no service is held']);
    const decided = (await members.decided()).filter(({ subject }) => subject === 'bad').map(({ type }) => type);
    expect(decided).toContain('compensation.granted');
    expect(decided).toContain('alarm.cleared');
  });

  it('explain: from Kafka, where no index has the decision', { timeout: 120_000 }, async () => {
    const member = await members.start();
    await members.send(member, [service('s1'), ...ported('s1'), service('s2'), ...ported('s2')]);
    await member.intake!.moveClock(Date.parse('2026-06-10T00:00:00+02:00'));
    await members.quiet();
    const decided = await members.decided();
    const { id } = decided.find(({ type, subject }) => type === 'compensation.granted' && subject === 's2')!;
    const { dataFolder, clustered } = members.config();
    const given = { dataFolder, clustered, packFolders: [OWN_PACKS], json: false };
    const words = await explain({ id, ...given });
    expect(words).toContain('compensation.granted of s2');
    expect(words).toMatch(/The events it came from \((\d+) of \1 on the log\)/);
    expect(words).toContain('porting.completed of s2');
    await expect(explain({ id: 'none', ...given })).rejects.toThrow('there is no decision none on Kafka');
  });

  it('report: both registers from Kafka, with name and number only where asked for', { timeout: 120_000 }, async () => {
    const member = await members.start();
    const charge = { amount: '5000.01', currency: 'RSD' };
    const used = event('usage.recorded', 's1', '2026-06-10T12:00:00+02:00', { kind: 'premium', charge });
    const late = JSON.stringify({ ...JSON.parse(used), id: 'late', recordedtime: '2026-07-02T12:00:00+02:00' });
    const contact = { msisdn: '+381600000042', name: 'Petra' };
    const known = event('contact.upserted', 's1', '2026-01-01T00:00:00+01:00', contact);
    const asked = event('bar.requested', 's1', '2026-06-01T00:00:00+02:00', { kind: 'spend-cap' });
    expect(await members.send(member, [service('s1'), known, asked, used, late])).toEqual({ accepted: 5 });
    await member.intake!.moveClock(Date.parse('2026-07-03T00:00:00+02:00'));
    await members.quiet();
    const year = { from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2027-01-01T00:00:00Z') };
    const config = members.config();
    const of = (withContacts: boolean) => reportNotices(config, { ...year, format: 'ndjson', withContacts });
    const notices = (await of(true)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(notices.map(({ template }) => template)).toEqual(
      expect.arrayContaining(['spend-bar-set', 'spend-warning', 'spend-barred', 'spend-bar-lifted']),
    );
    for (const notice of notices)
      expect(notice).toMatchObject({ service: 's1', name: 'Petra', number: contact.msisdn });
    expect((await of(false)).join()).not.toContain('Petra');
    const { lines, unknown } = await reportLateUsage(config, loadPacks([OWN_PACKS]), { ...year, format: 'ndjson' });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { service: 's1', cycleFrom: '2026-06-01T00:00:00+02:00', records: 1, charge, events: ['test#late'] },
    ]);
    expect(unknown).toBe(0);
  });

  it('dead-letters: with the private key, and not with another one', { timeout: 120_000 }, async () => {
    const member = await members.start();
    await members.send(member, ['{"no":"event"}']);
    const { letters, closed } = await readDeadLetters(members.config(), members.keys.privateFile);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.data.event).toEqual({ no: 'event' });
    expect(closed).toBe(0);
    const other = makeKeyPair(`${members.folder}/other`);
    expect(await readDeadLetters(members.config(), other.privateFile)).toEqual({ letters: [], closed: 1 });
    await expect(readDeadLetters(members.config())).rejects.toThrow(/name the private key .* with --key/);
  });
});
