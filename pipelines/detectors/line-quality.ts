/**
 * What a line carried against what was contracted: Truf 51, and beside it the rulebook of 2023 (Truf 47).
 *
 * The arithmetic mean of a calendar month's measurements must be at least 80 % of the contracted rate; dips do not matter. The
 * month is assessed when it has ended, against the rate contracted at its last instant; a measurement known later gives a further
 * assessment with a `revision`. For television over the line the same of what was delivered against what should have been.
 *
 * The rulebook looks at each billing period: never below 70 % for longer than 48 h on end, a mean of at least 80 %, and 80 %
 * available for 90 % of the time. Where too little of the period was measured the answer is that it is not known (null), but for
 * a time below that was seen: that is a breach however little else is known.
 *
 * What is held: exact sums by month for two years, and the measurements themselves, a few bytes each, for as long as their
 * billing period can be looked at again (`lateFor` after its end). What comes later still counts in the mean of its month.
 */
import { cycleOf, cyclesOver, formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, type Heard, isLate, type ServiceDetector } from '../domain/detector.js';
import { clip, type Span } from '../domain/intervals.js';
import type { Pack, SpeedRulebookRules } from '../domain/pack.js';
import {
  decimalOf,
  meanOf,
  monthOf,
  monthSpan,
  NO_SUMS,
  ratioOf,
  type Sums,
  withSample,
} from '../domain/quality/months.js';
import { becauseOf, PARAMETERS, type Parameter, VERDICTS } from '../domain/quality/rulebook.js';
import {
  lastMeasured,
  type MeasuredDays,
  type Measurement,
  type MilliRate,
  measurementsIn,
  milliOf,
  utcDay,
  withMeasurement,
} from '../domain/quality/series.js';
import { type Contracted, type Speed, speedOf } from '../domain/quality/speed.js';
import { activeSpans, billingOf, profileAt, type ServiceFacts } from '../domain/service.js';
import { assertNever, DAY, EVER, FOREVER, type Instant, SECOND } from '../domain/units.js';
import { printOf } from '../domain/usage/packed.js';

const MEASURES = ['line', 'tv'] as const;
type QualityMeasure = (typeof MEASURES)[number];
/** An assessment as it was told last: how often it was revised, and what it rested on. */
interface Told {
  readonly revision: number;
  readonly saw: string;
}

interface MonthHeld {
  /** "2026-06", local. */
  readonly month: string;
  readonly sums: Readonly<Partial<Record<QualityMeasure, Sums>>>;
  readonly told: Readonly<Partial<Record<QualityMeasure, Told>>>;
}

interface PeriodHeld {
  readonly from: Instant;
  readonly told: Readonly<Partial<Record<Parameter, Told>>>;
}

export interface LineQualityState {
  /** In order. */
  readonly months: readonly MonthHeld[];
  readonly days: MeasuredDays;
  /** Measurements before this UTC day are not held one by one any more. */
  readonly keptFrom: number;
  readonly periods: readonly PeriodHeld[];
  /** The earliest time of which something became known since the last look. */
  readonly touched: Instant;
  /** What ended up to here was looked at, with this record of the service. */
  readonly judged: Instant;
  readonly record: string;
}

export const lineQuality: ServiceDetector<LineQualityState> = {
  name: 'line-quality',
  hears: ['line.measured', 'tv.played'],
  reads: ['lineQuality', 'speedRulebook'],
  start: { months: [], days: [], keptFrom: EVER, periods: [], touched: FOREVER, judged: EVER, record: '' },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [withFact(state, heard.event, given), []];
      case 'tick':
        return state.months.length === 0 && state.days.length === 0
          ? [state, []]
          : new Look(state, given, heard.now).done();
      default:
        return assertNever(heard);
    }
  },
};

/** How long the sums of a month are held, in days: two years and the running month. */
const MONTHS_DAYS = 762;

// --- What is heard ---

