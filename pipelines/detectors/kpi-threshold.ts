/**
 * An indicator beyond a bound: section `kpi`, `thresholds`.
 *
 * The samples of an element are rolled up in windows of one width; a figure of each is held against bounds, one pair a severity.
 * A window at or beyond `raise` is high (`bound` says whether the bound itself is); one back at or beyond `clear` is low; between
 * them nothing changes. The alarm is raised at the end of the window with which high windows on end have lasted for `for`, and
 * cleared at the end of the first low one. A window with fewer samples than `samplesMin` is no evidence: it clears nothing, and
 * ends what was high on end. The severity is that of the highest pair that stands.
 *
 * A late sample changes its window, and everything in memory is judged again: what was told and does not hold is cleared, what
 * held and was not told is raised, and cleared with it where it is over. What lies back further than `lateness` is settled.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { isLate } from '../domain/detector.js';
import { merge, type PlainRollup, plainRollup, readRollup, rollupOf, statistic } from '../domain/kpi/rollup.js';
import { windowAt } from '../domain/kpi/windows.js';
import type { KpiRules, KpiThresholdRule, Severity } from '../domain/pack.js';
import { FOREVER, formatDuration, type Instant, type Zone } from '../domain/units.js';

/** A window with samples. */
interface Window {
  readonly from: Instant;
  readonly to: Instant;
  readonly rollup: PlainRollup;
}

/** How one pair of bounds stands: since when high on end, up to where, and whether raised (then `since` is from where). */
interface Standing {
  readonly raised: boolean;
  readonly since?: Instant;
  readonly upTo?: Instant;
}

/** An alarm that was told. */
interface Told {
  readonly episode: number;
  readonly from: Instant;
  readonly raisedAt: Instant;
  readonly severity: Severity;
  readonly revision: number;
  readonly clearedAt?: Instant;
}

/** What is held of one rule on one element. Plain data. */
export interface ThresholdState {
  /** The windows in memory, by time. */
  readonly windows: readonly Window[];
  /** How each pair of bounds stood before them. */
  readonly standings: readonly Standing[];
  /** The severity before them, and from where. */
  readonly before?: { readonly severity: Severity; readonly from: Instant; readonly raisedAt: Instant };
  readonly settledTo?: Instant;
  readonly told: readonly Told[];
  readonly episodes: number;
  /** Samples that came when their window was settled. They changed no alarm. */
  readonly tooLate: number;
}

export const NO_WINDOWS: ThresholdState = { windows: [], standings: [], told: [], episodes: 0, tooLate: 0 };

/** Puts a sample into its window. */
export function withWindowSample(
  state: ThresholdState,
  sample: { readonly at: Instant; readonly value: number },
  rule: KpiThresholdRule,
  zone: Zone,
): ThresholdState {
  if (state.settledTo !== undefined && sample.at < state.settledTo) return { ...state, tooLate: state.tooLate + 1 };
  const { from, to } = windowAt(rule.window, sample.at, zone);
  const last = state.windows.findLastIndex((window) => window.from <= from);
  const held = state.windows[last];
  const one = rollupOf(sample.value);
  if (held?.from === from) {
    const rollup = plainRollup(merge(readRollup(held.rollup), one));
    return { ...state, windows: state.windows.with(last, { ...held, rollup }) };
  }
  return { ...state, windows: state.windows.toSpliced(last + 1, 0, { from, to, rollup: plainRollup(one) }) };
}

// --- What stands ---

/** One standing of the alarm, whatever its severity meanwhile; `clearedAt` FOREVER while it stands. */
interface Episode {
  readonly from: Instant;
  readonly raisedAt: Instant;
  readonly clearedAt: Instant;
  /** The severity at its end, or now. */
  readonly severity: Severity;
  /** The window that said so. */
  readonly by: Window | undefined;
}

interface Walk {
  readonly standings: readonly Standing[];
  readonly episodes: readonly Episode[];
}

