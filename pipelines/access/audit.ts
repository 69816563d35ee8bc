/**
 * The audit trail: who did what, in a topic of its own. Each record has the hash of the one before, so that one that is changed or
 * taken out breaks the chain. Every process writes a chain of its own, named by its run, whose first record holds the hash of what
 * the topic ended with: so a chain that is taken out whole is missed by the next.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/schema.js';
import type { Instant } from '../domain/units.js';
import type { Log, LogRecord, NewRecord } from '../io/log.js';

export const AUDIT_TOPIC = 'audit';
const OF = { topic: AUDIT_TOPIC, partition: 0 } as const;
const BATCH = 500;
const TRIES = 3;

/** What is written down. No secret, no number and no name stands in it: accounts, keys and walls go by their ids. */
export interface Act {
  /** The id of an account, key or wall; `anonymous`, or `machine` for the command line. */
  readonly who: string;
  readonly role: string;
  /** A word such as `session.begun`, `account.changed`, `contact.revealed`, `request.refused`. */
  readonly what: string;
  /** What it was done to: an id, or a route's pattern. */
  readonly subject?: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Why, as the person said or the guard found. */
  readonly reason?: string;
  readonly request?: string;
}

export interface AuditRecord extends Act {
  /** Names the run of a process. */
  readonly chain: string;
  /** From 0, without a gap. */
  readonly number: number;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** The hash of the record before in this chain; in the first, of the last record of the topic then, or empty. */
  readonly before: string;
  readonly hash: string;
}

export class Audit {
  readonly #log: () => Log | undefined;
  readonly #chain: string;
  readonly #now: () => Instant;
  #head: { readonly number: number; readonly hash: string } | undefined;
  #breaks = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `log`: undefined until the process has reached it. */
  constructor(log: () => Log | undefined, chain: string, now: () => Instant) {
    this.#log = log;
    this.#chain = chain;
    this.#now = now;
  }

  /** Writes down what was done; resolves when it is durable, and rejects where it cannot be. */
  write(act: Act): Promise<void> {
    const time = new Date(this.#now()).toISOString();
    const next = this.#last.then(() => this.#write(act, time));
    this.#last = next.catch(() => {});
    return next;
  }

  async #write(act: Act, time: string): Promise<void> {
    const log = this.#log();
    if (!log) throw new Error('the log is not reached yet');
    this.#head ??= { number: -1, hash: await lastHash(log) };
    const { number, hash: before } = this.#head;
    const chain = this.#breaks === 0 ? this.#chain : `${this.#chain}/${this.#breaks}`;
    const content = { chain, number: number + 1, time, before, ...act };
    const record: AuditRecord = { ...content, hash: hashOfRecord(content) };
    const entry: NewRecord = { key: chain, value: new TextEncoder().encode(JSON.stringify(record)) };
    for (let attempt = 1; ; attempt++) {
      try {
        await log.append(OF, [entry]);
        break;
      } catch (error) {
        // After a lost reply it may stand there already: the same record twice is one, another one in its place would be a break.
        if (attempt < TRIES) continue;
        // Whether it stands there is not known, so nothing can follow it: a new chain begins.
        this.#breaks += 1;
        this.#head = undefined;
        throw error;
      }
    }
    this.#head = { number: number + 1, hash: record.hash };
  }
}

/** The hash of a record's content. */
export function hashOfRecord(content: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** All records of the trail, in the order of the log; what cannot be read comes as undefined. */
export async function* auditRecords(
  log: Log,
): AsyncGenerator<{ readonly offset: number; readonly record: AuditRecord | undefined }> {
  const end = await log.end(OF);
  for (let from = await log.start(OF); from < end; ) {
    const records = await log.read(OF, from, BATCH);
    if (records.length === 0) return;
    for (const one of records) yield { offset: one.offset, record: recordOf(one) };
    from = records[records.length - 1]!.offset + 1;
  }
}

/** The newest records, newest first. */
export async function latestAudit(log: Log, count: number): Promise<readonly AuditRecord[]> {
  const end = await log.end(OF);
  const found: AuditRecord[] = [];
  const from = Math.max(await log.start(OF), end - count);
  for (const one of await log.read(OF, from, count)) {
    const record = recordOf(one);
    if (record) found.push(record);
  }
  return found.reverse();
}

/** What `dozor audit verify` found. */
export interface Verdict {
  readonly records: number;
  readonly chains: readonly { readonly chain: string; readonly records: number; readonly hash: string }[];
  /** The first break; undefined: the trail is whole. */
  readonly broken?: { readonly offset: number; readonly why: string };
}

/**
 * Reads the trail and looks for the first break. `anchors`: heads of chains that were noted elsewhere; each must still be there, so
 * that an end that was cut off is missed too.
 */
export async function verifyAudit(log: Log, anchors: readonly string[] = []): Promise<Verdict> {
  const heads = new Map<string, { number: number; hash: string }>();
  const hashes = new Set<string>(['']);
  let records = 0;
  const verdict = (broken?: Verdict['broken']): Verdict => ({
    records,
    chains: [...heads].map(([chain, { number, hash }]) => ({ chain, records: number + 1, hash })),
    ...(broken && { broken }),
  });
  const isCut = (await log.start(OF)) > 0;
  for await (const { offset, record } of auditRecords(log)) {
    if (!record) return verdict({ offset, why: 'this is no record of the trail' });
    const { hash, ...content } = record;
    if (hashOfRecord(content) !== hash) return verdict({ offset, why: `record ${record.number} was changed` });
    const head = heads.get(record.chain);
    const isAgain = head?.number === record.number && head.hash === hash;
    if (isAgain) continue;
    if (!head && record.number > 0 && !isCut)
      return verdict({ offset, why: `the chain ${record.chain} begins with record ${record.number}` });
    if (!head && record.number === 0 && !hashes.has(record.before) && !isCut)
      return verdict({ offset, why: `what stood before the chain ${record.chain} is gone` });
    if (head && record.number !== head.number + 1)
      return verdict({ offset, why: `record ${record.number} follows ${head.number}` });
    if (head && record.before !== head.hash)
      return verdict({ offset, why: `record ${record.number} does not follow the one before` });
    heads.set(record.chain, { number: record.number, hash });
    hashes.add(hash);
    records += 1;
  }
  const missing = anchors.find((hash) => !hashes.has(hash));
  if (missing !== undefined)
    return verdict({ offset: await log.end(OF), why: `the record ${missing.slice(0, 64)}, noted before, is gone` });
  return verdict();
}

async function lastHash(log: Log): Promise<string> {
  return (await latestAudit(log, 1))[0]?.hash ?? '';
}

function recordOf({ value }: LogRecord): AuditRecord | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(value)) as Partial<AuditRecord> | null;
    const { chain, number, hash, before } = record ?? {};
    if (typeof chain !== 'string' || typeof number !== 'number' || typeof hash !== 'string') return undefined;
    return typeof before === 'string' ? (record as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
