/**
 * A service as a task holds it. Of ten million services few are in use at one moment: what is known of one is folded into a few
 * hundred bytes, and opened when somebody asks. What is needed of all of them, always, stands beside it.
 */

import { activeSince, type ProfileVersion, type ServiceFacts } from '../domain/service.js';
import type { Instant } from '../domain/units.js';
import { EVER } from '../domain/units.js';
import { UsageBook } from '../domain/usage/book.js';
import { encode as pack, decode as unpack } from './codec.js';

/** What is known of a service. */
interface Open {
  facts: ServiceFacts;
  /** The facts as they are folded; absent: they have changed. They are by far the most of it, and seldom change. */
  packedFacts?: Uint8Array | undefined;
  readonly states: Map<string, unknown>;
  /** What it used; absent where it used nothing that a rule of its operator asks for. */
  usage: UsageBook | undefined;
}

export class ServiceCell<Group> {
  readonly id: string;
  /** Set by whoever holds the cell, before anybody else sees it. */
  group!: Group;
  /** Since when it is active. */
  since: Instant;
  /** The instant of its last evaluation: it is never evaluated as of an earlier one. */
  at: Instant = EVER;
  due: Instant | undefined = undefined;
  dirty = false;
  /** When its use has to be looked at again, and whether it changed. */
  usageDue: Instant | undefined = undefined;
  usageDirty = false;
  #unpriced = false;
  #open: Open | undefined;
  #folded: string | undefined;
  /** The days of use, which the store holds apart. */
  #days = '';

  private constructor(id: string, since: Instant, open: Open | undefined, folded: string | undefined) {
    this.id = id;
    this.since = since;
    this.#open = open;
    this.#folded = folded;
  }

  /** A service that has just become known. */
  static begin<Group>(facts: ServiceFacts): ServiceCell<Group> {
    return new ServiceCell(facts.id, activeSince(facts), { facts, states: new Map(), usage: undefined }, undefined);
  }

  /** Whether it has records that the tariff rates. */
  get hasUnpriced(): boolean {
    return this.#open ? (this.#open.usage?.hasUnpriced ?? false) : this.#unpriced;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  get facts(): ServiceFacts {
    return this.#opened().facts;
  }

  set facts(facts: ServiceFacts) {
    const open = this.#opened();
    open.facts = facts;
    open.packedFacts = undefined;
    this.since = activeSince(facts);
  }

  get states(): Map<string, unknown> {
    return this.#opened().states;
  }

  get usage(): UsageBook | undefined {
    return this.#opened().usage;
  }

  set usage(usage: UsageBook | undefined) {
    this.#opened().usage = usage;
  }

  /** What is known has changed: what was folded is not it any more. */
  changed(): void {
    this.#opened();
    this.#folded = undefined;
  }

