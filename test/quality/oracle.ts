/**
 * What the contract's points 11 and 12 say of a history, worked out anew at every instant from all facts known then: slow, plain,
 * and without a line of the code that it judges. Time is looked at in steps of ten minutes, on which all histories lie.
 */
import { cuts, DAY, HOUR, MINUTE, monthsOver, type Span } from './calendar.js';

interface Known {
  readonly at: number;
  readonly known: number;
}
export interface Rate extends Known {
  /** bit/s; a multiple of a quarter, so that sums are exact. */
  readonly rate: number;
}
export interface Session extends Known {
  readonly id: string;
  readonly delivered: number;
  readonly nominal: number;
}
export interface History {
  readonly activeFrom: number;
  readonly billingDay: number | 'last';
  /** The rates contracted, from `at` on; the first also before. Undefined: none. */
  readonly contracted: readonly (Known & { readonly rate: number | undefined })[];
  readonly ended: readonly Known[];
  readonly measured: readonly Rate[];
  readonly played: readonly Session[];
  readonly until: number;
}

const STEP = 10 * MINUTE;
const LATE_FOR = 35 * DAY;
const LOOK_BACK = 72 * HOUR;

/** A line for each decision expected, sorted. */
export function expected(history: History): readonly string[] {
  const { until, billingDay } = history;
  const began = Math.min(...[...history.measured, ...history.played].map(({ at }) => at), until) - LOOK_BACK;
  const months = monthsOver(began, until);
  const cycles = cuts(began, until, billingDay);
  const facts = [...history.contracted, ...history.ended, ...history.measured, ...history.played];
  const clocks = new Set(facts.map(({ known }) => known));
  const ends = new Set([...months, ...cycles].map(({ to }) => to).filter((to) => to <= until));
  const told = new Map<string, { readonly saw: string; readonly revision: number }>();
  const lines: string[] = [];
  const tell = (now: number, name: string, says: string, saw: string) => {
    const before = told.get(name);
    if (before?.saw === saw) return;
    const revision = before ? before.revision + 1 : 0;
    told.set(name, { saw, revision });
    lines.push(`${new Date(now).toISOString()} ${name}: ${says}${revision === 0 ? '' : ` revision ${revision}`}`);
  };
  const look = (now: number, facts: History) => {
    for (const month of months) if (month.to <= now) ofMonth(facts, month, now, tell);
    const oldest = cuts(now - LATE_FOR, now - LATE_FOR + 1, billingDay)[0]!;
    for (const cycle of cycles) {
      if (cycle.to <= now && cycle.from >= oldest.from) ofCycle(facts, cycle, now, tell);
    }
  };
  for (const now of [...new Set([...clocks, ...ends])].sort((a, b) => a - b)) {
    // Timers ring before what is known at the same instant.
    if (ends.has(now)) look(now, upTo(history, now - 1));
    if (clocks.has(now)) look(now, upTo(history, now));
  }
  return lines.sort();
}

type Tell = (now: number, name: string, says: string, saw: string) => void;

function upTo(history: History, now: number): History {
  const known = <T extends Known>(facts: readonly T[]) => facts.filter((fact) => fact.known <= now);
  return {
    ...history,
    contracted: known(history.contracted),
    ended: known(history.ended),
    measured: known(history.measured),
    played: known(history.played),
  };
}

function contractedAt({ contracted }: History, at: number): number | undefined {
  const sorted = contracted.toSorted((a, b) => a.at - b.at);
  return (sorted.findLast((one) => one.at <= at) ?? sorted[0])?.rate;
}

