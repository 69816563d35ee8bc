/** The topics, their keys and how a subject finds its partition. */
import type { Instant } from '../domain/units.js';

export const TOPICS = {
  serviceEvents: 'service-events',
  elementEvents: 'element-events',
  network: 'network',
  facts: 'facts',
  decisions: 'decisions',
  contacts: 'contacts',
  /** What the ledger hears of services and of people's decisions (`domain/notice.ts`). */
  notices: 'notices',
  rejected: 'rejected',
  /** What pages tell of themselves (`domain/page-signal.ts`): nothing is decided by it, and it is no part of a move or a backup. */
  pageSignals: 'page-signals',
  /** Who did what (`access/audit.ts`). */
  audit: 'audit',
} as const;

/** How many partitions an installation has. Fixed at its first start: a changed count stops the start. */
export interface Partitions {
  readonly service: number;
  readonly element: number;
  readonly facts: number;
  readonly decisions: number;
}

/** Every topic with its number of partitions. All that a service task reads beside its own partition is in one of `network`. */
export function topicCounts(
  partitions: Partitions,
): readonly (readonly [topic: (typeof TOPICS)[keyof typeof TOPICS], partitions: number])[] {
  return [
    [TOPICS.serviceEvents, partitions.service],
    [TOPICS.elementEvents, partitions.element],
    [TOPICS.network, 1],
    [TOPICS.facts, partitions.facts],
    [TOPICS.decisions, partitions.decisions],
    [TOPICS.contacts, partitions.service],
    [TOPICS.notices, partitions.decisions],
    [TOPICS.rejected, 1],
    [TOPICS.audit, 1],
  ];
}

/** The key of a tick: no subject begins with `#` followed by this word. */
export const TICK_KEY = '#tick';

/** One beat of the clock, written into every partition that a task reads. */
export interface Tick {
  readonly tick: number;
  /** Where events move the clock: what it says. Live: null, the append time counts. */
  readonly clock: Instant | null;
}

/** A record of `network` or `facts`, with the tick at whose end it was written. */
export interface Told<T> {
  readonly tick: number;
  readonly told: T;
}

const text = new TextEncoder();
const read = new TextDecoder();

export function toBytes(value: unknown): Uint8Array {
  return text.encode(JSON.stringify(value));
}

export function fromBytes(bytes: Uint8Array): unknown {
  return JSON.parse(read.decode(bytes));
}

/** Kafka's own hash of a key (murmur2), so that a producer that keys by subject writes to the right partition. */
export function murmur2(key: string): number {
  const data = text.encode(key);
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ data.length;
  let i = 0;
  for (; i + 4 <= data.length; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const left = data.length - i;
  if (left === 3) h ^= data[i + 2]! << 16;
  if (left >= 2) h ^= data[i + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ data[i]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition of a subject among `count`, as Kafka's default partitioner has it. */
export function partitionOf(subject: string, count: number): number {
  return (murmur2(subject) & 0x7fffffff) % count;
}