  /** Lets go of the opened form. */
  fold(): void {
    if (!this.#open) return;
    this.#folded ??= foldedOf(this.#open);
    this.#days = this.#open.usage?.packDays() ?? '';
    this.#unpriced = this.hasUnpriced;
    this.#open = undefined;
  }

  /** A day of use, as the store holds it. */
  restoreDay(day: number, packed: string): void {
    this.#opened().usage?.restoreDay(day, packed);
  }

  /** For the store: all but the days of use. `group` is the key of its group, where it has one with others. */
  toBytes(group: string | null): Uint8Array {
    this.#folded ??= foldedOf(this.#open!);
    const { at, due = null, dirty, usageDue = null, usageDirty } = this;
    const flags = (dirty ? 1 : 0) | (usageDirty ? 2 : 0) | (this.hasUnpriced ? 4 : 0);
    return pack([VERSION, group, this.since, at, due, usageDue, flags, Buffer.from(this.#folded, 'latin1')]);
  }

  /** From the store, and the key of its group, where it said one. */
  static fromBytes<Group>(
    id: string,
    bytes: Uint8Array,
  ): { readonly cell: ServiceCell<Group>; readonly group: string | null } {
    const held = unpack(bytes) as readonly [
      number,
      string | null,
      Instant,
      Instant,
      Instant | null,
      Instant | null,
      number,
      Uint8Array,
    ];
    if (!Array.isArray(held) || held[0] !== VERSION)
      throw new Error(`service ${id} is kept in a form that this version does not know`);
    const [, group, since, at, due, usageDue, flags, folded] = held;
    const cell = new ServiceCell<Group>(id, since, undefined, latin1(folded));
    cell.at = at;
    cell.due = due ?? undefined;
    cell.usageDue = usageDue ?? undefined;
    cell.dirty = (flags & 1) !== 0;
    cell.usageDirty = (flags & 2) !== 0;
    cell.#unpriced = (flags & 4) !== 0;
    return { cell, group };
  }

  #opened(): Open {
    if (this.#open) return this.#open;
    this.#open = openOf(this.id, this.#folded!);
    if (this.#days) this.#open.usage?.unpackDays(this.#days);
    this.#days = '';
    return this.#open;
  }
}

const VERSION = 3;

/**
 * The fields of a service's record by place, so that their names are not kept a million times. Only ever added to: the place of a
 * field is part of what stores hold.
 */
const FIELDS = [
  'operator',
  'kind',
  'customerId',
  'customerType',
  'payment',
  'activeFrom',
  'contractTo',
  'monthlyFee',
  'billingDay',
  'tariffId',
  'contractedDownBitsPerSecond',
  'servedBy',
  'limits',
  'creditLimit',
  'spendBar',
  'outagePreference',
  'language',
  'notifyBy',
] as const;
const PLACES: ReadonlyMap<string, number> = new Map(FIELDS.map((field, i) => [field, i]));

type FoldedVersion = readonly [Instant, Instant, string, number, readonly unknown[], Record<string, unknown>?];

function foldedOf(open: Open): string {
  const { facts, states, usage } = open;
  open.packedFacts ??= packFacts(facts);
  const parts: unknown[] = [
    open.packedFacts,
    states.size > 0 ? Object.fromEntries(states) : null,
    usage ? Buffer.from(usage.pack(), 'latin1') : null,
  ];
  while (parts.at(-1) === null) parts.pop();
  return latin1(pack(parts));
}

function packFacts({ versions, turns, faults }: ServiceFacts): Uint8Array {
  const parts: unknown[] = [
    versions.map(foldVersion),
    turns.length > 0 ? turns : null,
    Object.keys(faults).length > 0 ? faults : null,
  ];
  while (parts.at(-1) === null) parts.pop();
  return copied(pack(parts));
}

/** Bytes of their own: those of the codec are part of a larger buffer, which they would keep. */
function copied(bytes: Uint8Array): Uint8Array {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

function foldVersion({ at, known, ref, profile }: ProfileVersion): FoldedVersion {
  let mask = 0;
  const values: unknown[] = [];
  FIELDS.forEach((field, i) => {
    const value = profile[field];
    if (value === undefined) return;
    mask |= 1 << i;
    values.push(value);
  });
  const others = Object.entries(profile).filter(([field, value]) => !PLACES.has(field) && value !== undefined);
  return others.length > 0
    ? [at, known, ref, mask, values, Object.fromEntries(others)]
    : [at, known, ref, mask, values];
}

function openOf(id: string, folded: string): Open {
  const [packedFacts, states, usage] = unpack(Buffer.from(folded, 'latin1')) as [
    Uint8Array,
    Record<string, unknown> | null | undefined,
    Uint8Array | null | undefined,
  ];
  const [versions, turns, faults] = unpack(packedFacts) as [
    readonly FoldedVersion[],
    ServiceFacts['turns'] | null | undefined,
    ServiceFacts['faults'] | null | undefined,
  ];
  return {
    packedFacts: copied(packedFacts),
    facts: {
      id,
      versions: versions.map(([at, known, ref, mask, values, others]) => {
        const profile: Record<string, unknown> = {};
        let next = 0;
        FIELDS.forEach((field, i) => {
          if (mask & (1 << i)) profile[field] = values[next++];
        });
        return { at, known, ref, profile: { ...profile, ...others } as ProfileVersion['profile'] };
      }),
      turns: turns ?? [],
      faults: faults ?? {},
    },
    states: new Map(Object.entries(states ?? {})),
    usage: usage ? UsageBook.unpack(latin1(usage)) : undefined,
  };
}
