/**
 * The events that a decision came from, looked up on the log for whoever reads its why. Newest first and within bounds, for a page asks:
 * what lies further back is for `dozor explain`, which reads the whole log.
 */

import { refsOf } from '../domain/refs.js';
import type { SourceEvent, SourceEvents, WireDecision } from '../http/ports.js';
import type { Log, TopicPartition } from '../io/log.js';
import { fromBytes, partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';

/** How many records are looked at for one decision, and how many in one step. */
const RECORDS_MAX = 200_000;
const STEP = 2_000;

/** Finds source events on a log that is read at any place for nothing: one of this machine. */
export class SourceEventFinder {
  readonly #log: Log;
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  /** What its `because` names; one search after another, so that readers of pages do not crowd out the tasks. */
  find(decision: WireDecision): Promise<SourceEvents> {
    const next = this.#last.then(() => this.#find(decision));
    this.#last = next.catch(() => {});
    return next;
  }

  async #find({ data, subject = '' }: WireDecision): Promise<SourceEvents> {
    const refs = new Set(refsOf(data['because']));
    const found = new Map<string, SourceEvent>();
    let left = RECORDS_MAX;
    for (const of of await this.#places(subject)) {
      if (found.size === refs.size || left <= 0) break;
      left = await this.#look(of, refs, found, left);
    }
    return { named: refs.size, events: [...found.values()].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)) };
  }

  /** The partitions of the subject itself, then all others: an outage of a service comes from the elements that serve it. */
  async #places(subject: string): Promise<readonly TopicPartition[]> {
    const own: TopicPartition[] = [];
    const others: TopicPartition[] = [];
    for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) {
      const count = await this.#log.partitions(topic);
      for (let partition = 0; partition < count; partition++)
        (partition === partitionOf(subject, count) ? own : others).push({ topic, partition });
    }
    // Of the others those of elements first.
    return [...own, ...others.reverse()];
  }

  /** Looks through a partition from its end; gives how many records may still be looked at. */
  async #look(
    of: TopicPartition,
    refs: ReadonlySet<string>,
    found: Map<string, SourceEvent>,
    max: number,
  ): Promise<number> {
    const start = await this.#log.start(of);
    let left = max;
    for (let to = await this.#log.end(of); to > start && left > 0 && found.size < refs.size; ) {
      const from = Math.max(start, to - STEP);
      for (let at = from; at < to; ) {
        const records = await this.#log.read(of, at, to - at);
        if (records.length === 0) break;
        for (const { key, value } of records) {
          if (key === TICK_KEY) continue;
          const event = fromBytes(value) as SourceEvent;
          const ref = `${event.source}#${event.id}`;
          if (refs.has(ref)) found.set(ref, shown(event));
        }
        at = records[records.length - 1]!.offset + 1;
      }
      left -= to - from;
      to = from;
      // Tasks and pages come between two steps.
      await new Promise((next) => setImmediate(next));
    }
    return left;
  }
}

function shown({ id, source, type, subject, time, recordedtime, data }: SourceEvent): SourceEvent {
  const { contact: _, ...rest } = data;
  return { id, source, type, subject, time, ...(recordedtime !== undefined && { recordedtime }), data: rest };
}
