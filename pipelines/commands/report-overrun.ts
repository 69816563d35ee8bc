/**
 * `dozor report overrun`: by how much each limit can be passed before the bar stands, by feed. Computed from what the packs say of
 * feeds, and measured: how long records of each feed took until they were known, from the events on the log, and what the bound
 * would be with that.
 *
 * Copies, bad lines and strays count for nothing. Delays are kept in classes: their number does not matter to memory.
 */
import { FEEDS, type Feed } from '../domain/event.js';
import { formatMoney } from '../domain/money.js';
import { amountOf, boundOf, Delays, lengthOf, type Measured, type Overrun, overruns } from '../domain/overrun.js';
import type { Packs } from '../domain/pack.js';
import { FOREVER } from '../domain/units.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { Door, TransientMemory } from '../runtime/door.js';
import { partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { checkPeriod, compare, isWithin, type Period, partitionRecords } from './report.js';

export interface OverrunOptions {
  readonly format: 'table' | 'json';
  /** Of which events, by when they became known; absent: none is measured. */
  readonly period?: Period;
}

type MeasuredFeed = Measured['feed'];

/** The report of an installation. Rejects in words where the period is none, or there is no installation to measure. */
export async function reportOverrun(config: Config, packs: Packs, options: OverrunOptions): Promise<readonly string[]> {
  const { period, format } = options;
  if (!period) return overrunLines(packs, [], format);
  checkPeriod(period);
  const { log, close } = await openParts(config, 'read');
  try {
    return overrunLines(packs, await measuredDelays(log, packs, period), format);
  } finally {
    await close();
  }
}

/** How long records took until they were known, by operator and feed. */
export async function measuredDelays(log: Log, packs: Packs, period: Period): Promise<readonly Measured[]> {
  const delays = new Map<string, Delays>();
  const count = await log.partitions(TOPICS.serviceEvents);
  for (let partition = 0; partition < count; partition++) {
    const door = new Door({ packs, memory: new TransientMemory() });
    const operators = new Map<string, string>();
    const take = async (mark: string) => {
      for await (const { key, offset, value } of partitionRecords(log, TOPICS.serviceEvents, partition)) {
        const text = key === TICK_KEY ? '' : Buffer.from(value).toString('utf8');
        if (!text.includes(mark)) continue;
        const decoded = door.readLine(text, offset);
        // One whose subject is at home elsewhere stands there too.
        if (!decoded.ok || partitionOf(decoded.event.subject, count) !== partition) continue;
        const taken = door.admit(decoded);
        if (taken.is !== 'event') continue;
        const { event } = taken;
        if (event.type === 'service.upserted') operators.set(event.subject, event.data.operator);
        if (event.type !== 'usage.recorded' || !isWithin(period, event.recordedtime)) continue;
        const name = `${operators.get(event.subject) ?? 'unknown'} ${event.data.feed ?? 'none'}`;
        let of = delays.get(name);
        if (!of) delays.set(name, (of = new Delays()));
        of.add(event.recordedtime - event.time);
      }
    };
    // A service's record may come after its use: all of them first.
    await take('"service.upserted"');
    await take('"usage.recorded"');
  }
  const order = (feed: MeasuredFeed) => (feed === 'none' ? FEEDS.length : FEEDS.indexOf(feed));
  return [...delays]
    .map(([name, of]): Measured => {
      const [operator = '', feed = 'none'] = name.split(' ');
      const { count: records, max } = of;
      return { operator, feed: feed as MeasuredFeed, records, median: of.percentile(50), p99: of.percentile(99), max };
    })
    .sort((a, b) => compare(a.operator, b.operator) || order(a.feed) - order(b.feed));
}

/** A bound, and what it would be with the delay that was measured. */
interface Line extends Overrun {
  readonly measured: Overrun['overrun'] | null;
}

/** The report in lines: a table, or one JSON object. */
export function overrunLines(
  packs: Packs,
  measured: readonly Measured[],
  format: OverrunOptions['format'],
): readonly string[] {
  const lines = [...packs.operators().keys()].sort(compare).flatMap((operator): readonly Line[] => {
    const pack = packs.at(operator, FOREVER)!;
    return overruns(pack).map((one) => ({ ...one, measured: measuredBound(one, measured, pack.rules.feeds!) }));
  });
  return format === 'json' ? [JSON.stringify(jsonOf(lines, measured), null, 2)] : tables(lines, measured);
}

/** With the delay that 99 in 100 records did not exceed in place of what the pack says of the feed. */
function measuredBound(
  { operator, feed, measure, overrun }: Overrun,
  measured: readonly Measured[],
  rules: Parameters<typeof boundOf>[0],
): Overrun['overrun'] | null {
  const found = measured.find((one) => one.operator === operator && one.feed === feed);
  if (!found) return null;
  const currency = typeof overrun === 'number' ? '' : overrun.currency;
  return boundOf(rules, measure, found.p99 + rules.deciding + rules.barring, currency).overrun;
}

function jsonOf(lines: readonly Line[], measured: readonly Measured[]): unknown {
  const plain = (amount: Overrun['overrun'] | null) =>
    amount === null || typeof amount === 'number' ? amount : formatMoney(amount);
  return {
    bounds: lines.map(({ operator, rule, clause, measure, feed, worst, wholeCycle, ...of }) => ({
      ...{ operator, rule, clause, measure, limit: plain(of.limit), feed, delaySeconds: of.delay / 1_000 },
      ...{ overrun: plain(of.overrun), worst, wholeCycle, overrunAtMeasuredP99: plain(of.measured) },
    })),
    delays: measured.map(({ operator, feed, records, median, p99, max }) => ({
      ...{ operator, feed, records },
      ...{ medianSeconds: median / 1_000, p99Seconds: p99 / 1_000, maxSeconds: max / 1_000 },
    })),
  };
}

function tables(lines: readonly Line[], measured: readonly Measured[]): readonly string[] {
  const feed = (name: Feed | 'none') => (name === 'none' ? '(no feed)' : name);
  const bounds = lines.map((one) => [
    one.operator,
    one.clause,
    one.rule,
    one.measure,
    one.limit === null ? (one.rule === 'roamingData' ? 'by formula' : 'as set') : amountOf(one.measure, one.limit),
    feed(one.feed),
    lengthOf(one.delay),
    `${amountOf(one.measure, one.overrun)}${one.measure === 'charge' ? ` (${one.worst})` : ''}`,
    one.measured === null ? '' : amountOf(one.measure, one.measured),
    one.wholeCycle ? 'unbounded within a cycle' : '',
  ]);
  const delays = measured.map((one) => [
    one.operator,
    feed(one.feed),
    String(one.records),
    lengthOf(one.median),
    lengthOf(one.p99),
    lengthOf(one.max),
  ]);
  const head = ['operator', 'clause', 'rule', 'measure', 'limit', 'feed', 'delay', 'overrun', 'at measured p99', ''];
  return [
    ...columns([head, ...bounds]),
    ...(measured.length === 0
      ? []
      : ['', ...columns([['operator', 'feed', 'records', 'median delay', '99 in 100', 'longest'], ...delays])]),
  ];
}

/** Rows under each other, as wide as their widest cell. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
