/**
 * What the registers of `dozor report` have in common: a period, the records of a topic, and rows as CSV (RFC 4180) or NDJSON. The
 * same logs give the same text, whatever order their partitions are read in.
 */
import type { Instant } from '../domain/units.js';
import type { Log, LogRecord } from '../io/log.js';
import { TOPICS } from '../runtime/topics.js';
import { recordsOf } from './parts.js';

/** From `from` on, up to before `to`. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

export const FORMATS = ['csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** A row by its columns, in the order in which they are printed; null where nothing is known. */
export type Row = Readonly<Record<string, unknown>>;

/** Throws where a period is none. */
export function checkPeriod({ from, to }: Period): void {
  if (!(from < to)) throw new Error('--to should lie after --from');
}

export function isWithin({ from, to }: Period, at: Instant): boolean {
  return from <= at && at < to;
}

/** The lines of a register: CSV with a head, or one JSON object each. */
export function linesOf(columns: readonly string[], rows: readonly Row[], format: Format): readonly string[] {
  if (format === 'ndjson') {
    return rows.map((row) => JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))));
  }
  return [columns.join(','), ...rows.map((row) => columns.map((name) => cellOf(row[name])).join(','))];
}

/** Text that a spreadsheet would take for a formula is marked as text; numbers, amounts and phone numbers stay as they are. */
const FORMULA = /^[=@+\-\t\r]/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

function cellOf(value: unknown): string {
  const plain = plainOf(value);
  const text = FORMULA.test(plain) && !NUMBER.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A value in one line of words: lists with spaces between, fields as `name value` with semicolons. */
function plainOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(plainOf).join(' ');
  if (typeof value !== 'object') return String(value);
  const { amount, currency, ...rest } = value as Record<string, unknown>;
  if (amount !== undefined && currency !== undefined && Object.keys(rest).length === 0) return `${amount} ${currency}`;
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${plainOf(inner)}`)
    .join('; ');
}

/** The records of a whole topic, one partition after the other; none where there is no such topic. */
export async function* topicRecords(log: Log, topic: string): AsyncGenerator<LogRecord> {
  const count = await log.partitions(topic);
  for (let partition = 0; partition < count; partition++) yield* partitionRecords(log, topic, partition);
}

/**
 * The records of one partition that stand in it now. Foreign producers may end a partition of events with the mark of a transaction;
 * of what Dozor writes itself nothing may be missing: there it rejects.
 */
export async function* partitionRecords(log: Log, topic: string, partition: number): AsyncGenerator<LogRecord> {
  const of = { topic, partition };
  const [start, end] = await Promise.all([log.start(of), log.end(of)]);
  yield* recordsOf(log, of, start, end, { markAtEnd: topic === TOPICS.serviceEvents });
}

/** Orders texts by their UTF-16 units: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
