/** What the engine decides of a history, and what of it is compared with the oracle: a line of text for each decision. */
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { replayed } from '../engine.js';
import { oracle } from './oracle.js';
import type { Data, Wire } from './wire.js';

const packs = loadPacks([OWN_PACKS]);

/** The fields of each type that the oracle answers for. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'limit.exceeded': ['window', 'measure', 'limit', 'value', 'from', 'to', 'late'],
  'traffic.atypical': ['window', 'measure', 'value', 'average', 'from', 'to', 'late'],
  'restriction.proposed': ['window', 'measure', 'from'],
  'security.proposed': ['window', 'measure', 'from'],
  'spend.warned': ['reason', 'charges', 'cap', 'cycle', 'late'],
  'bar.applied': ['reason', 'cycle', 'episode'],
  'bar.lifted': ['reason', 'cycle', 'episode'],
  'spend.doubled': ['cycle', 'charges', 'reference', 'referenceKind'],
  'roaming.risk.found': ['window', 'domesticDays', 'roamingDays', 'domesticUse', 'roamingUse', 'episode'],
  'roaming.surcharge.started': ['from', 'episode'],
  'roaming.surcharge.stopped': ['episode'],
  'roaming.surcharge.refunded': ['from', 'episode'],
};
export const TYPES = Object.keys(FIELDS);

export interface Decided {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Data;
}

/** Everything that the engine decides, in its order. */
export function engine(lines: readonly Wire[], until: number): readonly Decided[] {
  return replayed(
    packs,
    lines.map((line) => JSON.stringify(line)),
    until,
  ) as unknown as readonly Decided[];
}

/** Times as UTC, money as text, `late` only where true; the same however the fields stand. */
function plain(value: unknown, key = ''): string {
  if (typeof value === 'number' && (key === 'from' || key === 'to')) return new Date(value).toISOString();
  if (typeof value === 'string' && (key === 'from' || key === 'to')) return new Date(value).toISOString();
  if (typeof value !== 'object' || value === null) return String(value);
  const { amount, currency } = value as Data;
  if (amount !== undefined) return `${amount} ${currency}`;
  const inner = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${inner.map(([name, one]) => `${name} ${plain(one, name)}`).join(', ')}}`;
}

function textOf(type: string, subject: string | undefined, time: number, data: Data): string {
  const fields = FIELDS[type]!.flatMap((name) => {
    const value = data[name];
    return value === undefined || value === false ? [] : [`${name} ${plain(value, name)}`];
  });
  return `${new Date(time).toISOString()} ${subject} ${type}: ${fields.join(', ')}`;
}

/** What usage decided, a line each, sorted. */
export function usageOf(decisions: readonly Decided[]): readonly string[] {
  return decisions
    .filter(({ type }) => type in FIELDS)
    .map(({ type, subject, time, data }) => textOf(type, subject, Date.parse(time), data))
    .sort();
}

/** What the oracle expects, in the same words. */
export function expected(lines: readonly Wire[], until: number): readonly string[] {
  return oracle(lines, until)
    .map(({ type, subject, time, data }) => textOf(type, subject, time, data))
    .sort();
}
