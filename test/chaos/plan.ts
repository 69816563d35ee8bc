/** Which faults, in which order: from a seed, each kind as often as there is room for, at least twice in a run of ten minutes. */
import type { Random } from '../../pipelines/play/random.js';

/** What can go wrong, with the seconds that it takes about, recovery and the pause after it included. */
export const KINDS = {
  'worker killed': 14,
  'worker stopped past the session, then continued': 18,
  'worker handed over': 8,
  'third worker joins and leaves': 14,
  'door killed': 7,
  'door handed over': 6,
  'door replies lost': 5,
  'Redis killed': 8,
  'Redis killed, last second lost': 10,
  'Redis replies lost after commits': 6,
  'Redis connections cut': 5,
  'Redis slow': 10,
  'Redis half-open for one worker': 16,
  'Kafka killed': 24,
  'Kafka stopped for 33 s': 48,
  'Kafka replies lost after produces': 7,
  'Kafka connections cut': 6,
  'Kafka slow': 10,
  'Kafka half-open for one worker': 20,
  'worker killed, Redis loses the take-over': 20,
  'door started, Redis loses that second': 10,
  'worker killed while Kafka is away': 26,
  'Kafka stopped for 90 s': 112,
} as const satisfies Record<string, number>;

export type FaultKind = keyof typeof KINDS;

/** Longer than every retry of everything. Once is enough, and only where there is time for it. */
const ONCE: readonly FaultKind[] = ['Kafka stopped for 90 s'];
const TWICE_FROM_SECONDS = 600;

export interface PlanOptions {
  readonly seconds: number;
  /** Only kinds whose name has one of these words in it; empty: all. */
  readonly only: readonly string[];
  /** With `only`: how often each, whatever the time. */
  readonly times?: number;
}

/** The faults of a run, in their order. A short run has some of the kinds only; another seed has others. */
export function makePlan(random: Random, { seconds, only, times }: PlanOptions): readonly FaultKind[] {
  const chosen = (Object.keys(KINDS) as FaultKind[]).filter(
    (kind) => only.length === 0 || only.some((word) => kind.includes(word)),
  );
  if (chosen.length === 0) throw new Error(`no fault is named so; there are: ${Object.keys(KINDS).join(', ')}`);
  if (times !== undefined) return random.shuffle(Array.from({ length: times }, () => chosen).flat());

  const plan: FaultKind[] = [];
  let left = seconds;
  const take = (kinds: readonly FaultKind[], must: boolean) => {
    for (const kind of random.shuffle(kinds)) {
      if (!must && KINDS[kind] > left) continue;
      plan.push(kind);
      left -= KINDS[kind];
    }
  };
  const often = chosen.filter((kind) => !ONCE.includes(kind));
  const long = seconds >= TWICE_FROM_SECONDS;
  if (long)
    take(
      chosen.filter((kind) => ONCE.includes(kind)),
      true,
    );
  for (let round = 0; round < 2; round++) take(often, long);
  for (let before = -1; before !== plan.length && left > 0; ) {
    before = plan.length;
    take(often, false);
  }
  return random.shuffle(plan);
}
