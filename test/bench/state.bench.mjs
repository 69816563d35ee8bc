/**
 * What one service takes: bytes of the process and bytes in the store, for one that is only known, one in use, and one that is
 * abroad every other day. Of each kind there are some, in front of as many idle ones as a task holds open, so that they are folded, as
 * nearly all of a large task are.
 *   node --expose-gc test/bench/state.bench.mjs [--services 300] [--days 140] [--records 6]
 */
import { parseArgs } from 'node:util';
import { MemoryLog } from '../../dist/pipelines/io/log-memory.js';
import { MemoryStore } from '../../dist/pipelines/io/store-memory.js';
import { makeKind } from '../../dist/pipelines/runtime/kinds.js';
import { NetworkSource } from '../../dist/pipelines/runtime/network-source.js';
import { loadPacks, OWN_PACKS } from '../../dist/pipelines/runtime/packs.js';
import { Replay } from '../../dist/pipelines/runtime/replay.js';
import { Task } from '../../dist/pipelines/runtime/task.js';
import { TICK_KEY, TOPICS, toBytes, topicCounts } from '../../dist/pipelines/runtime/topics.js';

const number = (of) => ({ type: 'string', default: String(of) });
const { values } = parseArgs({ options: { services: number(300), days: number(140), records: number(6) } });
const [SERVICES, DAYS, RECORDS] = [values.services, values.days, values.records].map(Number);
/** More than a task holds open, and so many that those are few among them. */
const IDLE = 4_200;
const MANY_IDLE = 60_000;
const BEGIN = Date.parse('2026-01-01T00:00:00+01:00');
const HOUR = 3_600_000;
const KINDS = ['idle', 'active', 'roaming'];

const iso = (at) => new Date(at).toISOString();
const event = (type, subject, at, data) => {
  const time = iso(at);
  return { specversion: '1.0', id: `${type}-${subject}-${time}`, source: 'bench', type, subject, time, data };
};
const known = (subject, at = BEGIN) =>
  event('service.upserted', subject, at, {
    operator: 'a1-rs',
    kind: 'mobile',
    customerId: `c-${subject}`,
    payment: 'postpaid',
    activeFrom: iso(BEGIN - 2_000 * HOUR),
    monthlyFee: { amount: '1499.00', currency: 'RSD' },
    billingDay: 17,
    tariffId: 'plus',
    limits: { daily: { charge: { amount: '500.00', currency: 'RSD' } } },
    servedBy: ['cell-17', 'cell-18'],
    language: 'sr-Latn',
    notifyBy: ['sms'],
  });

/** One record of use, in turn a call, a message and a session of data. */
function used(subject, at, n, country) {
  const kind = ['voice', 'sms', 'data'][n % 3];
  const amount = { voice: { seconds: 60 + (n % 200) }, sms: { messages: 1 }, data: { bytes: 1_000_000 + n } }[kind];
  return event('usage.recorded', subject, at, {
    kind,
    direction: n % 4 === 0 ? 'in' : 'out',
    ...amount,
    charge: { amount: `${n % 7}.50`, currency: 'RSD' },
    country,
  });
}

/** The story of services of one kind, by the hour, and after it the idle ones that push them out of the open. */
function* story(kind, others = IDLE) {
  for (let i = 0; i < SERVICES; i++) yield known(`${kind}-${i}`);
  for (let day = 0; day < DAYS && kind !== 'idle'; day++) {
    const country = kind === 'roaming' && day % 2 === 1 ? 'BA' : 'RS';
    for (let n = 0; n < RECORDS; n++) {
      const at = BEGIN + (24 * day + 8 + n) * HOUR;
      for (let i = 0; i < SERVICES; i++) yield used(`${kind}-${i}`, at + i, day * RECORDS + n, country);
    }
  }
  const end = BEGIN + 24 * DAYS * HOUR;
  for (let i = 0; i < others; i++) yield known(`other-${i}`, end);
}

/** Bytes of the heap that a story leaves behind. */
function heapOf(kind, packs, others) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const replay = new Replay({ packs, decided: () => {} });
  let line = 0;
  for (const one of story(kind, others)) replay.line(JSON.stringify(one), ++line);
  replay.finish(BEGIN + 24 * DAYS * HOUR + HOUR);
  globalThis.gc();
  const bytes = process.memoryUsage().heapUsed - before;
  if (replay.counts.rejected > 0) throw new Error('an event of the bench was rejected');
  return bytes;
}

/** Bytes of keys and values that the store holds of the services of the kind: all but what was seen. */
async function storedOf(kind, packs) {
  const partitions = { service: 1, element: 1, facts: 1, decisions: 1 };
  const [log, store] = [new MemoryLog(), new MemoryStore()];
  for (const [topic, count] of topicCounts(partitions)) await log.ensureTopic(topic, count);
  const to = { topic: TOPICS.serviceEvents, partition: 0 };
  let tick = 0;
  for (const one of story(kind)) {
    const wire = { ...one, recordedtime: one.time };
    await log.append(to, [{ key: one.subject, value: toBytes(wire) }]);
    if (!one.subject.endsWith('-0')) continue;
    tick += 1;
    await log.append(to, [{ key: TICK_KEY, value: toBytes({ tick, clock: Date.parse(one.time) }) }]);
    const told = { tick, told: { is: 'frontier', partition: 0, tick, clock: Date.parse(one.time) } };
    await log.append({ topic: TOPICS.network, partition: 0 }, [{ key: 'frontier/0', value: toBytes(told) }]);
  }
  const given = { network: new NetworkSource(log), store, packs, partitions, seal: (bytes) => bytes, live: false };
  const task = await Task.acquire(
    'service-0',
    { log, store, now: () => performance.now(), owner: 'bench' },
    makeKind('service', given, 0),
  );
  const end = await log.end(to);
  while (task.offset < end) await task.step();
  await task.settle();
  let bytes = 0;
  for await (const [key, value] of store.entries('service-0', '')) {
    if (/^[su]\//.test(key) && key.includes(`${kind}-`)) bytes += key.length + value.length;
  }
  return bytes;
}

if (!globalThis.gc) throw new Error('node --expose-gc test/bench/state.bench.mjs');
const packs = loadPacks([OWN_PACKS]);
heapOf('idle', packs);
const heap = {};
const stored = {};
for (const kind of KINDS) {
  heap[kind] = heapOf(kind, packs);
  stored[kind] = await storedOf(kind, packs);
}
// What all have in common is that of idle ones that are folded.
const idle = (heapOf('idle', packs, MANY_IDLE) - heap.idle) / (MANY_IDLE - IDLE);
console.log(`${SERVICES} services each, folded; ${DAYS} days with ${RECORDS} records a day`);
console.log('| a service that is | bytes of the process | bytes in the store |');
console.log('| --- | --- | --- |');
for (const kind of KINDS) {
  const own = idle + (heap[kind] - heap.idle) / SERVICES;
  console.log(`| ${kind} | ${Math.round(own)} | ${Math.round(stored[kind] / SERVICES)} |`);
}
