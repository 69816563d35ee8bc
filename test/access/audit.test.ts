/** The trail: whole as written, broken by any change, also by several processes and after lost replies. */
import { describe, expect, it } from 'vitest';
import { AUDIT_TOPIC, Audit, auditRecords, verifyAudit } from '../../pipelines/access/audit.js';
import type { Log, NewRecord } from '../../pipelines/io/log.js';
import { MemoryLog } from '../../pipelines/io/log-memory.js';

const OF = { topic: AUDIT_TOPIC, partition: 0 };
const act = (n: number) => ({ who: `u-${n}`, role: 'operator', what: 'account.changed', outcome: 'done' as const });

async function trail(): Promise<Log> {
  const log = new MemoryLog();
  await log.ensureTopic(AUDIT_TOPIC, 1);
  return log;
}

/** The same trail with one record changed, left out, or put in again. */
async function edited(log: Log, edit: (records: NewRecord[]) => NewRecord[]): Promise<Log> {
  const records = await log.read(OF, 0, 1_000);
  const copy = await trail();
  const next = edit(records.map(({ key, value }) => ({ key, value })));
  if (next.length > 0) await copy.append(OF, next);
  return copy;
}

const change = (record: NewRecord, what: object): NewRecord => ({
  key: record.key,
  value: new TextEncoder().encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(record.value)), ...what })),
});

describe('the chain', () => {
  it('of several processes is whole', async () => {
    const log = await trail();
    const [one, two] = ['one', 'two'].map(
      (name) =>
        new Audit(
          () => log,
          name,
          () => 0,
        ),
    );
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? one! : two!).write(act(n))));
    const verdict = await verifyAudit(log);
    expect([verdict.records, verdict.broken, verdict.chains.map(({ records }) => records)]).toEqual([
      20,
      undefined,
      [7, 13],
    ]);
  });

  it('is broken by a record that was changed, taken out, put in or moved', async () => {
    const log = await trail();
    const audit = new Audit(
      () => log,
      'one',
      () => 0,
    );
    for (let n = 0; n < 10; n++) await audit.write(act(n));
    const edits: readonly (readonly [(records: NewRecord[]) => NewRecord[], offset: number])[] = [
      [(all) => all.with(4, change(all[4]!, { who: 'u-99' })), 4],
      [(all) => all.toSpliced(4, 1), 4],
      [(all) => all.toSpliced(4, 0, change(all[4]!, { number: 40 })), 4],
      [(all) => all.with(4, all[5]!).with(5, all[4]!), 4],
      [(all) => all.slice(1), 0],
    ];
    for (const [edit, offset] of edits)
      expect((await verifyAudit(await edited(log, edit))).broken?.offset).toBe(offset);
  });

  it('that is taken out whole is missed by the next, and a cut end by who noted it', async () => {
    const log = await trail();
    for (const name of ['one', 'two', 'three']) {
      const audit = new Audit(
        () => log,
        name,
        () => 0,
      );
      for (let n = 0; n < 3; n++) await audit.write(act(n));
    }
    expect((await verifyAudit(log)).broken).toBeUndefined();
    const without = await edited(log, (all) => all.filter(({ key }) => key !== 'two'));
    expect((await verifyAudit(without)).broken?.why).toContain('what stood before the chain three is gone');
    const head = (await verifyAudit(log)).chains.at(-1)!.hash;
    const cut = await edited(log, (all) => all.slice(0, -1));
    expect((await verifyAudit(cut)).broken).toBeUndefined();
    expect((await verifyAudit(cut, [head])).broken?.why).toContain('is gone');
  });

  it('stands lost replies: what was written twice is one, and after a failure a new chain begins', async () => {
    const log = await trail();
    let failures = 0;
    const flaky = new Proxy(log, {
      get:
        (target, name: keyof Log) =>
        async (...given: never[]) => {
          const result = await (target[name] as (...values: never[]) => Promise<unknown>).apply(target, given);
          if (name === 'append' && failures > 0) {
            failures -= 1;
            throw new Error('the reply was lost');
          }
          return result;
        },
    });
    const audit = new Audit(
      () => flaky,
      'one',
      () => 0,
    );
    await audit.write(act(0));
    failures = 2;
    await audit.write(act(1));
    failures = 3;
    await expect(audit.write(act(2))).rejects.toThrow('lost');
    await audit.write(act(3));
    const verdict = await verifyAudit(log);
    expect([verdict.broken, verdict.chains.map(({ chain, records }) => [chain, records])]).toEqual([
      undefined,
      [
        ['one', 3],
        ['one/1', 1],
      ],
    ]);
    let count = 0;
    for await (const { record } of auditRecords(log)) if (record) count += 1;
    expect(count).toBe(8);
  });
});
