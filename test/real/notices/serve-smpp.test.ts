/**
 * `dozor serve` with a ledger over SMPP, as one process from outside: events by HTTP become short messages at a message centre, the
 * receipts come back, and what hangs on a receipt is decided; the process is killed in between and started again.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { textOfOctets } from '../../../alerts/sms/alphabet.js';
import { readHeader } from '../../../alerts/sms/message.js';
import { Smsc, type Taken } from '../../tools/smsc.js';
import { Alone, settles } from './alone.js';
import { noticeOf, roamers, TERM_OVER, WARNED } from './roamers.js';

const MINUTES_LATER = '2026-06-11T00:20:00+02:00';
const BY = ['--by', 'shift-lead'] as const;
const told = (all: readonly { readonly id: string }[]) => new Set(all.map(({ id }) => id)).size;

/** What of a message came, part by part: to whom, and which octets. */
const partOf = ({ body }: Taken) =>
  `${body.destination} ${body.dataCoding} ${Buffer.from(body.shortMessage).toString('hex')}`;
const textOf = ({ body }: Taken): string => {
  const octets = body.shortMessage.subarray(body.esmClass & 0x40 ? readHeader(body.shortMessage)!.from : 0);
  return body.dataCoding === 8 ? Buffer.from(octets).swap16().toString('utf16le') : textOfOctets(octets);
};

