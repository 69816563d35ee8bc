/**
 * One round of the ledger: what is looked up, and what will be written, all of it in one commit. A read sees what the round has
 * written before.
 */
import type { ContactCipher } from './cipher.js';
import { decodeEntry, type Entry, encodeEntry } from './entry.js';
import { NOBODY, type NumberHolder, type Person } from './people.js';
import { decodeRow, encodeRow, entryKey, numberKey, personKey, type ReceiptRow, receiptKey, saidKey } from './rows.js';

/** What the ledger reads of its own, and of numbers registered in other ledgers. */
export interface Shelf {
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  entries(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  /** The values of a key in all other ledgers that have it. */
  others(keys: readonly string[]): Promise<readonly (readonly Uint8Array[])[]>;
}

export interface Writes {
  readonly puts: Map<string, Uint8Array>;
  readonly deletes: Set<string>;
}

export class RoundBook {
  readonly #shelf: Shelf;
  readonly #cipher: ContactCipher;
  readonly #held = new Map<string, Uint8Array | undefined>();
  readonly #elsewhere = new Map<string, readonly Uint8Array[]>();
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #people = new Map<string, Person>();
  readonly writes: Writes = { puts: new Map(), deletes: new Set() };

  constructor(shelf: Shelf, cipher: ContactCipher) {
    this.#shelf = shelf;
    this.#cipher = cipher;
  }

  /** Fetches keys that will be asked for; those known already cost nothing. */
  async fetch(keys: Iterable<string>): Promise<void> {
    const asked = [...new Set(keys)].filter((key) => !this.#held.has(key));
    if (asked.length === 0) return;
    const values = await this.#shelf.get(asked);
    asked.forEach((key, i) => void this.#held.set(key, values[i]));
  }

  /** Fetches who has these numbers, here and in all other ledgers. */
  async fetchNumbers(prints: Iterable<string>): Promise<void> {
    const keys = [...new Set(prints)].map(numberKey).filter((key) => !this.#elsewhere.has(key));
    if (keys.length === 0) return;
    await this.fetch(keys);
    const found = await this.#shelf.others(keys);
    keys.forEach((key, i) => void this.#elsewhere.set(key, found[i] ?? []));
  }

  #value(key: string): Uint8Array | undefined {
    if (this.writes.deletes.has(key)) return undefined;
    const fresh = this.writes.puts.get(key);
    if (fresh) return fresh;
    if (!this.#held.has(key)) throw new Error(`${key.slice(0, 2)}: a row was not fetched`);
    return this.#held.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.writes.deletes.delete(key);
    this.writes.puts.set(key, value);
  }

  delete(key: string): void {
    this.writes.puts.delete(key);
    this.writes.deletes.add(key);
  }

  entry(noticeId: string): Entry | undefined {
    if (!this.#entries.has(noticeId)) {
      const value = this.#value(entryKey(noticeId));
      this.#entries.set(noticeId, value && decodeEntry(value));
    }
    return this.#entries.get(noticeId);
  }

  /** The entry as the last commit left it. */
  committedEntry(noticeId: string): Entry | undefined {
    const value = this.#held.get(entryKey(noticeId));
    return value && decodeEntry(value);
  }

  setEntry(entry: Entry): void {
    this.#entries.set(entry.noticeId, entry);
    this.put(entryKey(entry.noticeId), encodeEntry(entry));
  }

  person(service: string): Person {
    const known = this.#people.get(service);
    if (known) return known;
    const value = this.#value(personKey(service));
    const person = value ? (this.#cipher.open(value) as Person) : NOBODY;
    this.#people.set(service, person);
    return person;
  }

  setPerson(service: string, person: Person): void {
    this.#people.set(service, person);
    this.put(personKey(service), this.#cipher.seal(person));
  }

  /** Who has, or had, a number: here and elsewhere. */
  holders(print: string): readonly NumberHolder[] {
    const own = this.ownHolders(print);
    const others = this.#elsewhere.get(numberKey(print)) ?? [];
    return [...own, ...others.flatMap((value) => decodeRow<readonly NumberHolder[]>(value))];
  }

  ownHolders(print: string): readonly NumberHolder[] {
    const value = this.#value(numberKey(print));
    return value ? decodeRow<readonly NumberHolder[]>(value) : [];
  }

  setHolders(print: string, holders: readonly NumberHolder[]): void {
    this.put(numberKey(print), encodeRow(holders));
  }

  /** That a notice has left before anything else was known of it here. */
  said(noticeId: string): { readonly channel: string; readonly at: number } | undefined {
    const value = this.#value(saidKey(noticeId));
    return value && decodeRow(value);
  }

  receipt(via: string, id: string): ReceiptRow | undefined {
    const value = this.#value(receiptKey(via, id));
    return value && decodeRow<ReceiptRow>(value);
  }
}
