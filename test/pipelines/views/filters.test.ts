/** Decisions by incident, clause, operator and reason: what the index knows and what is looked through, page by page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DecisionQuery } from '../../../pipelines/http/ports.js';
import { queryOf } from '../../../pipelines/http/query.js';
import { DecisionIndex } from '../../../pipelines/io/decision-index.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';
import { incidentsOf } from '../../../pipelines/views/incidents.js';
import { Projection } from '../../../pipelines/views/projection.js';

const JUNE = Date.UTC(2026, 5, 1);
let folder: string;
let log: MemoryLog;
let index: DecisionIndex;
let projection: Projection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-filters-'));
  log = new MemoryLog();
  await log.ensureTopic(TOPICS.decisions, 1);
  await log.ensureTopic(TOPICS.facts, 1);
  index = new DecisionIndex(join(folder, 'index'));
  projection = new Projection({
    log,
    index,
    packs: loadPacks([OWN_PACKS]),
    partitions: { facts: 1, decisions: 1 },
  });
  await projection.warm();
});
afterEach(async () => {
  await index.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

async function decide(id: string, subject: string, type: string, data: object): Promise<void> {
  const wire = { id, subject, type, time: new Date(JUNE + Number(id.replace(/\D/g, '')) * 1_000).toISOString(), data };
  await log.append({ topic: TOPICS.decisions, partition: 0 }, [{ key: subject, value: toBytes(wire) }]);
}

async function ids(query: Partial<DecisionQuery>): Promise<string[]> {
  while (await projection.catchUp());
  const { decisions } = await projection.decisions({ limit: 100, ...query });
  return decisions.map(({ id }) => id);
}

it('are about the faults that they name, and a notice about those of its decision', async () => {
  const fault = { from: '2026-06-01T00:00:00+02:00', fault: 'cell-1/f1' };
  await decide('d1', 's1', 'credit.granted', { outageId: 's1:cell-1/f1', because: { faults: [fault] } });
  await decide('d2', 's1', 'notice.requested', { because: { decision: 'd1', type: 'credit.granted' } });
  await decide('d3', 's2', 'outage.confirmed', { outageId: 's2:cell-1/f1:2', because: {} });
  await decide('d4', 'a1-rs', 'notice.requested', { incident: 'cell-1/f1', because: {} });
  await decide('d5', 's3', 'credit.granted', { outageId: 's3:cell-2/f1', because: {} });
  expect(await ids({ incident: 'cell-1/f1' })).toEqual(['d4', 'd3', 'd2', 'd1']);
  expect(await ids({ incident: 'cell-1/f1', type: 'credit.granted' })).toEqual(['d1']);
  expect(await ids({ incident: 'cell-1/f1', subject: 's1' })).toEqual(['d2', 'd1']);
  expect(await ids({ incident: 'cell-1' })).toEqual([]);
  // A notice that comes in a later read finds its decision in the index.
  await decide('d6', 's2', 'notice.requested', { because: { decision: 'd3' } });
  expect(await ids({ incident: 'cell-1/f1', subject: 's2', order: 'oldest' })).toEqual(['d3', 'd6']);
});

it('take the name of a service that has colons off the outage', () => {
  expect(incidentsOf({ subject: 'a:b', data: { outageId: 'a:b:cell:1/f:2' } })).toEqual(['cell:1/f']);
  expect(incidentsOf({ subject: 'other', data: { outageId: 'a:b:cell:1/f' } })).toEqual([]);
});

it('are found by clause, operator and reason, and a page that finds little names where to go on', async () => {
  for (let i = 1; i <= 30; i++) {
    const data = { operator: i % 2 ? 'a1-rs' : 'truf-rs', clause: i === 3 ? 'A1 3.3' : 'A1 14.1', reason: `r${i % 3}` };
    await decide(`d${i}`, `s${i}`, 'bar.applied', data);
  }
  expect(await ids({ clause: 'A1 3.3' })).toEqual(['d3']);
  expect(await ids({ operator: 'truf-rs', reason: 'r1', order: 'oldest' })).toEqual(['d4', 'd10', 'd16', 'd22', 'd28']);
  const first = await projection.decisions({ operator: 'a1-rs', limit: 10 });
  expect(first.decisions).toHaveLength(10);
  const second = await projection.decisions({ operator: 'a1-rs', limit: 10, after: first.next! });
  expect([...first.decisions, ...second.decisions].map(({ id }) => id)).toEqual(await ids({ operator: 'a1-rs' }));
  expect(second.next).toBeUndefined();
});

it('are asked for by name, and an empty name is refused', () => {
  expect(queryOf(new URLSearchParams('incident=cell-1/f1&clause=A1 3.3'))).toMatchObject({
    incident: 'cell-1/f1',
    clause: 'A1 3.3',
  });
  expect(() => queryOf(new URLSearchParams('incident='))).toThrow('incident is empty');
});
