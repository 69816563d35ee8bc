/**
 * A measurement that cannot be true: A1 3.2 and MTEL SD B.2.4.1 say how much each technology gives at most. What is above that was
 * written in another unit, or comes from a counter that jumped. An alarm on the service says so, with the unit that would explain
 * it; it ends with a later measurement that may be true.
 *
 * The measurement counts all the same wherever a rule counts measurements: Truf 51 takes the mean of all, and none of them is left
 * out by a guess. Who finds that it was a mistake sends the right one; that is a person's doing.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import type { Effect, Given, ServiceDetector } from '../domain/detector.js';
import { isLate, refOf } from '../domain/detector.js';
import type { RateBoundRules } from '../domain/pack.js';
import { type AboveBound, aboveBounds } from '../domain/service-level/rates.js';
import { assertNever, EVER, type Instant } from '../domain/units.js';

/** A measurement since the last look. */
interface Measured {
  readonly at: Instant;
  readonly ref: string;
  readonly down: number;
  readonly up: number | undefined;
}

export interface RateBoundState {
  readonly heard: readonly Measured[];
  /** The time of the last measurement that may be true, and of the last that cannot. */
  readonly sound: Instant;
  readonly above: Instant;
  readonly episode: number;
  readonly raised: boolean;
}

const START: RateBoundState = { heard: [], sound: EVER, above: EVER, episode: 0, raised: false };

export const rateBound: ServiceDetector<RateBoundState> = {
  name: 'rate-bound',
  hears: ['line.measured'],
  reads: ['rateBounds'],
  start: START,
  step(state, heard, given) {
    switch (heard.is) {
      case 'event': {
        const { event } = heard;
        if (event.type !== 'line.measured' || !given.pack(event.time).rules.rateBounds) return [state, []];
        const { downBitsPerSecond: down, upBitsPerSecond: up } = event.data;
        return [{ ...state, heard: [...state.heard, { at: event.time, ref: refOf(event), down, up }] }, []];
      }
      case 'tick':
        return state.heard.length === 0 ? [state, []] : look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** By time, of one instant by name: what was heard together is looked at in one order. */
function look(state: RateBoundState, given: Given, now: Instant): readonly [RateBoundState, readonly Effect[]] {
  let next: RateBoundState = { ...state, heard: [] };
  const effects: Effect[] = [];
  const decide = (draft: Draft) => effects.push({ do: 'decide', draft });
  for (const measured of state.heard.toSorted((a, b) => a.at - b.at || (a.ref < b.ref ? -1 : 1))) {
    const rules = given.pack(measured.at).rules.rateBounds!;
    const above = aboveBounds(measured, given.technologies?.(measured.at) ?? [], rules.bounds);
    if (above.length === 0) next = { ...next, sound: Math.max(next.sound, measured.at) };
    else {
      if (!next.raised) {
        next = { ...next, raised: true, episode: next.episode + 1 };
        decide(alarm('alarm.raised', measured, above, next.episode, rules, given, now));
      }
      next = { ...next, above: Math.max(next.above, measured.at) };
    }
    if (next.raised && next.sound > next.above) {
      next = { ...next, raised: false };
      decide(alarm('alarm.cleared', measured, above, next.episode, rules, given, now));
    }
  }
  return [next, effects];
}

function alarm(
  type: 'alarm.raised' | 'alarm.cleared',
  { at, ref, down, up }: Measured,
  above: readonly AboveBound[],
  episode: number,
  rules: RateBoundRules,
  given: Given,
  now: Instant,
): Draft<'alarm.raised'> | Draft<'alarm.cleared'> {
  const { operator, zone } = given.pack(at);
  const mistaken = above.find((one) => one.mistaken !== undefined)?.mistaken;
  const { id } = given.facts;
  return {
    type,
    subject: id,
    time: now,
    data: {
      operator,
      clause: rules.clause,
      because: {
        event: ref,
        at: formatLocal(at, zone),
        downBitsPerSecond: down,
        upBitsPerSecond: up ?? null,
        technologies: given.technologies?.(at) ?? [],
        above,
        counts: 'it counts wherever measurements are counted',
      },
      alarmId: `rate-bound:${id}`,
      episode,
      perceivedSeverity: type === 'alarm.raised' ? rules.severity : 'cleared',
      probableCause: 'thresholdCrossed',
      specificProblem: mistaken
        ? `a rate that the technology does not give: ${mistaken}`
        : 'a rate that the technology does not give',
      from: at,
      late: isLate(at, now),
    },
  };
}