function withFact(state: LineQualityState, event: (Heard & { is: 'event' })['event'], given: Given): LineQualityState {
  const { rules, zone } = given.pack(event.time);
  const touched = Math.min(state.touched, event.time);
  const month = monthOf(event.time, zone);
  if (event.type === 'line.measured' && (rules.lineQuality || rules.speedRulebook)) {
    const rate = milliOf(event.data.downBitsPerSecond);
    const kept = rules.speedRulebook && utcDay(event.time) >= state.keptFrom;
    const days = kept ? withMeasurement(state.days, { at: event.time, rate }) : state.days;
    const months = rules.lineQuality
      ? withSum(state.months, month, 'line', { rate, required: 0, length: 0 })
      : state.months;
    return { ...state, days, months, touched };
  }
  if (event.type === 'tv.played' && rules.lineQuality?.tvKinds.includes(profileAt(given.facts, event.time).kind)) {
    const { deliveredBitsPerSecond, nominalBitsPerSecond, seconds = 0 } = event.data;
    if (deliveredBitsPerSecond === undefined || !nominalBitsPerSecond) return state;
    const rate = milliOf(deliveredBitsPerSecond);
    const required = milliOf(nominalBitsPerSecond);
    const length = Math.round(Math.min(seconds * SECOND, DAY * 31));
    return { ...state, months: withSum(state.months, month, 'tv', { rate, required, length }), touched };
  }
  return state;
}

function withSum(
  months: readonly MonthHeld[],
  month: string,
  measure: QualityMeasure,
  sample: Parameters<typeof withSample>[1],
): readonly MonthHeld[] {
  const i = months.findLastIndex((one) => one.month <= month);
  const found = months[i]?.month === month ? months[i] : undefined;
  const held = found ?? { month, sums: {}, told: {} };
  const next = { ...held, sums: { ...held.sums, [measure]: withSample(held.sums[measure] ?? NO_SUMS, sample) } };
  return found ? months.with(i, next) : months.toSpliced(i + 1, 0, next);
}

// --- What follows ---

class Look {
  readonly #effects: Effect[] = [];
  readonly #given: Given;
  readonly #now: Instant;
  readonly #state: LineQualityState;
  readonly #record: string;
  readonly #zone: Pack['zone'];
  readonly #billing;

  constructor(state: LineQualityState, given: Given, now: Instant) {
    this.#given = given;
    this.#now = now;
    this.#zone = given.pack(now).zone;
    this.#billing = billingOf(given.facts);
    this.#record = recordOf(given, now);
    this.#state = pruned(state, given, now, this.#zone);
  }

  done(): readonly [LineQualityState, readonly Effect[]] {
    const months = this.#state.months.map((month) => this.#month(month));
    const periods = this.#periods();
    const next = { ...this.#state, months, periods, touched: FOREVER, judged: this.#now, record: this.#record };
    return [next, this.#effects];
  }

  /** Whether what ended then has to be looked at: for the first time, or because something of before became known. */
  #isOpen(end: Instant): boolean {
    const { judged, touched, record } = this.#state;
    return end > judged || end > touched || record !== this.#record;
  }

  #wake(at: Instant): void {
    this.#effects.push({ do: 'wake', at });
  }

