/**
 * Faults from raw alarms: A1 3.3, Truf 50, MTEL 5.4, GO4YU 47.
 *
 * An alarm of a key stands from its report to its end; reported again while it stands is an update, such as another
 * severity. It makes a fault once it has stood for a rule's `hold` while matching that rule; exactly as long is enough.
 * The first rule to be fulfilled, of several at one instant the first in the list, says whose fault it is and why. The
 * fault opens at the instant from which the alarm matched, and is cleared at its end, whatever its severity was meanwhile. A shorter
 * alarm makes none, and an end before the report closes nothing.
 *
 * Nothing is edited: the faults are worked out anew from all that is known, so a late end shortens a fault or undoes
 * it.
 */
import type { FaultFact } from '../domain/fault.js';
import type { Span } from '../domain/intervals.js';
import type { AlarmFaultRule } from '../domain/pack.js';
import { FOREVER, type Instant } from '../domain/units.js';

/** One thing known of a raw alarm, at its own time. All facts of one list are of one element and one key. */
export interface AlarmFact {
  readonly do: 'reported' | 'ended';
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  /** For rules that name a key. */
  readonly alarmKey?: string;
  /** A report with `cleared` is an end. */
  readonly perceivedSeverity?: string;
  readonly probableCause?: string;
  readonly specificProblem?: string;
}

/** Puts a fact into its place by time; the same event twice is once. */
export function withAlarm(facts: readonly AlarmFact[], fact: AlarmFact): readonly AlarmFact[] {
  if (facts.some((held) => held.ref === fact.ref)) return facts;
  return [...facts, fact].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
}

/** The faults that the alarms of one key made up to `now`, opened and cleared in turn, and when to ask again. */
export function alarmFacts(
  facts: readonly AlarmFact[],
  rules: readonly AlarmFaultRule[],
  now: Instant,
): { readonly facts: readonly FaultFact[]; readonly wake: Instant | undefined } {
  const found: FaultFact[] = [];
  let wake = FOREVER;
  for (const alarm of alarmsOf(facts)) {
    const made = madeBy(alarm, rules);
    if (!made) continue;
    if (made.at > now) {
      wake = Math.min(wake, made.at);
      continue;
    }
    const { responsibility, reason } = made.rule;
    // An alarm that was a mere warning for weeks was no interruption for weeks.
    const at = made.at - made.rule.hold;
    const { ref } = alarm;
    // It is known when it has stood long enough, or when the last fact that says so came.
    const known = Math.max(made.at, ...alarm.states.filter(({ from }) => from <= made.at).map((state) => state.known));
    found.push({ do: 'opened', at, known, ref, responsibility, reason });
    if (alarm.ended) {
      const { known: endKnown, ref: endRef } = alarm.ended;
      found.push({ do: 'cleared', at: alarm.to, known: endKnown, ref: endRef });
    }
  }
  return { facts: found, wake: wake < FOREVER ? wake : undefined };
}

/** What an alarm said of itself for a stretch of time. */
interface AlarmState extends Span {
  readonly known: Instant;
  readonly said: Pick<AlarmFact, 'alarmKey' | 'perceivedSeverity' | 'probableCause' | 'specificProblem'>;
}

/** One standing of an alarm, from its report to its end. */
interface Alarm extends Span {
  readonly ref: string;
  readonly states: readonly AlarmState[];
  readonly ended?: AlarmFact;
}

/**
 * The alarms, each to its end, FOREVER while it stands. At one instant a standing alarm ends before it is reported anew
 * (unless that report was known first: then it was an update), and one that does not stand is reported before it ends.
 */
function alarmsOf(facts: readonly AlarmFact[]): readonly Alarm[] {
  const alarms: Alarm[] = [];
  let open: Alarm | undefined;
  const take = (fact: AlarmFact) => {
    if (!isEnd(fact)) open = reported(open, fact);
    else if (open) {
      alarms.push(ended(open, fact));
      open = undefined;
    }
  };
  for (let i = 0, next = 0; i < facts.length; i = next) {
    while (next < facts.length && facts[next]!.at === facts[i]!.at) next += 1;
    for (const fact of facts.slice(i, next).sort(open ? endFirst : endLast)) take(fact);
  }
  return open ? [...alarms, open] : alarms;
}

function endFirst(a: AlarmFact, b: AlarmFact): number {
  return a.known - b.known || Number(isEnd(b)) - Number(isEnd(a));
}

function endLast(a: AlarmFact, b: AlarmFact): number {
  return Number(isEnd(a)) - Number(isEnd(b));
}

function isEnd(fact: AlarmFact): boolean {
  return fact.do === 'ended' || fact.perceivedSeverity === 'cleared';
}

function reported(open: Alarm | undefined, fact: AlarmFact): Alarm {
  const { at: from, known, ref, alarmKey, perceivedSeverity, probableCause, specificProblem } = fact;
  const said = {
    ...open?.states.at(-1)?.said,
    ...(alarmKey !== undefined ? { alarmKey } : {}),
    ...(perceivedSeverity !== undefined ? { perceivedSeverity } : {}),
    ...(probableCause !== undefined ? { probableCause } : {}),
    ...(specificProblem !== undefined ? { specificProblem } : {}),
  };
  const states = [...cut(open?.states ?? [], from), { from, to: FOREVER, known, said }];
  return { from: open?.from ?? from, to: FOREVER, ref: open?.ref ?? ref, states };
}

function ended(open: Alarm, fact: AlarmFact): Alarm {
  return { ...open, to: fact.at, states: cut(open.states, fact.at), ended: fact };
}

function cut(states: readonly AlarmState[], to: Instant): readonly AlarmState[] {
  return states.flatMap((state) => (state.from < to ? [{ ...state, to: Math.min(state.to, to) }] : []));
}

/** The rule that an alarm fulfils first, and when. */
function madeBy(
  alarm: Alarm,
  rules: readonly AlarmFaultRule[],
): { readonly rule: AlarmFaultRule; readonly at: Instant } | undefined {
  let first: { readonly rule: AlarmFaultRule; readonly at: Instant } | undefined;
  for (const rule of rules) {
    const at = heldAt(alarm, rule);
    if (at !== undefined && (!first || at < first.at)) first = { rule, at };
  }
  return first;
}

/** When the alarm had matched the rule for its `hold` on end; undefined where it never does, so far as is known. */
function heldAt(alarm: Alarm, rule: AlarmFaultRule): Instant | undefined {
  let since: Instant | undefined;
  for (const state of alarm.states) {
    if (!matches(state.said, rule)) {
      since = undefined;
      continue;
    }
    since ??= state.from;
    if (state.to - since >= rule.hold) return since + rule.hold;
  }
  return undefined;
}

function matches(said: AlarmState['said'], rule: AlarmFaultRule): boolean {
  return (
    (rule.severities === undefined || rule.severities.includes(said.perceivedSeverity ?? '')) &&
    (rule.probableCause === undefined || rule.probableCause === said.probableCause) &&
    (rule.specificProblem === undefined || rule.specificProblem === said.specificProblem) &&
    (rule.alarmKey === undefined || rule.alarmKey === said.alarmKey)
  );
}
