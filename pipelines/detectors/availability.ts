/**
 * Faults from samples of an indicator: A1 3.3, Truf 50, MTEL 5.4, GO4YU 47.
 *
 * An element is down when `downSamples` of the last `downWindow` places are below the bound, and up again when
 * `upSamples` of the last `upWindow` are at or above it. A place is a sample; with a `period` it is a slot of that
 * length (whole periods since 1970), and a slot without a sample is "no data": neither down nor up, it only takes a
 * place. Of two samples in one slot, or at one instant, the later counts.
 *
 * Down is decided at a low sample and up at one that is not low. Windows reach back to the last turn and no further, so
 * that a sample that ended a fault is never part of the next one. A fault opens at the first low sample of the window
 * that decided: the interruption arose then. It is cleared at the first sample after the last low one of the window
 * that decided.
 *
 * A late sample is put into its place and everything in memory is judged again. What is older than the memory is
 * settled.
 */
import type { FaultFact } from '../domain/fault.js';
import type { KpiFaultRule } from '../domain/pack.js';
import type { Instant, Milliseconds } from '../domain/units.js';

/** How many places are kept to be judged again: three days of quarter hours, twelve of hours. */
export const PLACES_KEPT = 288;

/** One value of one indicator of one element. */
export interface KpiSample {
  readonly at: Instant;
  readonly known: Instant;
  readonly value: number;
  readonly ref: string;
}

/** Whether it was down after some place, and the sample of the last turn: windows reach back to it. */
interface Standing {
  readonly down: boolean;
  readonly turn?: KpiSample;
}

/** What is held of one indicator of one element. Plain data. */
export interface KpiState {
  /** The places in memory, by time. */
  readonly places: readonly KpiSample[];
  /** The last places before the memory: settled, but windows still reach back to them. */
  readonly before: readonly KpiSample[];
  /** How it stood after those. */
  readonly standing: Standing;
  readonly settled: readonly FaultFact[];
  /** The facts that places in memory decided. */
  readonly facts: readonly FaultFact[];
  /** Samples that came when their place was settled. They changed nothing. */
  readonly tooLate: number;
}

export const NO_SAMPLES: KpiState = {
  places: [],
  before: [],
  standing: { down: false },
  settled: [],
  facts: [],
  tooLate: 0,
};

/** Everything known of the indicator's faults: opened and cleared in turn, by time. */
export function kpiFacts(state: KpiState): readonly FaultFact[] {
  return state.settled.length === 0 ? state.facts : [...state.settled, ...state.facts];
}

/** Puts a sample into its place and judges the memory again by this rule. Twice the same is once. */
export function withSample(state: KpiState, sample: KpiSample, rule: KpiFaultRule): KpiState {
  if ([...state.before, ...state.places].some((held) => held.ref === sample.ref)) return state;
  const slot = slotOf(sample, rule.period);
  const edge = state.before.at(-1);
  if (edge && slot <= slotOf(edge, rule.period)) return { ...state, tooLate: state.tooLate + 1 };
  const last = state.places.findLastIndex((held) => slotOf(held, rule.period) <= slot);
  const rival = state.places[last];
  const same = rival !== undefined && slotOf(rival, rule.period) === slot;
  if (same && byTime(sample, rival) < 0) return state;
  const places = same ? state.places.with(last, sample) : state.places.toSpliced(last + 1, 0, sample);
  const facts = turnsOf(state, places, rule).turns.map(
    (turn) => known(state.facts, turn) ?? factOf(turn, sample, rule),
  );
  return settle({ ...state, places, facts }, rule);
}

/** Lets go of the oldest places, with what they decided. */
function settle(state: KpiState, rule: KpiFaultRule): KpiState {
  const excess = state.places.length - PLACES_KEPT;
  if (excess <= 0) return state;
  const gone = state.places.slice(0, excess);
  const reach = Math.max(rule.downWindow, rule.upWindow);
  const { turns, standing } = turnsOf(state, gone, rule);
  return {
    ...state,
    places: state.places.slice(excess),
    before: [...state.before, ...gone].slice(-Math.max(1, reach - 1)),
    standing,
    settled: [...state.settled, ...state.facts.slice(0, turns.length)],
    facts: state.facts.slice(turns.length),
  };
}

interface Turn {
  readonly do: 'opened' | 'cleared';
  /** The sample whose time the fact has. */
  readonly sample: KpiSample;
  readonly decidedBy: KpiSample;
}

/** Walks over the places in order of time, from how it stood before them. */
function turnsOf(
  { before, standing }: Pick<KpiState, 'before' | 'standing'>,
  places: readonly KpiSample[],
  rule: KpiFaultRule,
): { readonly turns: readonly Turn[]; readonly standing: Standing } {
  const all = [...before, ...places];
  const turns: Turn[] = [];
  const isLow = (sample: KpiSample) => sample.value < rule.downBelow;
  let now = standing;
  for (let i = before.length; i < all.length; i++) {
    const decidedBy = all[i]!;
    const low = isLow(decidedBy);
    if (low === now.down) continue;
    const window = windowAt(all, i, now.down ? rule.upWindow : rule.downWindow, now.turn, rule.period);
    const alike = window.filter((sample) => isLow(sample) === low);
    if (alike.length < (now.down ? rule.upSamples : rule.downSamples)) continue;
    const sample = now.down ? window[window.findLastIndex(isLow) + 1]! : alike[0]!;
    turns.push({ do: now.down ? 'cleared' : 'opened', sample, decidedBy });
    now = { down: !now.down, turn: sample };
  }
  return { turns, standing: now };
}

/** The samples in the last `size` places up to one of them, but none from before the last turn. */
function windowAt(
  all: readonly KpiSample[],
  last: number,
  size: number,
  turn: KpiSample | undefined,
  period: Milliseconds | undefined,
): readonly KpiSample[] {
  let first = last;
  for (let i = last - 1; i >= 0; i--) {
    const places = period === undefined ? last - i : slotOf(all[last]!, period) - slotOf(all[i]!, period);
    if (places >= size || (turn && byTime(all[i]!, turn) < 0)) break;
    first = i;
  }
  return all.slice(first, last + 1);
}

/** The number of the place that a sample takes; without a period each instant is one. */
function slotOf(sample: KpiSample, period: Milliseconds | undefined): number {
  return period === undefined ? sample.at : Math.floor(sample.at / period);
}

function byTime(a: KpiSample, b: KpiSample): number {
  return a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0);
}

/** A fact that holds still keeps what it was when it became known. */
function known(facts: readonly FaultFact[], turn: Turn): FaultFact | undefined {
  return facts.find((fact) => fact.do === turn.do && fact.ref === turn.sample.ref);
}

function factOf(turn: Turn, arrived: KpiSample, rule: KpiFaultRule): FaultFact {
  const { at, ref } = turn.sample;
  // A fault that a late sample brings to light was not known before that sample.
  const fact = { do: turn.do, at, known: Math.max(turn.decidedBy.known, arrived.known), ref };
  if (turn.do === 'cleared') return fact;
  return { ...fact, responsibility: rule.responsibility, reason: `${rule.kpi} below ${rule.downBelow}` };
}
