/**
 * What must have been assessed of a network's year: a plain reading of all that was written, tick by tick, user by user and element
 * by element. Of the levels only availability is in these stories: nobody tells there of people covered or of offered traffic.
 */
import { formatLocal, nextDay, startOfYear, yearOf } from '../../pipelines/domain/calendar.js';
import type { Draft } from '../../pipelines/domain/decision.js';
import { isLate } from '../../pipelines/domain/detector.js';
import { intersect, length, type Span, union } from '../../pipelines/domain/intervals.js';
import type { ElementVersion } from '../../pipelines/domain/network.js';
import type { Pack, Packs } from '../../pipelines/domain/pack.js';
import { activeSpans, profileAt, profileSpans, type ServiceFacts } from '../../pipelines/domain/service.js';
import { EVER, FOREVER, type Instant, SECOND } from '../../pipelines/domain/units.js';

interface Beat {
  readonly tick: number;
  readonly clock: Instant;
}

/** The network as known at a tick. */
interface Seen {
  versions(element: string): readonly ElementVersion[];
  faults(element: string): readonly Span[];
  chain(element: string, within: Span): readonly ({ readonly element: string } & Span)[];
}

export interface LevelsGiven {
  readonly packs: Packs;
  /** The clocks of each service partition, and the services that it knows at one of its beats. */
  readonly partitions: readonly {
    readonly beats: readonly Beat[];
    readonly services: (beat: number) => readonly ServiceFacts[];
  }[];
  readonly elements: readonly string[];
  readonly seen: (tick: number) => Seen;
}

/** What one partition says of a year. */
interface Said {
  readonly at: Instant;
  readonly users: Time;
  readonly elements: Time;
}

interface Time {
  readonly count: number;
  readonly inService: number;
  readonly down: number;
}

export function levelsOf(given: LevelsGiven): readonly Draft<'service.level.assessed'>[] {
  return [...given.packs.operators().values()].flatMap((pack) =>
    pack.rules.serviceLevel ? ofOperator(pack, given) : [],
  );
}

function ofOperator(pack: Pack, given: LevelsGiven): readonly Draft<'service.level.assessed'>[] {
  const drafts: Draft<'service.level.assessed'>[] = [];
  const saidBy = given.partitions.map(() => new Map<number, Said>());
  const told = new Map<number, { readonly revision: number; readonly saw: string }>();
  const ticks = new Set(given.partitions.flatMap(({ beats }) => beats.map(({ tick }) => tick)));
  const reached = Math.min(...given.partitions.map(({ beats }) => beats.at(-1)?.tick ?? 0));
  for (const tick of [...ticks].filter((one) => one <= reached).sort((a, b) => a - b)) {
    for (const [p, { beats, services }] of given.partitions.entries()) {
      const i = beats.findIndex((beat) => beat.tick === tick);
      const known = beats[i - 1]?.clock ?? EVER;
      if (i < 1 || known === EVER) continue;
      for (const { year, at } of due(pack, known, beats[i]!.clock, saidBy[p]!)) {
        const period = periodOf(year, pack);
        const said = sums(pack, period, services(i), given.elements, given.seen(tick));
        const before = saidBy[p]!.get(year);
        if (
          !before ||
          JSON.stringify([before.users, before.elements]) !== JSON.stringify([said.users, said.elements])
        ) {
          saidBy[p]!.set(year, { at, ...said });
        }
      }
    }
    const clock = Math.min(
      ...given.partitions.map(({ beats }) => beats.findLast((beat) => beat.tick <= tick)?.clock ?? EVER),
    );
    for (const year of new Set(saidBy.flatMap((by) => [...by.keys()]))) {
      const all = saidBy.flatMap((by) => by.get(year) ?? []);
      const time = Math.max(...all.map(({ at }) => at));
      const seen = all.reduce((last, one) => (one.at > last.at ? one : last));
      const users = all.reduce((sum, one) => plus(sum, one.users), NONE);
      const decides = users.inService > 0 ? users : seen.elements;
      if (time > clock || decides.inService === 0) continue;
      const saw = JSON.stringify([users, seen.elements]);
      const before = told.get(year);
      if (before?.saw === saw) continue;
      const revision = before && before.revision + 1;
      told.set(year, { revision: revision ?? 0, saw });
      drafts.push(assessed(pack, periodOf(year, pack), users, seen.elements, time, revision));
    }
  }
  return drafts;
}

