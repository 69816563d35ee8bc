/** The three answers of the regulator's rulebook of 2023 on the speed of a line, from what was measured in a billing period. */
import { formatLocal } from '../calendar.js';
import type { Span } from '../intervals.js';
import type { SpeedRulebookRules } from '../pack.js';
import { SECOND, type Zone } from '../units.js';
import { decimalOf, meanOf, ratioOf } from './months.js';
import type { Speed } from './speed.js';

export const PARAMETERS = ['minimum-70', 'mean-80', 'available-80-for-90'] as const;
export type Parameter = (typeof PARAMETERS)[number];

export interface Verdict {
  readonly value: number | null;
  readonly required: number;
  readonly met: boolean | null;
  readonly arithmetic: string;
}

/** Each parameter's answer; null for both where too little was measured. */
export const VERDICTS: Readonly<Record<Parameter, (speed: Speed, rules: SpeedRulebookRules) => Verdict>> = {
  'minimum-70': (speed, rules) => {
    const below = speed.below ? speed.below.to - speed.below.from : 0;
    const breach = below > rules.belowMax;
    const known = breach || isCovered(speed, rules);
    return {
      value: known ? below / SECOND : null,
      required: rules.belowMax / SECOND,
      met: known ? !breach : null,
      arithmetic: `the longest time on end below ${rules.minimumPercent} % of the contracted rate, in seconds, is not more than required`,
    };
  },
  'mean-80': (speed, rules) => {
    const known = isCovered(speed, rules);
    return {
      value: known ? ratioOf(speed.sum, speed.contracted) : null,
      required: rules.meanPercent / 100,
      met: known ? 100n * speed.sum >= BigInt(rules.meanPercent) * speed.contracted : null,
      arithmetic: 'the mean of all measurements over the mean of the rates contracted is at least what is required',
    };
  },
  'available-80-for-90': (speed, rules) => {
    const known = isCovered(speed, rules);
    return {
      value: known ? speed.available / speed.covered : null,
      required: rules.availableShareMinPercent / 100,
      met: known ? 100 * speed.available >= rules.availableShareMinPercent * speed.covered : null,
      arithmetic: `the share of the measured time at ${rules.availablePercent} % of the contracted rate or more is at least what is required`,
    };
  },
};

/** Whether enough of the period was measured for an answer. */
function isCovered({ active, covered }: Speed, { coverageMinPercent }: SpeedRulebookRules): boolean {
  return covered > 0 && 100 * covered >= coverageMinPercent * active;
}

/** What every answer rests on: enough to work it out again. */
export function becauseOf(
  period: Span,
  speed: Speed,
  coverage: number,
  rules: SpeedRulebookRules,
  zone: Zone,
): Record<string, unknown> {
  const { samples, below } = speed;
  const parts = BigInt(samples);
  return {
    samples,
    sumBitsPerSecond: decimalOf(speed.sum),
    meanBitsPerSecond: meanOf(speed.sum, parts),
    contractedDownBitsPerSecond: meanOf(speed.contracted, parts),
    share: ratioOf(speed.sum, speed.contracted),
    sampleShareAvailable: speed.samplesAvailable / samples,
    timeWeighted:
      speed.covered === 0
        ? null
        : {
            meanBitsPerSecond: meanOf(speed.weighted, BigInt(speed.covered)),
            share: ratioOf(speed.weighted, speed.weightedContracted),
            availableShare: speed.available / speed.covered,
          },
    below: below && {
      from: formatLocal(below.from, zone),
      to: formatLocal(below.to, zone),
      seconds: (below.to - below.from) / SECOND,
      secondsInPeriod: (below.to - Math.max(below.from, period.from)) / SECOND,
    },
    activeSeconds: speed.active / SECOND,
    coveredSeconds: speed.covered / SECOND,
    ...(isCovered(speed, rules)
      ? {}
      : { insufficientData: { coverage, coverageMinPercent: rules.coverageMinPercent } }),
  };
}
