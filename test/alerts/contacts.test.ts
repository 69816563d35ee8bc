/** Numbers and addresses live in the contacts topic and in alerts, and nowhere else. */
import { describe, expect, it } from 'vitest';
import { ContactBook, masked } from '../../alerts/contacts.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';
import { Engine } from '../engine.js';
import { GappyLog } from '../pipelines/io/log-gappy.js';

const packs = loadPacks([OWN_PACKS]);
const partitions = { service: 2, element: 1, facts: 1, decisions: 1 };
const MSISDN = '+381600000042';
const EMAIL = 'somebody@example.rs';

let n = 0;
function line(type: string, subject: string, time: string, data: object): string {
  return JSON.stringify({ specversion: '1.0', id: `c${n++}`, source: 'test', type, subject, time, data });
}

const upsert = (time: string, contact: object) =>
  line('service.upserted', 's1', time, {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
    monthlyFee: { amount: '3000.00', currency: 'RSD' },
    servedBy: ['cell-1'],
    contact,
  });

const story = () => [
  upsert('2026-01-01T00:00:00+01:00', { msisdn: MSISDN, email: EMAIL }),
  line('element.upserted', 'cell-1', '2026-01-01T00:00:00+01:00', { operator: 'a1-rs', kind: 'cell' }),
  line('fault.opened', 'cell-1', '2026-06-10T00:00:00+02:00', { faultId: 'f1', responsibility: 'operator' }),
  line('fault.cleared', 'cell-1', '2026-06-13T00:00:00+02:00', { faultId: 'f1' }),
  line('contact.upserted', 's1', '2026-06-14T00:00:00+02:00', { msisdn: MSISDN }),
];

describe('contacts', () => {
  it('are found in no other topic and in no state, though a whole story ran', async () => {
    const engine = await Engine.open({ packs, partitions });
    await engine.take(story());
    await engine.moveClock('2026-07-01T00:00:00+02:00');
    await engine.work();
    expect((await engine.decisions()).map(({ type }) => type)).toContain('credit.granted');
    const places: string[] = [];
    for (const topic of Object.values(TOPICS)) {
      for (let partition = 0; partition < (await engine.log.partitions(topic)); partition++) {
        const records = await engine.log.read({ topic, partition }, 0, 10_000);
        for (const { key, value } of records) {
          const text = key + Buffer.from(value).toString('latin1');
          if (text.includes(MSISDN.slice(1)) || text.includes(EMAIL)) places.push(topic);
        }
      }
    }
    expect(new Set(places)).toEqual(new Set([TOPICS.contacts]));
    for (const task of ['service-0', 'service-1', 'network-0', 'collector-0', 'door', 'ticks']) {
      for await (const [key, value] of engine.store.entries(task, '')) {
        const text = key + Buffer.from(value).toString('latin1');
        expect(text.includes(MSISDN.slice(1)) || text.includes(EMAIL), `${task} ${key}`).toBe(false);
      }
    }
  });

  it('are told to who delivers: the later one holds, whatever the order in which they came', async () => {
    const engine = await Engine.open({ packs, partitions });
    await engine.take([
      upsert('2026-03-01T00:00:00+01:00', { msisdn: '+381600000043' }),
      upsert('2026-01-01T00:00:00+01:00', { msisdn: MSISDN, email: EMAIL }),
    ]);
    const book = new ContactBook({ log: engine.log, partitions: partitions.service });
    await book.catchUp();
    expect(book.find('s1')).toMatchObject({ msisdn: '+381600000043' });
    expect(book.find('s2')).toBeUndefined();
  });

  it('are read once each, on a log whose offsets have gaps', async () => {
    const log = new GappyLog();
    await log.ensureTopic(TOPICS.contacts, 1);
    const write = (msisdn: string) => {
      const value = Buffer.from(JSON.stringify({ time: '2026-01-01T00:00:00+01:00', contact: { msisdn } }));
      return log.append({ topic: TOPICS.contacts, partition: 0 }, [{ key: 's1', value }]);
    };
    for (let i = 0; i < 20; i++) await write(`+3816000000${i}`);
    const book = new ContactBook({ log, partitions: 1 });
    await book.catchUp();
    expect(log.reads.map(({ from }) => from)).toEqual([0, 21, 42, 60]);
    await write(MSISDN);
    await book.catchUp();
    // Of two that hold from the same time the one that came last stands.
    expect(book.find('s1')).toMatchObject({ msisdn: MSISDN });
  });

  it('are masked where people look', () => {
    expect(masked(MSISDN)).toBe('+381*******42');
    expect(masked('12345')).toBe('*****');
  });
});