function periodOf(year: number, { zone }: Pack): Span {
  return { from: startOfYear(year, zone), to: startOfYear(year + 1, zone) };
}

/** A year when it ends, and again at the first midnight after each beat for as long as the rule looks back. */
function due(
  pack: Pack,
  known: Instant,
  now: Instant,
  said: ReadonlyMap<number, unknown>,
): readonly { readonly year: number; readonly at: Instant }[] {
  const years: { year: number; at: Instant }[] = [];
  for (let year = yearOf(known, pack.zone) - 2; year <= yearOf(now, pack.zone); year++) {
    const { to } = periodOf(year, pack);
    const midnight = nextDay(known, pack.zone);
    if (known < to && to <= now) years.push({ year, at: to });
    else if (said.has(year) && midnight <= now && midnight <= to + pack.rules.serviceLevel!.lateFor)
      years.push({ year, at: midnight });
  }
  return years;
}

function sums(
  { operator, rules }: Pack,
  period: Span,
  services: readonly ServiceFacts[],
  elements: readonly string[],
  seen: Seen,
): Omit<Said, 'at'> {
  const { kinds, elementKinds } = rules.serviceLevel!;
  let users = NONE;
  for (const facts of services) {
    const profile = profileAt(facts, period.to - 1);
    if (facts.versions[0]!.profile.operator !== operator || !kinds.includes(profile.kind)) continue;
    const dark = profileSpans(facts).flatMap(({ from, to, profile: { servedBy = [] } }) =>
      servedBy.flatMap((element) => darkOf(element, { from, to }, seen)),
    );
    users = plus(users, timeOf(period, activeSpans(facts), dark));
  }
  let ofElements = NONE;
  for (const id of elements) {
    const versions = seen.versions(id);
    const version = versions.findLast(({ at }) => at < period.to) ?? versions[0];
    if (version?.operator !== operator || !elementKinds.includes(version.kind)) continue;
    const always = { from: EVER, to: FOREVER };
    ofElements = plus(ofElements, timeOf(period, [always], darkOf(id, always, seen)));
  }
  return { users, elements: ofElements };
}

function darkOf(element: string, within: Span, seen: Seen): readonly Span[] {
  return seen.chain(element, within).flatMap((link) => intersect(seen.faults(link.element), [link]));
}

const NONE: Time = { count: 0, inService: 0, down: 0 };

function timeOf(period: Span, active: readonly Span[], dark: readonly Span[]): Time {
  const within = intersect(active, [period]);
  return { count: within.length > 0 ? 1 : 0, inService: length(within), down: length(intersect(within, union(dark))) };
}

function plus(a: Time, b: Time): Time {
  return { count: a.count + b.count, inService: a.inService + b.inService, down: a.down + b.down };
}

function assessed(
  { operator, rules, zone }: Pack,
  period: Span,
  users: Time,
  elements: Time,
  time: Instant,
  revision: number | undefined,
): Draft<'service.level.assessed'> {
  const weightedBy = users.inService > 0 ? 'users' : 'elements';
  const { inService, down } = weightedBy === 'users' ? users : elements;
  return {
    type: 'service.level.assessed',
    subject: operator,
    time,
    data: {
      operator,
      clause: rules.serviceLevel!.clause,
      because: {
        from: formatLocal(period.from, zone),
        to: formatLocal(period.to, zone),
        arithmetic: `1 - time down / time in service, each of the ${weightedBy} alike, is at least what is required`,
        weightedBy,
        byUsers: shown(users, 'services'),
        byElements: shown(elements, 'elements'),
      },
      parameter: 'availability',
      period,
      value: (inService - down) / inService,
      required: 0.95,
      met: (inService - down) / inService >= 0.95,
      late: isLate(period.to, time),
      ...(revision !== undefined && { revision }),
    },
  };
}

function shown({ count, inService, down }: Time, of: string): Record<string, unknown> {
  return {
    availability: inService === 0 ? null : (inService - down) / inService,
    [of]: count,
    secondsInService: String(inService / SECOND),
    secondsDown: String(down / SECOND),
  };
}
