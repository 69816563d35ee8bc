/**
 * The gate of an installation: lines in, records on the log. What it answered as accepted is durable. It names each event once
 * over all partitions, splits contacts off, and where events move the clock it writes the tick before the event that moved it.
 */

import type { DozorEvent } from '../domain/event.js';
import type { Packs } from '../domain/pack.js';
import { EVER, type Instant, parseInstant, SECOND } from '../domain/units.js';
import type { EventIntake, Grant, LineAnswer } from '../http/ports.js';
import type { Log, NewRecord } from '../io/log.js';
import type { Memo } from '../io/memo.js';
import { encode as pack, decode as unpack } from './codec.js';
import { type Decoded, fingerprint, type Rejection, rejected } from './decode.js';
import { Door, type DoorMemory } from './door.js';
import { rejectionLetters, type Sealer } from './intake.js';
import { SourceBook } from './source-book.js';
import type { Letter } from './task.js';
import { type Ticker, tickedPartitions } from './ticker.js';
import { type Partitions, partitionOf, TOPICS, toBytes } from './topics.js';

/** Under which name the only door of an installation keeps what it remembers in a store. */
export const DOOR = 'door';

/** What the door remembers, fetched for a batch and saved after it is on the log. */
class BatchMemory implements DoorMemory {
  readonly held = new Map<string, string | undefined>();
  readonly changed = new Map<string, string | undefined>();

  #get(key: string): string | undefined {
    return this.changed.has(key) ? this.changed.get(key) : this.held.get(key);
  }
  seen(id: string): string | undefined {
    return this.#get(`n/${id}`);
  }
  remember(id: string, content: string): void {
    this.changed.set(`n/${id}`, content);
  }
  forget(id: string): void {
    this.changed.set(`n/${id}`, undefined);
  }
  currencyOf(subject: string): string | undefined {
    return this.#get(`c/${subject}`);
  }
  setCurrency(subject: string, currency: string): void {
    if (this.currencyOf(subject) !== currency) this.changed.set(`c/${subject}`, currency);
  }
}

export interface GateGiven {
  readonly log: Log;
  readonly memory: Memo;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly clock: 'live' | 'events';
  /** Where events move the clock: by how much they must have moved on. */
  readonly storyTickSeconds: number;
  /** Who numbers the ticks, where events move the clock. */
  readonly ticker: Ticker | undefined;
  readonly seal: Sealer;
}

export class Gate implements EventIntake {
  readonly #given: GateGiven;
  readonly #memory = new BatchMemory();
  readonly #door: Door;
  /** What the last tick said. */
  #ticked: Instant;
  /** Requests are taken one after the other: the order of the log is the order of the answers. */
  #queue: Promise<unknown> = Promise.resolve();
  /** When each source was heard last. */
  readonly sources = new SourceBook();
  readonly counts = { events: 0, duplicates: 0, rejected: new Map<string, number>() };

  private constructor(given: GateGiven, clock: Instant) {
    this.#given = given;
    this.#ticked = clock;
    this.#door = new Door({ packs: given.packs, memory: this.#memory, clock });
  }

  static async open(given: GateGiven): Promise<Gate> {
    if (given.clock === 'events' && !given.ticker)
      throw new Error('where events move the clock the door numbers the ticks');
    const [held] = given.clock === 'events' ? await given.memory.get(['clock']) : [];
    return new Gate(given, held ? (unpack(held) as Instant) : EVER);
  }

  /** Where events move the clock: what it says. */
  get clock(): Instant {
    return this.#door.clock;
  }

  takeLines(lines: readonly string[], first: number, _by: Grant): Promise<readonly LineAnswer[]> {
    return this.#inOrder(() =>
      this.#take(
        lines.flatMap((text, i) => {
          const line = first + i;
          return text.trim() === '' ? [] : [{ line, decoded: this.#door.readLine(text, line) }];
        }),
      ),
    );
  }