/** Walks over windows in order of time, from how it stood before them. */
function walk(state: ThresholdState, windows: readonly Window[], rule: KpiThresholdRule): Walk {
  let standings = rule.levels.map((_, i) => state.standings[i] ?? { raised: false });
  const episodes: Episode[] = [];
  const { before } = state;
  let open: Episode | undefined = before && { ...before, clearedAt: FOREVER, by: undefined };
  for (const window of windows) {
    standings = rule.levels.map((level, i) => step(standings[i]!, window, level, rule));
    const top = standings.findLastIndex(({ raised }) => raised);
    const severity = rule.levels[top]?.severity;
    if (open && severity === undefined) {
      episodes.push({ ...open, clearedAt: window.to, by: window });
      open = undefined;
    } else if (open && severity !== undefined && severity !== open.severity) open = { ...open, severity, by: window };
    else if (!open && severity !== undefined)
      open = { from: standings[top]!.since!, raisedAt: window.to, clearedAt: FOREVER, severity, by: window };
  }
  return { standings, episodes: open ? [...episodes, open] : episodes };
}

function step(
  standing: Standing,
  window: Window,
  level: KpiThresholdRule['levels'][number],
  rule: KpiThresholdRule,
): Standing {
  const rollup = readRollup(window.rollup);
  if (rollup.count < rule.samplesMin) return standing.raised ? standing : { raised: false };
  const value = statistic(rollup, rule.statistic);
  const sign = rule.direction === 'above' ? 1 : -1;
  const beyond = sign * (value - level.raise);
  const high = rule.bound === 'reached' ? beyond >= 0 : beyond > 0;
  if (standing.raised) return !high && sign * (value - level.clear) <= 0 ? { raised: false } : standing;
  if (!high) return { raised: false };
  const since = standing.upTo === window.from ? standing.since! : window.from;
  return { raised: window.to - since >= rule.for, since, upTo: window.to };
}

/** Lets go of windows that no sample changes any more. */
function settle(state: ThresholdState, rule: KpiThresholdRule, until: Instant): ThresholdState {
  const gone = state.windows.filter((window) => window.to <= until);
  if (gone.length === 0) return state;
  const { standings, episodes } = walk(state, gone, rule);
  const last = episodes.at(-1);
  const { before: _, ...rest } = state;
  return {
    ...rest,
    windows: state.windows.slice(gone.length),
    standings,
    ...(last?.clearedAt === FOREVER
      ? { before: { severity: last.severity, from: last.from, raisedAt: last.raisedAt } }
      : {}),
    settledTo: gone.at(-1)!.to,
    told: state.told.filter(({ clearedAt }) => clearedAt === undefined || clearedAt > until),
  };
}

// --- What is told ---

/** On whom a rule is asked, and the terms that it is asked by. */
export interface Asked {
  readonly element: string;
  readonly operator: string;
  readonly zone: Zone;
  readonly rules: Pick<KpiRules, 'clause' | 'lateness' | 'delay'>;
}

type AlarmDraft = Draft<'alarm.raised'> | Draft<'alarm.changed'> | Draft<'alarm.cleared'>;

