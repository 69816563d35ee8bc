/**
 * Dozor's engine alone: the service tasks on a log and a store in memory, all in this process. The ceiling of the code.
 *   node test/bench/usage/engine.mjs '{"services":5000,"events":300000,"partitions":8,"tickEvents":10000}'
 * Prints one line of JSON when every task has read its input to the end and committed it.
 */
import { MemoryLog } from '../../../dist/pipelines/io/log-memory.js';
import { MemoryStore } from '../../../dist/pipelines/io/store-memory.js';
import { makeKind } from '../../../dist/pipelines/runtime/kinds.js';
import { NetworkSource } from '../../../dist/pipelines/runtime/network-source.js';
import { loadPacks, OWN_PACKS } from '../../../dist/pipelines/runtime/packs.js';
import { Task } from '../../../dist/pipelines/runtime/task.js';
import { TOPICS, topicCounts } from '../../../dist/pipelines/runtime/topics.js';
import { partitionsOf, recordCount, story } from './story.mjs';

const size = JSON.parse(process.argv[2]);
const partitions = partitionsOf(size);
const log = new MemoryLog();
const store = new MemoryStore();
for (const [topic, count] of topicCounts(partitions)) await log.ensureTopic(topic, count);
for (const { topic, partition, key, value } of story(size)) await log.append({ topic, partition }, [{ key, value }]);

const packs = loadPacks([OWN_PACKS]);
const given = { network: new NetworkSource(log), store, packs, partitions, seal: (bytes) => bytes, live: false };
const env = { log, store, now: () => performance.now(), owner: 'bench' };
const running = [];
for (let partition = 0; partition < partitions.service; partition += 1) {
  const kind = makeKind('service', given, partition);
  running.push({ kind, task: await Task.acquire(`service-${partition}`, env, kind) });
}

/** As a process runs its tasks: after each piece of work the others have their turn. */
async function run({ kind, task }) {
  const end = await log.end(kind.input);
  while (task.offset < end) {
    if ((await task.step()) === 'lost') throw new Error(`${task.name} was lost`);
    await new Promise((next) => setImmediate(next));
  }
  await task.settle();
}

const began = performance.now();
await Promise.all(running.map(run));
const seconds = (performance.now() - began) / 1_000;

const taken = running.reduce((sum, { kind }) => sum + kind.intake.counts.taken, 0);
if (taken !== size.services + size.events) {
  throw new Error(`${taken} events were taken of ${size.services + size.events}`);
}
const decisions = await log.end({ topic: TOPICS.decisions, partition: 0 });
console.log(JSON.stringify({ records: recordCount(size), seconds, decisions }));