describe('a process with notices over SMPP', () => {
  let smsc: Smsc;
  let dozor: Alone;

  beforeEach(async () => {
    smsc = new Smsc({ seed: 3, ids: { answer: 'hex', receipt: 'decimal' }, receiptAfterMs: 30 });
    await smsc.start();
    dozor = new Alone((folder) => ({
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
    }));
    for (const [name, ambiguous] of OPERATORS) dozor.operator(name, ambiguous);
  });
  afterEach(async () => {
    await dozor.dispose();
    await smsc.stop();
  });
  const OPERATORS = [
    ['asks', 'person'],
    ['repeats', 'again'],
    ['mails', 'next-channel'],
  ] as const;

  const warnings = async (count: number) =>
    (
      await settles(
        () => dozor.decisions('notice.requested'),
        (all) => all.filter(({ data }) => data['template'] === 'roaming-warning').length === count,
      )
    ).map(noticeOf);
  const states = async () => {
    const lines = (await dozor.run('notices', 'all', '--format', 'ndjson')).trim().split('\n');
    const rows = lines.filter(Boolean).map((line) => JSON.parse(line) as { noticeId: string; state: string });
    return new Map(rows.map(({ noticeId, state }) => [noticeId, state]));
  };
  const standing = async (noticeId: string) => (await states()).get(noticeId);
  const standings = async (all: readonly { readonly noticeId: string }[]) => {
    const counts: Record<string, number> = {};
    const now = await states();
    for (const { noticeId } of all) {
      const state = now.get(noticeId) ?? 'unknown';
      counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  };

  it('a warning is sent, received and told of, and its term begins at the receipt; killed between, it forgets nothing', {
    timeout: 180_000,
  }, async () => {
    await dozor.start();
    await dozor.send(roamers('asks', 3));
    await dozor.moveClock(WARNED);
    const sent = await warnings(3);
    await settles(
      () => standings(sent),
      (counts) => counts['delivered'] === 3,
    );
    const [first] = sent;
    const { deliveries, told: words } = await dozor.entry(first!.noticeId);
    expect(deliveries.map(({ channel }) => channel)).toEqual(['sms']);
    expect(words).toEqual(['sms submitted', 'sms delivered']);
    const taken = smsc.taken.filter(({ body }) => body.destination === first!.number);
    expect(taken.map(textOf).join('')).toBe(deliveries[0]!.text);
    expect(deliveries[0]!.text).toContain('15');
    expect(taken[0]!.body.source).toBe('Proba');

    await dozor.kill();
    await dozor.start();
    await dozor.moveClock(TERM_OVER);
    const started = await settles(
      () => dozor.decisions('roaming.surcharge.started'),
      (all) => all.length === 3,
    );
    // Received on 11 June: fifteen whole days from the 12th on.
    for (const { data } of started) expect(data['from']).toBe('2026-06-27T00:00:00+02:00');
    const later = (await dozor.decisions('notice.requested')).filter(
      ({ data }) => data['template'] === 'roaming-surcharge-started',
    );
    await settles(
      () => standings(later.map(noticeOf)),
      (counts) => counts['delivered'] === 3,
    );
    expect(new Set(smsc.taken.map(partOf)).size).toBe(smsc.taken.length);
    expect(told(await dozor.decisions('notice.requested'))).toBe(6);
    expect(await dozor.stop()).toBe(0);
  });

  it('put back from a backup taken with messages under way: what had left before stays as it was, the rest is in doubt', {
    timeout: 300_000,
  }, async () => {
    await dozor.start();
    await dozor.send(roamers('asks', 2));
    await dozor.moveClock(WARNED);
    const sent = await warnings(2);
    await settles(
      () => standings(sent),
      (counts) => counts['delivered'] === 2,
    );
    smsc.faults = { unansweredTo: () => true, noReceiptTo: () => true };
    await dozor.moveClock(TERM_OVER);
    const before = smsc.taken.length;
    await settles(
      () => smsc.taken.length,
      (taken) => taken > before,
    );
    await dozor.run('backup', `${dozor.folder}/backup`);
    const left = smsc.taken.length;
    await dozor.kill();
    smsc.faults = {};
    await dozor.restoreFrom(`${dozor.folder}/backup`);
    await dozor.start();
    const later = (await dozor.decisions('notice.requested')).map(noticeOf).slice(2);
    await dozor.moveClock('2026-06-27T00:30:00+02:00');
    await settles(
      () => standings(later),
      (counts) => counts['person'] === later.length,
    );
    expect(await standings(sent)).toEqual({ delivered: 2 });
    expect(smsc.taken.length).toBe(left);
  });

  it('without a receipt no term begins', { timeout: 180_000 }, async () => {
    smsc.faults = { noReceiptTo: () => true };
    await dozor.start();
    await dozor.send(roamers('asks', 1));
    await dozor.moveClock(WARNED);
    const [sent] = await warnings(1);
    await settles(
      () => standing(sent!.noticeId),
      (now) => now === 'awaiting-receipt',
    );
    // The centre is asked after six hours, and knows.
    await dozor.moveClock('2026-06-11T05:59:00+02:00');
    expect(await dozor.decisions('roaming.surcharge.started')).toEqual([]);
    expect(await standing(sent!.noticeId)).toBe('awaiting-receipt');
    await dozor.moveClock('2026-06-11T06:01:00+02:00');
    await settles(
      () => standing(sent!.noticeId),
      (now) => now === 'delivered',
    );
  });

  it('killed with parts under way: receipts settle some, and of the rest each goes as its operator says', {
    timeout: 300_000,
  }, async () => {
    const each = 8;
    const numbers = new Set<string>();
    smsc.faults = { unansweredTo: () => true };
    await dozor.start();
    for (const [name] of OPERATORS) await dozor.send(roamers(name, each));
    await dozor.moveClock(WARNED);
    const sent = await warnings(3 * each);
    // The window is full: so many were taken, and of the others nobody outside knows that they were not.
    await settles(
      () => smsc.taken.length,
      (taken) => taken >= 10,
    );
    await dozor.kill();
    const before = [...smsc.taken];
    for (const { body } of before) numbers.add(body.destination);
    expect(before.length).toBeLessThan(sent.length * 2);

    smsc.faults = {};
    await dozor.start();
    // The receipts of what was taken come over the new bind; nobody had heard of their ids.
    const had = sent.filter(({ number }) => numbers.has(number));
    await settles(
      () => standings(had),
      (counts) => !counts['sending'] || counts['sending'] < had.length,
    );
    const early = new Set(before.map(partOf));
    await dozor.moveClock(MINUTES_LATER);
    const of = (operator: string) => sent.filter((one) => one.operator === operator);
    await settles(
      () => standings(of('repeats')),
      (counts) => counts['delivered'] === each,
    );
    await settles(
      () => standings(of('mails')),
      (counts) => (counts['delivered'] ?? 0) + (counts['sent'] ?? 0) === each,
    );
    const asked = await settles(
      () => standings(of('asks')),
      (counts) => (counts['delivered'] ?? 0) + (counts['person'] ?? 0) === each,
    );
    // Nothing that the centre had taken and of which it told was sent again.
    const again = smsc.taken.slice(before.length).filter((taken) => early.has(partOf(taken)));
    expect(again).toEqual([]);
    expect(dozor.mails().length).toBe((await standings(of('mails')))['sent'] ?? 0);

    // Who is asked decides: on the list stands every one that is with a person, and no other.
    const listed = (await dozor.run('notices', 'list', '--list', 'person')).trim().split('\n');
    const now = await states();
    const waiting = of('asks').filter(({ noticeId }) => now.get(noticeId) === 'person');
    expect(waiting.length).toBe(asked['person'] ?? 0);
    expect(waiting.length).toBeGreaterThan(0);
    for (const { noticeId } of waiting) expect(listed.some((line) => line.includes(noticeId))).toBe(true);
    expect(listed.length).toBe(waiting.length);
    for (const { noticeId } of waiting)
      await dozor.act('notices', 'settle', noticeId, '--as', 'again', ...BY, '--time', MINUTES_LATER);
    await settles(
      () => standings(of('asks')),
      (counts) => counts['delivered'] === each,
    );
    expect(new Set(smsc.taken.map(partOf)).size).toBe(smsc.taken.length);
    expect((await dozor.run('notices', 'list')).trim()).toBe('nothing waits for a person');
  });
});
