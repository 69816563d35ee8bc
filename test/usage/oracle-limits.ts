/** The oracle's limits and atypical traffic: contract 7 and 8. */
import type { Facts } from './facts.js';
import type { Look, Rule } from './oracle.js';
import {
  exact,
  MEASURES,
  type Measure,
  nearest,
  type Span,
  WINDOWS,
  type Window,
  type WireMoney,
  wireMoney,
} from './wire.js';

const FIELD = { day: 'daily', week: 'weekly', month: 'monthly' } as const;
const BACK: Readonly<Record<Window, number>> = { day: 7, week: 4, month: 3 };

export class Limits implements Rule {
  readonly #exceeded = new Set<string>();
  readonly #atypical = new Set<string>();

  look({ now, facts, touched, profiled, decide }: Look): void {
    if (facts.versions.every(({ profile }) => profile.limits === undefined)) return;
    // A limit that became known late held in windows that are over too.
    const again = profiled ? [{ at: now }, ...facts.live.filter(({ counts }) => counts === 'all')] : [];
    const times = [...touched, ...again].map(({ at }) => at);
    for (const kind of WINDOWS) {
      const own = distinct(times.map((at) => facts.window(kind, at)));
      for (const window of own) this.#limit(kind, window, now, facts, decide);
      const after = own.flatMap((window) => following(kind, window, facts));
      for (const window of distinct([...own, ...after])) this.#traffic(kind, window, now, facts, decide);
    }
  }

  #limit(kind: Window, window: Span, now: number, facts: Facts, decide: Look['decide']): void {
    const sums = facts.sums(kind, window);
    for (const measure of MEASURES) {
      const limit = limitOf(facts, kind, measure, window, now);
      if (limit === undefined || sums[measure] <= limit) continue;
      const key = `${kind} ${window.from} ${measure} ${limit}`;
      if (this.#exceeded.has(key)) continue;
      this.#exceeded.add(key);
      const given = { limit: amount(measure, limit, facts), value: amount(measure, sums[measure], facts) };
      decide('limit.exceeded', { window: kind, measure, ...window, ...given, late: now >= window.to });
    }
  }

  #traffic(kind: Window, window: Span, now: number, facts: Facts, decide: Look['decide']): void {
    const sums = facts.sums(kind, window);
    for (const measure of MEASURES) {
      const limit = limitOf(facts, kind, measure, window, now);
      const key = `${kind} ${window.from} ${measure}`;
      const value = sums[measure];
      if (limit === undefined || value <= limit || this.#atypical.has(key)) continue;
      const before = preceding(kind, window, facts);
      const n = BigInt(before.length);
      const total = before.reduce((sum, one) => sum + facts.sums(kind, one)[measure], 0n);
      if (n > 0n && value * n <= 2n * total) continue;
      this.#atypical.add(key);
      const average = n === 0n ? amount(measure, 0n, facts) : amount(measure, total, facts, n);
      const data = { window: kind, measure, ...window };
      decide('traffic.atypical', { ...data, value: amount(measure, value, facts), average, late: now >= window.to });
      decide('restriction.proposed', data);
      decide('security.proposed', data);
    }
  }
}

/** The limit of the profile that holds now, or held at the window's end where that is over. */
function limitOf(facts: Facts, kind: Window, measure: Measure, window: Span, now: number): bigint | undefined {
  const limit = facts.profileAt(Math.min(now, window.to - 1)).limits?.[FIELD[kind]]?.[measure];
  if (limit === undefined) return undefined;
  return typeof limit === 'object' ? exact(limit) : BigInt(limit);
}

function amount(measure: Measure, value: bigint, facts: Facts, parts = 1n): number | WireMoney {
  return measure === 'charge' ? wireMoney(value, facts.currency, parts) : Number(nearest(value, parts));
}

/** The complete windows before one that count for its mean: they lie wholly after the service became active. */
function preceding(kind: Window, window: Span, facts: Facts): readonly Span[] {
  const found: Span[] = [];
  for (let at = window.from; found.length < BACK[kind]; ) {
    const one = facts.window(kind, at - 1);
    if (one.from < facts.since) break;
    found.push(one);
    at = one.from;
  }
  return found;
}

/** The windows whose mean a window counts in. */
function following(kind: Window, window: Span, facts: Facts): readonly Span[] {
  const found: Span[] = [];
  for (let at = window.to; found.length < BACK[kind]; at = found.at(-1)!.to) found.push(facts.window(kind, at));
  return found;
}

function distinct(windows: readonly Span[]): readonly Span[] {
  return [...new Map(windows.map((window) => [window.from, window])).values()];
}
