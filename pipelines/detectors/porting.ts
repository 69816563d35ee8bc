/**
 * Late porting of a number: A1 20.4.
 *
 * The number is to be ported within one day, 24 hours, after the giving operator accepted. Each full 24 hours of delay
 * after that is compensated, at most fifteen; announced works, a failure of the central database and the subscriber's
 * own doing do not count. Granted once for each porting, when it is completed; nothing for zero days. A completion
 * before the acceptance gives nothing.
 *
 * Facts that come after the grant and would change its days change nothing: the contract has no decision that adjusts
 * it.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, isLate, refOf, type ServiceDetector } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import { clip, length, type Span } from '../domain/intervals.js';
import { formatMoney } from '../domain/money.js';
import type { Pack } from '../domain/pack.js';
import { assertNever, DAY, formatDuration, type Instant, type Milliseconds, SECOND } from '../domain/units.js';

/** Time for which a delay is excused, and why. */
export interface ExcusedTime extends Span {
  readonly reason?: string;
}

/** An acceptance or a completion, at its own time. */
export interface PortingFact {
  readonly do: 'accepted' | 'completed';
  readonly portingId: string;
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly excused: readonly ExcusedTime[];
}

export interface PortingState {
  readonly facts: readonly PortingFact[];
  /** The portings that were compensated. */
  readonly granted: readonly string[];
}

export const porting: ServiceDetector<PortingState> = {
  name: 'porting',
  hears: ['porting.accepted', 'porting.completed'],
  reads: ['porting'],
  start: { facts: [], granted: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        if (heard.event.type !== 'porting.accepted' && heard.event.type !== 'porting.completed') return [state, []];
        return [withPorting(state, heard.event), []];
      case 'tick':
        return evaluate(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** Puts a porting event into its place by time; the same event twice is once. */
function withPorting(
  state: PortingState,
  event: EventOf<'porting.accepted'> | EventOf<'porting.completed'>,
): PortingState {
  const ref = refOf(event);
  if (state.facts.some((held) => held.ref === ref)) return state;
  const fact: PortingFact = {
    do: event.type === 'porting.accepted' ? 'accepted' : 'completed',
    portingId: event.data.portingId,
    at: event.time,
    known: event.recordedtime,
    ref,
    excused: event.type === 'porting.completed' ? (event.data.excused ?? []) : [],
  };
  const facts = [...state.facts, fact].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
  return { ...state, facts };
}

/** One porting as all facts known now have it: the first acceptance, and the first completion. */
interface Porting {
  readonly portingId: string;
  readonly accepted: PortingFact;
  readonly completed: PortingFact;
}

function portingsOf(facts: readonly PortingFact[]): readonly Porting[] {
  return [...new Set(facts.map((fact) => fact.portingId))].flatMap((portingId) => {
    const own = facts.filter((fact) => fact.portingId === portingId);
    const accepted = own.find((fact) => fact.do === 'accepted');
    const completed = own.find((fact) => fact.do === 'completed');
    return accepted && completed ? [{ portingId, accepted, completed }] : [];
  });
}

function evaluate(state: PortingState, given: Given, now: Instant): readonly [PortingState, readonly Effect[]] {
  const granted: string[] = [];
  const effects: Effect[] = [];
  for (const porting of portingsOf(state.facts)) {
    const { portingId, accepted, completed } = porting;
    if (state.granted.includes(portingId)) continue;
    if (completed.at > now) {
      effects.push({ do: 'wake', at: completed.at });
      continue;
    }
    const pack = given.pack(accepted.at);
    const delay = delayOf(porting, pack);
    if (!delay || delay.days === 0) continue;
    granted.push(portingId);
    effects.push({ do: 'decide', draft: compensation(porting, delay, pack, given.facts.id, now) });
  }
  return [granted.length > 0 ? { ...state, granted: [...state.granted, ...granted] } : state, effects];
}

interface Delay {
  readonly due: Instant;
  readonly excused: readonly ExcusedTime[];
  readonly excusedTime: Milliseconds;
  readonly counted: Milliseconds;
  readonly fullDays: number;
  readonly days: number;
}

/** The delay that counts, in full periods of 24 hours; undefined where the operator has no such rule. */
function delayOf({ accepted, completed }: Porting, pack: Pack): Delay | undefined {
  const rules = pack.rules.porting;
  if (!rules) return undefined;
  const due = accepted.at + rules.deadline;
  const span = { from: due, to: completed.at };
  const excused = completed.excused.flatMap((time) => clip([time], span).map((part) => ({ ...time, ...part })));
  const excusedTime = length(excused);
  const counted = Math.max(0, span.to - span.from) - excusedTime;
  const fullDays = Math.floor(counted / DAY);
  return { due, excused, excusedTime, counted, fullDays, days: Math.min(fullDays, rules.daysMax) };
}

function compensation(
  { portingId, accepted, completed }: Porting,
  delay: Delay,
  { operator, rules, zone }: Pack,
  subject: string,
  now: Instant,
): Draft<'compensation.granted'> {
  const { clause, deadline, daysMax, amountPerDay } = rules.porting!;
  const local = (at: Instant) => formatLocal(at, zone);
  return {
    type: 'compensation.granted',
    subject,
    time: now,
    data: {
      operator,
      clause,
      because: {
        arithmetic: 'full periods of 24 h from the deadline to completion, excused time taken off',
        accepted: local(accepted.at),
        deadline: formatDuration(deadline),
        due: local(delay.due),
        completed: local(completed.at),
        excused: delay.excused.map(({ from, to, reason }) => ({
          from: local(from),
          to: local(to),
          ...(reason !== undefined ? { reason } : {}),
        })),
        excusedSeconds: delay.excusedTime / SECOND,
        countedSeconds: delay.counted / SECOND,
        fullDays: delay.fullDays,
        daysMax,
        amountPerDay: amountPerDay && formatMoney(amountPerDay),
        events: [accepted.ref, completed.ref],
      },
      portingId,
      days: delay.days,
      amount: amountPerDay && { minor: amountPerDay.minor * delay.days, currency: amountPerDay.currency },
      late: isLate(completed.at, now),
    },
  };
}
