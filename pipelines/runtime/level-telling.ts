/**
 * When a service task tells of a network's year: at the year's end, and where late facts changed the sums at the next local
 * midnight after they became known, for as long as the rule looks back. All of it is worked out anew from what is known then.
 */
import { nextDay, startOfYear, yearOf } from '../domain/calendar.js';
import type { Span } from '../domain/intervals.js';
import type { NetworkView } from '../domain/network.js';
import type { Serving } from '../domain/outage.js';
import type { Pack, Packs } from '../domain/pack.js';
import type { ServiceFacts } from '../domain/service.js';
import { profileAt } from '../domain/service.js';
import { NO_TIME, plus, type Time, timeOf } from '../domain/service-level/availability.js';
import { busiestOf } from '../domain/service-level/busy-hours.js';
import { hourText, type LevelFact, levelKey, textOf } from '../domain/service-level/level-fact.js';
import { darkOf, elementTime, inServiceOf, peopleCovered } from '../domain/service-level/network-level.js';
import { EVER, type Instant } from '../domain/units.js';
import { decode as unpack } from './codec.js';
import type { Keep } from './telling.js';

/** Services that the same elements serve, as a service task groups them. */
export interface StandingGroup {
  /** The group itself, whatever it is. */
  readonly of: object;
  readonly operator: string;
  readonly serving: readonly Serving[];
  readonly members: Iterable<ServiceFacts>;
  /** Grows whenever something about it or its members becomes known. */
  readonly touches: number;
}

/** The sums of a group, for as long as nothing about it becomes known. */
interface Summed {
  readonly year: Instant;
  readonly touches: number;
  readonly users: Time;
  readonly services: number;
}

/** A year as it was told last. */
interface Told {
  readonly revision: number;
  readonly saw: string;
}

/** So many services are looked at before others have their turn. */
const SERVICES_AT_ONCE = 1_000;

export class LevelTelling {
  readonly #from: string;
  readonly #packs: Packs;
  readonly #view: NetworkView;
  readonly #keep: Keep;
  readonly #told = new Map<string, Told>();
  /** After a restart all are worked out anew. */
  readonly #summed = new WeakMap<object, Summed>();
  #facts: LevelFact[] = [];

  constructor(given: {
    readonly from: string;
    readonly packs: Packs;
    readonly view: NetworkView;
    readonly keep: Keep;
  }) {
    this.#from = given.from;
    this.#packs = given.packs;
    this.#view = given.view;
    this.#keep = given.keep;
  }

  /** The clock has gone from `known` to `now`: tells of the years that ended in between, and anew of those that ended before. */
  *look(known: Instant, now: Instant, groups: () => Iterable<StandingGroup>): Generator<void, void, void> {
    if (known === EVER) return;
    for (const [operator, pack] of this.#packs.operators()) {
      for (const { year, at } of dueOf(pack, known, now)) {
        const period = { from: startOfYear(year, pack.zone), to: startOfYear(year + 1, pack.zone) };
        const ended = this.#packs.at(operator, period.to - 1)!;
        if (!ended.rules.serviceLevel) continue;
        const told = this.#told.get(levelKey({ operator, period }));
        // A year that ended before the task began is nobody's to tell.
        if (!told && period.to <= known) continue;
        yield* this.#tell(ended, period, at, told, groups);
      }
    }
  }

  *#tell(
    { operator, rules }: Pack,
    period: LevelFact['period'],
    at: Instant,
    told: Told | undefined,
    groups: () => Iterable<StandingGroup>,
  ): Generator<void, void, void> {
    const level = rules.serviceLevel!;
    let users = NO_TIME;
    let services = 0;
    let looked = 0;
    for (const group of groups()) {
      if (group.operator !== operator) continue;
      const held = this.#summed.get(group.of);
      let sum: Summed;
      if (held?.year === period.from && held.touches === group.touches) sum = held;
      else {
        sum = { year: period.from, touches: group.touches, users: NO_TIME, services: 0 };
        const dark = darkOf(group.serving, this.#view, level.excused);
        for (const facts of group.members) {
          if (level.kinds.includes(profileAt(facts, period.to - 1).kind)) sum = withService(sum, facts, period, dark);
          looked += 1;
          if (looked % SERVICES_AT_ONCE === 0) yield;
        }
        this.#summed.set(group.of, sum);
      }
      users = plus(users, sum.users);
      services += sum.services;
    }
    const elements = elementTime(period, this.#view, operator, level);
    const said = {
      users: textOf(users),
      services,
      elements: { ...textOf(elements), count: elements.count },
      covered: peopleCovered(this.#view, operator, level, period.to - 1) ?? null,
      busiest: busiestOf(this.#view.load(operator, period), level.busyHours).map(hourText),
    };
    const saw = JSON.stringify(said);
    if (told?.saw === saw) return;
    // From here on nothing is saved in between: what is told and that it was told are one.
    const revision = (told?.revision ?? 0) + 1;
    const key = levelKey({ operator, period });
    const next: Told = { revision, saw };
    this.#told.set(key, next);
    this.#keep(`y/${key}`, () => next);
    this.#facts.push({ is: 'level', from: this.#from, operator, period, revision, at, ...said });
  }

  takeFacts(): readonly LevelFact[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  /** Takes back what the store held; false where the key is another's. */
  restore(key: string, value: Uint8Array): boolean {
    if (!key.startsWith('y/')) return false;
    this.#told.set(key.slice(2), unpack(value) as Told);
    return true;
  }
}

/** The years to be told of, with the instant at which that was due: their end, or the first midnight after what was known. */
function dueOf({ zone, rules }: Pack, known: Instant, now: Instant): readonly { year: number; at: Instant }[] {
  const lateFor = rules.serviceLevel?.lateFor;
  if (lateFor === undefined) return [];
  const due: { year: number; at: Instant }[] = [];
  const midnight = nextDay(known, zone);
  for (let year = yearOf(known - lateFor, zone); startOfYear(year + 1, zone) <= now; year++) {
    const end = startOfYear(year + 1, zone);
    if (end > known) due.push({ year, at: end });
    else if (midnight <= now && midnight <= end + lateFor) due.push({ year, at: midnight });
  }
  return due;
}

function withService(sum: Summed, facts: ServiceFacts, period: Span, dark: readonly Span[]): Summed {
  const time = timeOf(period, inServiceOf(facts), dark);
  return { ...sum, users: plus(sum.users, time), services: sum.services + (time.inService > 0n ? 1 : 0) };
}
