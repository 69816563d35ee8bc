import { describe, expect, it } from 'vitest';
import type { Fact, PlayedFact, UnpaidFact } from '../../../pipelines/domain/fact.js';
import { decode, encode } from '../../../pipelines/runtime/codec.js';
import { CollectorLogic, isHeard } from '../../../pipelines/runtime/collector-logic.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const packs = loadPacks([OWN_PACKS]);
const HOUR = 3_600_000;
const T = Date.parse('2026-06-10T12:00:00+02:00');
type Store = Map<string, Uint8Array>;

const begin = (store: Store = new Map()) => {
  const logic = new CollectorLogic({ name: 'collector-0', packs });
  for (const [key, value] of store) logic.restore(key, value);
  logic.resume(T);
  return logic;
};
const go = (logic: CollectorLogic, to: number) => {
  for (const _ of logic.advance(to));
  return logic.takeDecisions();
};
const save = (logic: CollectorLogic, store: Store) => {
  const changes = logic.takeChanges();
  for (const [key, value] of changes) {
    if (value === undefined) store.delete(key);
    else store.set(key, value);
  }
  return [...changes.keys()].sort();
};
const unpaid = (service: string, revision: number, euros: number, customer = 'k1', at = T): UnpaidFact => ({
  is: 'unpaid',
  from: 'service-0',
  operator: 'mtel-at',
  customer,
  service,
  revision,
  at,
  stands: true,
  prepaid: false,
  unpaid: euros * 1_000_000,
  limit: null,
  barred: false,
  warned: false,
  billing: [],
});

describe('the engine around the collectors', () => {
  it('hears what a collector hears, and nothing else', () => {
    expect(isHeard(unpaid('a', 1, 1))).toBe(true);
    const frontier: Fact = { is: 'frontier', from: 'service-0', tick: 1, clock: T };
    expect(isHeard(frontier)).toBe(false);
    const logic = begin();
    logic.hear(frontier);
    expect(logic.size).toBe(0);
    expect(logic.changed).toBe(0);
  });

  it('writes of a customer with many services only the services that changed', () => {
    const store: Store = new Map();
    const logic = begin();
    for (let i = 0; i < 100; i++) logic.hear(unpaid(`s${i}`, 1, 0.1));
    go(logic, T);
    expect(save(logic, store)).toHaveLength(101);
    logic.hear(unpaid('s7', 2, 0.2, 'k1', T + 1));
    go(logic, T + 1);
    expect(save(logic, store)).toEqual(['cc+/10:mtel-at/k1s7', 'cc/mtel-at/k1']);
    logic.hear(unpaid('s8', 2, 0, 'k1', T + 2));
    go(logic, T + 2);
    save(logic, store);
    expect(store.has('cc+/10:mtel-at/k1s8')).toBe(false);
  });

  it('stands after a restart where it stood, also with facts that wait for the clock', () => {
    const store: Store = new Map();
    const facts = [unpaid('a', 1, 35), unpaid('b', 1, 20), unpaid('b', 2, 30, 'k1', T + HOUR)];
    const logic = begin();
    for (const fact of facts) logic.hear(fact);
    expect(go(logic, T).map(({ type }) => type)).toContain('spend.warned');
    save(logic, store);
    const again = begin(store);
    expect(go(again, T + HOUR - 1)).toEqual([]);
    const bars = go(again, T + HOUR).filter(({ type }) => type === 'bar.applied');
    expect(bars.map(({ subject }) => subject)).toEqual(['a', 'b']);
    save(again, store);
    for (const fact of facts) again.hear(fact);
    expect(go(again, T + 2 * HOUR)).toEqual([]);
    expect(go(begin(store), T + 2 * HOUR)).toEqual([]);
  });

  it('tells keys apart, whatever is in them', () => {
    const store: Store = new Map();
    const names = ['k', 'k/1', 'k 1:', '12:k', '~', 'ä+/'];
    const logic = begin();
    for (const name of names) for (const service of ['1', '/', '+/3:']) logic.hear(unpaid(service, 1, 1, name));
    go(logic, T);
    save(logic, store);
    const again = begin(store);
    expect(again.size).toBe(names.length);
    for (const name of names) again.hear(unpaid('x', 1, 58, name, T + 1));
    // 1 + 1 + 1 + 58: every part has come back to its own customer.
    expect(go(again, T + 1).filter(({ type }) => type === 'bar.applied')).toHaveLength(4 * names.length);
  });

  it('removes what nobody has to remember', () => {
    const store: Store = new Map();
    const logic = begin();
    logic.hear(unpaid('a', 1, 5));
    go(logic, T);
    save(logic, store);
    logic.hear(unpaid('a', 2, 0, 'k1', T + 1));
    go(logic, T + 1);
    save(logic, store);
    expect([store.size, logic.size]).toEqual([0, 0]);
  });

  it('wakes a collector at the instant it asked for, also after a restart', () => {
    const minute = (revision: number): PlayedFact => ({
      is: 'played',
      from: 'service-0',
      operator: 'go4yu',
      of: 'node',
      name: 'edge-1',
      minute: T,
      revision,
      at: T + 30_000,
      sessions: 6,
      short: 6,
      services: 3,
      shortServices: 3,
    });
    const store: Store = new Map();
    const logic = begin();
    logic.hear(minute(1));
    expect(go(logic, T + 30_000)).toEqual([]);
    save(logic, store);
    const again = begin(store);
    expect(go(again, T + 179_999)).toEqual([]);
    const [alarm] = go(again, T + HOUR);
    expect(alarm).toMatchObject({ type: 'alarm.raised', time: T + 180_000 });
  });

  it('reads incidents as an earlier version wrote them', () => {
    const passed = { at: T, now: T, after: 48 * HOUR, clause: 'A1 3.3', services: 2, faults: [], late: false };
    const fact = { is: 'incident', from: 'service-0', incident: 'olt#f', operator: 'a1-rs', revision: 3, marks: [] };
    const head = { operator: 'a1-rs', by: { 'service-0': { ...fact, overdue: passed } }, told: [] };
    const waiting = begin(new Map([['c/olt#f', encode({ ...head, dirty: true })]]));
    expect(go(waiting, T).map(({ type }) => type)).toEqual(['notice.requested']);
    const done: Store = new Map([['c/olt#f', encode({ ...head, told: ['regulator'], dirty: false })]]);
    const logic = begin(done);
    logic.hear({ ...fact, revision: 3 } as Fact);
    expect(go(logic, T + HOUR)).toEqual([]);
    logic.hear({ ...fact, overdue: passed, revision: 4 } as Fact);
    expect(go(logic, T + HOUR)).toEqual([]);
    save(logic, done);
    expect(decode(done.get('c/olt#f')!)).toMatchObject({ told: ['regulator'], due: null });
  });

  it('refuses a key that it does not know', () => {
    const logic = new CollectorLogic({ name: 'collector-0', packs });
    logic.restore('zz/x', encode({}));
    expect(() => logic.resume(T)).toThrow('does not know the key zz/x');
  });
});
