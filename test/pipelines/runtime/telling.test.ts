import { describe, expect, it } from 'vitest';
import type { CustomerTale, PlayedTale } from '../../../pipelines/domain/detector.js';
import { decode, encode } from '../../../pipelines/runtime/codec.js';
import { Telling } from '../../../pipelines/runtime/telling.js';

const T = 1_780_000_000_000;
const MINUTE = 60_000;

/** A task's telling with the store under it. */
function telling(store = new Map<string, Uint8Array>()) {
  const pending = new Map<string, (() => unknown) | undefined>();
  const own = new Telling({ from: 'service-0', keep: (key, make) => pending.set(key, make) });
  for (const [key, value] of store) expect(own.restore(key, value)).toBe(true);
  const save = () => {
    for (const [key, make] of pending) {
      if (make) store.set(key, encode(make()));
      else store.delete(key);
    }
    pending.clear();
    return [...store.keys()];
  };
  return { own, store, save };
}
const unpaid = (service: string, revision: number, at: number): CustomerTale => ({
  is: 'unpaid',
  operator: 'mtel-at',
  customer: 'k1',
  service,
  revision,
  at,
  stands: true,
  prepaid: false,
  unpaid: 10_000 * revision,
  limit: null,
  barred: false,
  warned: false,
  billing: [],
});
const played = (service: string, short: boolean, more: Partial<PlayedTale> = {}): PlayedTale => ({
  is: 'played',
  operator: 'go4yu',
  service,
  minute: T,
  nodes: ['edge-1'],
  short,
  until: T + 10 * MINUTE,
  ...more,
});

describe('what a service said of itself', () => {
  it('is told at the end of the tick: the last word of each instant, and each instant by itself', () => {
    const { own } = telling();
    for (const tale of [unpaid('b', 1, T), unpaid('b', 2, T), unpaid('b', 3, T + 5), unpaid('a', 1, T)])
      own.tell(tale, tale.service, 1, T);
    expect(own.takeFacts()).toEqual([]);
    own.publish(T, T + 5);
    const facts = own.takeFacts().flatMap((fact) => (fact.is === 'unpaid' ? [fact] : []));
    expect(facts.map(({ service, revision, at }) => [service, revision, at - T])).toEqual([
      ['a', 1, 0],
      ['b', 2, 0],
      ['b', 3, 5],
    ]);
    expect(facts.every(({ from }) => from === 'service-0')).toBe(true);
    own.publish(T + 5, T + 10);
    expect(own.takeFacts()).toEqual([]);
  });

  it('is told after a crash in the middle of the tick, and then not kept any more', () => {
    const { own, store, save } = telling();
    own.tell(unpaid('a', 1, T), 'a', 1, T);
    expect(save()).toHaveLength(1);
    const again = telling(store);
    again.own.publish(T, T + 5);
    expect(again.own.takeFacts()).toHaveLength(1);
    expect(again.save()).toEqual([]);
  });
});

describe('sessions of a minute', () => {
  const counts = (own: Telling) =>
    own.takeFacts().flatMap((fact) => {
      if (fact.is !== 'played') return [];
      const { of, name, revision, sessions, short, services, shortServices } = fact;
      return [[of, name, revision, sessions, short, services, shortServices].join(' ')];
    });

  it('are counted by service, on each node and for the channel, and told as absolute counts', () => {
    const { own } = telling();
    for (const tale of [played('v1', true), played('v1', true), played('v2', false)]) own.tell(tale, '', 1, T);
    own.tell(played('v3', true, { nodes: ['edge-1', 'core'], channelId: 'news' }), '', 1, T);
    own.publish(T, T + 5);
    expect(counts(own)).toEqual(['channel news 1 1 1 1 1', 'node core 1 1 1 1 1', 'node edge-1 4 4 3 3 2']);
    own.tell(played('v2', true), '', 1, T + 5);
    own.publish(T + 5, T + 10);
    expect(counts(own)).toEqual(['node edge-1 5 5 4 3 3']);
  });

  it('go on being counted after a restart, and what was not told is told', () => {
    const { own, store, save } = telling();
    own.tell(played('v1', true), '', 1, T);
    own.publish(T, T + 5);
    own.tell(played('v2', true), '', 1, T + 5);
    save();
    const again = telling(new Map([...store].map(([key, value]) => [key, encode(decode(value))])));
    again.own.publish(T + 5, T + 10);
    expect(counts(again.own)).toEqual(['node edge-1 2 2 2 2 2']);
  });

  it('known after the rule waits for them are not counted, and the minute is forgotten', () => {
    const { own, save } = telling();
    own.tell(played('v1', true), '', 1, T);
    own.publish(T, T);
    own.tell(played('v2', true), '', 1, T + 10 * MINUTE);
    own.publish(T, T + 10 * MINUTE);
    expect(counts(own)).toEqual(['node edge-1 1 1 1 1 1']);
    expect(save()).toEqual([]);
  });
});
