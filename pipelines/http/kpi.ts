/** Indicators over HTTP: which series there are, and one of them over a span, in columns, in no more points than are asked for. */
import type { Hono } from 'hono';
import type { KpiAnswer, KpiAsked, KpiViews } from '../domain/kpi/chart.js';
import { LEVELS, type Level } from '../domain/kpi/series.js';
import { WIDTHS, type Width } from '../domain/kpi/windows.js';
import { formatDuration, type Milliseconds, parseDuration } from '../domain/units.js';
import { numberOf } from './alarms.js';
import { bad } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { checkNames, instantOf } from './query.js';

/** How many points a chart has at most, unless told otherwise, and the least and the most that may be asked for. */
const POINTS = 1_000;
const POINTS_MIN = 10;
const POINTS_MAX = 5_000;
const TEXT_MAX = 256;
const NO_STORE = { 'cache-control': 'no-store' } as const;
const iso = (at: number) => new Date(at).toISOString();

/** GET /v1/kpi and GET /v1/kpi/series. */
export function kpiRoutes(app: Hono<{ Bindings: Bindings }>, views: () => KpiViews): void {
  app.get('/v1/kpi', async (c) => {
    const asked = askedOf(new URL(c.req.url).searchParams);
    const answer = await views()
      .chart(asked)
      .catch((error: unknown) => {
        if (error instanceof RangeError) throw new Problem(400, 'bad-parameter', error.message);
        throw error;
      });
    if (answer) return c.json(wireOf(answer), 200, NO_STORE);
    const { level, id, kpi } = asked.series;
    throw new Problem(
      404,
      'not-found',
      `no samples of ${kpi.slice(0, 64)} are known for the ${level} ${id.slice(0, 64)}`,
    );
  });
  app.get('/v1/kpi/series', async (c) => {
    const query = new URL(c.req.url).searchParams;
    checkNames(query, ['level', 'id']);
    const level = wordOf(query, 'level', LEVELS, 'element');
    const id = query.get('id') === null ? undefined : textOf(query, 'id');
    if (id === undefined && (level === 'element' || level === 'site'))
      throw bad('id', `is needed: which ${level} is meant`);
    const series = await views().list(level, id);
    return c.json({ series: series.map(({ last, ...one }) => ({ ...one, last: last && iso(last) })) }, 200, NO_STORE);
  });
}

function askedOf(query: URLSearchParams): KpiAsked {
  checkNames(query, ['level', 'id', 'kpi', 'width', 'last', 'from', 'to', 'points']);
  const level = wordOf(query, 'level', LEVELS, 'element');
  const series = { level: level as Level, id: textOf(query, 'id'), kpi: textOf(query, 'kpi') };
  const width = wordOf<Width | 'auto'>(query, 'width', [...WIDTHS, 'auto'], 'auto');
  const from = instantOf('from', query.get('from') ?? undefined);
  const to = instantOf('to', query.get('to') ?? undefined);
  if (from !== undefined && to !== undefined && from >= to) throw bad('from', 'should lie before to');
  const last = lastOf(query.get('last'));
  if (last !== undefined && (from !== undefined || to !== undefined))
    throw bad('last', 'is given with from or to: one of the two says the time');
  const pointsMax = numberOf(query, 'points', POINTS, POINTS_MAX);
  if (pointsMax < POINTS_MIN) throw bad('points', `should be a whole number from ${POINTS_MIN} to ${POINTS_MAX}`);
  return { series, width, last, from, to, pointsMax };
}

/** A length of time up to the clock. */
function lastOf(text: string | null): Milliseconds | undefined {
  if (text === null) return undefined;
  const last = parseDuration(text);
  if (last === undefined || last <= 0) throw bad('last', 'should be an ISO 8601 duration, such as PT6H or P14D');
  return last;
}

function textOf(query: URLSearchParams, name: string): string {
  const text = query.get(name);
  if (text === null || text === '') throw bad(name, 'is needed');
  if (text.length > TEXT_MAX) throw bad(name, `is longer than ${TEXT_MAX} characters`);
  // Keys of the store are parted by line breaks; half of a surrogate pair has no bytes.
  if (/[\p{Cc}\p{Surrogate}]/u.test(text)) throw bad(name, 'has a character that no name has');
  return text;
}

function wordOf<T extends string>(query: URLSearchParams, name: string, words: readonly T[], usual: T): T {
  const word = query.get(name);
  if (word === null) return usual;
  if (!(words as readonly string[]).includes(word)) throw bad(name, `should be one of ${words.join(', ')}`);
  return word as T;
}

/** Columns stay numbers, milliseconds since 1970: they are for a chart; everything else is RFC 3339. */
function wireOf(answer: KpiAnswer): Record<string, unknown> {
  const { series, from, to, clock, keptFrom, gaps, thresholds, ...rest } = answer;
  return {
    version: 1,
    ...series,
    from: iso(from),
    to: iso(to),
    clock: iso(clock),
    keptFrom: iso(keptFrom),
    ...rest,
    gaps: { from: gaps.map((gap) => gap.from), to: gaps.map((gap) => gap.to) },
    thresholds: thresholds.map((rule) => ({ ...rule, for: formatDuration(rule.for) })),
  };
}