  takeObjects(events: readonly unknown[], _by: Grant): Promise<readonly LineAnswer[]> {
    return this.#inOrder(() =>
      this.#take(events.map((event, i) => ({ line: i + 1, decoded: this.#door.readObject(event, i + 1) }))),
    );
  }

  moveClock(to: Instant): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#given.clock !== 'events') throw new Error('the clock is moved by ticks: it cannot be moved by hand');
      if (to < this.#door.clock) throw new Error('the clock cannot be moved back');
      this.#door.clock = to;
      this.#ticked = to;
      const tick = await this.#given.ticker!.next(to);
      const { log, partitions } = this.#given;
      await Promise.all(tickedPartitions(partitions).map((one) => log.append(one, [tick])));
      await this.#save();
    });
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => {});
    return run;
  }

  async #take(came: readonly { readonly line: number; readonly decoded: Decoded }[]): Promise<readonly LineAnswer[]> {
    const { clock } = this.#door;
    const ticked = this.#ticked;
    try {
      return await this.#admitAll(came);
    } catch (error) {
      // What may not be on the log must not count as seen: the sender will come again.
      this.#memory.changed.clear();
      this.#door.clock = clock;
      this.#ticked = ticked;
      throw error;
    }
  }

  async #admitAll(
    came: readonly { readonly line: number; readonly decoded: Decoded }[],
  ): Promise<readonly LineAnswer[]> {
    await this.#fetch(came.map(({ decoded }) => decoded));
    const { partitions, clock, storyTickSeconds, ticker } = this.#given;
    const outgoing = new Map<string, { topic: string; partition: number; records: NewRecord[] }>();
    const put = (topic: string, partition: number, record: NewRecord) => {
      const name = `${topic}/${partition}`;
      const batch = outgoing.get(name) ?? { topic, partition, records: [] };
      batch.records.push(record);
      outgoing.set(name, batch);
    };
    const answers: LineAnswer[] = [];
    const count = { events: 0, duplicates: 0, rejected: [] as Rejection[] };
    const heard: DozorEvent[] = [];
    for (const { line, decoded } of came) {
      const before = this.#door.clock;
      const taken = this.#door.admit(decoded, line);
      if (taken.is === 'rejected') {
        const { rejection } = taken;
        count.rejected.push(rejection);
        // Live, a bad line counts at its own time; one that has none, at the time at which it came.
        const at = clock === 'events' ? before : (ownTime(rejection.event) ?? Date.now());
        for (const letter of rejectionLetters(rejection, at, this.#given)) send(put, letter);
        answers.push(refusal(line, rejection));
        continue;
      }
      if (taken.is === 'duplicate') {
        count.duplicates += 1;
        answers.push({ line, status: 'duplicate', ...idOf(decoded) });
        continue;
      }
      count.events += 1;
      if (
        clock === 'events' &&
        this.#door.clock > before &&
        this.#door.clock >= this.#ticked + storyTickSeconds * SECOND
      ) {
        this.#ticked = this.#door.clock;
        const tick = await ticker!.next(this.#door.clock);
        for (const { topic, partition } of tickedPartitions(partitions)) put(topic, partition, tick);
      }
      const { event, wire, sides, contact } = taken;
      heard.push(event);
      const record = { key: event.subject, value: toBytes(wire) };
      // A contact is for `alerts` alone; what is left of its own event says nothing.
      if (event.type !== 'contact.upserted') {
        if (sides.element) put(TOPICS.elementEvents, partitionOf(event.subject, partitions.element), record);
        if (sides.service) put(TOPICS.serviceEvents, partitionOf(event.subject, partitions.service), record);
      }
      if (contact) {
        const { id, source, time, recordedtime } = wire;
        // Whose it is: a number may be registered for several services of one customer.
        const customer = event.type === 'service.upserted' ? event.data.customerId : undefined;
        const value = toBytes({ id, source, time, recordedtime, contact, customer });
        put(TOPICS.contacts, partitionOf(event.subject, partitions.service), { key: event.subject, value });
      }
      answers.push({ line, status: 'accepted', id: event.id });
    }
    const { log } = this.#given;
    await Promise.all(
      [...outgoing.values()].map(({ topic, partition, records }) => log.append({ topic, partition }, records)),
    );
    await this.#save();
    for (const { source, recordedtime } of heard) this.sources.heard(source, recordedtime);
    this.counts.events += count.events;
    this.counts.duplicates += count.duplicates;
    for (const { reason } of count.rejected)
      this.counts.rejected.set(reason, (this.counts.rejected.get(reason) ?? 0) + 1);
    return answers;
  }

  async #fetch(decoded: readonly Decoded[]): Promise<void> {
    const keys = new Set<string>();
    for (const one of decoded) {
      if (!one.ok) continue;
      keys.add(`n/${fingerprint(one.wire).id}`);
      keys.add(`c/${one.event.subject}`);
    }
    const asked = [...keys];
    const values = await this.#given.memory.get(asked);
    this.#memory.held.clear();
    asked.forEach((key, i) => {
      const value = values[i];
      this.#memory.held.set(key, value ? (unpack(value) as string) : undefined);
    });
  }

  async #save(): Promise<void> {
    const puts = new Map<string, Uint8Array>();
    const deletes = new Set<string>();
    for (const [key, value] of this.#memory.changed) {
      if (value === undefined) deletes.add(key);
      else puts.set(key, pack(value));
    }
    if (this.#given.clock === 'events' && this.#door.clock !== EVER) puts.set('clock', pack(this.#door.clock));
    if (puts.size + deletes.size > 0) await this.#given.memory.put(puts, deletes);
    this.#memory.changed.clear();
  }

  /** The same for a process that has no door: straight in what the doors know in common. */
  static release(memory: Memo, source: string, id: string): Promise<void> {
    return memory.put(new Map(), new Set([`n/${fingerprint({ source, id }).id}`]));
  }

  /** A task found an event bad after the door had let it in: its id is free again. */
  release(source: string, id: string): Promise<void> {
    return this.#inOrder(async () => {
      this.#memory.forget(fingerprint({ source, id }).id);
      await this.#save();
    });
  }
}

function send(put: (topic: string, partition: number, record: NewRecord) => void, letter: Letter): void {
  put(letter.topic, letter.partition, { key: letter.key, value: letter.value });
}

function refusal(line: number, rejection: Rejection): LineAnswer {
  const { reason, message, field, event } = rejection;
  const id = typeof event === 'object' && event !== null ? (event as { id?: unknown }).id : undefined;
  return {
    line,
    status: 'rejected',
    ...(typeof id === 'string' ? { id } : {}),
    reason,
    message,
    ...(field ? { field } : {}),
    decision: rejected(rejection).id,
  };
}

function ownTime(event: unknown): Instant | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { recordedtime, time } = event as { recordedtime?: unknown; time?: unknown };
  const text = recordedtime ?? time;
  return typeof text === 'string' ? parseInstant(text) : undefined;
}

function idOf(decoded: Decoded): { readonly id?: string } {
  return decoded.ok ? { id: decoded.event.id } : {};
}
