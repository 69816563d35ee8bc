/** `dozor explain` finds a decision wherever it stands: in the index, beyond it, or with no index at all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain, findDecision } from '../../../pipelines/commands/explain.js';
import { printOf } from '../../../pipelines/domain/usage/packed.js';
import { DecisionIndex } from '../../../pipelines/io/decision-index.js';
import { type Embedded, openEmbedded } from '../../../pipelines/io/embedded.js';
import type { Log } from '../../../pipelines/io/log.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { partitionOf, TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';
import { Projection } from '../../../pipelines/views/projection.js';
import { GappyLog } from '../io/log-gappy.js';

const COUNT = 4;
let folder: string;
let index: DecisionIndex | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-explain-'));
  index = undefined;
});
afterEach(async () => {
  await index?.close();
  rmSync(folder, { recursive: true });
});

const wireOf = (id: string, data: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'dozor',
  type: 'credit.granted',
  subject: `s-${id}`,
  time: '2026-06-13T00:00:00+02:00',
  data,
});

async function decide(log: Log, ids: readonly string[]): Promise<void> {
  await log.ensureTopic(TOPICS.decisions, COUNT);
  for (const id of ids) {
    const wire = wireOf(id);
    const partition = partitionOf(wire.subject, COUNT);
    await log.append({ topic: TOPICS.decisions, partition }, [{ key: wire.subject, value: toBytes(wire) }]);
  }
}

async function project(log: Log): Promise<DecisionIndex> {
  index ??= new DecisionIndex(join(folder, 'index'));
  const packs = loadPacks([OWN_PACKS]);
  const projection = new Projection({ log, index, packs, partitions: { facts: 0, decisions: COUNT } });
  await projection.warm();
  while (await projection.catchUp());
  return index;
}

const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('a decision', () => {
  it('is found without an index, on a log with gaps, in any partition', async () => {
    const log = new GappyLog();
    await decide(log, ids(40, 'd'));
    for (const id of ids(40, 'd')) expect((await findDecision(id, log, undefined))?.id).toBe(id);
    expect(await findDecision('none', log, undefined)).toBeUndefined();
  });

  it('that the index has costs no reading; one beyond it is read from where the index ends', async () => {
    const log = new GappyLog();
    await decide(log, ids(40, 'd'));
    const indexed = await project(log);
    await decide(log, ids(10, 'late'));
    log.reads.length = 0;
    expect((await findDecision('d7', log, indexed))?.id).toBe('d7');
    expect(log.reads).toEqual([]);
    for (const id of ids(10, 'late')) expect((await findDecision(id, log, indexed))?.id).toBe(id);
    for (const { partition, from } of log.reads) expect(from).toBeGreaterThanOrEqual(indexed.offset(partition)!);
  });

  it('is found though the index is of a longer log', async () => {
    const other = new GappyLog();
    await decide(other, ids(40, 'd'));
    const indexed = await project(other);
    const log = new GappyLog();
    await decide(log, ids(4, 'new'));
    for (const id of ids(4, 'new')) expect((await findDecision(id, log, indexed))?.id).toBe(id);
  });

  it('is found though the index takes it in just then', async () => {
    const log = new GappyLog();
    await decide(log, ids(4, 'd'));
    const indexed = await project(log);
    await decide(log, ['late']);
    // The running process is faster: it moves the offset after the index was asked and before the log is.
    const faster: Log = Object.assign(Object.create(log) as Log, {
      partitions: async (topic: string) => {
        await project(log);
        return log.partitions(topic);
      },
      start: log.start.bind(log),
      end: log.end.bind(log),
      read: log.read.bind(log),
    });
    expect((await findDecision('late', faster, indexed))?.id).toBe('late');
  });
});

describe('the command', () => {
  const options = () => ({ dataFolder: folder, packFolders: [OWN_PACKS], json: true });
  let embedded: Embedded | undefined;
  beforeEach(() => {
    embedded = undefined;
  });
  afterEach(() => embedded?.close());

  it('shows it with its events, before there is an index and beside the process that makes one', async () => {
    embedded = await openEmbedded(folder);
    const { log } = embedded;
    const event = { id: 'e1', source: 'noc', type: 'fault.opened', subject: 'cell-1', time: '2026-06-10T00:00:00Z' };
    const wire = wireOf('a', { because: { events: ['noc#e1', 'noc#e2'] } });
    for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) await log.ensureTopic(topic, 1);
    await log.append({ topic: TOPICS.elementEvents, partition: 0 }, [{ key: 'cell-1', value: toBytes(event) }]);
    await log.ensureTopic(TOPICS.decisions, COUNT);
    await log.append({ topic: TOPICS.decisions, partition: 2 }, [{ key: wire.subject, value: toBytes(wire) }]);
    const expected = { decision: wire, events: [event] };
    expect(JSON.parse(await explain({ id: 'a', ...options() }))).toEqual(expected);
    await project(log);
    expect(JSON.parse(await explain({ id: 'a', ...options() }))).toEqual(expected);
    await expect(explain({ id: 'b', ...options() })).rejects.toThrow(`there is no decision b in ${folder}`);
  });

  it('shows the records that a flag names by what is held of them, and no others', async () => {
    embedded = await openEmbedded(folder);
    const { log } = embedded;
    const record = (id: string, subject = 's-a') => ({
      ...{ id, source: 'cdr', type: 'usage.recorded', subject, time: '2026-06-10T00:00:00Z' },
      data: { kind: 'sms' },
    });
    const name = (ref: string) => Buffer.from(printOf(ref), 'latin1').toString('hex');
    const wire = { ...wireOf('a', { evidence: [name('cdr#1'), name('cdr#3')] }), type: 'usage.flagged' };
    for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) await log.ensureTopic(topic, 1);
    const told = [record('1'), record('2'), record('3', 's-b')];
    const lines = told.map((one) => ({ key: one.subject, value: toBytes(one) }));
    await log.append({ topic: TOPICS.serviceEvents, partition: 0 }, lines);
    await log.ensureTopic(TOPICS.decisions, COUNT);
    await log.append({ topic: TOPICS.decisions, partition: 2 }, [{ key: wire.subject, value: toBytes(wire) }]);
    const shown = JSON.parse(await explain({ id: 'a', ...options() })) as { events: unknown };
    expect(shown.events).toEqual([record('1')]);
    expect(await explain({ id: 'a', ...options(), json: false })).toContain('(1 of 2 on the log)');
  });

  it('says where there is no installation', async () => {
    await expect(explain({ id: 'a', ...options() })).rejects.toThrow(`there is no installation in ${folder}`);
  });
});
