/**
 * An indicator that has stopped: section `kpi`, `stale`.
 *
 * Where no newer sample of it was learnt for `missing` intervals since the newest one was, its element's values are stale: an
 * alarm of its own, which says nothing of whether the element works. It is cleared by a newer sample, never by silence. An
 * element of which nothing was ever heard is not stale. What counts is when a sample was learnt, so that files that come an hour
 * late, every quarter of an hour, are fresh; an old sample filled in later makes nothing fresh.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import type { KpiRules, KpiStaleRule } from '../domain/pack.js';
import { formatDuration, type Instant, type Zone } from '../domain/units.js';

/** What is held of one rule on one element: the newest sample by its own time, and the alarm. Plain data. */
export interface StaleState {
  readonly newest: { readonly at: Instant; readonly known: Instant; readonly ref: string };
  readonly standing: boolean;
  readonly from?: Instant;
  readonly episodes: number;
}

/** Takes a sample in: whatever the order of arrival, the newest by time counts, and of two of one time the one learnt later. */
export function withFreshSample(state: StaleState | undefined, sample: StaleState['newest']): StaleState {
  if (!state) return { newest: sample, standing: false, episodes: 0 };
  const { newest } = state;
  const newer = sample.at - newest.at || sample.known - newest.known || (sample.ref > newest.ref ? 1 : -1);
  return newer > 0 ? { ...state, newest: sample } : state;
}

/** What stands as of `now` compared with what was told; where `inForce` is false nothing stands any more. */
export function staleAlarms(
  state: StaleState,
  rule: KpiStaleRule,
  inForce: boolean,
  asked: {
    readonly element: string;
    readonly operator: string;
    readonly zone: Zone;
    readonly rules: Pick<KpiRules, 'clause'>;
  },
  now: Instant,
): {
  readonly state: StaleState;
  readonly drafts: readonly (Draft<'alarm.raised'> | Draft<'alarm.cleared'>)[];
  readonly wake: Instant | undefined;
} {
  const due = state.newest.known + rule.missing * rule.interval;
  const stale = inForce && now >= due;
  const wake = stale || !inForce ? undefined : due;
  if (stale === state.standing) return { state, drafts: [], wake };
  const episodes = state.episodes + (stale ? 1 : 0);
  const from = stale ? due : state.from!;
  const data = {
    operator: asked.operator,
    clause: asked.rules.clause,
    because: {
      kpi: rule.kpi,
      interval: formatDuration(rule.interval),
      missing: rule.missing,
      newest: formatLocal(state.newest.at, asked.zone),
      learnt: formatLocal(state.newest.known, asked.zone),
      events: [state.newest.ref],
    },
    alarmId: `stale:${rule.kpi}`,
    episode: episodes,
    probableCause: 'no data',
    specificProblem: `no data for ${rule.missing} intervals: ${rule.kpi}`,
    from,
  };
  const { element: subject } = asked;
  const draft = stale
    ? { type: 'alarm.raised' as const, subject, time: now, data: { ...data, perceivedSeverity: rule.severity } }
    : { type: 'alarm.cleared' as const, subject, time: now, data: { ...data, perceivedSeverity: 'cleared' as const } };
  return { state: { ...state, standing: stale, from, episodes }, drafts: [draft], wake };
}
