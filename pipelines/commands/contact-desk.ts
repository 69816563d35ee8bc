/** The book of contacts of one process: followed where that is its role, and read on when somebody asks for a number. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contact, ContactBook } from '../../alerts/contacts.js';
import type { Log } from '../io/log.js';

const LOOK_MS = 1_000;

export class ContactDesk {
  #book: ContactBook | undefined;
  #reading: Promise<void> = Promise.resolve();

  /** From now on the log can be asked. */
  attach(log: Log, partitions: number): void {
    this.#book ??= new ContactBook({ log, partitions });
  }

  /** How a subscriber is reached, as of now; rejects where the log cannot be read. */
  async find(service: string): Promise<Contact | undefined> {
    if (!this.#book) throw new Error('the log is not reached yet');
    await this.#read(this.#book);
    return this.#book.find(service);
  }

  /** Reads on until the signal, and tells how many contacts there are. */
  async follow(signal: AbortSignal, known: (services: number) => void): Promise<void> {
    while (!signal.aborted) {
      const book = this.#book;
      // A log that does not answer is asked again: nothing hangs on when a contact is read.
      if (book) await this.#read(book).catch(() => {});
      known(book?.size ?? 0);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** One at a time: two would read the same records. */
  #read(book: ContactBook): Promise<void> {
    const next = this.#reading.then(() => book.catchUp());
    this.#reading = next.catch(() => {});
    return next;
  }
}
