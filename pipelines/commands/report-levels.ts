/**
 * `dozor report levels`: what a network promises of a year (MTEL SD B.2.2), as far as it has gone, with what will become of it at
 * the present rate. `dozor report outages`: SAIDI, SAIFI, CAIDI, MTTR by month, district and technology. Both are read from the log
 * of an installation, or from files of events.
 */
import { dayOf, formatLocal, startOfMonth, startOfYear } from '../domain/calendar.js';
import type { Span } from '../domain/intervals.js';
import type { Pack, Packs, ServiceLevelRules } from '../domain/pack.js';
import { type Level, verdictsOf, weightOf } from '../domain/service-level/assessed.js';
import { availabilityOf, forecastOf, type InService } from '../domain/service-level/availability.js';
import {
  type IndexSums,
  indicesOf,
  NO_SUMS,
  plusSums,
  type Repair,
  sumsOfRepairs,
  sumsOfUsers,
  type Users,
} from '../domain/service-level/indices.js';
import { elementTime, peopleCovered, repairsOf, usersOf, userTime } from '../domain/service-level/network-level.js';
import { DAY, FOREVER, type Instant } from '../domain/units.js';
import type { Config } from '../runtime/config.js';
import { type NetworkStory, storyOfFiles, storyOfLog } from './network-story.js';
import { openParts } from './parts.js';
import { checkPeriod, compare, type Format, linesOf, type Period, type Row } from './report.js';

/** Where a report reads: files of events, or the log that the configuration names. */
export interface Source {
  readonly config: Config;
  readonly packs: Packs;
  /** None: the log. */
  readonly files: readonly string[];
  /** Told of lines that were refused. */
  readonly refused?: (message: string) => void;
}

/** Reads a network up to an instant. Rejects in words where the source is not there. */
export async function networkOf({ config, packs, files, refused }: Source, to: Instant): Promise<NetworkStory> {
  if (files.length > 0) return storyOfFiles(files, packs, to, ({ message }) => refused?.(message));
  const { log, close } = await openParts(config, 'read');
  try {
    return await storyOfLog(log, packs, to);
  } finally {
    await close();
  }
}

// --- The year ---

export interface LevelsOptions {
  readonly year: number;
  /** How far the year has gone; absent: as far as is known, at most to its end. */
  readonly asOf?: Instant;
  readonly format: Format;
}

const LEVEL_COLUMNS = [
  'operator',
  'year',
  'parameter',
  'asOf',
  'value',
  'required',
  'met',
  'weightedBy',
  'byUsers',
  'byElements',
  'atPresentRate',
  'willBeMet',
  'missedOn',
];

/** The levels of every operator that promises some. */
export function levelsRegister(story: NetworkStory, packs: Packs, options: LevelsOptions): readonly string[] {
  const rows = [...packs.operators().keys()].sort(compare).flatMap((operator) => {
    const zone = packs.at(operator, FOREVER)!.zone;
    const year = { from: startOfYear(options.year, zone), to: startOfYear(options.year + 1, zone) };
    const pack = packs.at(operator, year.to - 1)!;
    return pack.rules.serviceLevel ? levelRows(story, pack, year, options.asOf ?? story.clock) : [];
  });
  return linesOf(LEVEL_COLUMNS, rows, options.format);
}

function levelRows(story: NetworkStory, pack: Pack, year: Span, asOf: Instant): readonly Row[] {
  const { operator, zone } = pack;
  const rules = pack.rules.serviceLevel!;
  const period = { from: year.from, to: Math.min(year.to, Math.max(asOf, year.from)) };
  if (period.from === period.to) return [];
  const level = levelOf(story, operator, rules, period);
  return verdictsOf(level, rules, zone).map((verdict) => ({
    operator,
    year: formatLocal(year.from, zone).slice(0, 4),
    asOf: formatLocal(period.to, zone),
    ...verdict,
    ...(verdict.parameter === 'availability' && {
      weightedBy: weightOf(level, rules),
      byUsers: availabilityOf(level.users),
      byElements: availabilityOf(level.elements),
      ...(period.to < year.to && outlook(level, rules, year, period.to, level.inService, zone)),
    }),
  }));
}

