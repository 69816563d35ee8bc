/**
 * Faults planted into the engine at run time, one at a time, to prove that the simulator can fail: wrappers of what a task is
 * given, and patches of its classes that are taken back after the run. Each breaks one promise of the design.
 */
import type { NetworkRecord } from '../../pipelines/domain/network.js';
import { FOREVER, type Instant } from '../../pipelines/domain/units.js';
import type { NewRecord, TopicPartition } from '../../pipelines/io/log.js';
import type { Change, Ownership, Store } from '../../pipelines/io/store.js';
import { encode as pack, decode as unpack } from '../../pipelines/runtime/codec.js';
import { CollectorKind } from '../../pipelines/runtime/kinds.js';
import { NetworkFeed } from '../../pipelines/runtime/network-feed.js';
import { ServiceLogic } from '../../pipelines/runtime/service-logic.js';
import type { Letter } from '../../pipelines/runtime/task.js';
import { fromBytes, TOPICS, type Told } from '../../pipelines/runtime/topics.js';
import type { Plant } from './faults.js';
import { Trouble } from './world.js';

/** The same thing, but for some of its methods. */
function but<T extends object>(thing: T, methods: Partial<T>): T {
  return new Proxy(thing, {
    get(target, name) {
      const own = methods[name as keyof T];
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function withCommit(change: (given: Change) => Change): (store: Store) => Store {
  return (store) => but(store, { commit: (by, given) => store.commit(by, change(given)) });
}

/** A change with some of what is saved written otherwise, or left out. */
function rewritten(given: Change, rewrite: (key: string, value: Uint8Array) => Uint8Array | undefined): Change {
  const puts = new Map<string, Uint8Array>();
  for (const [key, value] of given.puts) {
    const next = rewrite(key, value);
    if (next) puts.set(key, next);
  }
  return { puts, deletes: given.deletes };
}

/** Services, and what is watched of elements and alarms: what has timers. */
const TIMED = /^[sal]\//;

function withField(prefix: RegExp, fields: Record<string, unknown>): (store: Store) => Store {
  return withCommit((given) =>
    rewritten(given, (key, value) =>
      prefix.test(key) ? pack({ ...(unpack(value) as Record<string, unknown>), ...fields }) : value,
    ),
  );
}

function patched<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => T[K]): () => void {
  const original = target[name];
  target[name] = make(original);
  return () => {
    target[name] = original;
  };
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'the store takes a commit from anybody',
    within: 40,
    store: (store) =>
      but(store, {
        commit: async (by: Ownership, change: Change) => store.commit((await store.ownership(by.task))!, change),
      }),
  },
  {
    name: 'letters leave before they are saved',
    within: 5,
    store: (store, actor) =>
      but(store, {
        commit: async (by: Ownership, change: Change) => {
          for (const [key, value] of change.puts) {
            if (!key.startsWith('outbox/')) continue;
            const { topic, partition, ...record } = unpack(value) as Letter;
            await actor.log.append({ topic, partition }, [record]);
          }
          return store.commit(by, change);
        },
      }),
  },
  {
    name: 'state is not saved with the offset',
    within: 20,
    store: withCommit((given) => rewritten(given, (key, value) => (key.startsWith('s/') ? undefined : value))),
  },
  {
    name: 'events that wait for an inventory are not saved',
    within: 100,
    store: withCommit((given) => rewritten(given, (key, value) => (key.startsWith('w/') ? undefined : value))),
  },
  {
    name: 'facts that wait for other tasks are not saved',
    within: 100,
    store: withCommit((given) => rewritten(given, (key, value) => (key === 'ahead' ? undefined : value))),
  },
  {
    name: 'timers are not saved',
    within: 100,
    rough: true,
    store: withField(TIMED, { due: undefined }),
  },
  {
    name: 'that something has still to be judged is not saved',
    within: 60,
    rough: true,
    store: withField(TIMED, { dirty: false }),
  },
  {
    name: 'when a service was judged last is not saved',
    within: 400,
    rough: true,
    store: withField(/^s\//, { at: 'no-instant' }),
  },
  {
    name: 'the outbox is forgotten in a crash',
    within: 40,
    store: (store) =>
      but(store, {
        async *entries(task: string, prefix: string) {
          for await (const entry of store.entries(task, prefix)) if (!entry[0].startsWith('outbox/')) yield entry;
        },
      }),
  },
  {
    name: 'a record is skipped after a crash',
    within: 40,
    store: (store, actor) =>
      but(store, {
        async *entries(task: string, prefix: string) {
          for await (const [key, value] of store.entries(task, prefix)) {
            const meta = key === 'meta' ? (unpack(value) as { offset: number }) : undefined;
            const more = meta !== undefined && meta.offset < (await actor.log.end(actor.input));
            yield [key, more ? pack({ ...meta, offset: meta.offset + 1 }) : value] as const;
          }
        },
      }),
  },
  {
    name: 'what was seen is saved apart from what it guards',
    within: 200,
    store: (store) =>
      but(store, {
        commit: async (by: Ownership, change: Change) => {
          const seen = rewritten(change, (key, value) => (key.startsWith('n/') ? value : undefined));
          const own = await store.commit(by, { puts: seen.puts, deletes: new Set() });
          return store.commit(
            own,
            rewritten(change, (key, value) => (key.startsWith('n/') ? undefined : value)),
          );
        },
      }),
  },
  {
    name: 'what was seen is not asked for',
    within: 60,
    store: (store) => but(store, { get: async (_, keys) => keys.map(() => undefined) }),
  },
  {
    name: 'a commit that was lost is taken for done',
    within: 60,
    store: (store) =>
      but(store, {
        commit: async (by: Ownership, change: Change) => {
          try {
            return await store.commit(by, change);
          } catch (error) {
            if (!(error instanceof Trouble)) throw error;
            return (await store.ownership(by.task))!;
          }
        },
      }),
  },
  {
    name: 'a record that was lost is taken for sent',
    within: 100,
    log: (log) =>
      but(log, {
        append: async (to: TopicPartition, records: readonly NewRecord[]) => {
          try {
            return await log.append(to, records);
          } catch (error) {
            if (error instanceof Trouble) return 0;
            throw error;
          }
        },
      }),
  },
  {
    name: 'the frontier is written before its records',
    within: 200,
    log: (log) =>
      but(log, {
        append: async (to: TopicPartition, records: readonly NewRecord[]) => {
          if (to.topic !== TOPICS.network) return log.append(to, records);
          const isFrontier = ({ value }: NewRecord) => (fromBytes(value) as Told<NetworkRecord>).told.is === 'frontier';
          const frontiers = records.filter(isFrontier);
          if (frontiers.length > 0) await log.append(to, frontiers);
          const rest = records.filter((record) => !isFrontier(record));
          return rest.length > 0 ? log.append(to, rest) : 0;
        },
      }),
  },
  {
    name: 'the clock does not wait for the network',
    within: 20,
    kind: (kind) =>
      but(kind, {
        ready: async (tick) => (await kind.ready(tick)) || true,
        clockOfOthers: () => FOREVER,
      }),
  },
  {
    name: 'the clock is that of the own partition alone',
    within: 200,
    kind: (kind) => but(kind, { clockOfOthers: () => FOREVER }),
  },
  {
    name: 'the network is taken in ahead of its tick',
    within: 60,
    patch: () =>
      patched(
        NetworkFeed.prototype,
        'take',
        (take) =>
          function (this: NetworkFeed) {
            return take.call(this, FOREVER);
          },
      ),
  },
  {
    name: 'a tick moves the clock twice as far',
    within: 20,
    kind: (kind) => {
      let last: Instant | undefined;
      return but(kind, {
        *advance(tick: number, to: Instant) {
          yield* kind.advance(tick, to);
          if (last !== undefined && Number.isFinite(last)) yield* kind.advance(tick, to + (to - last));
          last = to;
        },
      });
    },
  },
  {
    name: 'what a group saw is saved before its members are judged',
    within: 400,
    rough: true,
    patch: () =>
      patched(
        ServiceLogic.prototype,
        'takeChanges',
        (take) =>
          function (this: ServiceLogic) {
            this.finishTick();
            return take.call(this);
          },
      ),
  },
  {
    name: 'incidents are counted anew after a crash',
    within: 100,
    store: withCommit((given) => rewritten(given, (key, value) => (key.startsWith('i/') ? undefined : value))),
  },
  {
    name: 'a collector does not wait for all tasks',
    within: 100,
    patch: () => {
      const original = Object.getOwnPropertyDescriptor(CollectorKind.prototype, 'reached')!;
      const reached = function (this: CollectorKind) {
        return original.get!.call(this) === undefined ? undefined : { tick: FOREVER, clock: FOREVER };
      };
      Object.defineProperty(CollectorKind.prototype, 'reached', { configurable: true, get: reached });
      return () => Object.defineProperty(CollectorKind.prototype, 'reached', original);
    },
  },
];
