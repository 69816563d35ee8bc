/** What a line and television over it delivered, by calendar month, and the sessions that are remembered. */
import { type LineQualityState, lineQuality, speedIn } from '../../detectors/line-quality.js';
import { tvShortfall } from '../../detectors/tv-shortfall.js';
import type { Span } from '../../domain/intervals.js';
import { meanOf, monthSpan, ratioOf, type Sums } from '../../domain/quality/months.js';
import { milliOf } from '../../domain/quality/series.js';
import { profileAt } from '../../domain/service.js';
import type { ViewQualityMonth, ViewSession } from '../../domain/subject/service-view.js';
import { type ServiceRead, stateIn } from './service-read.js';

const MEASURES = ['line', 'tv'] as const;
type QualityMeasure = (typeof MEASURES)[number];

/** The months of which something was measured, the newest first. */
export function qualityOf(read: ServiceRead): readonly ViewQualityMonth[] {
  const state = stateIn(read, lineQuality);
  const months = (state?.months ?? []).flatMap((held) =>
    MEASURES.flatMap((measure) => {
      const sums = held.sums[measure];
      const revision = held.told[measure]?.revision;
      return sums && sums.samples > 0 ? monthOf(read, state!, { month: held.month, measure, sums, revision }) : [];
    }),
  );
  return months.reverse();
}

function monthOf(
  read: ServiceRead,
  state: LineQualityState,
  held: {
    readonly month: string;
    readonly measure: QualityMeasure;
    readonly sums: Sums;
    readonly revision: number | undefined;
  },
): readonly ViewQualityMonth[] {
  const { month, measure, sums, revision } = held;
  const span = monthSpan(month, read.zone);
  const last = span.to - 1;
  const profile = profileAt(read.facts, last);
  const rules = read.packs.at(profile.operator, last)!.rules.lineQuality;
  if (!rules) return [];
  const { shareMinPercent } = rules;
  const contracted = profile.contractedDownBitsPerSecond;
  const [sum, samples] = [BigInt(sums.sum), BigInt(sums.samples)];
  const whole =
    measure === 'tv' ? BigInt(sums.required) : contracted ? BigInt(milliOf(contracted)) * samples : undefined;
  const ended = span.to <= read.now;
  return [
    {
      month,
      measure,
      samples: sums.samples,
      meanBitsPerSecond: meanOf(sum, samples),
      requiredBitsPerSecond: whole ? meanOf(whole * BigInt(shareMinPercent), samples * 100n) : null,
      shareMinPercent,
      met: whole && ended ? 100n * sum >= BigInt(shareMinPercent) * whole : null,
      coverage: measure === 'line' ? coverageOf(read, state, span) : null,
      revision: revision ?? null,
    },
  ];
}

/** The share of the active time for which a measurement stands; of a month that runs, of it so far. */
function coverageOf({ facts, packs, now }: ServiceRead, state: LineQualityState, month: Span): number | null {
  const span = { from: month.from, to: Math.min(month.to, now) };
  const rules = packs.at(profileAt(facts, month.to - 1).operator, month.to - 1)!.rules.speedRulebook;
  const speed = rules && span.from < span.to ? speedIn(state, facts, span, rules, () => 0) : undefined;
  return speed && speed.active > 0 ? ratioOf(BigInt(speed.covered), BigInt(speed.active)) : null;
}

/** The sessions that are remembered as evidence, the newest first. */
export function sessionsOf(read: ServiceRead): readonly ViewSession[] {
  const sessions = stateIn(read, tvShortfall)?.sessions ?? [];
  return sessions.toReversed().map(({ at, to, ref, on, rate, short, stalled, failed }) => ({
    event: ref,
    from: read.local(at),
    to: read.local(to),
    device: on,
    deliveredBitsPerSecond: rate,
    short,
    rebufferSeconds: stalled,
    failed,
  }));
}
