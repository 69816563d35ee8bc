/** How an installation is, worked out from how its tasks stand, whoever runs them. */
import { EVER, type Instant } from '../domain/units.js';
import type { StatusView } from '../http/ports.js';
import type { Stand, Tally } from './task.js';
import type { Partitions } from './topics.js';

/** A clock that stands still this long is a critical matter. */
export const CLOCK_STANDS_MS = 60_000;

/** The names of all tasks of an installation. */
export function taskNames({ element, service, facts }: Partitions): {
  readonly network: readonly string[];
  readonly service: readonly string[];
  readonly collector: readonly string[];
} {
  const some = (role: string, count: number) => Array.from({ length: count }, (_, i) => `${role}-${i}`);
  return { network: some('network', element), service: some('service', service), collector: some('collector', facts) };
}

/** A task as it stands, by its name. */
export interface TaskStand extends Stand {
  readonly name: string;
  readonly tally: Tally;
}

/** The clock that all have reached, and how long it has stood still. */
export class ClockWatch {
  #clock: Instant = EVER;
  #movedAt: number;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#movedAt = now();
  }

  /** The least clock of those that move one: collectors follow the others. */
  look(stands: readonly TaskStand[]): Instant {
    const clocks = stands.flatMap(({ name, clock }) => (name.startsWith('collector-') ? [] : [clock]));
    const clock = clocks.length === 0 ? EVER : Math.min(...clocks);
    if (clock !== this.#clock) {
      this.#clock = clock;
      this.#movedAt = this.#now();
    }
    return clock;
  }

  get stoodMs(): number {
    return this.#now() - this.#movedAt;
  }

  /** Who holds the clock, where it has stood still too long. */
  heldBy(stands: readonly TaskStand[]): readonly string[] {
    if (this.stoodMs < CLOCK_STANDS_MS) return [];
    const movers = stands.filter(({ name }) => !name.startsWith('collector-'));
    const slowest = Math.min(...movers.map(({ tick }) => tick));
    return movers.filter(({ tick }) => tick === slowest).map(({ name }) => name);
  }
}

/** Puts the view together. `counts` overrides what the tasks' own tallies say. */
export function statusOf(given: {
  readonly stands: readonly TaskStand[];
  readonly watch: ClockWatch;
  readonly clockMode: 'live' | 'events';
  readonly madeUp: string | null;
  readonly startedAt: number;
  readonly decisions: Readonly<Record<string, number>>;
  /** What a door in this process refused before any task saw it. */
  readonly refused: ReadonlyMap<string, number>;
  readonly counts?: Partial<StatusView['counts']>;
}): StatusView {
  const { stands, watch, clockMode } = given;
  const clock = watch.look(stands);
  const live = clockMode === 'live';
  const sum = (name: string) => stands.reduce((total, { tally }) => total + (tally[name] ?? 0), 0);
  const rejected: Record<string, number> = Object.fromEntries(given.refused);
  for (const { tally } of stands) {
    for (const [name, count] of Object.entries(tally)) {
      if (!name.startsWith('rejected/')) continue;
      const reason = name.slice('rejected/'.length);
      rejected[reason] = (rejected[reason] ?? 0) + count;
    }
  }
  return {
    clock: clock === EVER ? null : clock,
    behindMs: live && clock !== EVER ? Math.max(0, Date.now() - clock) : null,
    clockMode,
    heldBy: live ? watch.heldBy(stands) : [],
    madeUp: given.madeUp,
    counts: {
      services: sum('services'),
      elements: sum('elements'),
      events: sum('taken'),
      duplicates: sum('duplicates'),
      waiting: sum('waiting'),
      decisions: given.decisions,
      rejected,
      ...given.counts,
    },
    startedAt: given.startedAt,
  };
}
