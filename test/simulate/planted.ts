/**
 * Faults planted into the engine, one at a time, to prove that the simulator can fail. Each breaks one promise of the design;
 * `within` says in how many seeds it must be found.
 */
import { FOREVER } from '../../pipelines/domain/units.js';
import type { Log } from '../../pipelines/io/log.js';
import type { Store } from '../../pipelines/io/store.js';
import { decode, encode } from '../../pipelines/runtime/codec.js';
import { ServiceKind } from '../../pipelines/runtime/kinds.js';
import { NetworkFeed } from '../../pipelines/runtime/network-feed.js';
import type { Kind } from '../../pipelines/runtime/task.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';
import type { Plant } from './faults.js';

/** A thing like another, with some of its methods replaced. Private fields stay with the one it is like. */
function like<T extends object>(whole: T, other: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const value = name in other ? Reflect.get(other, name) : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(name in other ? other : target) : value;
    },
  });
}

type Saved = Record<string, unknown>;

/** What is saved of each service, changed before it is saved. */
function savedOtherwise(kind: Kind, change: (saved: Saved) => Saved): Kind {
  return like(kind, {
    takeChanges() {
      const changes = kind.takeChanges();
      for (const [key, value] of changes) {
        if (key.startsWith('s/') && value) changes.set(key, encode(change(decode(value) as Saved)));
      }
      return changes;
    },
  });
}

function without(kind: Kind, forgotten: (key: string) => boolean): Kind {
  return like(kind, {
    takeChanges() {
      const changes = kind.takeChanges();
      for (const key of [...changes.keys()]) if (forgotten(key)) changes.delete(key);
      return changes;
    },
  });
}

export const PLANTS: readonly Plant[] = [
  {
    name: 'the condition of the commit is dropped: a zombie overwrites its successor',
    within: 400,
    store: (store) =>
      like<Store>(store, {
        async commit(by, change) {
          const stands = (await store.ownership(by.task)) ?? by;
          await store.commit(stands, change);
          return { ...by, sequence: by.sequence + 1 };
        },
      }),
  },
  {
    name: 'letters leave before they are saved',
    within: 60,
    kind: (kind, actor) =>
      like(kind, {
        takeLetters() {
          for (const { topic, partition, key, value } of kind.takeLetters()) {
            void actor.straight.append({ topic, partition }, [{ key, value }]).catch(() => {});
          }
          return [];
        },
      }),
  },
  {
    name: 'the outbox is not sent again after a crash',
    within: 60,
    store: (store) =>
      like<Store>(store, {
        async *entries(task, prefix) {
          for await (const entry of store.entries(task, prefix)) if (!entry[0].startsWith('outbox/')) yield entry;
        },
      }),
  },
  {
    name: 'timers are not saved',
    within: 2_000,
    kind: (kind) => (kind instanceof ServiceKind ? savedOtherwise(kind, ({ due: _, ...saved }) => saved) : kind),
  },
  {
    name: 'that a service waits to be looked at is not saved',
    within: 400,
    kind: (kind) =>
      kind instanceof ServiceKind ? savedOtherwise(kind, (saved) => ({ ...saved, dirty: false })) : kind,
  },
  {
    name: 'state is not saved with the offset',
    within: 60,
    kind: (kind) => (kind instanceof ServiceKind ? without(kind, (key) => key.startsWith('s/')) : kind),
  },
  {
    name: 'the clock is not held back by the network',
    within: 100,
    kind: (kind) => (kind instanceof ServiceKind ? like<Kind>(kind, { ready: async () => true }) : kind),
  },
  {
    name: "the clock is not the least of the inputs'",
    within: 1_500,
    kind: (kind) => (kind instanceof ServiceKind ? like<Kind>(kind, { clockOfOthers: () => FOREVER }) : kind),
  },
  {
    name: 'network records are taken ahead of their tick',
    within: 400,
    patch() {
      const { take } = NetworkFeed.prototype;
      NetworkFeed.prototype.take = function ahead(this: NetworkFeed) {
        return take.call(this, FOREVER);
      };
      return () => {
        NetworkFeed.prototype.take = take;
      };
    },
  },
  {
    name: 'the frontier is written before its records',
    within: 200,
    log: (log) =>
      like<Log>(log, {
        async append(to, records) {
          if (to.topic !== TOPICS.network) return log.append(to, records);
          const first = records.filter(({ key }) => key.startsWith('frontier'));
          const offset = await log.append(to, first);
          await log.append(
            to,
            records.filter((record) => !first.includes(record)),
          );
          return offset;
        },
      }),
  },
  {
    name: 'what was seen is forgotten',
    within: 200,
    kind: (kind) => without(kind, (key) => key.startsWith('n/')),
  },
  {
    name: 'events that wait for an inventory are not saved',
    within: 200,
    kind: (kind) => without(kind, (key) => key.startsWith('w/')),
  },
  {
    name: 'facts that wait for other tasks are not saved',
    within: 400,
    kind: (kind) => without(kind, (key) => key === 'ahead'),
  },
  {
    name: 'a group counts as looked at before its members are',
    within: 1_500,
    kind: (kind) =>
      kind instanceof ServiceKind
        ? like<Kind>(kind, {
            *advance(tick, to) {
              for (const _ of kind.advance(tick, to)) {
                kind.logic.finishTick();
                yield;
              }
            },
          })
        : kind,
  },
];