/** What is known of a network and a period, and how many of its users are in service at the period's end. */
function levelOf(
  story: NetworkStory,
  operator: string,
  rules: ServiceLevelRules,
  period: Span,
): Level & { readonly inService: number } {
  const { view } = story;
  const last = period.to - 1;
  const served = story.served(operator, rules.kinds, last);
  const members = served.flatMap((group) => group.members);
  return {
    users: userTime(period, served, view, rules),
    services: countOf(members, ({ from, to }) => from < period.to && to > period.from),
    inService: countOf(members, ({ from, to }) => from <= last && last < to),
    elements: elementTime(period, view, operator, rules),
    covered: peopleCovered(view, operator, rules, last),
    hours: view.load(operator, period),
  };
}

function countOf(members: readonly InService[], of: (member: InService) => boolean): number {
  return members.reduce((sum, member) => sum + (of(member) ? member.count : 0), 0);
}

/** What becomes of the year if it goes on like this. */
function outlook(
  level: Level,
  rules: ServiceLevelRules,
  year: Span,
  now: Instant,
  inService: number,
  zone: string,
): Row {
  const weight = weightOf(level, rules);
  const count = weight === 'users' ? inService : level.elements.count;
  const { value, met, missedAt } = forecastOf(year, now, level[weight], count, rules.availabilityPercent);
  return {
    atPresentRate: value,
    willBeMet: met,
    missedOn: missedAt === undefined ? null : dayOf(missedAt, zone),
  };
}

// --- Outages ---

export interface OutagesOptions extends Period {
  readonly format: Format;
}

const OUTAGE_COLUMNS = [
  'operator',
  'month',
  'district',
  'technology',
  'users',
  'interruptions',
  'saidiMinutes',
  'saifi',
  'caidiMinutes',
  'repairs',
  'mttrMinutes',
  'availability',
];

/** Stands for all districts, or all technologies; where a name is not known the cell is empty. */
const ALL = '*';
const NO_FAULT_EXCUSED = { excused: [] };

/** The indices of every operator by local month: of each district and technology, of each alone, and of all. */
export function outagesRegister(story: NetworkStory, packs: Packs, options: OutagesOptions): readonly string[] {
  checkPeriod(options);
  const rows = [...packs.operators().values()]
    .sort((a, b) => compare(a.operator, b.operator))
    .flatMap((pack) => outageRows(story, pack, options));
  return linesOf(OUTAGE_COLUMNS, rows, options.format);
}

function outageRows(story: NetworkStory, { operator, zone, rules }: Pack, { from, to }: Period): readonly Row[] {
  const level = rules.serviceLevel ?? NO_FAULT_EXCUSED;
  const repairs = repairsOf(story.view, operator, level);
  return monthsIn({ from, to }, zone).flatMap((month) => {
    const users = story
      .served(operator, rules.serviceLevel?.kinds, month.to - 1)
      .map((served) => usersOf(served, story.view, level, month.to - 1));
    return monthRows(operator, month, users, repairs, zone);
  });
}

function monthRows(
  operator: string,
  month: Span,
  users: readonly Users[],
  repairs: readonly Repair[],
  zone: string,
): readonly Row[] {
  const sums = new Map<string, { place: readonly [district: string, technology: string]; sums: IndexSums }>();
  const add = ({ district = '', technology = '' }: Pick<Users, 'district' | 'technology'>, more: IndexSums) => {
    for (const place of [
      [district, technology],
      [district, ALL],
      [ALL, technology],
      [ALL, ALL],
    ] as const) {
      const key = place.join('\n');
      const held = sums.get(key);
      sums.set(key, { place, sums: plusSums(held?.sums ?? NO_SUMS, more) });
    }
  };
  for (const one of users) add(one, sumsOfUsers(month, one));
  for (const one of repairs) add(one, sumsOfRepairs(month, [one]));
  return [...sums]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { place, sums: of }]) => ({
      operator,
      month: formatLocal(month.from, zone).slice(0, 7),
      district: place[0],
      technology: place[1],
      ...indicesOf(month, of),
    }))
    .filter(({ users: count, repairs: ended }) => count > 0 || ended > 0);
}

/** The local months of a period, cut at its ends. */
function monthsIn({ from, to }: Period, zone: string): readonly Span[] {
  const months: Span[] = [];
  for (let begins = from; begins < to; ) {
    const next = startOfMonth(startOfMonth(begins, zone) + 32 * DAY, zone);
    months.push({ from: begins, to: Math.min(next, to) });
    begins = next;
  }
  return months;
}
