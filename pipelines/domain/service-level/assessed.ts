/**
 * The levels of a network's year, from the sums of all tasks: what is known of each parameter becomes a decision, and what nobody
 * told none. MTEL SD B.2.2: mean availability, people covered, loss in the busiest hours.
 */
import { formatLocal } from '../calendar.js';
import type { Draft } from '../decision.js';
import { isLate } from '../detector.js';
import type { Span } from '../intervals.js';
import type { Pack, ServiceLevelRules } from '../pack.js';
import { type Instant, SECOND } from '../units.js';
import { availabilityOf, isAtLeast, type Time } from './availability.js';
import { busyLossOf, type Hour } from './busy-hours.js';

export const LEVEL_PARAMETERS = ['availability', 'coverage', 'busy-hour-loss'] as const;
export type LevelParameter = (typeof LEVEL_PARAMETERS)[number];

/** What is known of a network and a period. */
export interface Level {
  readonly users: Time;
  readonly services: number;
  readonly elements: Time & { readonly count: number };
  /** People; undefined where no element says. */
  readonly covered: number | undefined;
  readonly hours: readonly Hour[];
}

export interface LevelVerdict {
  readonly parameter: LevelParameter;
  readonly value: number;
  readonly required: number;
  readonly met: boolean;
  readonly because: Readonly<Record<string, unknown>>;
}

/** Every parameter of which something is known. */
export function verdictsOf(level: Level, rules: ServiceLevelRules, zone: string): readonly LevelVerdict[] {
  return [availability(level, rules), coverage(level, rules), busyLoss(level, rules, zone)].filter(
    (verdict) => verdict !== undefined,
  );
}

function availability(level: Level, rules: ServiceLevelRules): LevelVerdict | undefined {
  const { users, elements, services } = level;
  const byUsers = availabilityOf(users);
  const byElements = availabilityOf(elements);
  const weight = weightOf(level, rules);
  const value = weight === 'users' ? byUsers : byElements;
  if (value === null) return undefined;
  const decides = weight === 'users' ? users : elements;
  return {
    parameter: 'availability',
    value,
    required: rules.availabilityPercent / 100,
    met: isAtLeast(decides, rules.availabilityPercent),
    because: {
      arithmetic: `1 - time down / time in service, each of the ${weight} alike, is at least what is required`,
      weightedBy: weight,
      byUsers: { availability: byUsers, services, ...secondsOf(users) },
      byElements: { availability: byElements, elements: elements.count, ...secondsOf(elements) },
    },
  };
}

/** The rule says by which; where nothing of that is known, the other. */
export function weightOf(
  { users, elements }: Pick<Level, 'users' | 'elements'>,
  rules: ServiceLevelRules,
): 'users' | 'elements' {
  if (users.inService === 0n) return 'elements';
  return elements.inService === 0n ? 'users' : rules.weightedBy;
}

/** Seconds as decimal texts: exact, also where a double is not. */
function secondsOf({ inService, down }: Time): Record<string, string> {
  return { secondsInService: textOfSeconds(inService), secondsDown: textOfSeconds(down) };
}

function textOfSeconds(time: bigint): string {
  const rest = time % BigInt(SECOND);
  return rest === 0n ? String(time / BigInt(SECOND)) : `${time / BigInt(SECOND)}.${String(rest).padStart(3, '0')}`;
}

function coverage({ covered }: Level, rules: ServiceLevelRules): LevelVerdict | undefined {
  if (covered === undefined) return undefined;
  return {
    parameter: 'coverage',
    value: Math.min(1, covered / rules.population),
    required: rules.coveragePercent / 100,
    met: 100 * covered >= rules.coveragePercent * rules.population,
    because: {
      arithmetic: "people covered, added up over the elements at the period's end, over the population",
      covered,
      population: rules.population,
    },
  };
}

function busyLoss({ hours }: Level, rules: ServiceLevelRules, zone: string): LevelVerdict | undefined {
  const found = busyLossOf(hours, rules.busyHours);
  if (!found) return undefined;
  return {
    parameter: 'busy-hour-loss',
    value: found.mean,
    required: rules.busyLossPercent / 100,
    met: found.mean <= rules.busyLossPercent / 100,
    because: {
      arithmetic: `the mean of the losses of the ${rules.busyHours} clock hours in which most was offered, each alike, is at most what is required`,
      offeredKpi: rules.offeredKpi,
      servedKpi: rules.servedKpi,
      hours: found.hours.map(({ at, offered, loss }) => ({ from: formatLocal(at, zone), offered, loss })),
    },
  };
}

/** The decision on a parameter; `revision` where it was assessed before. */
export function levelDraft(
  verdict: LevelVerdict,
  period: Span,
  { operator, rules, zone }: Pack,
  now: Instant,
  revision: number | undefined,
): Draft<'service.level.assessed'> {
  const { parameter, value, required, met, because } = verdict;
  return {
    type: 'service.level.assessed',
    subject: operator,
    time: now,
    data: {
      operator,
      clause: rules.serviceLevel!.clause,
      because: { from: formatLocal(period.from, zone), to: formatLocal(period.to, zone), ...because },
      parameter,
      period,
      value,
      required,
      met,
      late: isLate(period.to, now),
      ...(revision !== undefined && { revision }),
    },
  };
}
