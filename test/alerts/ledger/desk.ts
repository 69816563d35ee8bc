/** A ledger in a test: the real tasks and office on a log and a store in memory, a clock that is set by hand, and a door that listens. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContactCipher } from '../../../alerts/ledger/cipher.js';
import type { Directory } from '../../../alerts/ledger/directory.js';
import { decodeEntry, type Entry } from '../../../alerts/ledger/entry.js';
import { LedgerOffice } from '../../../alerts/ledger/office.js';
import { decodeRow, type ListRow } from '../../../alerts/ledger/rows.js';
import type { Email, EmailTransport, SmsTransport, Submission } from '../../../alerts/ports.js';
import type { Draft } from '../../../pipelines/domain/decision.js';
import type { NoticeFact } from '../../../pipelines/domain/notice.js';
import type { Packs } from '../../../pipelines/domain/pack.js';
import { type Instant, parseInstant } from '../../../pipelines/domain/units.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { AlertsHost, alertsTaskName } from '../../../pipelines/runtime/alerts-task.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { type Partitions, partitionOf, TOPICS, toBytes, topicCounts } from '../../../pipelines/runtime/topics.js';
import { noticeWire } from './notice-wire.js';

export const at = (text: string): Instant => parseInstant(text)!;
/** A Wednesday, at noon. */
export const NOON = at('2026-06-10T12:00:00+02:00');
export const PACKS = loadPacks([OWN_PACKS]);
export const DIRECTORY: Directory = {
  'a1-rs': {
    smsFrom: 'A1',
    emailFrom: 'A1 Srbija <obavestenja@a1.example>',
    helpLine: '*123',
    regulator: { email: 'prekidi@regulator.example' },
  },
  'truf-rs': { regulator: { email: 'prekidi@regulator.example' } },
};

export interface MadeUpMail extends EmailTransport {
  readonly sent: Email[];
  answer: (mail: Email) => Submission;
}

export function madeUpMail(): MadeUpMail {
  const sent: Email[] = [];
  return {
    sent,
    answer: () => ({ is: 'accepted', id: `<${sent.length}@test>`, via: 'smtp' }),
    async send(mail) {
      sent.push(mail);
      return this.answer(mail);
    },
    async stop() {},
  };
}

export interface DeskOptions {
  readonly sms?: SmsTransport;
  readonly email?: EmailTransport;
  readonly packs?: Packs;
  readonly partitions?: Partial<Partitions>;
  readonly window?: number;
  readonly directory?: Directory;
}

export class Desk {
  readonly options: DeskOptions;
  readonly partitions: Partitions;
  readonly log = new MemoryLog();
  readonly store: MemoryStore;
  readonly cipher: ContactCipher;
  readonly told: Record<string, unknown>[] = [];
  readonly warnings: string[] = [];
  office!: LedgerOffice;
  host!: AlertsHost;
  clock: { now: Instant };
  #starts = 0;

  constructor(options: DeskOptions = {}, before?: Desk) {
    this.options = options;
    this.partitions = { service: 1, element: 1, facts: 1, decisions: 1, ...options.partitions };
    this.store = before?.store ?? new MemoryStore();
    this.cipher = before?.cipher ?? new ContactCipher(randomBytes(32));
    this.clock = before?.clock ?? { now: NOON };
    if (before) (this as { log: MemoryLog }).log = before.log;
  }

  async open(): Promise<this> {
    for (const [topic, count] of topicCounts(this.partitions)) await this.log.ensureTopic(topic, count);
    const { sms, email, window, packs = PACKS, directory = DIRECTORY } = this.options;
    this.office = new LedgerOffice({
      packs,
      directory,
      cipher: this.cipher,
      sms,
      email,
      ...(window === undefined ? {} : { window }),
    });
    this.#starts += 1;
    this.host = new AlertsHost(
      {
        log: this.log,
        store: this.store,
        owner: `desk-${process.hrtime.bigint()}-${this.#starts}`,
        partitions: this.partitions,
        office: this.office,
        now: () => this.clock.now,
        tell: async (events) => {
          this.told.push(...(events as Record<string, unknown>[]));
          return events.map((_, i) => ({ line: i + 1, status: 'accepted' as const }));
        },
        warn: (what) => void this.warnings.push(what),
      },
      false,
    );
    await this.host.start();
    for (let d = 0; d < this.partitions.decisions; d++) this.host.add(d);
    return this;
  }

  async stop(): Promise<void> {
    await this.host.stop();
  }

  /** Whoever registers a number or an address. */
  async contact(
    service: string,
    contact: { msisdn?: string; email?: string },
    { time = '2026-01-01T00:00:00+01:00', customer }: { time?: string; customer?: string } = {},
  ): Promise<void> {
    const partition = partitionOf(service, this.partitions.service);
    await this.log.append({ topic: TOPICS.contacts, partition }, [
      { key: service, value: toBytes({ time, contact, customer }) },
    ]);
  }

  async fact(subject: string, fact: NoticeFact): Promise<void> {
    const partition = partitionOf(subject, this.partitions.decisions);
    await this.log.append({ topic: TOPICS.notices, partition }, [{ key: subject, value: toBytes(fact) }]);
  }

  /** Puts the decision on the log that asks for a notice. */
  async request(subject: string, over: Partial<Draft<'notice.requested'>['data']> = {}): Promise<string> {
    const wire = noticeWire(subject, this.clock.now, over);
    const partition = partitionOf(subject, this.partitions.decisions);
    await this.log.append({ topic: TOPICS.decisions, partition }, [{ key: subject, value: toBytes(wire) }]);
    return (wire['data'] as { noticeId: string }).noticeId;
  }

  /** Waits until nothing moves any more at this instant of the clock. */
  async quiet(ms = 2_000): Promise<void> {
    const until = performance.now() + ms;
    for (let still = 0; still < 4; ) {
      if (performance.now() > until) throw new Error('the ledger does not come to rest');
      await sleep(8);
      still = (await this.host.idle().catch(() => false)) ? still + 1 : 0;
    }
  }

  async moveTo(now: Instant): Promise<void> {
    this.clock.now = now;
    await this.quiet();
  }

  async entry(noticeId: string): Promise<Entry> {
    for (let d = 0; d < this.partitions.decisions; d++) {
      const [value] = await this.store.get(alertsTaskName(d), [`e/${noticeId}`]);
      if (value) return decodeEntry(value);
    }
    throw new Error(`no entry ${noticeId}`);
  }

  async list(): Promise<readonly ListRow[]> {
    const rows: ListRow[] = [];
    for (let d = 0; d < this.partitions.decisions; d++)
      for await (const [, value] of this.store.entries(alertsTaskName(d), 'p/')) rows.push(decodeRow<ListRow>(value));
    return rows;
  }
}