function within<T extends Known>(facts: readonly T[], { from, to }: Span): readonly T[] {
  return facts.filter(({ at }) => from <= at && at < to);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function ofMonth(history: History, month: Span & { readonly name: string }, now: number, tell: Tell): void {
  const measured = within(history.measured, month);
  const contracted = contractedAt(history, month.to - 1);
  if (measured.length > 0 && contracted !== undefined) {
    const total = sum(measured.map(({ rate }) => rate));
    const met = 100 * total >= 80 * contracted * measured.length;
    const says = `${total / measured.length} of ${(80 * contracted) / 100} ${met}`;
    tell(now, `line ${month.name}`, says, `${measured.length} ${total} ${contracted}`);
  }
  const played = within(history.played, month);
  if (played.length > 0) {
    const delivered = sum(played.map((one) => one.delivered));
    const nominal = sum(played.map((one) => one.nominal));
    const says = `${delivered / played.length} of ${(80 * nominal) / (100 * played.length)} ${100 * delivered >= 80 * nominal}`;
    tell(now, `tv ${month.name}`, says, `${played.length} ${delivered} ${nominal}`);
  }
}

function ofCycle(history: History, cycle: Span, now: number, tell: Tell): void {
  const held = history.measured.filter(({ at }) => contractedAt(history, at) !== undefined);
  const measured = within(held, cycle);
  if (measured.length === 0) return;
  const rates = sum(measured.map(({ rate }) => rate));
  const contracted = sum(measured.map(({ at }) => contractedAt(history, at)!));
  // Of several at one instant the greatest.
  const best = new Map<number, number>();
  for (const { at, rate } of within(held, { from: cycle.from - LOOK_BACK, to: cycle.to })) {
    best.set(at, Math.max(rate, best.get(at) ?? 0));
  }
  const steps = [...best].sort((a, b) => a[0] - b[0]);
  const end = Math.min(...history.ended.map(({ at }) => at).filter((at) => at >= history.activeFrom), cycle.to);
  let [active, covered, available] = [0, 0, 0];
  let next = 0;
  for (let at = cycle.from; at < cycle.to; at += STEP) {
    while (next < steps.length && steps[next]![0] <= at) next += 1;
    if (at < history.activeFrom || at >= end) continue;
    active += STEP;
    const stands = steps[next - 1];
    if (!stands || at >= stands[0] + HOUR) continue;
    covered += STEP;
    if (100 * stands[1] >= 80 * contractedAt(history, stands[0])!) available += STEP;
  }
  const below = longestBelow(history, steps, cycle.from);
  const known = covered > 0 && 100 * covered >= 90 * active;
  const breach = below.length > 48 * HOUR;
  const coverage = active === 0 ? 0 : covered / active;
  const minimum = known || breach ? `${below.length / 1000} ${!breach}` : 'null null';
  const mean = known ? `${rates / contracted} ${100 * rates >= 80 * contracted}` : 'null null';
  const share = known ? `${available / covered} ${100 * available >= 90 * covered}` : 'null null';
  const name = new Date(cycle.from).toISOString();
  const saw = `${coverage} ${measured.length} ${rates} ${contracted} ${below.from}`;
  tell(now, `minimum-70 ${name}`, `${minimum} ${coverage}`, `${saw} ${minimum}`);
  tell(now, `mean-80 ${name}`, `${mean} ${coverage}`, `${saw} ${mean}`);
  tell(now, `available-80-for-90 ${name}`, `${share} ${coverage}`, `${saw} ${share}`);
}

/** From every measurement below as far as it goes on: to the next that is not, or to the last one below. */
function longestBelow(
  history: History,
  steps: readonly (readonly [at: number, rate: number])[],
  begin: number,
): { readonly length: number; readonly from: number | undefined } {
  const isBelow = ([at, rate]: readonly [number, number]) => 100 * rate < 70 * contractedAt(history, at)!;
  let longest: { length: number; from: number | undefined } = { length: 0, from: undefined };
  steps.forEach((first, i) => {
    if (!isBelow(first)) return;
    let to = first[0];
    for (const step of steps.slice(i + 1)) {
      if (step[0] - to > 24 * HOUR) break;
      to = step[0];
      if (!isBelow(step)) break;
    }
    if (to > begin && to - first[0] > longest.length) longest = { length: to - first[0], from: first[0] };
  });
  return longest;
}

/** What a session of television over the internet is called by the terms; undefined where it is not short. */
export function attributionOf(session: {
  readonly device: 'stb' | 'smart-tv' | 'mobile';
  readonly delivered: number | undefined;
  readonly nominal: number | undefined;
  readonly access: number | undefined;
  /** Hours since the broadcast, for catch-up. */
  readonly age: number | undefined;
}): string | undefined {
  const required = session.device === 'mobile' ? 5e6 : 10e6;
  if (session.delivered === undefined) return undefined;
  if (session.age !== undefined && session.age > 72) return undefined;
  if (session.delivered >= (session.nominal ?? required)) return undefined;
  if (session.access === undefined) return `${required} undetermined null`;
  return session.access < required ? `${required} access false` : `${required} service true`;
}
