/** Decisions in plain words: a line for each type, how abnormal it is, and the one figure that matters. */
import type { DecisionType } from '../pipelines/domain/decision-type.js';
import { parseInstant } from '../pipelines/domain/units.js';
import type { WireDecision } from '../pipelines/http/ports.js';
import type { DecisionRow, Level } from './wire.js';

type Data = WireDecision['data'];
interface Says {
  readonly words: string | ((data: Data) => string);
  readonly level?: Level | ((data: Data) => Level | null);
  readonly amount?: (data: Data) => DecisionRow['amount'];
}

const unmet = (level: Level) => (data: Data) => (data['met'] === false ? level : null);
const severity = (data: Data) => (isLevel(data['perceivedSeverity']) ? data['perceivedSeverity'] : 'indeterminate');
const flagOf = (data: Data) => [data['flag'], data['measure']].map(spaced).filter(Boolean).join(', ');
const problem = (data: Data) => text(data['probableCause']) || text(data['specificProblem']);

const SAYS: Readonly<Record<DecisionType, Says>> = {
  'repair.overdue': { words: 'Repair overdue', level: 'major' },
  'outage.confirmed': { words: 'Outage passed its limit', level: 'critical' },
  'outage.withdrawn': { words: 'Outage withdrawn: it had not passed its limit' },
  'credit.granted': { words: 'Credit granted', amount: (data) => money(data['amount']) },
  'credit.adjusted': { words: 'Credit adjusted, new total', amount: (data) => money(data['amount']) },
  'extension.granted': { words: 'Contract extended', amount: (data) => hours(data['seconds']) },
  'extension.adjusted': { words: 'Extension adjusted, new total', amount: (data) => hours(data['seconds']) },
  'compensation.granted': {
    words: 'Compensation for late porting',
    amount: (data) => money(data['amount']) ?? plain(data['days'], 'days'),
  },
  'termination.allowed': { words: 'Subscriber may terminate', level: 'major' },
  'termination.ended': { words: 'Right to terminate ended' },
  'sms.charged': { words: 'Message to a short code charged', amount: (data) => money(data['amount']) },
  'payout.allowed': { words: 'Payout to a client allowed', amount: (data) => money(data['amount']) },
  'parking.exceeded': { words: 'Parked too long', level: 'minor', amount: (data) => plain(data['days'], 'days') },
  'notice.requested': {
    words: (data) => `Notice to ${recipient(data)}: ${spaced(data['template']).replace(/^(?:noc|regulator) /, '')}`,
  },
  'limit.exceeded': {
    words: (data) => `Limit passed: ${spaced(data['measure'])}, ${text(data['window'])}`,
    level: 'minor',
    amount: (data) => measured(data['measure'], data['value']),
  },
  'traffic.atypical': {
    words: (data) => `Atypical traffic: ${spaced(data['measure'])}, ${text(data['window'])}`,
    level: 'minor',
    amount: (data) => measured(data['measure'], data['value']),
  },
  'restriction.proposed': { words: 'Restriction proposed' },
  'security.proposed': { words: 'Security deposit proposed' },
  'restriction.applied': { words: 'Services restricted: atypical traffic', level: 'minor' },
  'restriction.lifted': { words: (data) => `Restriction lifted: ${spaced(data['reason'])}` },
  'spend.warned': { words: 'Spend warning', level: 'warning', amount: (data) => money(data['charges']) },
  'spend.doubled': { words: 'Spend doubled', level: 'warning', amount: (data) => money(data['charges']) },
  'bar.applied': { words: (data) => `Services barred: ${spaced(data['reason'])}`, level: 'minor' },
  'bar.lifted': { words: (data) => `Bar lifted: ${spaced(data['reason'])}` },
  'roaming.risk.found': { words: 'Roaming fair use at risk', level: 'warning' },
  'roaming.surcharge.started': { words: 'Roaming surcharge started', level: 'minor' },
  'roaming.surcharge.stopped': { words: 'Roaming surcharge stopped' },
  'roaming.surcharge.refunded': { words: 'Roaming surcharge refunded', amount: (data) => money(data['amount']) },
  'roaming.pattern.found': { words: (data) => `Roaming pattern: ${spaced(data['pattern'])}`, level: 'indeterminate' },
  'roaming.pattern.withdrawn': { words: (data) => `Roaming pattern withdrawn: ${spaced(data['pattern'])}` },
  'usage.flagged': { words: (data) => `Unusual use: ${flagOf(data)}`, level: 'indeterminate' },
  'usage.flag.withdrawn': { words: (data) => `Flag withdrawn: ${flagOf(data)}` },
  'quality.assessed': {
    words: (data) => `${data['measure'] === 'tv' ? 'TV' : 'Line'} quality of ${text(data['month'])}: ${met(data)}`,
    level: unmet('minor'),
    amount: (data) => rate(data['meanBitsPerSecond']),
  },
  'speed.assessed': { words: (data) => `Speed, ${spaced(data['parameter'])}: ${met(data)}`, level: unmet('minor') },
  'tv.shortfall': {
    words: (data) => `TV shortfall: ${spaced(data['attribution'])}`,
    level: (data) => (data['operatorLiable'] === true ? 'minor' : null),
    amount: (data) => rate(data['deliveredBitsPerSecond']),
  },
  'alarm.raised': { words: (data) => `Alarm: ${problem(data) || 'no cause given'}`, level: severity },
  'alarm.changed': { words: (data) => `Alarm changed: ${problem(data) || 'no cause given'}`, level: severity },
  'alarm.cleared': { words: (data) => `Alarm cleared: ${problem(data) || 'no cause given'}`, level: 'cleared' },
  'service.level.assessed': {
    words: (data) => `Service level, ${spaced(data['parameter'])}: ${met(data)}`,
    level: unmet('major'),
  },
  'kpi.scored': {
    words: (data) => `KPI scored: ${text(data['kpi'])}`,
    amount: (data) => plain(data['score'], 'score'),
  },
  'event.rejected': { words: (data) => `Event rejected: ${spaced(data['reason'])}`, level: 'warning' },
};

