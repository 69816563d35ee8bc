/**
 * No number and no address of a subscriber leaves the ledger: a story is told by an installation that sends, fails, asks people and is
 * asked by pages; then all that it keeps, says and shows is searched. They stand on `contacts` alone, and sealed in the ledger.
 */
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedForReading } from '../../../pipelines/io/embedded.js';
import { TOPICS } from '../../../pipelines/runtime/topics.js';
import { Smsc } from '../../tools/smsc.js';
import { Alone, settles } from './alone.js';
import { WARNED } from './roamers.js';

/** Made up, in the forms of the operators' countries: international, at home, and as people write them. */
const PEOPLE = [
  { operator: 'a1-rs', msisdn: '+381641239876', email: 'jelena.tajnovic@primer.example' },
  { operator: 'a1-rs', msisdn: '+381601238765', email: 'goran.skrivenovic@primer.example' },
  { operator: 'mtel-at', msisdn: '+436601237654', email: 'karl.heimlich@beispiel.example' },
];
const FORMS = PEOPLE.flatMap(({ msisdn, email }) => {
  const national = msisdn.slice(msisdn.startsWith('+381') ? 4 : 3);
  return [msisdn.slice(1), national, `0${national}`, email, email.split('@')[0]!];
});
const findIn = (what: string, text: string) =>
  FORMS.filter((form) => text.includes(form)).map((form) => `${what}: ${form}`);

describe('numbers and addresses of subscribers', () => {
  let smsc: Smsc;
  let dozor: Alone;
  beforeEach(async () => {
    smsc = new Smsc({ fate: ({ body }) => (body.destination.endsWith('5') ? 'UNDELIV' : 'DELIVRD') });
    await smsc.start();
    dozor = new Alone(
      (folder) => ({
        sms: {
          smpp: [
            {
              name: 'centre',
              host: '127.0.0.1',
              port: smsc.port,
              systemId: 'dozor',
              passwordFile: 'gateway.password',
              sender: 'Proba',
            },
          ],
        },
        email: { folder: { path: `${folder}/mails`, from: 'Proba <proba@operator.example>' } },
      }),
      { DOZOR_LOG_LEVEL: 'debug' },
    );
  });
  afterEach(async () => {
    await dozor.dispose();
    await smsc.stop();
  });

  const event = (type: string, n: number, time: string, data: object) => ({
    specversion: '1.0',
    id: `${type}/${n}/${time}`,
    source: 'crm',
    type,
    subject: `line-${n}`,
    time,
    recordedtime: time,
    data,
  });

  it('are in the ledger alone', { timeout: 240_000 }, async () => {
    await dozor.start();
    const told: object[] = [];
    PEOPLE.forEach(({ operator, msisdn, email }, n) => {
      const record = {
        operator,
        kind: 'mobile',
        customerId: `customer-${n}`,
        activeFrom: '2025-01-01T00:00:00+01:00',
        notifyBy: ['sms'],
        contact: { msisdn, email },
      };
      told.push(event('service.upserted', n, '2026-06-09T12:00:00+02:00', record));
      told.push(
        event('usage.recorded', n, '2026-06-10T12:00:00+02:00', {
          kind: 'data',
          direction: 'out',
          bytes: 1_000_000,
          country: 'ME',
        }),
      );
    });
    // What is refused holds a number as well: it is kept sealed.
    told.push(event('usage.recorded', 0, '2026-06-10T13:00:00+02:00', { kind: PEOPLE[0]!.msisdn, bytes: 'many' }));
    await dozor.send(told);
    await dozor.moveClock(WARNED);
    await settles(
      () => dozor.mails().length,
      (mails) => mails > 0,
    ).catch(() => 0);
    await settles(
      () => smsc.taken.length,
      (taken) => taken > 0,
    );
    await smsc.receive({
      source: PEOPLE[0]!.msisdn.slice(1),
      sourceTon: 1,
      sourceNpi: 1,
      destination: '6624',
      shortMessage: Buffer.from(`STOP ${PEOPLE[1]!.msisdn} ${PEOPLE[2]!.email}`),
    });
    await dozor.kill();
    await dozor.start();
    await dozor.moveClock('2026-06-12T00:00:01+02:00');
    await settles(
      () => dozor.decisions('notice.requested'),
      (all) => all.length >= 2,
    );

    const found: string[] = [];
    const pages = [
      '/',
      '/metrics',
      '/v1/status',
      '/v1/decisions?limit=1000',
      '/v1/outages',
      '/v1/alarms?state=all',
      '/v1/alarms/board',
    ];
    for (const path of pages) found.push(...findIn(path, await dozor.get(path)));
    const commands = [['list'], ['all'], ['letters']];
    const rows = await dozor.run('notices', 'all', '--format', 'ndjson');
    for (const line of rows.trim().split('\n'))
      commands.push(['show', (JSON.parse(line) as { noticeId: string }).noticeId]);
    for (const command of commands) found.push(...findIn(command.join(' '), await dozor.run('notices', ...command)));
    expect(await dozor.stop()).toBe(0);
    found.push(...findIn('what the processes said', dozor.said));

    const searched: Record<string, number> = {};
    const { log, close } = await openEmbeddedForReading(dozor.data);
    for (const topic of Object.values(TOPICS)) {
      if (topic === TOPICS.contacts) continue;
      const count = await log.partitions(topic);
      for (let partition = 0; partition < count; partition++) {
        const of = { topic, partition };
        for (const { key, value } of await log.read(of, await log.start(of), 100_000)) {
          searched[topic] = (searched[topic] ?? 0) + 1;
          found.push(...findIn(topic, `${key} ${Buffer.from(value).toString('latin1')}`));
        }
      }
    }
    await close();
    // The state of every task, whatever its name.
    const env = open({ path: dozor.data, readOnly: true, maxDbs: 16 });
    const state = env.openDB<Uint8Array, Uint8Array>({ name: 'state', encoding: 'binary', keyEncoding: 'binary' });
    for (const { key, value } of state.getRange({})) {
      searched['state'] = (searched['state'] ?? 0) + 1;
      const text = `${Buffer.from(key).toString('latin1')} ${Buffer.from(value).toString('latin1')}`;
      found.push(...findIn(`state ${Buffer.from(key).subarray(4, 24).toString('latin1')}`, text));
    }
    await env.close();

    expect(found).toEqual([]);
    // What was searched was there, and the search finds what it looks for.
    expect(searched['state']).toBeGreaterThan(20);
    for (const topic of [TOPICS.decisions, TOPICS.serviceEvents, TOPICS.notices, TOPICS.rejected])
      expect(searched[topic], topic).toBeGreaterThan(0);
    const sent = smsc.taken.map(({ body }) => body.destination).join(' ');
    expect(findIn('the centre', sent).length).toBeGreaterThan(0);
  });
});
