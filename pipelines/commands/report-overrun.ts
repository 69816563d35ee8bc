/**
 * `dozor report overrun`: by how much each limit can be passed before the bar stands, by feed. Computed from what the packs say of
 * feeds, and measured: how long records of each feed took until they were known, from the events on the log, and what the bound
 * would be with that.
 *
 * Copies, bad lines and strays count for nothing. Delays are kept in classes: their number does not matter to memory.
 */
import type { Feed } from '../domain/event.js';
import { amountOf, lengthOf, type Measured } from '../domain/overrun.js';
import { FeedDelays, type OverrunLine, overrunReport, plainOverrun } from '../domain/overrun-report.js';
import type { Packs } from '../domain/pack.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { Door, TransientMemory } from '../runtime/door.js';
import { partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { checkPeriod, isWithin, type Period, partitionRecords } from './report.js';

export interface OverrunOptions {
  readonly format: 'table' | 'json';
  /** Of which events, by when they became known; absent: none is measured. */
  readonly period?: Period;
}

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
  const delays = new FeedDelays();
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
        const operator = operators.get(event.subject) ?? 'unknown';
        delays.add(operator, event.data.feed ?? 'none', event.recordedtime - event.time);
      }
    };
    // A service's record may come after its use: all of them first.
    await take('"service.upserted"');
    await take('"usage.recorded"');
  }
  return delays.measured;
}

/** The report in lines: a table, or one JSON object. */
export function overrunLines(
  packs: Packs,
  measured: readonly Measured[],
  format: OverrunOptions['format'],
): readonly string[] {
  if (format === 'json') return [JSON.stringify(plainOverrun(packs, measured), null, 2)];
  return tables(overrunReport(packs, measured), measured);
}

function tables(lines: readonly OverrunLine[], measured: readonly Measured[]): readonly string[] {
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
