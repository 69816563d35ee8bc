/** Source events of a decision on a log: its own partition first, within bounds, and nothing of how somebody is reached. */
import { beforeEach, expect, it } from 'vitest';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { partitionOf, TICK_KEY, TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';
import { SourceEventFinder } from '../../../pipelines/views/source-events.js';

const PARTITIONS = 4;
let log: MemoryLog;

beforeEach(async () => {
  log = new MemoryLog({ now: () => 0 });
  for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) await log.ensureTopic(topic, PARTITIONS);
});

const event = (id: string, subject: string, hour: number, data: object = {}) => ({
  specversion: '1.0',
  id,
  source: 'noc',
  type: 'fault.opened',
  subject,
  time: `2026-06-10T${String(hour).padStart(2, '0')}:00:00Z`,
  data,
});
const put = (topic: string, ...events: readonly ReturnType<typeof event>[]) =>
  Promise.all(
    events.map((one) =>
      log.append({ topic, partition: partitionOf(one.subject, PARTITIONS) }, [
        { key: one.subject, value: toBytes(one) },
      ]),
    ),
  );
const decision = (...events: readonly string[]) => ({
  id: 'd',
  type: 'credit.granted',
  subject: 's1',
  time: '2026-06-12T00:00:00Z',
  data: { because: { events, nested: { record: 'noc#r' } } },
});

it('are found wherever they are, in order of their time, ticks passed over', async () => {
  await put(TOPICS.elementEvents, event('f', 'cell-1', 9, { faultId: 'f1' }), event('x', 'cell-2', 9));
  await put(
    TOPICS.serviceEvents,
    event('r', 's1', 8),
    event('u', 's1', 7, { operator: 'a1-rs', contact: { msisdn: '1' } }),
  );
  const own = { topic: TOPICS.serviceEvents, partition: partitionOf('s1', PARTITIONS) };
  await log.append(own, [{ key: TICK_KEY, value: toBytes({ tick: 1, clock: null }) }]);
  const { named, events } = await new SourceEventFinder(log).find(decision('noc#f', 'noc#u'));
  expect([named, events.map(({ id }) => id)]).toEqual([3, ['u', 'r', 'f']]);
  expect(events[0]!.data).toEqual({ operator: 'a1-rs' });
});

it('that lie too far back are not found, and it is said how many there should be', async () => {
  const of = { topic: TOPICS.serviceEvents, partition: partitionOf('s1', PARTITIONS) };
  await put(TOPICS.serviceEvents, event('old', 's1', 1));
  const others = Array.from({ length: 200_000 }, (_, i) => ({ key: 's1', value: toBytes(event(`o${i}`, 's1', 2)) }));
  await log.append(of, others);
  await put(TOPICS.serviceEvents, event('r', 's1', 3));
  const { named, events } = await new SourceEventFinder(log).find(decision('noc#old'));
  expect([named, events.map(({ id }) => id)]).toEqual([2, ['r']]);
});

it('of a decision that names none are none, without a look at the log', async () => {
  const finder = new SourceEventFinder(log);
  log.read = () => Promise.reject(new Error('nobody should look'));
  await put(TOPICS.serviceEvents, event('r', 's1', 3));
  expect(await finder.find({ ...decision(), data: {} })).toEqual({ named: 0, events: [] });
});
