/**
 * A bare consumer: kafkajs eachBatch and JSON.parse, and nothing else. What any Node process pays before it begins to think.
 *   node test/bench/usage/drain.mjs '{"brokers":"127.0.0.1:9092","topic":"service-events","records":305248}'
 */
import { client } from './topic.mjs';

const { brokers, topic, records } = JSON.parse(process.argv[2]);
const consumer = client(brokers).consumer({ groupId: `bench-drain-${process.pid}-${Date.now()}` });
let began = 0;
let seen = 0;
let bytes = 0;
consumer.on(consumer.events.CRASH, ({ payload }) => {
  // Some it mends by itself: it begins anew.
  if (!payload.restart) throw payload.error;
});
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch, resolveOffset }) => {
    began ||= performance.now();
    for (const { value } of batch.messages) {
      if (typeof JSON.parse(value.toString()) !== 'object') throw new Error('a record is no JSON object');
      bytes += value.length;
    }
    resolveOffset(batch.lastOffset());
    seen += batch.messages.length;
    if (seen < records) return;
    console.log(JSON.stringify({ seconds: (performance.now() - began) / 1_000, records: seen, bytes }));
    process.exit(0);
  },
});