/** Every type of decision that is known here, by name. */
export const TYPES: readonly string[] = Object.keys(SAYS).sort();

/** A decision as a row. A type that is not known here, of a newer version, is shown by its name. */
export function rowOf(decision: WireDecision): DecisionRow {
  const { id, type, subject, time, data } = decision;
  const says: Says = Object.hasOwn(SAYS, type) ? SAYS[type as DecisionType] : { words: type };
  const { level = null, amount } = says;
  const words = typeof says.words === 'string' ? says.words : says.words(data);
  const [operator, clause] = [text(data['operator']), text(data['clause'])];
  return {
    key: [type, time, operator, clause, words].join('|'),
    id,
    type,
    time: parseInstant(time) ?? 0,
    subject: subject ?? '',
    operator,
    clause,
    words,
    level: typeof level === 'function' ? level(data) : level,
    amount: amount?.(data) ?? null,
    count: 1,
    isAtLeast: false,
    alike: [],
  };
}

/** How many of many alike are named. */
const ALIKE_MAX = 12;

/** A row with one more like it. */
export function withOneMore(many: DecisionRow, one: DecisionRow): DecisionRow {
  const named = many.count === 1 ? [many] : many.alike;
  return {
    ...one,
    amount: sumOf(many.amount, one.amount),
    count: many.count + 1,
    isAtLeast: many.isAtLeast,
    alike: [one, ...named].slice(0, ALIKE_MAX).map(({ id, subject }) => ({ id, subject })),
  };
}

const MONEY = /^-?[\d,]+\.\d\d$/;

/** Money of one currency adds up, in whole minor units; a mean of speeds would not. */
function sumOf(a: DecisionRow['amount'], b: DecisionRow['amount']): DecisionRow['amount'] {
  if (!a || !b || a.unit !== b.unit || !MONEY.test(a.value) || !MONEY.test(b.value)) return null;
  const sum = minor(a.value) + minor(b.value);
  const digits = String(sum < 0n ? -sum : sum).padStart(3, '0');
  return { value: grouped(`${sum < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`), unit: a.unit };
}

function minor(value: string): bigint {
  return BigInt(value.replace(/[,.]/g, ''));
}

function recipient(data: Data): string {
  const audience = text(data['audience']);
  return audience === 'noc' ? 'NOC' : audience;
}

function met(data: Data): string {
  return data['met'] === true ? 'met' : data['met'] === false ? 'not met' : 'not known';
}

// --- The figure ---

function money(value: unknown): DecisionRow['amount'] {
  if (typeof value !== 'object' || value === null) return null;
  const { amount, currency } = value as { readonly amount?: unknown; readonly currency?: unknown };
  return typeof amount === 'string' ? { value: grouped(amount), unit: text(currency) } : null;
}

function hours(seconds: unknown): DecisionRow['amount'] {
  return typeof seconds === 'number' ? { value: grouped(fixed(seconds / 3_600, 2)), unit: 'h' } : null;
}

function rate(bitsPerSecond: unknown): DecisionRow['amount'] {
  return typeof bitsPerSecond === 'number' ? { value: fixed(bitsPerSecond / 1e6, 2), unit: 'Mbit/s' } : null;
}

function plain(value: unknown, unit: string): DecisionRow['amount'] {
  return typeof value === 'number' ? { value: grouped(fixed(value, 2)), unit } : null;
}

function measured(measure: unknown, value: unknown): DecisionRow['amount'] {
  if (typeof value !== 'number') return money(value);
  if (measure === 'voiceSeconds') return { value: grouped(fixed(value / 60, 1)), unit: 'min' };
  if (measure === 'dataBytes') return { value: grouped(fixed(value / 1e9, 2)), unit: 'GB' };
  return plain(value, measure === 'messages' ? 'SMS' : '');
}

function fixed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** 1234567.80 as 1,234,567.80: on the text, for money is never a float. */
function grouped(decimal: string): string {
  const [whole = '', ...fraction] = decimal.split('.');
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ','), ...fraction].join('.');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** `spend-cap` and `dataBytes` as words. */
function spaced(value: unknown): string {
  return text(value)
    .replaceAll('-', ' ')
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

const LEVELS: readonly string[] = [
  'critical',
  'major',
  'minor',
  'warning',
  'indeterminate',
  'cleared',
] satisfies Level[];

function isLevel(value: unknown): value is Level {
  return typeof value === 'string' && LEVELS.includes(value);
}
