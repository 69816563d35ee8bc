/**
 * What a collector is: a pure rule about what meets in one key (an incident, a customer, a node). It hears absolute facts of all
 * service tasks, in any order and any number of times, and is asked to judge when all of them have told up to a clock.
 */
import type { Draft } from '../domain/decision.js';
import type { Fact } from '../domain/fact.js';
import type { Packs, RuleName } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';

/** A collector of one kind of facts. A state is never changed in place: what is the same object is the same. */
export interface Collector<Heard extends Fact = Fact, State = unknown> {
  readonly name: string;
  /** The kind of facts it hears. */
  readonly hears: Heard['is'];
  /** The sections of a pack that it reads. */
  readonly reads: readonly RuleName[];
  /** The beginning of its keys in the store: part of what stores hold, never changed, without a slash. */
  readonly prefix: string;
  /** In what such a fact meets others. */
  keyOf(fact: Heard): string;
  /** The state before the first fact of a key. */
  start(fact: Heard): State;
  /** Takes a fact in; the same state where it says nothing new. */
  hear(state: State, fact: Heard): State;
  /** All tasks have told up to `clock`: what follows up to then, in order. */
  judge(state: State, given: Judging): Judged<State>;
  /** How the state is kept; undefined: nothing of it is worth keeping. */
  keep(state: State): Kept | undefined;
  take(kept: Required<Kept>): State;
}

export interface Judging {
  readonly key: string;
  readonly clock: Instant;
  readonly packs: Packs;
}

export interface Judged<State> {
  readonly state: State;
  readonly drafts: readonly Draft[];
  /** When it has to be asked again without a new fact: an instant after the clock, EVER for the next time; undefined: never. */
  readonly next?: Instant | undefined;
}

/** A state as plain data: a small head, and parts of which only those that changed are written. */
export interface Kept {
  readonly head: Readonly<Record<string, unknown>>;
  readonly parts?: ReadonlyMap<string, unknown>;
}

/** Splits facts that wait for the clock: those found up to it, instant by instant, and the rest. */
export function upTo<Heard extends { readonly at: Instant }>(
  waiting: readonly Heard[],
  clock: Instant,
): { readonly due: readonly (readonly [at: Instant, facts: readonly Heard[]])[]; readonly rest: readonly Heard[] } {
  const byInstant = new Map<Instant, Heard[]>();
  const rest: Heard[] = [];
  for (const fact of waiting) {
    const together = byInstant.get(fact.at);
    if (fact.at > clock) rest.push(fact);
    else if (together) together.push(fact);
    else byInstant.set(fact.at, [fact]);
  }
  return { due: [...byInstant].sort(([a], [b]) => a - b), rest };
}

/** The earliest of some instants; undefined where there is none. */
export function earliest(instants: Iterable<Instant>): Instant | undefined {
  let first: Instant | undefined;
  for (const at of instants) if (first === undefined || at < first) first = at;
  return first;
}
