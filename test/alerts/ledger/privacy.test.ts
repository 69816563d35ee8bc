/** No number and no address stands outside `contacts`: the store, all other topics, what is told and what is warned of are searched. */
import { describe, expect, it } from 'vitest';
import { alertsTaskName } from '../../../pipelines/runtime/alerts-task.js';
import { TOPICS, topicCounts } from '../../../pipelines/runtime/topics.js';
import { Gateway } from '../gateway.js';
import { Desk, madeUpMail, NOON } from './desk.js';

const FORMS = ['381641234567', '0641234567', '641234567', 'kupac.tajni@example.com', 'kupac.tajni'];

function findIn(what: string, text: string): readonly string[] {
  return FORMS.filter((form) => text.includes(form)).map((form) => `${what}: ${form}`);
}

describe('numbers and addresses', () => {
  it('live on contacts and, sealed, in the ledger alone', async () => {
    const gateway = new Gateway(60, { undeliverable: 0.5, lostAnswers: 0.3, timeoutMs: 5 });
    const mail = madeUpMail();
    const desk = await new Desk({ sms: gateway.bind(), email: mail }).open();
    for (let i = 0; i < 10; i++)
      await desk.contact(`s${i}`, { msisdn: '+381641234567', email: 'kupac.tajni@example.com' }, { customer: 'c1' });
    for (let i = 0; i < 10; i++) await desk.request(`s${i}`);
    await new Promise((next) => setTimeout(next, 60));
    await desk.quiet();
    await gateway.send({ from: '+381641234567', to: '6624', text: 'STOP 064 123 4567' });
    await desk.moveTo(NOON + 3_600_000);
    const found: string[] = [];
    let rows = 0;
    for await (const [key, value] of desk.store.entries(alertsTaskName(0), '')) {
      rows += 1;
      found.push(...findIn(`store ${key}`, `${key} ${Buffer.from(value).toString('latin1')}`));
    }
    for (const [topic, count] of topicCounts(desk.partitions)) {
      if (topic === TOPICS.contacts) continue;
      for (let partition = 0; partition < count; partition++)
        for (const { key, value } of await desk.log.read({ topic, partition }, 0, 10_000))
          found.push(...findIn(`topic ${topic}`, `${key} ${Buffer.from(value).toString('utf8')}`));
    }
    found.push(...findIn('told', JSON.stringify(desk.told)), ...findIn('warned', desk.warnings.join(' ')));
    found.push(...findIn('keys at the gateway', gateway.taken.map(({ key }) => key).join(' ')));
    const { counts, ended } = desk.office.ledgers[0]!.tallies;
    found.push(...findIn('tallies', JSON.stringify([[...counts], [...ended]])));
    await desk.stop();
    expect(found).toEqual([]);
    // What is searched is there: entries, sealed contacts, e-mails and words.
    expect(rows).toBeGreaterThan(20);
    expect(mail.sent.length).toBeGreaterThan(0);
    expect(desk.told.length).toBeGreaterThan(10);
  });

  it('cannot be told from their prints without the key', async () => {
    const [one, other] = [new Desk(), new Desk()];
    expect(one.cipher.print('+381641234567')).toBe(one.cipher.print('00381 64 123-4567'));
    expect(one.cipher.print('+381641234567')).not.toBe(other.cipher.print('+381641234567'));
    expect(() => other.cipher.open(one.cipher.seal({ msisdn: '+381641234567' }))).toThrow();
  });
});
