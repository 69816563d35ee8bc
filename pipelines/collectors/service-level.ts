/**
 * The year of a whole network: MTEL SD B.2.2. Every service task tells the sums of its own services at the year's end; when all
 * have come to it the levels are assessed, once. What becomes known later is told anew, and assessed again where the answer differs.
 */
import type { Draft } from '../domain/decision.js';
import { type Level, type LevelVerdict, levelDraft, verdictsOf } from '../domain/service-level/assessed.js';
import { NO_TIME, plus } from '../domain/service-level/availability.js';
import { hourOfText, type LevelFact, levelKey, timeOfText } from '../domain/service-level/level-fact.js';
import type { Collector } from './collector.js';

/** What was said of a parameter, and how often. */
interface Told {
  readonly revision: number;
  readonly saw: string;
}

export interface LevelYear {
  readonly by: Readonly<Record<string, LevelFact>>;
  readonly told: Readonly<Record<string, Told>>;
}

export const serviceLevel: Collector<LevelFact, LevelYear> = {
  name: 'service-level',
  hears: 'level',
  reads: ['serviceLevel'],
  prefix: 'y',
  keyOf: levelKey,
  start: () => ({ by: {}, told: {} }),
  hear(state, fact) {
    if ((state.by[fact.from]?.revision ?? -1) >= fact.revision) return state;
    return { ...state, by: { ...state.by, [fact.from]: fact } };
  },
  judge(state, { clock, packs }) {
    const facts = Object.values(state.by).sort((a, b) => (a.from < b.from ? -1 : 1));
    const [{ operator, period }] = facts as [LevelFact];
    // Who is behind has not told yet: what all say holds when the clock of all has come to the last of it.
    const due = Math.max(...facts.map(({ at }) => at));
    if (due > clock) return { state, drafts: [], next: due };
    const pack = packs.at(operator, period.to - 1)!;
    const rules = pack.rules.serviceLevel;
    const drafts: Draft[] = [];
    const told: Record<string, Told> = { ...state.told };
    for (const verdict of rules ? verdictsOf(levelOf(facts), rules, pack.zone) : []) {
      const before = told[verdict.parameter];
      const saw = sawOf(verdict);
      if (before?.saw === saw) continue;
      const revision = before && before.revision + 1;
      told[verdict.parameter] = { revision: revision ?? 0, saw };
      drafts.push(levelDraft(verdict, period, pack, due, revision));
    }
    return { state: { ...state, told }, drafts };
  },
  keep: (state) => ({ head: { told: state.told }, parts: new Map(Object.entries(state.by)) }),
  take: ({ head, parts }) => ({
    told: head['told'] as LevelYear['told'],
    by: Object.fromEntries(parts as ReadonlyMap<string, LevelFact>),
  }),
};

/** Services add up; the network is the same for all who tell of it: as who told of it last saw it. */
function levelOf(facts: readonly LevelFact[]): Level {
  const seen = facts.reduce((last, fact) => (fact.at > last.at ? fact : last));
  return {
    users: facts.reduce((sum, { users }) => plus(sum, timeOfText(users)), NO_TIME),
    services: facts.reduce((sum, { services }) => sum + services, 0),
    elements: { ...timeOfText(seen.elements), count: seen.elements.count },
    covered: seen.covered ?? undefined,
    hours: seen.busiest.map(hourOfText),
  };
}

function sawOf({ value, met, because }: LevelVerdict): string {
  return JSON.stringify([value, met, because]);
}