/** What stands as of `now` compared with what was told: the alarms to tell, the new state, and when to ask again. */
export function thresholdAlarms(
  state: ThresholdState,
  rule: KpiThresholdRule,
  asked: Asked,
  now: Instant,
): { readonly state: ThresholdState; readonly drafts: readonly AlarmDraft[]; readonly wake: Instant | undefined } {
  const { delay, lateness } = asked.rules;
  const windows = state.windows.filter((window) => window.to + delay <= now);
  const { episodes } = walk(state, windows, rule);
  const drafts: AlarmDraft[] = [];
  let held = state;
  const told = (entry: Told) => {
    held = { ...held, told: [...held.told.filter((one) => one.episode !== entry.episode), entry] };
  };
  const say = (type: AlarmDraft['type'], entry: Told, episode: Episode | undefined, due: Instant) =>
    drafts.push(alarm(type, entry, episode, rule, asked, now, due));
  const close = (entry: Told, episode: Episode | undefined) => {
    const clearedAt = episode?.clearedAt ?? now;
    told({ ...entry, clearedAt: Math.max(clearedAt, entry.raisedAt) });
    say('alarm.cleared', entry, episode, clearedAt);
  };
  const matched = episodes.map((episode) => state.told.findLast((entry) => isOf(entry, episode)));
  // Told and no longer true: cleared before anything else is raised under the same name.
  for (const entry of state.told)
    if (entry.clearedAt === undefined && !matched.includes(entry)) close(entry, undefined);
  let pastTold = false;
  episodes.forEach((episode, i) => {
    const over = episode.clearedAt < FOREVER;
    const before = matched[i];
    if (before && (over || before.clearedAt === undefined)) {
      if (over && before.clearedAt === undefined) close(before, episode);
      else if (!over && (pastTold || before.severity !== episode.severity)) {
        // Also where an earlier standing came to light and was over: the last word under one name is how it stands.
        const entry = { ...before, severity: episode.severity, revision: before.revision + 1 };
        told(entry);
        say('alarm.changed', entry, episode, episode.by?.to ?? now);
      }
      return;
    }
    const { from, raisedAt, severity } = episode;
    held = { ...held, episodes: held.episodes + 1 };
    const entry: Told = { episode: held.episodes, from, raisedAt, severity, revision: 0 };
    told(entry);
    say('alarm.raised', entry, episode, raisedAt);
    if (over) {
      close(entry, episode);
      pastTold = true;
    }
  });
  held = settle(held, rule, now - Math.max(lateness, delay));
  const next = held.windows.find((window) => window.to + delay > now);
  return { state: held, drafts, wake: next && next.to + delay };
}

/** The alarm that still stands of a rule that is no longer in force is cleared. Its episodes are counted on. */
export function withdrawnAlarms(
  state: ThresholdState,
  rule: KpiThresholdRule,
  asked: Asked,
  now: Instant,
): { readonly state: ThresholdState; readonly drafts: readonly AlarmDraft[] } {
  const drafts = state.told.flatMap((entry) => {
    if (entry.clearedAt !== undefined) return [];
    const draft = alarm('alarm.cleared', entry, undefined, rule, asked, now, now);
    const because = { rule: rule.name, kpi: rule.kpi, nothing: 'the rule is no longer in force' };
    return [{ ...draft, data: { ...draft.data, because, late: false } } as AlarmDraft];
  });
  return { state: { ...NO_WINDOWS, episodes: state.episodes, tooLate: state.tooLate }, drafts };
}

/** Whether what was told is this standing: they have an instant in common. */
function isOf(entry: Told, episode: Episode): boolean {
  return entry.from < episode.clearedAt && episode.from < (entry.clearedAt ?? entry.raisedAt);
}

function alarm(
  type: AlarmDraft['type'],
  entry: Told,
  episode: Episode | undefined,
  rule: KpiThresholdRule,
  { element, operator, zone, rules }: Asked,
  now: Instant,
  due: Instant,
): AlarmDraft {
  const level = rule.levels.find(({ severity }) => severity === entry.severity)!;
  const seen = episode?.by && evidence(episode.by, rule, zone);
  const because = {
    rule: rule.name,
    kpi: rule.kpi,
    statistic: rule.statistic,
    window: rule.window,
    direction: rule.direction,
    bound: rule.bound,
    raise: level.raise,
    clear: level.clear,
    for: formatDuration(rule.for),
    samplesMin: rule.samplesMin,
    ...(seen ?? { nothing: 'late samples show that it did not stand' }),
  };
  const data = {
    operator,
    clause: rules.clause,
    because,
    alarmId: `kpi:${rule.name}`,
    episode: entry.episode,
    perceivedSeverity: type === 'alarm.cleared' ? ('cleared' as const) : entry.severity,
    probableCause: 'thresholdCrossed',
    specificProblem: `${rule.kpi} ${rule.direction} ${level.raise}`,
    from: entry.from,
    late: isLate(due + rules.delay, now),
    ...(type === 'alarm.changed' ? { revision: entry.revision } : {}),
  };
  return { type, subject: element, time: now, data };
}

function evidence(window: Window, rule: KpiThresholdRule, zone: Zone): Record<string, unknown> {
  const rollup = readRollup(window.rollup);
  return {
    value: statistic(rollup, rule.statistic),
    samples: rollup.count,
    from: formatLocal(window.from, zone),
    to: formatLocal(window.to, zone),
  };
}