  #decide(draft: Draft): void {
    this.#effects.push({ do: 'decide', draft });
  }

  // --- The calendar month ---

  #month(held: MonthHeld): MonthHeld {
    const span = monthSpan(held.month, this.#zone);
    if (span.to > this.#now) {
      this.#wake(span.to);
      return held;
    }
    if (!this.#isOpen(span.to) || !this.#given.pack(span.to - 1).rules.lineQuality) return held;
    let { told } = held;
    for (const measure of MEASURES) {
      const sums = held.sums[measure];
      const required = sums && this.#requiredOf(measure, sums, span);
      if (!required) continue;
      const saw = `${sums.samples} ${sums.sum} ${required}`;
      const before = told[measure];
      if (before?.saw === saw) continue;
      const revision = before && before.revision + 1;
      this.#decide(this.#assessed(held.month, span, measure, sums, required, revision));
      told = { ...told, [measure]: { revision: revision ?? 0, saw } };
    }
    return told === held.told ? held : { ...held, told };
  }

  /** What all samples together should have had; undefined where no rate is contracted. */
  #requiredOf(measure: QualityMeasure, sums: Sums, span: Span): bigint | undefined {
    if (measure === 'tv') return BigInt(sums.required);
    const contracted = contractedOf(this.#given, span.to - 1);
    return contracted === undefined ? undefined : BigInt(contracted) * BigInt(sums.samples);
  }

  #assessed(
    month: string,
    span: Span,
    measure: QualityMeasure,
    sums: Sums,
    whole: bigint,
    revision: number | undefined,
  ): Draft<'quality.assessed'> {
    const { operator, rules } = this.#given.pack(span.to - 1);
    const { clause, shareMinPercent } = rules.lineQuality!;
    const sum = BigInt(sums.sum);
    const samples = BigInt(sums.samples);
    return {
      type: 'quality.assessed',
      subject: this.#given.facts.id,
      time: this.#now,
      data: {
        operator,
        clause,
        because: {
          arithmetic: `the mean of all samples is at least ${shareMinPercent} % of ${
            measure === 'line' ? "the rate contracted at the month's end" : 'the mean nominal rate'
          }`,
          sumBitsPerSecond: decimalOf(sum),
          samples: sums.samples,
          [measure === 'line' ? 'contractedDownBitsPerSecond' : 'meanNominalBitsPerSecond']: meanOf(whole, samples),
          shareMinPercent,
          share: ratioOf(sum, whole),
          from: formatLocal(span.from, this.#zone),
          to: formatLocal(span.to, this.#zone),
          timeWeighted: measure === 'line' ? this.#lineOverTime(span) : tvOverTime(sums),
        },
        measure,
        month,
        meanBitsPerSecond: meanOf(sum, samples),
        requiredBitsPerSecond: meanOf(whole * BigInt(shareMinPercent), samples * 100n),
        met: 100n * sum >= BigInt(shareMinPercent) * whole,
        samples: sums.samples,
        late: isLate(span.to, this.#now),
        ...(revision !== undefined && { revision }),
      },
    };
  }

  /** The mean in which each second counts alike, beside the one that decides; null where it is not known any more. */
  #lineOverTime(span: Span): unknown {
    const rules = this.#given.pack(span.to - 1).rules.speedRulebook;
    const speed = rules && this.#speed(span, rules, () => 0);
    if (!speed || speed.covered === 0) return null;
    return {
      meanBitsPerSecond: meanOf(speed.weighted, BigInt(speed.covered)),
      coverage: ratioOf(BigInt(speed.covered), BigInt(speed.active)),
    };
  }

  // --- The billing period ---

  #periods(): readonly PeriodHeld[] {
    const { days, keptFrom, periods: held } = this.#state;
    const last = lastMeasured(days);
    if (last === undefined) return [];
    const to = Math.max(this.#now, last) + 1;
    const periods = held.filter(({ from }) => from >= keptFrom * DAY);
    for (const period of cyclesOver({ from: days[0]!.day * DAY, to }, this.#billing, this.#zone)) {
      if (period.to > this.#now) {
        if (last >= period.from) this.#wake(period.to);
        continue;
      }
      if (!this.#isOpen(period.to)) continue;
      const i = periods.findIndex(({ from }) => from === period.from);
      const told = this.#period(period, periods[i]?.told ?? {});
      if (i >= 0) periods[i] = { from: period.from, told };
      else if (Object.keys(told).length > 0) periods.push({ from: period.from, told });
    }
    return periods.sort((a, b) => a.from - b.from);
  }

  #period(period: Span, held: PeriodHeld['told']): PeriodHeld['told'] {
    const { operator, rules: all } = this.#given.pack(period.to - 1);
    const rules = all.speedRulebook;
    const contracted: Contracted = (at) =>
      contractedOf(this.#given, rules?.contracted === 'at-end' ? period.to - 1 : at);
    const speed = rules && this.#speed(period, rules, contracted);
    if (!speed || speed.samples === 0) return held;
    let told = held;
    const coverage = ratioOf(BigInt(speed.covered), BigInt(speed.active));
    const because = becauseOf(period, speed, coverage, rules, this.#zone);
    for (const parameter of PARAMETERS) {
      const { value, required, met, arithmetic } = VERDICTS[parameter](speed, rules);
      const saw = shortOf([value, met, coverage, speed.samples, speed.sum, speed.contracted, speed.below?.from]);
      const before = told[parameter];
      if (before?.saw === saw) continue;
      const revision = before && before.revision + 1;
      this.#decide({
        type: 'speed.assessed',
        subject: this.#given.facts.id,
        time: this.#now,
        data: {
          operator,
          clause: rules.clause,
          because: { act: rules.act, arithmetic, ...because },
          period,
          parameter,
          value,
          required,
          met,
          coverage,
          late: isLate(period.to, this.#now),
          ...(revision !== undefined && { revision }),
        },
      });
      told = { ...told, [parameter]: { revision: revision ?? 0, saw } };
    }
    return told;
  }

  #speed(span: Span, rules: SpeedRulebookRules, contracted: Contracted): Speed | undefined {
    return speedIn(this.#state, this.#given.facts, span, rules, contracted);
  }
}

/** What was measured in a span; undefined where some of it is not held any more. */
export function speedIn(
  { days, keptFrom }: Pick<LineQualityState, 'days' | 'keptFrom'>,
  facts: ServiceFacts,
  span: Span,
  rules: SpeedRulebookRules,
  contracted: Contracted,
): Speed | undefined {
  const from = span.from - lookBackOf(rules);
  if (utcDay(from) < keptFrom) return undefined;
  const measurements: readonly Measurement[] = measurementsIn(days, from, span.to);
  return speedOf(span, clip(activeSpans(facts), span), measurements, contracted, rules);
}

/** How long before a period a time below may have begun so that it is too long at the period's first instant. */
function lookBackOf({ belowMax, gapMax }: SpeedRulebookRules): number {
  return belowMax + gapMax;
}

/** Lets go of what is too old to be looked at again. */
function pruned(state: LineQualityState, given: Given, now: Instant, zone: Pack['zone']): LineQualityState {
  const oldest = monthOf(now - MONTHS_DAYS * DAY, zone);
  const months = state.months.some(({ month }) => month < oldest)
    ? state.months.filter(({ month }) => month >= oldest)
    : state.months;
  const rules = given.pack(now).rules.speedRulebook;
  const open = rules ? cycleOf(now - rules.lateFor, billingOf(given.facts), zone).from - lookBackOf(rules) : now;
  const keptFrom = Math.max(state.keptFrom, utcDay(open));
  const days = state.days.some(({ day }) => day < keptFrom)
    ? state.days.filter(({ day }) => day >= keptFrom)
    : state.days;
  return { ...state, months, days, keptFrom };
}

function contractedOf(given: Given, at: Instant): MilliRate | undefined {
  const { contractedDownBitsPerSecond } = profileAt(given.facts, at);
  return contractedDownBitsPerSecond ? milliOf(contractedDownBitsPerSecond) : undefined;
}

/** Stands for the service's record and turns as far as they hold now: another when one became known. */
function recordOf({ facts: { versions, turns } }: Given, now: Instant): string {
  const held = [...versions, ...turns].filter(({ at }) => at <= now);
  return shortOf(held.map(({ ref }) => ref));
}

function shortOf(parts: readonly unknown[]): string {
  return Buffer.from(printOf(parts.join('\n')), 'latin1').toString('base64url');
}

function tvOverTime(sums: Sums): unknown {
  const whole = BigInt(sums.weightedRequired);
  return whole === 0n ? null : { share: ratioOf(BigInt(sums.weighted), whole) };
}
