/**
 * What the measurements of a line say of a span of time. All of it is a function of the set of measurements: of several at one
 * instant every one counts in the arithmetic mean, and where time counts the greatest stands, for so much the line could carry.
 *
 * A measurement stands until the next one, but no longer than `holds`; time for which none stands is not covered.
 */
import { length, type Span } from '../intervals.js';
import type { Instant, Milliseconds } from '../units.js';
import type { Measurement, MilliRate } from './series.js';

/** The rate contracted at an instant; undefined where there is none. */
export type Contracted = (at: Instant) => MilliRate | undefined;

export interface SpeedRules {
  readonly holds: Milliseconds;
  readonly gapMax: Milliseconds;
  readonly minimumPercent: number;
  readonly availablePercent: number;
}

export interface Speed {
  /** Measurements in the span while a rate was contracted, with the sums of both. */
  readonly samples: number;
  readonly sum: bigint;
  readonly contracted: bigint;
  /** How many of them reach the rate that must be available. */
  readonly samplesAvailable: number;
  /** Time for which the service was active, for which a measurement stood, and for which that reached the rate to be available. */
  readonly active: Milliseconds;
  readonly covered: Milliseconds;
  readonly available: Milliseconds;
  /** Rates times ms, over the covered time. */
  readonly weighted: bigint;
  readonly weightedContracted: bigint;
  /** The longest time below the minimum rate on end. */
  readonly below: Span | undefined;
}

/**
 * Measures `period`. `measurements` are sorted and begin some time before it: one may stand into the period, and a time below
 * the minimum that began before it goes on in it. Nothing after the period is looked at, so a later look finds the same.
 */
export function speedOf(
  period: Span,
  active: readonly Span[],
  measurements: readonly Measurement[],
  contractedAt: Contracted,
  rules: SpeedRules,
): Speed {
  const speed = { samples: 0, sum: 0n, contracted: 0n, samplesAvailable: 0 };
  const time = { covered: 0, available: 0, weighted: 0n, weightedContracted: 0n };
  const known = measurements.filter(({ at }) => at < period.to && contractedAt(at) !== undefined);
  for (const { at, rate } of known) {
    if (at < period.from) continue;
    const contracted = contractedAt(at)!;
    speed.samples += 1;
    speed.sum += BigInt(rate);
    speed.contracted += BigInt(contracted);
    if (rate >= shareOf(contracted, rules.availablePercent)) speed.samplesAvailable += 1;
  }
  const steps = known.filter(({ at }, i) => known[i + 1]?.at !== at);
  steps.forEach(({ at, rate }, i) => {
    const stands = { from: at, to: Math.min(steps[i + 1]?.at ?? period.to, at + rules.holds, period.to) };
    const covered = within(stands, active);
    if (covered === 0) return;
    const contracted = contractedAt(at)!;
    time.covered += covered;
    if (rate >= shareOf(contracted, rules.availablePercent)) time.available += covered;
    time.weighted += BigInt(rate) * BigInt(covered);
    time.weightedContracted += BigInt(contracted) * BigInt(covered);
  });
  const below = longestBelow(period, steps, contractedAt, rules);
  return { ...speed, ...time, active: length(active), below };
}

/** The least whole rate that is at least so many hundredths of another. */
export function shareOf(rate: MilliRate, percent: number): MilliRate {
  return Number((BigInt(rate) * BigInt(percent) + 99n) / 100n);
}

function within(span: Span, spans: readonly Span[]): Milliseconds {
  return spans.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
}

/** The longest stretch below the minimum. One that goes on from before the period counts from its beginning. */
function longestBelow(
  period: Span,
  steps: readonly Measurement[],
  contractedAt: Contracted,
  rules: SpeedRules,
): Span | undefined {
  let longest: Span | undefined;
  const isBelow = ({ at, rate }: Measurement) => rate < shareOf(contractedAt(at)!, rules.minimumPercent);
  for (const span of stretchesBelow(steps, isBelow, rules.gapMax)) {
    if (span.to > period.from && length([span]) > (longest ? length([longest]) : 0)) longest = span;
  }
  return longest;
}

/**
 * Every stretch from a measurement that is below to the next that is not; where none comes within `gapMax`, or at all, to the
 * last one below: what nobody measured is no evidence. Measurements are sorted, one of each instant.
 */
export function stretchesBelow<M extends { readonly at: Instant }>(
  measurements: readonly M[],
  isBelow: (measurement: M) => boolean,
  gapMax: Milliseconds,
): readonly Span[] {
  const stretches: Span[] = [];
  let run: Span | undefined;
  for (const measurement of measurements) {
    const { at } = measurement;
    const below = isBelow(measurement);
    if (run && at - run.to > gapMax) {
      stretches.push(run);
      run = undefined;
    }
    if (run) run = { from: run.from, to: at };
    else if (below) run = { from: at, to: at };
    if (run && !below) {
      stretches.push(run);
      run = undefined;
    }
  }
  return run ? [...stretches, run] : stretches;
}
