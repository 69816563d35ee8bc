/**
 * The book of contacts: the only place with phone numbers and addresses. It is made from the `contacts` topic, where the door puts
 * what came with a service's record or as `contact.upserted`; nothing else reads that topic, and nothing here is logged.
 */
import { type Instant, parseInstant } from '../pipelines/domain/units.js';
import type { Log } from '../pipelines/io/log.js';

const TOPIC = 'contacts';
const BATCH_MAX = 500;

/** How a subscriber can be reached, as last registered. */
export interface Contact {
  readonly msisdn?: string;
  readonly email?: string;
  /** First and last name, where the operator gave it: read by registers alone. */
  readonly name?: string;
  /** From when it holds. */
  readonly at: Instant;
}

interface Record {
  readonly time: string;
  readonly contact: { readonly msisdn?: unknown; readonly email?: unknown; readonly name?: unknown };
}

export class ContactBook {
  readonly #log: Log;
  readonly #partitions: number;
  readonly #offsets: number[];
  readonly #byService = new Map<string, Contact>();

  constructor(given: { readonly log: Log; readonly partitions: number }) {
    this.#log = given.log;
    this.#partitions = given.partitions;
    this.#offsets = new Array<number>(given.partitions).fill(0);
  }

  /** Reads on to the end of the topic. */
  async catchUp(): Promise<void> {
    for (let partition = 0; partition < this.#partitions; partition++) {
      for (;;) {
        const records = await this.#log.read({ topic: TOPIC, partition }, this.#offsets[partition]!, BATCH_MAX);
        if (records.length === 0) break;
        for (const { key, value } of records)
          this.#take(key, JSON.parse(Buffer.from(value).toString('utf8')) as Record);
        // A log may have gaps.
        this.#offsets[partition] = records[records.length - 1]!.offset + 1;
      }
    }
  }

  #take(service: string, { time, contact }: Record): void {
    const at = parseInstant(time) ?? 0;
    const held = this.#byService.get(service);
    // A contact that holds from earlier than the one known comes late: the later one stands.
    if (held && held.at > at) return;
    const { msisdn, email, name } = contact;
    this.#byService.set(service, {
      at,
      ...(typeof msisdn === 'string' ? { msisdn } : {}),
      ...(typeof email === 'string' ? { email } : {}),
      ...(typeof name === 'string' ? { name } : {}),
    });
  }

  /** How many services have a contact. */
  get size(): number {
    return this.#byService.size;
  }

  /** How to reach the subscriber of a service; undefined where nothing is registered. */
  find(service: string): Contact | undefined {
    return this.#byService.get(service);
  }
}

/** A number as people who look may see it: its first digits and its last two. */
export function masked(msisdn: string): string {
  return msisdn.length <= 6
    ? '*'.repeat(msisdn.length)
    : `${msisdn.slice(0, 4)}${'*'.repeat(msisdn.length - 6)}${msisdn.slice(-2)}`;
}
